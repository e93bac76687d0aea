using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Fulfillment;

/// <summary>A maker who describes one device wrongly loses that device and not the home.</summary>
[Collection(SandboxCollection.Name)]
public sealed class CarelessMakerTests(SandboxFixture sandbox) : IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => sandbox.NoFaults();

    [Fact]
    public async Task A_device_that_no_platform_would_understand_stays_out_and_operators_see_which()
    {
        var home = await sandbox.Link("maple");
        var all = (await home.Sync()).GetProperty("devices").EnumerateArray().Select(Name).ToList();
        var light = (await sandbox.MakerDevices()).Single(device => device is { Home: "maple", Name: "Porch light" }).VendorDeviceId;
        await sandbox.Fault("device-malformed", device: light);

        var left = (await home.Sync()).GetProperty("devices").EnumerateArray().Select(Name).ToList();
        var page = await Console("/device-problems");

        Assert.Equal(all.Where(name => name != "Porch light"), left);
        Assert.Contains(light, page, StringComparison.Ordinal);
        Assert.Contains("TOASTER_WITH_LEGS", page, StringComparison.Ordinal);

        await sandbox.NoFaults();
        Assert.Equal(all, (await home.Sync()).GetProperty("devices").EnumerateArray().Select(Name));
        Assert.DoesNotContain(light, await Console("/device-problems"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_that_is_none_is_that_devices_error_and_never_told()
    {
        var home = await sandbox.Link("maple");
        var (porch, kitchen) = (await home.Device("Porch light"), await home.Device("Kitchen light"));
        var light = (await sandbox.MakerDevices()).Single(device => device is { Home: "maple", Name: "Porch light" }).VendorDeviceId;
        await sandbox.Fault("state-malformed", device: light);

        var states = await home.Query(porch, kitchen);

        Assert.Equal("ERROR", states.GetProperty(porch).GetProperty("status").GetString());
        Assert.DoesNotContain("broken", states.GetRawText(), StringComparison.Ordinal);
        Assert.Equal("SUCCESS", states.GetProperty(kitchen).GetProperty("status").GetString());
    }

    private async Task<string> Console(string path)
    {
        using var browser = new Browser();
        var page = await browser.Get(new Uri(sandbox.Ops, "/sign-in"));
        await browser.Submit(page, "Sign in", fields =>
        {
            fields.RemoveAll(field => field.Key == "token");
            fields.Add(new("token", "sandbox-operator"));
        });
        return (await browser.Get(new Uri(sandbox.Ops, path))).Text;
    }

    private static string Name(System.Text.Json.JsonElement device) => device.GetProperty("name").GetProperty("name").GetString()!;
}
