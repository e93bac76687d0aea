using System.Net.Http.Json;
using System.Text.Json;
using HomeBridge.Tests.House;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Fulfillment;

/// <summary>
/// Every error and exception code of the platform, from a device that really is in that trouble. A sandbox of its own:
/// its light has a hard time.
/// </summary>
public sealed class CodeTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    /// <summary>What a maker can't say: it would end a link, or is an answer of the bridge itself.</summary>
    private static readonly string[] NotForMakers = ["authExpired", "relinkRequired", "challengeNeeded"];

    private static readonly Dictionary<string, string> Aliases = new(StringComparer.Ordinal) { ["offline"] = "deviceOffline", ["turnedOff"] = "deviceTurnedOff" };

    [Fact]
    public async Task A_device_in_trouble_says_which()
    {
        var home = await sandbox.Link("maple");
        var light = await home.Device("Kitchen light");
        var codes = Codes("errorCodes");
        foreach (var code in codes)
        {
            await Knob(new { error = code });
            var expected = NotForMakers.Contains(code) ? "hardError" : Aliases.GetValueOrDefault(code, code);

            var state = (await home.Query(light)).GetProperty(light);
            var answer = await home.Execute(light, "OnOff", new { on = true });

            Assert.Equal("ERROR", state.GetProperty("status").GetString());
            Assert.Equal(expected, state.GetProperty("errorCode").GetString());
            Assert.Equal("ERROR", answer.GetProperty("status").GetString());
            Assert.Equal(expected, answer.GetProperty("errorCode").GetString());
        }

        await Knob(new Dictionary<string, object?> { ["error"] = null });
        Assert.Equal("SUCCESS", (await home.Query(light)).GetProperty(light).GetProperty("status").GetString());
        Assert.True(codes.Count > 150);
    }

    [Fact]
    public async Task A_device_with_something_to_say_still_works()
    {
        var home = await sandbox.Link("maple");
        var light = await home.Device("Kitchen light");
        foreach (var code in Codes("exceptionCodes"))
        {
            await Knob(new { exception = code });

            var state = (await home.Query(light)).GetProperty(light);
            var answer = await home.Execute(light, "OnOff", new { on = true });

            Assert.Equal("SUCCESS", state.GetProperty("status").GetString());
            Assert.Equal(code, state.GetProperty("exceptionCode").GetString());
            Assert.Equal("SUCCESS", answer.GetProperty("status").GetString());
            Assert.Equal(code, answer.GetProperty("states").GetProperty("exceptionCode").GetString());
        }

        await Knob(new Dictionary<string, object?> { ["exception"] = null });
        Assert.False((await home.Query(light)).GetProperty(light).TryGetProperty("exceptionCode", out _));
    }

    [Fact]
    public async Task A_camera_that_is_switched_off_says_so_and_gives_no_stream()
    {
        var home = await sandbox.Link("hill");
        var camera = await home.Device("Cellar camera");
        var maker = (await sandbox.MakerDevices()).Single(device => device.Name == "Cellar camera").VendorDeviceId;
        await Knob(new { on = false }, maker);

        var off = await home.OpenCamera(camera);
        await Knob(new { on = true }, maker);
        var on = await home.OpenCamera(camera);

        Assert.Equal("deviceTurnedOff", off.GetProperty("errorCode").GetString());
        Assert.Equal("SUCCESS", on.GetProperty("status").GetString());
    }

    private static List<string> Codes(string list) =>
        [.. JsonDocument.Parse(Repository.Read("contracts/trait-catalogue.json")).RootElement.GetProperty(list).EnumerateArray().Select(code => code.GetString()!)];

    private async Task Knob(object change, string? device = null)
    {
        device ??= (await sandbox.MakerDevices()).Single(device => device is { Home: "maple", Name: "Kitchen light" }).VendorDeviceId;
        using var answer = await sandbox.Http.PostAsJsonAsync(new Uri(sandbox.Cloud, $"/sandbox/devices/{device}"), change);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}
