using System.Net.Http.Json;
using System.Text.Json;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.DeviceCloudEvents;

/// <summary>The sandbox's maker tells what happens at it, and each fault of its events does what its sentence says.</summary>
[Collection(EventsCollection.Name)]
public sealed class MakerEventsTests(EventsFixture events) : IAsyncLifetime
{
    private readonly SandboxFixture _sandbox = events.Sandbox;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _sandbox.NoFaults();
        await events.Knob("reset");
    }

    [Fact]
    public async Task What_changes_at_the_maker_and_what_the_bridge_commands_is_told()
    {
        var (home, light) = await Linked("hill", "Drive light");

        await events.Knob($"devices/{light}", new { on = true });
        await events.Knob($"devices/{light}", new { online = false });
        await events.Knob($"devices/{light}", new { online = true });
        await home.Execute(await home.Device("Drive light"), "OnOff", new { on = false });
        var told = await events.UntilTold(light, "stateChanged", more: 4);

        Assert.All(told, one => Assert.Equal(("applied", "hill", 1), (one.Result, one.AccountId, one.Attempts)));
        Assert.Equal(told.Select(one => one.Sequence).Order(), told.Select(one => one.Sequence));
        Assert.Equal(4, told.Select(one => one.Sequence).Distinct().Count());
    }

    [Fact]
    public async Task Devices_are_added_renamed_and_removed()
    {
        await Linked("hill", "Terrace light");

        var added = JsonDocument.Parse(await events.Knob("homes/hill/devices", new { type = "LIGHT", name = "Attic light", room = "Attic" }))
            .RootElement.GetProperty("vendorDeviceId").GetString()!;
        var linked = await _sandbox.Link("hill");
        var id = await linked.Device("Attic light");
        await events.Knob($"devices/{added}/rename", new { name = "Roof light" });
        await events.UntilTold(added, "deviceChanged");
        Assert.Contains("Roof light", (await linked.Sync()).ToString(), StringComparison.Ordinal);
        await events.Knob($"devices/{added}", method: HttpMethod.Delete);
        var removed = await events.UntilTold(added, "deviceRemoved");

        Assert.Equal("applied", removed[^1].Result);
        Assert.Equal("applied", (await events.ToldOf(added, "deviceAdded"))[^1].Result);
        Assert.Equal("deviceNotFound", (await linked.Query(id)).GetProperty(id).GetProperty("errorCode").GetString());
        using var gone = await _sandbox.Http.PostAsJsonAsync(new Uri(_sandbox.Cloud, $"/sandbox/devices/{added}/rename"), new { name = "x" });
        Assert.Equal(404, (int)gone.StatusCode);
    }

    [Fact]
    public async Task Reset_puts_everything_back_and_tells_it()
    {
        var before = await _sandbox.MakerDevices();
        var light = await events.Id("maple", "Kitchen light");
        var camera = await events.Id("maple", "Garden camera");
        await events.Knob($"devices/{light}/move", new { home = "harbor" });
        await events.Knob($"devices/{camera}", method: HttpMethod.Delete);
        await events.Knob("homes/hill/close");
        var moves = (await events.UntilTold(light, "deviceMoved")).Count;

        await events.Knob("reset");

        Assert.Equal(before, await _sandbox.MakerDevices());
        var back = await events.UntilTold(light, "deviceMoved", moves);
        Assert.Equal("harbor", back[^1].AccountId);
        await events.UntilTold(camera, "deviceAdded");
        Assert.NotEqual(JsonValueKind.Undefined, (await (await _sandbox.Link("hill")).Sync()).ValueKind);
    }

    [Fact]
    public async Task Who_waits_at_a_speaker_for_a_lock_hears_how_it_ended()
    {
        var (home, door) = await Linked("harbor", "Boathouse lock");
        var id = await home.Device("Boathouse lock");

        await home.Execute(id, "LockUnlock", new { @lock = true, followUpToken = "token-1" });
        var told = await events.UntilTold(door, "notification");

        Assert.Equal("applied", told[^1].Result);
    }

    [Fact]
    public async Task Who_rings_is_told_with_the_trait_of_a_doorbell()
    {
        var (_, camera) = await Linked("maple", "Front door camera");

        await events.Knob($"devices/{camera}/press", new { });
        var told = await events.UntilTold(camera, "cameraPressed");

        var (_, bell) = await Linked("hill", "Drive doorbell");
        await events.Knob($"devices/{bell}/press", new { });
        var rung = await events.UntilTold(bell, "cameraPressed");

        Assert.Equal("applied", rung[^1].Result);

        // This maker's plain cameras announce no ObjectDetection, and the platform takes none of a device without it.
        Assert.Equal(("invalid", "the device lacks the trait"), (told[^1].Result, told[^1].Detail));
    }

    [Fact]
    public async Task Misrouted_events_reach_nobody_and_are_in_the_trail()
    {
        var (home, light) = await Linked("hill", "Lobby light");
        await _sandbox.Fault("events-misrouted", device: light);

        await events.Knob($"devices/{light}", new { on = true });
        var told = await events.UntilTold(light, "stateChanged");

        Assert.Equal(("invalid", "maple"), (told[^1].Result, told[^1].AccountId));
        Assert.Equal(1, await events.AuditRows("event.misrouted", await home.Device("Lobby light")));
    }

    [Fact]
    public async Task Lost_events_are_never_told_and_the_next_one_is()
    {
        var (_, light) = await Linked("hill", "Stairs light");
        var before = (await events.ToldOf(light, "stateChanged")).Count;
        await _sandbox.Fault("events-lost", device: light);
        await events.Knob($"devices/{light}", new { on = true });
        await Task.Delay(300);
        await _sandbox.NoFaults();
        await events.Knob($"devices/{light}", new { on = false });

        Assert.Equal(["applied"], (await events.UntilTold(light, "stateChanged", before)).Select(one => one.Result));
    }

    [Fact]
    public async Task Duplicated_events_count_once()
    {
        var (_, light) = await Linked("hill", "Alder ceiling light");
        await _sandbox.Fault("events-duplicated", device: light);

        await events.Knob($"devices/{light}", new { on = true });
        var told = await events.UntilTold(light, "stateChanged", more: 3);

        Assert.Equal(["applied", "duplicate", "duplicate"], told.Select(one => one.Result));
        Assert.Single(told.Select(one => one.EventId).Distinct());
    }

    [Fact]
    public async Task Reordered_events_leave_the_newest_state()
    {
        var (_, light) = await Linked("hill", "Ash ceiling light");
        await _sandbox.Fault("events-reordered", device: light);

        await events.Knob($"devices/{light}", new { on = true });
        await events.Knob($"devices/{light}", new { on = false });
        var told = await events.UntilTold(light, "stateChanged", more: 2);

        Assert.Equal(["applied", "outdated"], told.Select(one => one.Result));
        Assert.True(told[0].Sequence > told[1].Sequence);
    }

    [Fact]
    public async Task Late_events_come_late()
    {
        var (_, light) = await Linked("hill", "Beech ceiling light");
        await _sandbox.Fault("events-late", device: light);
        var started = TimeProvider.System.GetTimestamp();

        await events.Knob($"devices/{light}", new { on = true });
        var told = await events.UntilTold(light, "stateChanged");

        Assert.Equal("applied", told[^1].Result);
        Assert.True(TimeProvider.System.GetElapsedTime(started) >= TimeSpan.FromSeconds(3));
    }

    [Theory]
    [InlineData("events-unsigned", "Birch ceiling light")]
    [InlineData("events-wrong-key", "Cedar ceiling light")]
    public async Task Events_that_nobody_signed_do_nothing_until_somebody_does(string fault, string name)
    {
        var (_, light) = await Linked("hill", name);
        await _sandbox.Fault(fault, device: light);

        await events.Knob($"devices/{light}", new { on = true });
        await events.Knob($"devices/{light}", new { on = false });
        await Task.Delay(500);
        Assert.Empty(await events.ToldOf(light, "stateChanged"));
        await _sandbox.NoFaults();
        var told = await events.UntilTold(light, "stateChanged", more: 2);

        Assert.All(told, one => Assert.Equal("applied", one.Result));
        Assert.True(told[0].Attempts > 1);
        Assert.True(told[0].Sequence < told[1].Sequence);
    }

    private async Task<(LinkedHome Home, string Id)> Linked(string home, string name)
    {
        var linked = await _sandbox.Link(home);
        await linked.Sync();
        return (linked, await events.Id(home, name));
    }
}
