using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HomeBridge.Streaming.Events;
using HomeBridge.Tests.House;

namespace HomeBridge.Tests.DeviceCloudEvents;

/// <summary>Replays <c>contracts/vectors/device-cloud-events.json</c>, which OpenSSL signed.</summary>
public sealed class EventVectorTests
{
    private static readonly JsonElement Vectors = JsonDocument.Parse(Repository.Read("contracts/vectors/device-cloud-events.json")).RootElement;

    public static TheoryData<string> Calls() => [.. Vectors.GetProperty("calls").EnumerateArray().Select(call => Text(call, "name")!)];

    [Theory]
    [MemberData(nameof(Calls))]
    public void A_call_gets_the_verdict_of_its_vector(string name)
    {
        var call = Vectors.GetProperty("calls").EnumerateArray().Single(one => Text(one, "name") == name);
        var now = DateTimeOffset.FromUnixTimeSeconds(call.GetProperty("nowUnixSeconds").GetInt64());
        var verifier = new EventVerifier([Key(Vectors)], new StoppedClock(now));

        var verdict = verifier.Verify(
            new SignedCall(
                Text(call, "targetUri")!, Text(call, "contentType"), Text(call, "contentDigest"),
                Text(call, "signatureInput"), Text(call, "signature"), Encoding.UTF8.GetBytes(Text(call, "body")!)),
            out var signature);

        Assert.Equal(Enum.Parse<EventVerdict>(Text(call, "verdict")!), verdict);
        Assert.Equal(verdict is EventVerdict.Genuine, signature is not null);
    }

    [Fact]
    public void The_signer_makes_the_headers_and_the_base_of_the_vector()
    {
        var call = Vectors.GetProperty("calls")[0];
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(Convert.FromBase64String(Text(Vectors, "privateKey")!), out _);

        var signed = EventSigner.Sign(
            key, Text(Vectors, "keyId")!, Text(Vectors, "targetUri")!, Encoding.UTF8.GetBytes(Text(call, "body")!),
            Text(Vectors, "nonce")!, Vectors.GetProperty("createdUnixSeconds").GetInt64());

        Assert.Equal(Text(call, "contentDigest"), signed.ContentDigest);
        Assert.Equal(Text(call, "signatureInput"), signed.SignatureInput);
        Assert.True(key.VerifyData(
            Encoding.UTF8.GetBytes(Text(call, "signatureBase")!), Convert.FromBase64String(signed.Signature["events=:".Length..^1]),
            HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    [Fact]
    public void Both_keys_are_good_while_one_is_replaced()
    {
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = DateTimeOffset.FromUnixTimeSeconds(Vectors.GetProperty("createdUnixSeconds").GetInt64());
        var verifier = new EventVerifier([Key(Vectors), new EventKey("next", next.ExportSubjectPublicKeyInfo())], new StoppedClock(now));
        var body = "{}"u8.ToArray();
        var signed = EventSigner.Sign(next, "next", "https://bridge.example/x", body, "0123456789abcdef", now.ToUnixTimeSeconds());

        var verdict = verifier.Verify(
            new SignedCall("https://bridge.example/x", "application/json", signed.ContentDigest, signed.SignatureInput, signed.Signature, body), out var signature);

        Assert.Equal((EventVerdict.Genuine, "next"), (verdict, signature!.KeyId));
    }

    private static EventKey Key(JsonElement vectors) => new(Text(vectors, "keyId")!, Convert.FromBase64String(Text(vectors, "publicKey")!));

    private static string? Text(JsonElement vector, string name) => vector.GetProperty(name).GetString();

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
