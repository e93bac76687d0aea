namespace HomeBridge.Tests.Devices;

/// <summary>A maker in the bridge's process is guarded like one behind a network.</summary>
public sealed class InProcessMakerTests
{
    [Fact]
    public async Task A_maker_that_never_answers_and_hears_no_cancellation_keeps_nobody_waiting()
    {
        var maker = new InProcessMaker(4);
        await using var bridge = await BridgeOnMaker.Start(deviceCloud: maker);
        var home = await bridge.Link("home1");
        var never = new TaskCompletionSource();
        maker.Waits = () => never.Task;

        var query = await bridge.Query(home, home.Lights);
        var execute = await bridge.Execute(home, home.Lights[0], "OnOff", new { on = true });

        Assert.All(home.Lights, light => Assert.Equal("transientError", query.Payload.GetProperty("devices").GetProperty(light).GetProperty("errorCode").GetString()));
        Assert.Equal("PENDING", execute.Payload.GetProperty("commands")[0].GetProperty("status").GetString());
        never.SetResult();
    }

    [Fact]
    public async Task A_maker_that_breaks_is_left_alone_after_a_while_and_asked_again_later()
    {
        var maker = new InProcessMaker(4);
        await using var bridge = await BridgeOnMaker.Start(deviceCloud: maker);
        var home = await bridge.Link("home1");
        maker.Fails = () => new InvalidDataException("broken");
        var before = maker.Calls;
        for (var count = 0; count < 30; count++)
        {
            var failed = await bridge.Query(home, home.Lights[0]);
            Assert.Contains("transientError", failed.Payload.ToString(), StringComparison.Ordinal);
        }

        // The home is set aside: the last questions never came to the maker, but for the one that tries.
        Assert.InRange(maker.Calls - before, 20, 25);
        Assert.Equal(1, (await bridge.Health()).GetProperty("homes_set_aside").GetInt32());
        maker.Fails = () => null;
        var until = TimeProvider.System.GetUtcNow().AddSeconds(30);
        while (!(await bridge.Query(home, home.Lights[0])).Payload.ToString().Contains("SUCCESS", StringComparison.Ordinal))
        {
            Assert.True(TimeProvider.System.GetUtcNow() < until, "The home is still set aside.");
            await Task.Delay(100);
        }
    }

    [Fact]
    public async Task What_a_command_changes_is_what_a_query_tells()
    {
        await using var bridge = await BridgeOnMaker.Start(deviceCloud: new InProcessMaker(4));
        var home = await bridge.Link("home1");

        await bridge.Execute(home, home.Lights[0], "OnOff", new { on = false });
        var told = (await bridge.Query(home, home.Lights)).Payload.GetProperty("devices");

        Assert.False(told.GetProperty(home.Lights[0]).GetProperty("on").GetBoolean());
        Assert.True(told.GetProperty(home.Lights[1]).GetProperty("on").GetBoolean());
    }
}
