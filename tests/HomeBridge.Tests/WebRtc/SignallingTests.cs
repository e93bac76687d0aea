using HomeBridge.StreamGateway.WebRtc;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Tests.WebRtc;

/// <summary>What a display is answered: who may offer, once, for which camera.</summary>
public sealed class SignallingTests
{
    [Fact]
    public async Task A_wrong_token_is_401_and_spends_nothing()
    {
        await using var world = new PeerWorld();
        var (ticket, token, _) = world.NewTicket(1);
        var (_, other, _) = world.NewTicket(1);

        Assert.Equal(SignalAnswer.WrongToken, await world.Post(ticket, other, "offer", "dev_1", Descriptions.Offer()));
        Assert.Equal(SignalAnswer.WrongToken, await world.PostBody(ticket, [], "{}"));
        Assert.Equal(SignalAnswer.Bad, await world.PostBody(ticket, [token, token], "{}"));
        Assert.Equal(200, (await world.Post(ticket, token, "offer", "dev_1", Descriptions.Offer())).Status);
    }

    [Fact]
    public async Task A_foreign_device_is_403_and_a_bad_description_400_and_neither_spends_the_ticket()
    {
        await using var world = new PeerWorld();
        var (ticket, token, _) = world.NewTicket(1);

        Assert.Equal(SignalAnswer.OtherDevice, await world.Post(ticket, token, "offer", "dev_2", Descriptions.Offer()));
        Assert.Equal(SignalAnswer.Bad, await world.Post(ticket, token, "offer", "dev_1", "v=0"));
        Assert.Equal(SignalAnswer.Bad, await world.Post(ticket, token, "offer", "dev_1", null));
        Assert.Equal(SignalAnswer.Bad, await world.Post(ticket, token, "answer", "dev_1", Descriptions.Offer()));
        Assert.Equal(200, (await world.Post(ticket, token, "offer", "dev_1", Descriptions.Offer())).Status);
    }

    [Fact]
    public async Task One_ticket_is_one_offer_and_the_end_is_said_as_often_as_wanted()
    {
        await using var world = new PeerWorld();
        var (ticket, token, grant) = world.NewTicket(1);

        Assert.Equal(SignalAnswer.Done, await world.Post(ticket, token, "end", "dev_1", null));
        Assert.Equal(200, (await world.Post(ticket, token, "offer", "dev_1", Descriptions.Offer())).Status);
        Assert.Equal(SignalAnswer.NotFound, await world.Post(ticket, token, "offer", "dev_1", Descriptions.Offer()));
        Assert.Equal(SignalAnswer.Done, await world.Post(ticket, token, "end", "dev_1", ""));
        Assert.Equal(SignalAnswer.Done, await world.Post(ticket, token, "end", "dev_1", null));
        world.Records();
        await PeerWorld.Until(() => world.Ends.Any(ended => ended.Grant == grant && ended.Why == "Closed") && !world.TornDown.IsEmpty, "The end reaches bridge and maker.");
    }

    [Fact]
    public async Task An_expired_ticket_offers_nothing_and_still_ends()
    {
        await using var world = new PeerWorld();
        var (ticket, token, _) = world.NewTicket(1, TimeSpan.FromMinutes(1), TimeProvider.System.GetUtcNow().AddMinutes(-2));

        Assert.Equal(SignalAnswer.NotFound, await world.Post(ticket, token, "offer", "dev_1", Descriptions.Offer()));
        Assert.Equal(SignalAnswer.Done, await world.Post(ticket, token, "end", "dev_1", null));
    }

    [Fact]
    public async Task The_display_is_answered_in_its_own_word()
    {
        await using var world = new PeerWorld();
        var (ticket, token, _) = world.NewTicket(1);

        Assert.StartsWith("{\"type\":\"answer\",\"sdp\":\"v=0\\r\\n", (await world.Post(ticket, token, "offer", "dev_1", Descriptions.Offer(), word: "type")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_suspended_camera_is_403_before_and_after()
    {
        await using var world = new PeerWorld();
        var (ticket, token, _) = world.NewTicket(1);
        Assert.Equal(200, (await world.Post(ticket, token, "offer", "dev_1", Descriptions.Offer())).Status);

        world.Suspend(new SuspensionScope(Vendor: "acme", Trait: "CameraStream"));

        Assert.Equal(SignalAnswer.Suspended, await world.Post(ticket, token, "offer", "dev_1", Descriptions.Offer()));
        Assert.Equal(SignalAnswer.Suspended, await world.Offer(camera: 2));
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("[]")]
    [InlineData("{\"action\":\"offer\"}")]
    [InlineData("{\"action\":\"end\",\"action\":\"end\",\"deviceId\":\"dev_1\"}")]
    [InlineData("{\"action\":\"offer\",\"type\":\"end\",\"deviceId\":\"dev_1\"}")]
    [InlineData("{\"action\":7,\"deviceId\":\"dev_1\"}")]
    [InlineData("{\"action\":\"end\",\"deviceId\":\"\\ud800\"}")]
    [InlineData("{\"action\":\"end\",\"deviceId\":\"dev_1\"} ")]
    [InlineData("{\"action\":\"end\",\"deviceId\":\"dev_1\"}{}")]
    [InlineData("{\"action\":\"end\",\"deviceId\":\"dev_1\",\"x\":[[[[[[[[[[[[]]]]]]]]]]]]}")]
    public async Task What_is_no_message_is_400(string body)
    {
        await using var world = new PeerWorld();
        var (ticket, token, _) = world.NewTicket(1);
        var answer = await world.PostBody(ticket, [token], body);

        Assert.Equal(body.EndsWith("} ", StringComparison.Ordinal) ? SignalAnswer.Done : SignalAnswer.Bad, answer);
    }
}
