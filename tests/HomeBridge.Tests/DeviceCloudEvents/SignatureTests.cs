using System.Security.Cryptography;
using System.Text;
using HomeBridge.Streaming.Events;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.DeviceCloudEvents;

/// <summary>Who may tell events, and who may not: over HTTP, against the running bridge.</summary>
[Collection(SandboxCollection.Name)]
public sealed class SignatureTests(SandboxFixture sandbox) : IDisposable
{
    private static readonly byte[] Call = Maker.Body(Maker.Event("accountClosed", "nobody", null));

    private readonly Maker _maker = new(sandbox);

    public void Dispose() => _maker.Dispose();

    public static TheoryData<string> Attacks() =>
    [
        "none", "wrong key", "unknown key", "altered body", "altered body and digest", "no digest", "no input", "no signature", "old", "ahead", "other host", "other path",
        "query", "path in capitals", "two signatures", "two lines", "hmac", "hmac under the right name", "other algorithm", "digest not covered", "zeros", "garbage",
    ];

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task A_call_that_is_not_the_makers_gets_one_and_the_same_401(string attack)
    {
        var good = _maker.Sign(Call);
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = Maker.Now.ToUnixTimeSeconds();
        var other = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Call).Replace("nobody", "nobodies", StringComparison.Ordinal));
        var origin = _maker.Url.GetLeftPart(UriPartial.Authority);
        var (status, text, headers) = await (attack switch
        {
            "none" => _maker.Send(Call, null),
            "wrong key" => _maker.Send(Call, _maker.Sign(Call, key: stranger)),
            "unknown key" => _maker.Send(Call, _maker.Sign(Call, key: stranger, keyId: "acme-events-2")),
            "altered body" => _maker.Send(other, good),
            "altered body and digest" => _maker.Send(other, good with { ContentDigest = _maker.Sign(other).ContentDigest }),
            "no digest" => _maker.Send(Call, good with { ContentDigest = "" }),
            "no input" => _maker.Send(Call, good with { SignatureInput = "" }),
            "no signature" => _maker.Send(Call, good with { Signature = "" }),
            "old" => _maker.Send(Call, _maker.Sign(Call, created: now - 62)),
            "ahead" => _maker.Send(Call, _maker.Sign(Call, created: now + 90)),
            "other host" => _maker.Send(Call, _maker.Sign(Call, url: "https://other.example/device-cloud/events")),
            "other path" => _maker.Send(Call, _maker.Sign(Call, url: origin + "/device-cloud/other")),
            "query" => _maker.Send(Call, good, url: new Uri(_maker.Url + "?again=1")),
            "path in capitals" => _maker.Send(Call, good, url: new Uri(origin + "/Device-Cloud/Events")),
            "two signatures" => _maker.Send(Call, good with
            {
                SignatureInput = good.SignatureInput + ", " + _maker.Sign(Call, key: stranger).SignatureInput.Replace("events=", "other=", StringComparison.Ordinal),
                Signature = good.Signature + ", " + _maker.Sign(Call, key: stranger).Signature.Replace("events=", "other=", StringComparison.Ordinal),
            }),
            "two lines" => _maker.Send(Call, good, more: request => request.Headers.TryAddWithoutValidation("Signature", _maker.Sign(Call, key: stranger).Signature)),
            "hmac" => _maker.Send(Call, Resigned(good, "ecdsa-p256-sha256", "hmac-sha256", data => HMACSHA256.HashData(_maker.PublicKey, data))),
            "hmac under the right name" => _maker.Send(Call, Resigned(good, "", "", data => HMACSHA256.HashData(_maker.PublicKey, data))),
            "other algorithm" => _maker.Send(Call, Resigned(good, "ecdsa-p256-sha256", "ecdsa-p384-sha384", _maker.SignData)),
            "digest not covered" => _maker.Send(Call, Resigned(good, " \"content-digest\"", "", _maker.SignData)),
            "zeros" => _maker.Send(Call, good with { Signature = $"events=:{Convert.ToBase64String(new byte[64])}:" }),
            _ => _maker.Send(Call, new EventSigner.Headers("x", "events=(", "events=::")),
        });

        Assert.Equal((401, "The signature is not valid.\n"), (status, text));
        Assert.Equal("Signature", headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task A_call_counts_once_and_its_events_may_be_sent_again_under_a_new_signature()
    {
        var signed = _maker.Sign(Call);

        var first = await _maker.Send(Call, signed);
        var replayed = await _maker.Send(Call, signed);
        var again = await _maker.Send(Call, _maker.Sign(Call));

        Assert.Equal((200, 401, 200), (first.Status, replayed.Status, again.Status));
        Assert.Equal("duplicate", Maker.Results(again.Text).Single());
    }

    [Fact]
    public async Task Twenty_replays_at_once_are_one_call()
    {
        var body = Maker.Body(Maker.Event("accountClosed", "nobody", null));
        var signed = _maker.Sign(body);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _maker.Send(body, signed)));

        Assert.Equal(1, answers.Count(answer => answer.Status == 200));
        Assert.All(answers, answer => Assert.Contains(answer.Status, (int[])[200, 401, 429]));
    }

    [Fact]
    public async Task A_nonce_is_remembered_over_a_restart()
    {
        var first = await SandboxProcess.Start();
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var key = ECDsa.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(Path.Combine(first.DataFolder, "events-key.pem")));
        var url = new Uri(first.Bridge, "/device-cloud/events");
        var signed = EventSigner.Sign(key, Maker.KeyId, url.AbsoluteUri, Call, Maker.Nonce(), Maker.Now.ToUnixTimeSeconds());
        async Task<int> Send()
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(Call) };
            request.Content.Headers.ContentType = new("application/json");
            request.Headers.Add("Content-Digest", signed.ContentDigest);
            request.Headers.Add("Signature-Input", signed.SignatureInput);
            request.Headers.Add("Signature", signed.Signature);
            using var answer = await http.SendAsync(request);
            return (int)answer.StatusCode;
        }

        Assert.Equal(200, await Send());
        await first.Kill();
        await using var second = await SandboxProcess.Start(first.DataFolder, first.Ports);
        await first.DisposeAsync();

        Assert.Equal(401, await Send());
    }

    [Fact]
    public async Task Which_check_failed_is_in_the_log_and_no_signature_is()
    {
        var signed = _maker.Sign(Call, created: Maker.Now.ToUnixTimeSeconds() - 1000);
        for (var attempt = 0; attempt < 4; attempt++)
        {
            await _maker.Send(Call, signed);
            await Task.Delay(500);
        }

        Assert.Contains("signature: NotNow", sandbox.Process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(signed.Signature, sandbox.Process.Output, StringComparison.Ordinal);
    }

    /// <summary>Changes what is covered or how, and signs that properly.</summary>
    private EventSigner.Headers Resigned(EventSigner.Headers good, string from, string to, Func<byte[], byte[]> sign)
    {
        var input = from.Length == 0 ? good.SignatureInput : good.SignatureInput.Replace(from, to, StringComparison.Ordinal);
        var parameters = input["events=".Length..];
        var values = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["\"@method\""] = "POST",
            ["\"@target-uri\""] = _maker.Url.AbsoluteUri,
            ["\"content-type\""] = "application/json",
            ["\"content-digest\""] = good.ContentDigest,
        };
        var covered = parameters[1..parameters.IndexOf(')', StringComparison.Ordinal)].Split(' ');
        var text = string.Join('\n', covered.Select(name => $"{name}: {values[name]}")) + "\n\"@signature-params\": " + parameters;
        return new EventSigner.Headers(good.ContentDigest, input, $"events=:{Convert.ToBase64String(sign(Encoding.UTF8.GetBytes(text)))}:");
    }
}
