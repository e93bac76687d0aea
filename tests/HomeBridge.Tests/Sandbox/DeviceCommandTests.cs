using System.Net.Http.Json;

namespace HomeBridge.Tests.Sandbox;

public sealed class DeviceCommandTests
{
    [Fact]
    public async Task A_light_goes_on_and_takes_a_brightness()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var light = await cloud.IdOfAsync("LIGHT");

        var on = await cloud.ExecuteAsync(light, "OnOff", new { on = true });
        var bright = await cloud.ExecuteAsync(light, "BrightnessAbsolute", new { brightness = 35 });
        var tooBright = await cloud.ExecuteAsync(light, "BrightnessAbsolute", new { brightness = 101 });
        var wrongType = await cloud.ExecuteAsync(light, "OnOff", new { on = "yes" });

        Assert.True((bool)on["states"]!["on"]!);
        Assert.Equal(35, (int)bright["states"]!["brightness"]!);
        Assert.Equal("valueOutOfRange", (string?)tooBright["error"]);
        Assert.Equal("protocolError", (string?)wrongType["error"]);
        Assert.Equal(35, (int)(await cloud.StateAsync(light))["states"]!["brightness"]!);
    }

    [Fact]
    public async Task A_thermostat_keeps_to_its_range_and_mode()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var thermostat = await cloud.IdOfAsync("THERMOSTAT");

        var warmer = await cloud.ExecuteAsync(
            thermostat, "ThermostatTemperatureSetpoint", new { thermostatTemperatureSetpoint = 22.5 });
        var oven = await cloud.ExecuteAsync(
            thermostat, "ThermostatTemperatureSetpoint", new { thermostatTemperatureSetpoint = 200 });
        var eco = await cloud.ExecuteAsync(thermostat, "ThermostatSetMode", new { thermostatMode = "eco" });
        var off = await cloud.ExecuteAsync(thermostat, "ThermostatSetMode", new { thermostatMode = "off" });
        var whileOff = await cloud.ExecuteAsync(
            thermostat, "ThermostatTemperatureSetpoint", new { thermostatTemperatureSetpoint = 20 });

        Assert.Equal(22.5, (double)warmer["states"]!["thermostatTemperatureSetpoint"]!);
        Assert.Equal("valueOutOfRange", (string?)oven["error"]);
        Assert.Equal("notSupported", (string?)eco["error"]);
        Assert.Equal("off", (string?)off["states"]!["thermostatMode"]);
        Assert.Equal("inOffMode", (string?)whileOff["error"]);
    }

    [Fact]
    public async Task A_command_that_the_device_has_no_trait_for_is_not_supported()
    {
        await using var cloud = await RunningCloud.StartAsync();

        var answer = await cloud.ExecuteAsync(await cloud.IdOfAsync("SENSOR"), "OnOff", new { on = true });

        Assert.Equal("functionNotSupported", (string?)answer["error"]);
    }

    [Fact]
    public async Task The_same_command_id_twice_acts_once_and_gets_the_same_answer()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var light = await cloud.IdOfAsync("LIGHT");

        var first = await cloud.ExecuteAsync(
            light, "BrightnessAbsolute", new { brightness = 10 }, commandId: "a");
        await cloud.ExecuteAsync(
            light, "BrightnessAbsolute", new { brightness = 90 }, commandId: "b");
        var again = await cloud.ExecuteAsync(
            light, "BrightnessAbsolute", new { brightness = 10 }, commandId: "a");

        Assert.Equal(first.ToJsonString(), again.ToJsonString());
        Assert.Equal(90, (int)(await cloud.StateAsync(light))["states"]!["brightness"]!);
    }

    [Fact]
    public async Task An_offline_device_says_so_and_does_nothing()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var light = await cloud.IdOfAsync("LIGHT");
        await cloud.Anyone.PostAsJsonAsync($"/sandbox/devices/{light}", new { online = false });

        var answer = await cloud.ExecuteAsync(light, "OnOff", new { on = true });
        var state = await cloud.StateAsync(light);
        await cloud.Anyone.PostAsJsonAsync($"/sandbox/devices/{light}", new { online = true });

        Assert.Equal("deviceOffline", (string?)answer["error"]);
        Assert.False((bool)answer["online"]!);
        Assert.False((bool)state["online"]!);
        Assert.False((bool)(await cloud.StateAsync(light))["states"]!["on"]!);
    }
}
