using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HomeBridge.StreamGateway.WebRtc.Sdp;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Tests.House;

namespace HomeBridge.Tests.WebRtc;

/// <summary>Replays <c>contracts/vectors/webrtc-answer.json</c>, and what grades ask of an answer.</summary>
public sealed class PeerAnswerTests
{
    private static readonly JsonElement Vector = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "contracts/vectors/webrtc-answer.json"))).RootElement;

    [Fact]
    public void The_vector_is_proven_and_made_the_same()
    {
        Assert.Equal(EvidenceVerdict.Proven, Verify(EvidenceGrade.G2, Headers(), Text("answer")));

        var key = Convert.FromHexString(Text("ingestKey"));
        var stated = PeerAnswerStatement.Of(Text("device"), Encoding.ASCII.GetBytes(Text("offer")), [.. Enumerable.Range(0x80, 32).Select(one => (byte)one)], "cAMr").ToHeader();
        var made = PeerAnswerSigner.Sign(key, "acme-1", stated, EvidenceSigner.ContentDigest(Encoding.ASCII.GetBytes(Text("answer"))), Text("nonce"), 1795338003, 1795338033);
        Assert.Equal(Header("Webrtc-Answer"), stated);
        Assert.Equal((Header("Signature-Input"), Header("Signature")), (made.Input, made.Value));
    }

    [Fact]
    public void Grades_ask_what_they_ask_of_units()
    {
        var unsigned = Headers() with { SignatureInput = null, Signature = null };
        var nothing = new EvidenceHeaders(null, null, null, null, CameFromCache: false);

        Assert.Equal(EvidenceVerdict.Missing, Verify(EvidenceGrade.G2, unsigned, Text("answer")));
        Assert.Equal(EvidenceVerdict.Proven, Verify(EvidenceGrade.G1, unsigned, Text("answer")));
        Assert.Equal(EvidenceVerdict.Missing, Verify(EvidenceGrade.G1, nothing, Text("answer")));
        Assert.Equal(EvidenceVerdict.Proven, Verify(EvidenceGrade.G0, nothing, Text("answer")));
        Assert.Equal(EvidenceVerdict.OtherAlgorithm, Verify(EvidenceGrade.G3, Headers(), Text("answer")));
        Assert.Equal(EvidenceVerdict.FromCache, Verify(EvidenceGrade.G0, Headers() with { CameFromCache = true }, Text("answer")));
        Assert.Equal(EvidenceVerdict.OtherBytes, Verify(EvidenceGrade.G1, unsigned, Text("answer") + "a=x\r\n"));
    }

    [Fact]
    public void A_camera_may_sign_by_itself()
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.True(DevicePublicKey.TryRead(Convert.ToBase64String(own.ExportSubjectPublicKeyInfo()), out var pinned));
        var made = PeerAnswerSigner.Sign(own, "camera", Header("Webrtc-Answer"), Header("Content-Digest"), Text("nonce"), 1795338003, 1795338033);
        var headers = Headers() with { SignatureInput = made.Input, Signature = made.Value };

        Assert.Equal(EvidenceVerdict.Proven, Verify(EvidenceGrade.G3, headers, Text("answer"), pinned));
        Assert.Equal(EvidenceVerdict.OtherAlgorithm, Verify(EvidenceGrade.G2, Headers(), Text("answer"), pinned));
        Assert.Equal(EvidenceVerdict.OtherAlgorithm, Verify(EvidenceGrade.G2, headers, Text("answer")));
    }

    [Fact]
    public void A_bit_that_is_changed_anywhere_is_found()
    {
        foreach (var change in (Func<EvidenceHeaders, char, int, EvidenceHeaders>[])
            [(headers, one, at) => headers with { WebrtcAnswer = Changed(headers.WebrtcAnswer!, one, at) }, (headers, one, at) => headers with { Signature = Changed(headers.Signature!, one, at) },
                (headers, one, at) => headers with { SignatureInput = Changed(headers.SignatureInput!, one, at) }, (headers, one, at) => headers with { ContentDigest = Changed(headers.ContentDigest!, one, at) }])
        {
            for (var at = 0; at < 60; at++)
            {
                Assert.NotEqual(EvidenceVerdict.Proven, Verify(EvidenceGrade.G2, change(Headers(), (char)1, at), Text("answer")));
            }
        }
    }

    private static string Changed(string text, char by, int at) => at < text.Length ? text[..at] + (char)(text[at] ^ by) + text[(at + 1)..] : text + " ";

    private static EvidenceVerdict Verify(EvidenceGrade grade, EvidenceHeaders headers, string answer, DevicePublicKey? own = null)
    {
        var keys = new DeviceEvidenceKeys(Convert.FromHexString(Text("ingestKey")), []) { Device = own };
        return new PeerAnswerVerifier(new At(Vector.GetProperty("nowUnixMs").GetInt64())).Verify(
            new PeerAnswerExpectation(new DeviceRef("acme", Text("device")), keys, grade, Convert.FromBase64String(Text("offerSha256")), Text("nonce")),
            new UnverifiedPeerAnswer(201, Encoding.ASCII.GetBytes(answer), isSdp: true, headers, null),
            text => SdpReader.TryReadAnswer(Encoding.ASCII.GetString(text.Span), out var read) ? new PeerAnswerFacts(read.Fingerprint, read.Ufrag) : null,
            out _);
    }

    private static EvidenceHeaders Headers() =>
        new(null, Header("Content-Digest"), Header("Signature-Input"), Header("Signature"), CameFromCache: false) { WebrtcAnswer = Header("Webrtc-Answer") };

    private static string Header(string name) => Vector.GetProperty("headers").GetProperty(name).GetString()!;

    private static string Text(string name) => Vector.GetProperty(name).GetString()!;

    private sealed class At(long unixMs) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(unixMs);
    }
}
