using HomeBridge.StreamGateway.WebRtc;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using Xunit.Abstractions;

namespace HomeBridge.Tests.WebRtc;

/// <summary>Ten thousand handshakes with answers that are not the granted camera's, or not proven to be: no display gets one.</summary>
public sealed class HandshakeTests(ITestOutputHelper output)
{
    private const int Handshakes = 10_000;

    private static readonly Dictionary<string, Func<AskedOfMaker, MadeAnswer, MadeAnswer?, UnverifiedPeerAnswer>> Wrongs = new(StringComparer.Ordinal)
    {
        ["swapped: another camera's answer, signed by it"] = (asked, made, _) =>
            (made with { Device = PeerWorld.MakersId(asked.Camera + 1), Key = PeerWorld.Keys(asked.Camera + 1).Ingest }).Send(),
        ["swapped: another camera's answer under this one's name"] = (asked, made, _) => (made with { Key = PeerWorld.Keys(asked.Camera + 1).Ingest }).Send(),
        ["unsigned"] = (_, made, _) => (made with { IsSigned = false }).Send(),
        ["replayed: an earlier answer of this camera"] = (_, made, earlier) => (earlier ?? made with { Offer = "earlier", Nonce = "earlier-nonce-0000000000" }).Send(),
        ["replayed for this offer, over an earlier nonce"] = (_, made, _) => (made with { Nonce = "earlier-nonce-0000000000" }).Send(),
        ["too old"] = (_, made, _) => (made with { Created = made.Created - 60, Expires = made.Expires - 60 }).Send(),
        ["good for too long"] = (_, made, _) => (made with { Expires = made.Expires + 30 }).Send(),
        ["wrong fingerprint: put in on the way"] = (_, made, _) => (made with { BodyOnTheWay = Descriptions.Answer(fingerprint: 0x20) }).Send(),
        ["wrong fingerprint: stated and signed, not the one in it"] = (_, made, _) => (made with
        {
            Statement = PeerAnswerStatement.Of(made.Device, System.Text.Encoding.ASCII.GetBytes(made.Offer), new byte[32], Descriptions.CameraUfrag).ToHeader(),
        }).Send(),
        ["wrong user name: stated and signed, not the one in it"] = (_, made, _) => (made with
        {
            Statement = PeerAnswerStatement.Of(made.Device, System.Text.Encoding.ASCII.GetBytes(made.Offer), [.. Enumerable.Range(0x80, 32).Select(one => (byte)one)], "other").ToHeader(),
        }).Send(),
        ["signed by nobody's key"] = (_, made, _) => (made with { Key = new byte[32] }).Send(),
        ["by the key of the edge"] = (asked, made, _) => (made with { Key = PeerWorld.Keys(asked.Camera).Fresh }).Send(),
    };

    [Fact]
    public async Task None_is_answered_with_an_SDP()
    {
        await using var world = new PeerWorld(PeerPath.Direct);
        var kinds = Wrongs.ToArray();
        MadeAnswer? earlier = null;
        var statuses = new Dictionary<int, int>();
        for (var number = 0; number < Handshakes; number++)
        {
            var wrong = kinds[number % kinds.Length];
            world.Answering = (asked, made) =>
            {
                var sent = wrong.Value(asked, made, earlier);
                earlier = made;
                return sent;
            };
            var answer = await world.Offer(camera: 1 + (number % 50));

            Assert.DoesNotContain("sdp", answer.Text, StringComparison.Ordinal);
            Assert.True(answer.Status == 404, $"{wrong.Key}: {answer.Status}");
            statuses[answer.Status] = statuses.GetValueOrDefault(answer.Status) + 1;
        }

        Assert.Empty(world.Noted);
        Assert.Empty(world.Records());
        await PeerWorld.Until(() => world.Findings.Count == Handshakes, "Each is told to the bridge.");
        output.WriteLine($"{Handshakes} handshakes of {kinds.Length} kinds: {string.Join(", ", statuses.Select(pair => $"{pair.Value} answered {pair.Key}"))}, 0 with an SDP");
        output.WriteLine(string.Join(", ", world.Findings.GroupBy(finding => finding.Verdict, StringComparer.Ordinal).OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"{one.Key} {one.Count()}")));
    }

    [Fact]
    public async Task The_right_one_is_answered_recorded_and_told_to_the_bridge_first()
    {
        await using var world = new PeerWorld();
        var answer = await world.Offer(camera: 1);
        var records = world.Records();

        Assert.Equal(200, answer.Status);
        Assert.Contains("\"action\":\"answer\"", answer.Text, StringComparison.Ordinal);
        Assert.Contains("typ host", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("198.51.100.7", answer.Text, StringComparison.Ordinal);
        Assert.Equal([PeerRecord.Offer, PeerRecord.Answer, PeerRecord.Fingerprint], records.Select(record => (PeerRecord)record.Sequence));
        Assert.All(records, record => Assert.Equal(UnitKind.Peer, record.Kind));
        var noted = Assert.Single(world.Noted);
        Assert.Equal(noted.Answer, Convert.ToHexStringLower(records[1].Sha256));
        Assert.Equal(noted.Offer, Convert.ToHexStringLower(records[0].Sha256));
    }

    [Fact]
    public async Task What_another_camera_answered_with_reaches_no_display()
    {
        await using var world = new PeerWorld { Noting = _ => PeerVerdict.OtherCameras };
        Assert.Equal(404, (await world.Offer(camera: 1)).Status);

        world.Noting = _ => PeerVerdict.Unavailable;
        Assert.Equal(503, (await world.Offer(camera: 1)).Status);
        Assert.Equal(2, world.TornDown.Count);
    }

    [Fact]
    public async Task A_maker_that_does_not_answer_is_unavailable_and_its_ticket_is_spent()
    {
        await using var world = new PeerWorld { Answering = (_, _) => null };
        var (ticket, token, _) = world.NewTicket(1);

        Assert.Equal(503, (await world.Post(ticket, token, "offer", "dev_1", Descriptions.Offer())).Status);
        Assert.Equal(404, (await world.Post(ticket, token, "offer", "dev_1", Descriptions.Offer())).Status);
    }

    /// <summary>A guest whose display offers what the camera can't send must not have the camera taken for a liar.</summary>
    [Theory]
    [InlineData("m=video 50004", "m=video 0")]
    [InlineData("a=setup:active", "a=setup:holdconn")]
    [InlineData("a=end-of-candidates", "a=ice-lite")]
    public async Task A_camera_that_says_no_and_signs_it_is_unavailable_and_no_finding(string line, string other)
    {
        await using var world = new PeerWorld();
        world.Answering = (_, made) =>
        {
            var stated = PeerAnswerStatement.Of(made.Device, System.Text.Encoding.ASCII.GetBytes(made.Offer), [.. Enumerable.Range(0x80, 32).Select(one => (byte)one)], Descriptions.CameraUfrag).ToHeader();
            return (made with { Sdp = made.Sdp.With(line, other), Statement = stated }).Send();
        };

        Assert.Equal(SignalAnswer.Unavailable, await world.Offer(camera: 1));
        Assert.Empty(world.Noted);
        Assert.Empty(world.Findings);
        Assert.Single(world.TornDown);

        // Whoever is not the camera can't say no in its name.
        var says = world.Answering;
        world.Answering = (asked, made) => says(asked, made with { Key = PeerWorld.Keys(2).Ingest });
        Assert.Equal(SignalAnswer.NotFound, await world.Offer(camera: 1));
        await PeerWorld.Until(() => world.Findings.Any(finding => finding.Verdict == nameof(EvidenceVerdict.IngestForged)), "That is a finding.");
    }
}
