using System.Net.Http.Json;
using System.Text.Json;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Fulfillment;

/// <summary>EXECUTE beyond the simple case: repeats, several commands and devices, partial failure.</summary>
[Collection(SandboxCollection.Name)]
public sealed class ExecuteSemanticsTests(SandboxFixture sandbox) : IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => sandbox.NoFaults();

    [Fact]
    public async Task A_repeat_acts_once_and_gets_the_same_answer()
    {
        var home = await sandbox.Link("maple");
        var light = await home.Device("Porch light");
        var request = Request("r-" + Guid.NewGuid(), Group([light], ("OnOff", new { on = true })));

        var first = await Text(home, request);
        await home.Execute(light, "OnOff", new { on = false });
        var repeat = await Text(home, request);

        Assert.Equal(first, repeat);
        Assert.Contains("SUCCESS", first, StringComparison.Ordinal);
        Assert.False((await home.Query(light)).GetProperty(light).GetProperty("on").GetBoolean());
    }

    [Fact]
    public async Task Repeats_side_by_side_count_one_wrong_pin_and_say_the_same()
    {
        var home = await sandbox.Link("maple");
        var request = Request("r-" + Guid.NewGuid(), GroupWith([await home.Device("Front door lock")], new { pin = "000000" }, ("LockUnlock", new { @lock = false })));

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Text(home, request)));

        Assert.Single(answers.Distinct());
        Assert.Contains("challengeFailedPinNeeded", answers[0], StringComparison.Ordinal);
        var right = await home.Execute(await home.Device("Front door lock"), "LockUnlock", new { @lock = false }, new { pin = "471193" });
        Assert.Equal("SUCCESS", right.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Another_body_under_the_same_request_id_is_another_request()
    {
        var home = await sandbox.Link("maple");
        var light = await home.Device("Porch light");
        var id = "r-" + Guid.NewGuid();

        await Text(home, Request(id, Group([light], ("OnOff", new { on = true }))));
        await Text(home, Request(id, Group([light], ("OnOff", new { on = false }))));

        Assert.False((await home.Query(light)).GetProperty(light).GetProperty("on").GetBoolean());
    }

    [Fact]
    public async Task Two_links_with_the_same_request_never_meet()
    {
        var (one, other) = (await sandbox.Link("maple"), await sandbox.Link("maple"));
        var light = await one.Device("Porch light");
        var request = Request("r-" + Guid.NewGuid(), Group([light], ("OnOff", new { on = true })));

        await Text(one, request);
        await one.Execute(light, "OnOff", new { on = false });
        await Text(other, request);

        Assert.True((await one.Query(light)).GetProperty(light).GetProperty("on").GetBoolean());
    }

    [Fact]
    public async Task A_stranger_who_repeats_a_request_learns_nothing()
    {
        var (maple, harbor) = (await sandbox.Link("maple"), await sandbox.Link("harbor"));
        var camera = await maple.Device("Garden camera");
        var request = Request("r-" + Guid.NewGuid(), Group([camera], ("GetCameraStream", new { StreamToChromecast = false, SupportedStreamProtocols = new[] { "hls" } })));

        var mine = await Text(maple, request);
        var theirs = await Text(harbor, request);

        Assert.Contains("cameraStreamAccessUrl", mine, StringComparison.Ordinal);
        Assert.Contains("deviceNotFound", theirs, StringComparison.Ordinal);
        Assert.DoesNotContain("cameraStreamAccessUrl", theirs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_that_stands_in_several_commands_is_answered_once_with_where_it_ended()
    {
        var home = await sandbox.Link("maple");
        var light = await home.Device("Kitchen light");

        var answer = await home.Fulfill(Request(
            "r-" + Guid.NewGuid(),
            Group([light, light], ("OnOff", new { on = false }), ("BrightnessAbsolute", new { brightness = 10 })),
            Group([light], ("BrightnessAbsolute", new { brightness = 90 }), ("OnOff", new { on = true }))));

        var entry = Assert.Single(answer.GetProperty("payload").GetProperty("commands").EnumerateArray().ToList());
        Assert.Equal([light], entry.GetProperty("ids").EnumerateArray().Select(id => id.GetString()));
        Assert.Equal(90, entry.GetProperty("states").GetProperty("brightness").GetInt32());
        Assert.True(entry.GetProperty("states").GetProperty("on").GetBoolean());
    }

    [Fact]
    public async Task An_error_wins_and_only_for_its_device()
    {
        var home = await sandbox.Link("maple");
        var (kitchen, porch, living) = (await home.Device("Kitchen light"), await home.Device("Porch light"), await home.Device("Living room light"));
        var maker = (await sandbox.MakerDevices()).Single(device => device is { Home: "maple", Name: "Living room light" }).VendorDeviceId;
        await Knob(maker, new { online = false });
        try
        {
            var answer = await home.Fulfill(Request(
                "r-" + Guid.NewGuid(),
                Group([kitchen, living], ("OnOff", new { on = true })),
                Group([porch], ("OnOff", new { on = true }), ("BrightnessAbsolute", new { brightness = 101 }))));

            var entries = answer.GetProperty("payload").GetProperty("commands").EnumerateArray().ToDictionary(
                entry => entry.GetProperty("ids").EnumerateArray().Single().GetString()!, StringComparer.Ordinal);
            Assert.Equal(3, entries.Count);
            Assert.Equal("SUCCESS", entries[kitchen].GetProperty("status").GetString());
            Assert.Equal("deviceOffline", entries[living].GetProperty("errorCode").GetString());
            Assert.Equal("valueOutOfRange", entries[porch].GetProperty("errorCode").GetString());
        }
        finally
        {
            await Knob(maker, new { online = true });
        }
    }

    [Fact]
    public async Task Long_lists_of_devices_and_executions_are_not_multiplied()
    {
        var home = await sandbox.Link("maple");
        string Body(int devices, int executions) => JsonSerializer.Serialize(Request("r-" + Guid.NewGuid(), Group(
            [.. Enumerable.Range(0, devices).Select(number => $"nobodys-{number}")],
            [.. Enumerable.Repeat(("OnOff", (object)new { on = true }), executions)])));

        var many = (await home.Fulfill(Body(10_000, 2))).GetProperty("payload");
        var tooMany = (await home.Fulfill(Body(6_000, 4))).GetProperty("payload");

        Assert.Equal(10_000, many.GetProperty("commands").GetArrayLength());
        Assert.Equal("protocolError", tooMany.GetProperty("errorCode").GetString());
    }

    [Fact]
    public async Task Nothing_is_sent_of_a_group_that_can_not_go_whole()
    {
        var home = await sandbox.Link("maple");
        var light = await home.Device("Porch light");
        await home.Execute(light, "OnOff", new { on = false });

        var answer = await home.Fulfill(Request(
            "r-" + Guid.NewGuid(), Group([light], ("OnOff", new { on = true }), ("BrightnessAbsolute", new { brightness = 101 }))));

        Assert.Contains("valueOutOfRange", answer.GetRawText(), StringComparison.Ordinal);
        Assert.False((await home.Query(light)).GetProperty(light).GetProperty("on").GetBoolean());
    }

    [Fact]
    public async Task No_to_an_acknowledgement_is_a_cancel()
    {
        var home = await sandbox.Link("maple");
        var answer = await home.Execute(await home.Device("Kitchen light"), "OnOff", new { on = true }, new { ack = false });

        Assert.Equal("userCancelled", answer.GetProperty("errorCode").GetString());
    }

    private async Task Knob(string device, object change)
    {
        using var answer = await sandbox.Http.PostAsJsonAsync(new Uri(sandbox.Cloud, $"/sandbox/devices/{device}"), change);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<string> Text(LinkedHome home, object request)
    {
        using var answer = await home.Post(JsonSerializer.Serialize(request));
        Assert.True(answer.IsSuccessStatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    private static object Request(string id, params object[] commands) => new
    {
        requestId = id,
        inputs = new[] { new { intent = "action.devices.EXECUTE", payload = new { commands } } },
    };

    private static object Group(string[] devices, params (string Command, object Parameters)[] executions) => GroupWith(devices, challenge: null, executions);

    private static object GroupWith(string[] devices, object? challenge, params (string Command, object Parameters)[] executions) => new
    {
        devices = devices.Select(id => new { id }),
        execution = executions.Select(one => challenge is null
            ? (object)new { command = "action.devices.commands." + one.Command, @params = one.Parameters }
            : new { command = "action.devices.commands." + one.Command, @params = one.Parameters, challenge }),
    };
}
