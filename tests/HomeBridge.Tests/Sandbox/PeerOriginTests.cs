using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using HomeBridge.Sandbox.CameraIngest;
using HomeBridge.Sandbox.CameraPeers;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Tests.Sandbox;

/// <summary>The maker's half of <c>contracts/webrtc-signalling.md</c>, judged by the gateway's own verifier.</summary>
public sealed class PeerOriginTests
{
    private const string Nonce = "nonce-0123456789";

    private static readonly byte[] Offer = Encoding.ASCII.GetBytes(
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 104\r\nc=IN IP4 0.0.0.0\r\n"
        + "a=mid:0\r\na=ice-ufrag:them\r\na=ice-pwd:passwordpasswordpassword\r\na=setup:actpass\r\na=recvonly\r\na=rtcp-mux\r\n"
        + "a=fingerprint:sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F\r\n"
        + "a=rtpmap:104 H264/90000\r\na=fmtp:104 packetization-mode=1;profile-level-id=42e01f\r\na=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host\r\n");

    private static readonly CameraFactory Live = (_, _, id) => new(() => [1], _ => Encoding.ASCII.GetBytes(id))
    {
        StartLive = () => (frame, isKey) => new LiveFrame(frame * 100, isKey, [[0x65]]),
    };

    [Theory]
    [InlineData(null, EvidenceVerdict.Proven)]
    [InlineData("peer-swapped", EvidenceVerdict.OtherDevice)]
    [InlineData("peer-relabelled", EvidenceVerdict.IngestForged)]
    [InlineData("peer-replayed", EvidenceVerdict.OtherUnit)]
    [InlineData("peer-unsigned", EvidenceVerdict.Missing)]
    [InlineData("peer-fingerprint", EvidenceVerdict.OtherBytes)]
    [InlineData("peer-certificate", EvidenceVerdict.Proven)]
    [InlineData("peer-shared-certificate", EvidenceVerdict.Proven)]
    [InlineData("mapping-mixup", EvidenceVerdict.OtherDevice)]
    public async Task An_answer_is_proven_unless_a_fault_bends_it(string? fault, EvidenceVerdict expected)
    {
        await using var cloud = await RunningCloud.StartAsync(cameras: Live);
        if (fault is not null)
        {
            await cloud.SwitchOnAsync(fault);
        }

        var stream = await OpenAsync(cloud);
        Assert.Equal(expected, (await JudgeAsync(stream)).Verdict);
        await cloud.ClearFaultsAsync();
        Assert.Equal(EvidenceVerdict.Proven, (await JudgeAsync(stream)).Verdict);
    }

    /// <summary>What a leak alarm must find though every answer is proven.</summary>
    [Fact]
    public async Task Two_cameras_have_two_certificates_and_under_a_fault_one()
    {
        await using var cloud = await RunningCloud.StartAsync(cameras: Live);
        var (maple, harbor) = (await OpenAsync(cloud), await OpenAsync(cloud, "harbor"));
        Assert.NotEqual((await JudgeAsync(maple)).Facts.Fingerprint, (await JudgeAsync(harbor)).Facts.Fingerprint);
        await cloud.SwitchOnAsync("peer-shared-certificate");
        Assert.Equal((await JudgeAsync(maple)).Facts.Fingerprint, (await JudgeAsync(harbor)).Facts.Fingerprint);
    }

