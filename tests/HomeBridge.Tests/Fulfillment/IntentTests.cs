using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Fulfillment;

[Collection(SandboxCollection.Name)]
public sealed class IntentTests(SandboxFixture sandbox) : IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => sandbox.NoFaults();

    [Fact]
    public async Task Sync_lists_the_devices_of_this_link_and_no_makers_id()
    {
        var home = await sandbox.Link("maple");
        var sync = await home.Sync();

        var devices = sync.GetProperty("devices").EnumerateArray().ToList();
        Assert.Equal(
            ["CAMERA", "LIGHT", "LOCK", "SENSOR", "THERMOSTAT"],
            devices.Select(device => device.GetProperty("type").GetString()!.Split('.')[^1]).Distinct().Order(StringComparer.Ordinal));
        Assert.All(await sandbox.MakerDevices(), device => Assert.DoesNotContain(device.VendorDeviceId, sync.ToString(), StringComparison.Ordinal));
        var camera = devices.First(device => device.GetProperty("type").GetString()!.EndsWith("CAMERA", StringComparison.Ordinal)).GetProperty("attributes");
        Assert.Equal(["hls", "progressive_mp4"], camera.GetProperty("cameraStreamSupportedProtocols").EnumerateArray().Select(one => one.GetString()));
        Assert.False(camera.GetProperty("cameraStreamNeedAuthToken").GetBoolean());
    }

    [Fact]
    public async Task What_was_executed_is_what_query_then_tells()
    {
        var home = await sandbox.Link("maple");
        var light = await home.Device("Living room light");

        var on = await home.Execute(light, "OnOff", new { on = true });
        var dimmed = await home.Execute(light, "BrightnessAbsolute", new { brightness = 31 });
        var state = (await home.Query(light)).GetProperty(light);

        Assert.Equal("SUCCESS", on.GetProperty("status").GetString());
        Assert.Equal("SUCCESS", dimmed.GetProperty("status").GetString());
        Assert.True(state.GetProperty("on").GetBoolean());
        Assert.Equal(31, state.GetProperty("brightness").GetInt32());
        Assert.True(state.GetProperty("online").GetBoolean());
    }

    [Theory]
    [InlineData("BrightnessAbsolute", """{"brightness":101}""", "valueOutOfRange")]
    [InlineData("BrightnessAbsolute", """{"brightness":-1}""", "valueOutOfRange")]
    [InlineData("BrightnessAbsolute", """{"brightness":"31"}""", "protocolError")]
    [InlineData("BrightnessAbsolute", """{"brightness":12.5}""", "protocolError")]
    [InlineData("BrightnessAbsolute", "{}", "protocolError")]
    [InlineData("OnOff", """{"on":"yes"}""", "protocolError")]
    [InlineData("OnOff", """{"on":null}""", "protocolError")]
    [InlineData("LockUnlock", """{"lock":true}""", "functionNotSupported")]
    [InlineData("GetCameraStream", """{"StreamToChromecast":true,"SupportedStreamProtocols":["hls"]}""", "functionNotSupported")]
    [InlineData("Explode", "{}", "functionNotSupported")]
    public async Task A_command_that_does_not_fit_the_device_is_refused_before_it_is_sent(string command, string parameters, string error)
    {
        var home = await sandbox.Link("maple");
        var answer = await home.Execute(await home.Device("Kitchen light"), command, JsonDocument.Parse(parameters).RootElement);

        Assert.Equal("ERROR", answer.GetProperty("status").GetString());
        Assert.Equal(error, answer.GetProperty("errorCode").GetString());
    }

    [Fact]
    public async Task Unlocking_asks_for_the_pin_and_five_wrong_ones_close_it()
    {
        var home = await sandbox.Link("harbor");
        var id = (await home.Sync()).GetProperty("devices").EnumerateArray()
            .Single(device => device.GetProperty("type").GetString()!.EndsWith("LOCK", StringComparison.Ordinal)).GetProperty("id").GetString()!;

        var asked = await home.Execute(id, "LockUnlock", new { @lock = false });
        Assert.Equal("challengeNeeded", asked.GetProperty("errorCode").GetString());
        Assert.Equal("pinNeeded", asked.GetProperty("challengeNeeded").GetProperty("type").GetString());

        var wrong = await home.Execute(id, "LockUnlock", new { @lock = false }, new { pin = "000000" });
        Assert.Equal("challengeFailedPinNeeded", wrong.GetProperty("challengeNeeded").GetProperty("type").GetString());

        var right = await home.Execute(id, "LockUnlock", new { @lock = false }, new { pin = "471193" });
        Assert.Equal("SUCCESS", right.GetProperty("status").GetString());
        Assert.False(right.GetProperty("states").GetProperty("isLocked").GetBoolean());

        var locked = await home.Execute(id, "LockUnlock", new { @lock = true });
        Assert.Equal("SUCCESS", locked.GetProperty("status").GetString());

        // The right one above reset the count: it takes five more.
        for (var attempt = 1; attempt <= 4; attempt++)
        {
            wrong = await home.Execute(id, "LockUnlock", new { @lock = false }, new { pin = "111111" });
            Assert.Equal("challengeNeeded", wrong.GetProperty("errorCode").GetString());
        }

        var closed = await home.Execute(id, "LockUnlock", new { @lock = false }, new { pin = "111111" });
        var evenRight = await home.Execute(id, "LockUnlock", new { @lock = false }, new { pin = "471193" });
        Assert.Equal("tooManyFailedAttempts", closed.GetProperty("errorCode").GetString());
        Assert.Equal("tooManyFailedAttempts", evenRight.GetProperty("errorCode").GetString());
    }

    [Fact]
    public async Task Foreign_devices_and_unknown_ones_get_the_same_answer_on_each_intent()
    {
        var (maple, harbor) = (await sandbox.Link("maple"), await sandbox.Link("harbor"));
        var foreign = (await harbor.Sync()).GetProperty("devices").EnumerateArray().Select(device => device.GetProperty("id").GetString()!).ToList();
        var makers = (await sandbox.MakerDevices()).Where(device => device.Home == "harbor").Select(device => device.VendorDeviceId);
        const string unknown = "dev_00000000000000000000000000000000";

        foreach (var id in (string[])[.. foreign, .. makers])
        {
            var devices = await maple.Query(id, unknown);
            Assert.Equal(devices.GetProperty(unknown).GetRawText(), devices.GetProperty(id).GetRawText());
            foreach (var (command, parameters) in ((string, object)[])[
                ("OnOff", new { on = true }), ("LockUnlock", new { @lock = true }), ("GetCameraStream", new { StreamToChromecast = false, SupportedStreamProtocols = new[] { "hls" } })])
            {
                var (mine, none) = (await maple.Execute(id, command, parameters), await maple.Execute(unknown, command, parameters));
                Assert.Equal("deviceNotFound", mine.GetProperty("errorCode").GetString());
                Assert.Equal(none.GetRawText().Replace(unknown, id, StringComparison.Ordinal), mine.GetRawText());
            }
        }
    }

    [Fact]
    public async Task A_device_that_was_not_ticked_is_not_found_though_it_is_the_residents_own()
    {
        var all = await sandbox.Link("maple");
        var some = await sandbox.Link("maple", choose: name => name == "Kitchen light");
        var camera = await all.Device("Front door camera");

        Assert.Equal("deviceNotFound", (await some.Query(camera)).GetProperty(camera).GetProperty("errorCode").GetString());
        Assert.Equal("deviceNotFound", (await some.OpenCamera(camera)).GetProperty("errorCode").GetString());
    }

    [Fact]
    public async Task Several_devices_and_commands_are_answered_once_each()
    {
        var home = await sandbox.Link("maple");
        var (kitchen, living) = (await home.Device("Kitchen light"), await home.Device("Living room light"));
        var answer = await home.Fulfill(new
        {
            requestId = "9",
            inputs = new[]
            {
                new
                {
                    intent = "action.devices.EXECUTE",
                    payload = new
                    {
                        commands = new object[]
                        {
                            new { devices = new[] { new { id = kitchen }, new { id = living }, new { id = kitchen } }, execution = new[] { new { command = "action.devices.commands.OnOff", @params = new { on = true } } } },
                            new { devices = new[] { new { id = kitchen } }, execution = new[] { new { command = "action.devices.commands.BrightnessAbsolute", @params = new { brightness = 500 } } } },
                        },
                    },
                },
            },
        });

        var commands = answer.GetProperty("payload").GetProperty("commands").EnumerateArray().ToDictionary(
            command => command.GetProperty("ids")[0].GetString()!, command => command.GetProperty("status").GetString(), StringComparer.Ordinal);
        Assert.Equal(new Dictionary<string, string?>(StringComparer.Ordinal) { [kitchen] = "ERROR", [living] = "SUCCESS" }, commands);
    }

    [Fact]
    public async Task An_offline_device_is_said_to_be_offline()
    {
        var home = await sandbox.Link("maple");
        var maker = (await sandbox.MakerDevices()).Single(device => device is { Home: "maple", Name: "Porch light" });
        await SetOnline(maker, online: false);
        try
        {
            var id = await home.Device("Porch light");
            var state = (await home.Query(id)).GetProperty(id);
            var executed = await home.Execute(id, "OnOff", new { on = true });

            Assert.Equal("OFFLINE", state.GetProperty("status").GetString());
            Assert.False(state.GetProperty("online").GetBoolean());
            Assert.Equal("deviceOffline", executed.GetProperty("errorCode").GetString());
            Assert.Equal(8, (await home.Sync()).GetProperty("devices").GetArrayLength());
        }
        finally
        {
            await SetOnline(maker, online: true);
        }
    }

    [Theory]
    [InlineData("cloud-hang")]
    [InlineData("cloud-slow")]
    public async Task What_is_not_known_in_time_is_pending_or_unknown_and_never_a_success(string fault)
    {
        var home = await sandbox.Link("maple");
        var (light, camera) = (await home.Device("Kitchen light"), await home.Device("Front door camera"));
        await sandbox.Fault(fault);
        var started = Stopwatch.GetTimestamp();

        var executed = await home.Execute(light, "OnOff", new { on = false });
        var state = (await home.Query(light)).GetProperty(light);
        var stream = await home.OpenCamera(camera);
        var sync = await home.Sync();

        Assert.Equal("PENDING", executed.GetProperty("status").GetString());
        Assert.Equal("transientError", state.GetProperty("errorCode").GetString());
        Assert.Equal("ERROR", stream.GetProperty("status").GetString());
        Assert.False(stream.TryGetProperty("states", out _));
        Assert.Equal("transientError", sync.GetProperty("errorCode").GetString());
        Assert.False(sync.TryGetProperty("devices", out _));
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(12), "Four answers, each within its budget.");
    }

    [Fact]
    public async Task A_command_that_was_never_sent_is_not_called_pending()
    {
        var home = await sandbox.Link("hill");
        var switchable = (await home.Sync()).GetProperty("devices").EnumerateArray()
            .Where(device => device.GetProperty("traits").EnumerateArray().Any(trait => trait.GetString() == "action.devices.traits.OnOff"))
            .Select(device => new { id = device.GetProperty("id").GetString()! }).ToList();
        Assert.True(switchable.Count > 64, "More devices than can be asked within the budget.");
        await sandbox.Fault("cloud-hang");

        var execution = new[] { new { command = "action.devices.commands.OnOff", @params = new { on = true } } };
        var answer = await home.Fulfill(new
        {
            requestId = "1",
            inputs = new[] { new { intent = "action.devices.EXECUTE", payload = new { commands = new[] { new { devices = switchable, execution } } } } },
        });

        var commands = answer.GetProperty("payload").GetProperty("commands").EnumerateArray().ToList();
        Assert.Equal(switchable.Count, commands.Count);
        Assert.Contains(commands, command => command.GetProperty("status").GetString() == "PENDING");
        Assert.Contains(commands, command => command.TryGetProperty("errorCode", out var error) && error.GetString() == "transientError");
        Assert.DoesNotContain(commands, command => command.GetProperty("status").GetString() == "SUCCESS");
    }

    [Theory]
    [InlineData("cloud-error")]
    [InlineData("cloud-garbage")]
    [InlineData("account-swap")]
    [InlineData("reply-desync")]
    [InlineData("owner-unknown")]
    [InlineData("owner-changed")]
    public async Task A_device_cloud_that_talks_nonsense_gets_nobody_a_stream(string fault)
    {
        var home = await sandbox.Link("maple");
        var (light, camera) = (await home.Device("Kitchen light"), await home.Device("Front door camera"));
        await sandbox.Fault(fault);

        var sync = await home.Sync();
        var state = (await home.Query(light)).GetProperty(light);
        var stream = fault is "account-swap" ? default : await home.OpenCamera(camera);

        if (fault is "cloud-error" or "cloud-garbage" or "account-swap" or "reply-desync")
        {
            Assert.Equal("transientError", sync.GetProperty("errorCode").GetString());
            Assert.NotEqual("SUCCESS", state.GetProperty("status").GetString());
        }

        if (stream.ValueKind is JsonValueKind.Object)
        {
            Assert.Equal("ERROR", stream.GetProperty("status").GetString());
        }
    }

    [Fact]
    public async Task Disconnect_ends_this_link_and_no_other()
    {
        var (gone, stays) = (await sandbox.Link("maple"), await sandbox.Link("maple"));
        var camera = await gone.Device("Front door camera");
        var (cut, going) = (await gone.Watch(camera), await stays.Watch(camera));
        Assert.Equal(HttpStatusCode.OK, await cut.Enter());
        Assert.Equal(HttpStatusCode.OK, await going.Enter());
        Assert.Equal(HttpStatusCode.OK, await cut.Poll());

        var answer = await gone.Disconnect();

        Assert.Empty(answer.EnumerateObject());
        using var refused = await gone.Post("""{"requestId":"1","inputs":[{"intent":"action.devices.SYNC"}]}""");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        var (refresh, error) = await LinkedHome.Token(sandbox.Process, sandbox.Http, "google-home", new() { ["grant_type"] = "refresh_token", ["refresh_token"] = gone.RefreshToken });
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), (refresh, error.GetProperty("error").GetString()));
        await Task.Delay(300);
        Assert.Equal(HttpStatusCode.NotFound, await cut.Poll());
        Assert.Equal(HttpStatusCode.OK, await going.Poll());
        Assert.Equal(8, (await stays.Sync()).GetProperty("devices").GetArrayLength());
    }

    private async Task SetOnline(MakerDevice device, bool online)
    {
        using var answer = await sandbox.Http.PostAsJsonAsync(new Uri(sandbox.Cloud, $"/sandbox/devices/{device.VendorDeviceId}"), new { online });
        answer.EnsureSuccessStatusCode();
    }
}
