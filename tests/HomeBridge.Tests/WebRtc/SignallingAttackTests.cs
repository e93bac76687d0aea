using System.Text.Json;
using HomeBridge.StreamGateway.Media;
using HomeBridge.StreamGateway.WebRtc;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.Tests.WebRtc;

/// <summary>Two accounts and a display that means harm: tickets, tokens and devices in every wrong combination, and bodies that say two things.</summary>
public sealed class SignallingAttackTests
{
    private const int Racers = 64;

    [Fact]
    public async Task Of_many_offers_at_one_time_with_one_ticket_one_is_answered()
    {
        await using var world = new PeerWorld();
        var (ticket, token, _) = world.NewTicket(1);
        var asked = 0;
        world.WhileAsking = async cancel =>
        {
            Interlocked.Increment(ref asked);
            await Task.Delay(50, cancel);
        };
        var answers = await Task.WhenAll(Enumerable.Range(0, Racers).Select(_ => Task.Run(() => world.Post(ticket, token, "offer", "dev_1", Descriptions.Offer()))));

        Assert.Single(answers, answer => answer.Status == 200);
        Assert.Equal(Racers - 1, answers.Count(answer => answer == SignalAnswer.NotFound));
        Assert.Equal((1, 1), (asked, world.Redeemed.Count));
    }

    [Fact]
    public async Task Nothing_of_one_viewer_opens_anything_of_another()
    {
        await using var world = new PeerWorld();
        var (mine, myToken, myGrant) = world.NewTicket(1);
        var (theirs, theirToken, _) = world.NewTicket(2);

        foreach (var (ticket, token, device) in (IEnumerable<(string, string, string)>)
            [(mine, theirToken, "dev_1"), (theirs, myToken, "dev_2"), (theirs, myToken, "dev_1"), (mine, mine, "dev_1"), (mine, myGrant, "dev_1"), (mine, "", "dev_1"), (mine, myToken + "=", "dev_1"), (mine, myToken.ToLowerInvariant(), "dev_1")])
        {
            Assert.Equal(SignalAnswer.WrongToken, await world.Post(ticket, token, "offer", device, Descriptions.Offer()));
            Assert.Equal(SignalAnswer.WrongToken, await world.Post(ticket, token, "end", device, null));
        }

        foreach (var device in (string[])["dev_2", "DEV_1", " dev_1", "dev_1 ", "dev_1\0", "dev_1/", "", "dev_\uFF11", "camera-0000000000001", myGrant])
        {
            Assert.Equal(SignalAnswer.OtherDevice, await world.Post(mine, myToken, "offer", device, Descriptions.Offer()));
            Assert.Equal(SignalAnswer.OtherDevice, await world.Post(mine, myToken, "end", device, null));
        }

        Assert.Empty(world.Redeemed);
        Assert.Equal(200, (await world.Post(mine, myToken, "offer", "dev_1", Descriptions.Offer())).Status);
    }

    [Fact]
    public async Task A_ticket_opens_the_door_that_it_was_made_for()
    {
        await using var world = new PeerWorld();
        var (ticket, token, _) = world.NewTicket(1);

        Assert.Equal(MediaAnswer.NotFound, await world.Of<TicketGate>().Enter(ticket, TicketPurpose.Hls, default));
        Assert.Equal(MediaAnswer.NotFound, await world.Of<TicketGate>().Enter(ticket, TicketPurpose.Progressive, default));
        Assert.Equal(SignalAnswer.NotFound, await world.Post(world.NewEntry(1), token, "offer", "dev_1", Descriptions.Offer()));
        for (var at = 0; at < ticket.Length; at++)
        {
            var forged = ticket[..at] + (ticket[at] == 'A' ? 'B' : 'A') + ticket[(at + 1)..];
            Assert.Equal(SignalAnswer.NotFound, await world.Post(forged, token, "end", "dev_1", null));
        }

        Assert.Empty(world.Redeemed);
    }

    [Theory]
    [InlineData("{\"action\":null,\"action\":\"end\",\"deviceId\":\"dev_1\"}", 400)]
    [InlineData("{\"action\":\"end\",\"\\u0061ction\":\"offer\",\"deviceId\":\"dev_1\"}", 400)]
    [InlineData("{\"action\":\"end\",\"deviceId\":\"dev_2\",\"deviceId\":\"dev_1\"}", 400)]
    [InlineData("{\"action\":\"end\",\"deviceId\":null,\"deviceId\":\"dev_1\"}", 400)]
    [InlineData("{\"action\":\"end\",\"deviceId\":\"dev_2\",\"device\\u0049d\":\"dev_1\"}", 400)]
    [InlineData("{\"action\":\"end\",\"deviceId\":[\"dev_1\"]}", 400)]
    [InlineData("{\"action\":\"end\",\"deviceId\":{\"deviceId\":\"dev_1\"}}", 400)]
    [InlineData("{\"x\":{\"action\":\"end\",\"deviceId\":\"dev_1\"}}", 400)]
    [InlineData("[{\"action\":\"end\",\"deviceId\":\"dev_1\"}]", 400)]
    [InlineData("{\"action\":\"end\",\"deviceId\":\"dev_1\",}", 400)]
    [InlineData("{\"action\":\"end\",\"deviceId\":\"dev_1\"/**/}", 400)]
    [InlineData("\uFEFF{\"action\":\"end\",\"deviceId\":\"dev_1\"}", 400)]
    [InlineData("{\"action\":\"END\",\"deviceId\":\"dev_1\"}", 400)]
    [InlineData("{\"Action\":\"end\",\"deviceId\":\"dev_1\"}", 400)]
    [InlineData("{\"action\":\"offer\",\"deviceId\":\"dev_1\",\"sdp\":7}", 400)]
    [InlineData("{\"action\":\"end\",\"deviceId\":\"dev_1\",\"n\":1e999999999,\"m\":-0.000000000000000000000000000000000000001}", 200)]
    [InlineData("{\"action\":\"end\",\"deviceId\":\"\\u0064ev_1\"}", 200)]
    [InlineData("{\"action\":\"end\",\"type\":null,\"deviceId\":\"dev_1\",\"sdp\":\"not looked at\"}", 200)]
    public async Task A_body_says_one_thing_or_nothing(string body, int status)
    {
        await using var world = new PeerWorld();
        var (ticket, token, _) = world.NewTicket(1);

        Assert.Equal(status, (await world.PostBody(ticket, [token], body)).Status);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_and_depth_without_end_are_400()
    {
        await using var world = new PeerWorld();
        var (ticket, token, _) = world.NewTicket(1);
        Assert.Null(world.Of<Signalling>().Refusal(ticket, [token], out var caller));
        byte[] notText = [.. "{\"action\":\"end\",\"deviceId\":\"dev_1"u8, 0xff, 0xc0, 0xaf, .. "\"}"u8];

        Assert.Equal(SignalAnswer.Bad, await world.Of<Signalling>().Post(caller!, notText, default));
        Assert.Equal(SignalAnswer.Bad, await world.PostBody(ticket, [token], new string('[', 96 * 1024)));
        Assert.Equal(SignalAnswer.Bad, await world.PostBody(ticket, [token], string.Concat(Enumerable.Repeat("{\"x\":", 16_000))));
        Assert.Equal(SignalAnswer.Bad, await world.PostBody(ticket, [token], JsonSerializer.Serialize(new { action = "offer", deviceId = "dev_1", sdp = "v=0\r\n" + new string('\u00e9', 70_000) })));
    }
}