    [Fact]
    public async Task Who_may_not_ask_or_asks_for_nothing_is_refused()
    {
        await using var cloud = await RunningCloud.StartAsync(cameras: Live);
        var stream = await OpenAsync(cloud);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(stream, token: "wrong"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(stream, nonce: "short"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(stream, offer: "v=0\r\n"u8.ToArray()));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(stream, offer: new byte[(64 * 1024) + 1]));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(stream, digestOf: [1]));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(stream with { MediaUrl = stream.MediaUrl.Replace(stream.Id, "nobody", StringComparison.Ordinal) }));
        Assert.Equal(HttpStatusCode.NotFound, (await stream.GetAsync("live.m3u8")).StatusCode);

        var ofUnits = await cloud.OpenAsync();
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(ofUnits));
        Assert.Equal(HttpStatusCode.Created, await StatusAsync(stream));

        await cloud.Anyone.PostAsJsonAsync($"/sandbox/devices/{stream.Camera}", new { online = false });
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(stream));
    }

    [Fact]
    public async Task A_connection_is_ended_by_its_address_as_often_as_wanted()
    {
        await using var cloud = await RunningCloud.StartAsync(cameras: Live);
        var stream = await OpenAsync(cloud);
        using var answer = await cloud.Anyone.SendAsync(Request(stream, Offer));
        var session = new Uri(new Uri(stream.MediaUrl + "webrtc"), answer.Headers.Location!);
        foreach (var (token, expected) in ((string, HttpStatusCode)[])[
            ("wrong", HttpStatusCode.Unauthorized), (stream.Token, HttpStatusCode.NoContent), (stream.Token, HttpStatusCode.NoContent)])
        {
            using var end = new HttpRequestMessage(HttpMethod.Delete, session);
            end.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            Assert.Equal(expected, (await cloud.Anyone.SendAsync(end)).StatusCode);
        }
    }

    private static async Task<OpenedStream> OpenAsync(RunningCloud cloud, string home = "maple")
    {
        var camera = (string)(await cloud.DevicesAsync(home)).Last(device => (string?)device["type"] == "CAMERA")["vendorDeviceId"]!;
        using var answer = await cloud.Bridge.PostAsJsonAsync($"/v1/devices/{camera}/streams", new { accountId = home, sessionId = "s1", protocol = "webrtc" });
        answer.EnsureSuccessStatusCode();
        var body = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        return new OpenedStream(cloud, camera, (string)body["streamId"]!, (string)body["mediaUrl"]!, (string)body["mediaToken"]!) { Keys = cloud.KeysOf(camera) };
    }

    private static async Task<(EvidenceVerdict Verdict, PeerAnswerFacts Facts)> JudgeAsync(OpenedStream stream)
    {
        using var answer = await stream.Cloud.Anyone.SendAsync(Request(stream, Offer));
        var text = await answer.Content.ReadAsByteArrayAsync();
        string? One(string name) => answer.Headers.TryGetValues(name, out var values) ? values.Single() : null;
        var unverified = new UnverifiedPeerAnswer(
            (int)answer.StatusCode, text, answer.Content.Headers.ContentType!.MediaType == "application/sdp",
            new EvidenceHeaders(null, One("Content-Digest"), One("Signature-Input"), One("Signature"), CameFromCache: false) { WebrtcAnswer = One("Webrtc-Answer") },
            answer.Headers.Location!.ToString());
        var lines = Encoding.ASCII.GetString(text).Split("\r\n");
        string Of(string attribute) => lines.Single(line => line.StartsWith($"a={attribute}:", StringComparison.Ordinal))[(attribute.Length + 3)..];
        var facts = new PeerAnswerFacts(PeerCertificate.ReadFingerprint(Of("fingerprint"))!, Of("ice-ufrag"));
        var verdict = new PeerAnswerVerifier(stream.Cloud.Time).Verify(
            new PeerAnswerExpectation(new DeviceRef("acme", stream.Camera), stream.Keys, EvidenceGrade.G2, System.Security.Cryptography.SHA256.HashData(Offer), Nonce),
            unverified, _ => facts, out _);
        return (verdict, facts);
    }

    private static async Task<HttpStatusCode> StatusAsync(OpenedStream stream, string? token = null, string nonce = Nonce, byte[]? offer = null, byte[]? digestOf = null)
    {
        using var answer = await stream.Cloud.Anyone.SendAsync(Request(stream, offer ?? Offer, token, nonce, digestOf));
        return answer.StatusCode;
    }

    private static HttpRequestMessage Request(OpenedStream stream, byte[] offer, string? token = null, string nonce = Nonce, byte[]? digestOf = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, stream.MediaUrl + "webrtc") { Content = new ByteArrayContent(offer) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token ?? stream.Token);
        request.Headers.Add("Media-Nonce", nonce);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/sdp");
        request.Content.Headers.Add("Content-Digest", EvidenceSigner.ContentDigest(digestOf ?? offer));
        return request;
    }
}
