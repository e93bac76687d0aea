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
        var finding = Swapped(bridge, Watch(bridge, 1), answering: 2);

        await bridge.Hear(finding with { Id = Guid.NewGuid().ToString("N"), Nonce = "another-nonce-0000000000" });
        Assert.Empty(bridge.InForce);
        await bridge.Hear(finding);
        Assert.Equal(["1", "2"], bridge.InForce);
    }

    [Fact]
    public async Task What_somebody_has_looked_at_and_lifted_does_not_stop_a_camera_that_keeps_its_certificate()
    {
        await using var bridge = MonitoredBridge.Start();
        var (first, copied) = (Answered(Watch(bridge, 1), 1, "abcd"), Answered(Watch(bridge, 2), 2, "efgh"));
        Hear(bridge, first);
        Assert.Equal(PeerNoting.OtherCameras, Hear(bridge, copied with { Fingerprint = first.Fingerprint }));
        Assert.Equal(["1", "2"], bridge.InForce);

        bridge.Clock.Advance(TimeSpan.FromMinutes(10));
        bridge.LiftAll();
        bridge.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(PeerNoting.New, Hear(bridge, Answered(Watch(bridge, 1, "later"), 1, "ijkl")));
        Assert.Empty(bridge.InForce);

        // Once more is once more.
        Assert.Equal(PeerNoting.OtherCameras, Hear(bridge, copied with { Fingerprint = first.Fingerprint }));
        Assert.Equal(["1", "2"], bridge.InForce);
    }

    [Fact]
    public async Task An_owner_of_many_cameras_who_copies_certificates_stops_those_and_never_the_maker()
    {
        await using var bridge = MonitoredBridge.Start();
        for (var victim = 1; victim <= 5; victim++)
        {
            var seen = Answered(Watch(bridge, victim), victim, "abcd");
            Hear(bridge, seen);
            Assert.Equal(PeerNoting.OtherCameras, Hear(bridge, Answered(Watch(bridge, 10 + victim), 10 + victim, "efgh") with { Fingerprint = seen.Fingerprint }));
        }

        Assert.Equal(10, bridge.InForce.Count);
        Assert.DoesNotContain("acme", bridge.InForce);
    }

    [Fact]
    public async Task Cameras_that_answer_for_each_other_with_keys_of_their_own_stop_themselves_and_never_the_maker()
    {
        await using var bridge = MonitoredBridge.Start();
        for (var camera = 1; camera <= 4; camera++)
        {
            bridge.Maker.Keys[camera] = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        }

        foreach (var (asked, answering) in (IEnumerable<(int, int)>)[(1, 2), (2, 1), (3, 4), (4, 3)])
        {
            bridge.Camera(answering);
            await bridge.Hear(Swapped(bridge, Watch(bridge, asked), answering));
        }

        Assert.Equal(["1", "2", "3", "4"], bridge.InForce);
        bridge.Maker.Keys.Values.ToList().ForEach(key => key.Dispose());
    }

    [Fact]
    public async Task Two_swaps_that_the_maker_signed_stop_the_maker()
    {
        await using var bridge = MonitoredBridge.Start();
        foreach (var (asked, answering) in (IEnumerable<(int, int)>)[(1, 2), (3, 4)])
        {
            bridge.Camera(answering);
            await bridge.Hear(Swapped(bridge, Watch(bridge, asked), answering));
        }

        Assert.Contains("acme", bridge.InForce);
    }

    /// <summary>A camera answered in place of the granted one, signed over our nonce by the key that it has.</summary>
    private static EvidenceFinding Swapped(MonitoredBridge bridge, string grant, int answering)
    {
        const string nonce = "AAECAwQFBgcICQoLDA0ODxAR";
        var stated = PeerAnswerStatement.Of(MonitoredBridge.MakersId(answering), "offer"u8, new byte[32], "abcd").ToHeader();
        var (digest, now) = (EvidenceSigner.ContentDigest("answer"u8), bridge.Clock.GetUtcNow().ToUnixTimeSeconds());
        var derived = DeviceEvidenceKeys.Derive(bridge.Of<DeviceCloudOptions>().EvidenceKey, new DeviceRef("acme", MonitoredBridge.MakersId(answering)));
        var signed = bridge.Maker.Keys.TryGetValue(answering, out var own)
            ? PeerAnswerSigner.Sign(own, "camera", stated, digest, nonce, now, now + 30)
            : PeerAnswerSigner.Sign(derived.Ingest, "acme-1", stated, digest, nonce, now, now + 30);
        return new EvidenceFinding
        {
            Id = Guid.NewGuid().ToString("N"),
            Grant = grant,
            Verdict = nameof(EvidenceVerdict.OtherDevice),
            Unit = "answer",
            Nonce = nonce,
            Headers = new EvidenceHeaders(null, digest, signed.Input, signed.Value, CameFromCache: false) { WebrtcAnswer = stated },
        };
    }

    private static PeerNoting Hear(MonitoredBridge bridge, PeerAnswered answered) => bridge.Of<PeerAnswers>().Heard(MonitoredBridge.Gateway, answered);

    private static PeerAnswered Answered(string grant, int seed, string ufrag) => new(grant, Hash($"fingerprint {seed}"), ufrag, Hash($"password {seed}"), Hash("answer"), Hash("offer"));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Watch(MonitoredBridge bridge, int camera, string link = "") => bridge.Watch(camera, $"lnk_{camera}{link}", protocol: StreamProtocols.WebRtc);
}
