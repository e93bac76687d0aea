using System.Text.Json;
using HomeBridge.Tests.Devices;

namespace HomeBridge.Benchmarks;

/// <summary>
/// The real bridge on Kestrel: real database, one home linked through the real pages, its token and bindings read and
/// its suspensions checked for each request. The device cloud is in the same process.
/// </summary>
internal static class BridgeServer
{
    /// <summary>Tells port, token and home in a file, then <c>ready</c>, and serves until it is ended.</summary>
    /// <param name="homeFile">Where to tell it.</param>
    /// <param name="devices">Of the home: lights, and a camera as the last.</param>
    public static async Task Run(string homeFile, int devices)
    {
        await using var bridge = await BridgeOnMaker.Start(devices, deviceCloud: new InProcessMaker(devices));
        var home = await bridge.Link("home1");
        var sync = await bridge.Send(home.Token, "SYNC", null);
        await File.WriteAllTextAsync(homeFile, JsonSerializer.Serialize(new ServedHome(bridge.Bridge.Port, home.Token, sync.Payload.GetProperty("devices"))));
        Console.WriteLine("ready");
        await Task.Delay(Timeout.Infinite);
    }
}

/// <summary>Where the bridge is, and what home it serves.</summary>
internal sealed record ServedHome(int Port, string Token, JsonElement Devices);
