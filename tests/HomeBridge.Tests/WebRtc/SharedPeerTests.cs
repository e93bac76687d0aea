using System.Security.Cryptography;
using System.Text;
using HomeBridge.Devices;
using HomeBridge.Isolation;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Tests.Isolation;

namespace HomeBridge.Tests.WebRtc;

/// <summary>What the bridge makes of answers: one for two cameras is a leak, and a swapped one that is signed proves a mix-up.</summary>
public sealed class SharedPeerTests
{
    [Theory]
    [InlineData("fingerprint")]
    [InlineData("long user name")]
    [InlineData("short user name with its password")]
    public async Task One_mark_for_two_cameras_within_a_day_suspends_both(string shared)
    {
        await using var bridge = MonitoredBridge.Start();
        var ufrag = shared.StartsWith("long", StringComparison.Ordinal) ? "abcdefgh" : "abcd";
        var first = Answered(Watch(bridge, 1), 1, ufrag);
        var second = Answered(Watch(bridge, 2), 2, ufrag);
        second = shared switch
        {
            "fingerprint" => second with { Fingerprint = first.Fingerprint, Ufrag = "efgh" },
            "long user name" => second,
            _ => second with { PasswordSha256 = first.PasswordSha256 },
        };

        Assert.Equal(PeerNoting.New, Hear(bridge, first));
        Assert.Equal(PeerNoting.New, Hear(bridge, Answered(Watch(bridge, 1, "again"), 1, ufrag) with { Fingerprint = first.Fingerprint }));
        Assert.Equal(PeerNoting.OtherCameras, Hear(bridge, second));

        Assert.Equal(["1", "2"], bridge.InForce);
    }

    [Fact]
    public async Task A_short_name_alone_is_chance_and_after_a_day_it_is_forgotten()
    {
        await using var bridge = MonitoredBridge.Start();
        Assert.Equal(PeerNoting.New, Hear(bridge, Answered(Watch(bridge, 1), 1, "abcd")));
        Assert.Equal(PeerNoting.New, Hear(bridge, Answered(Watch(bridge, 2), 2, "abcd")));

        bridge.Clock.Advance(TimeSpan.FromHours(25));
        Assert.Equal(PeerNoting.New, Hear(bridge, Answered(Watch(bridge, 3), 1, "abcd")));
        Assert.Empty(bridge.InForce);
    }

    [Fact]
    public async Task What_a_gateway_tells_of_a_grant_that_it_does_not_have_is_not_heard()
    {
        await using var bridge = MonitoredBridge.Start();
        var answered = Answered(Watch(bridge, 1), 1, "abcd");

        Assert.Equal(PeerNoting.Unknown, bridge.Of<PeerAnswers>().Heard("gateway-2", answered));
        Assert.Equal(PeerNoting.Unknown, Hear(bridge, answered with { Grant = Guid.NewGuid().ToString("N") }));
        Assert.Equal(PeerNoting.Unknown, Hear(bridge, answered with { Fingerprint = "x" }));
    }

    [Fact]
    public async Task A_swapped_answer_that_the_other_camera_signed_suspends_the_two()
    {
        await using var bridge = MonitoredBridge.Start();
        bridge.Camera(2);
        var (grant, nonce) = (Watch(bridge, 1), "AAECAwQFBgcICQoLDA0ODxAR");
        var keys = DeviceEvidenceKeys.Derive(bridge.Of<DeviceCloudOptions>().EvidenceKey, new DeviceRef("acme", MonitoredBridge.MakersId(2)));
        var stated = PeerAnswerStatement.Of(MonitoredBridge.MakersId(2), "offer"u8, new byte[32], "abcd").ToHeader();
        var (digest, now) = (EvidenceSigner.ContentDigest("answer"u8), bridge.Clock.GetUtcNow().ToUnixTimeSeconds());
        var signed = PeerAnswerSigner.Sign(keys.Ingest, "acme-1", stated, digest, nonce, now, now + 30);
        var finding = new EvidenceFinding
        {
            Id = Guid.NewGuid().ToString("N"),
            Grant = grant,
            Verdict = nameof(EvidenceVerdict.OtherDevice),
            Unit = "answer",
            Nonce = nonce,
            Headers = new EvidenceHeaders(null, digest, signed.Input, signed.Value, CameFromCache: false) { WebrtcAnswer = stated },
        };

        await bridge.Hear(finding with { Id = Guid.NewGuid().ToString("N"), Nonce = "another-nonce-0000000000" });
        Assert.Empty(bridge.InForce);
        await bridge.Hear(finding);
        Assert.Equal(["1", "2"], bridge.InForce);
    }

    private static PeerNoting Hear(MonitoredBridge bridge, PeerAnswered answered) => bridge.Of<PeerAnswers>().Heard(MonitoredBridge.Gateway, answered);

    private static PeerAnswered Answered(string grant, int seed, string ufrag) => new(grant, Hash($"fingerprint {seed}"), ufrag, Hash($"password {seed}"), Hash("answer"), Hash("offer"));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Watch(MonitoredBridge bridge, int camera, string link = "") => bridge.Watch(camera, $"lnk_{camera}{link}", protocol: StreamProtocols.WebRtc);
}
