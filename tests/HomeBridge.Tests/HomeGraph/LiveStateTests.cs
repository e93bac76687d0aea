using System.Net.Http.Json;
using System.Text.Json;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.HomeGraph;

/// <summary>
/// All the way: the maker's app, a signed event, the outbox, the platform's graph. A sandbox of its own, so that nobody
/// else's reports are in the way.
/// </summary>
public sealed class LiveStateTests(SandboxFixture sandbox, ITestOutputHelper output) : IClassFixture<SandboxFixture>
{
    private const int StormEvents = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task While_one_home_storms_another_homes_reports_arrive_and_nothing_is_lost()
    {
        using var hill = await DisplayHome.Link(sandbox, "hill");
        using var maple = await DisplayHome.Link(sandbox, "maple");
        await maple.Until("Porch light", IsOn(false), Patience);
        await hill.Until("Lobby light", IsOn(false), Patience);
        var makers = await sandbox.MakerDevices();
        var porch = makers.Single(device => device is { Home: "maple", Name: "Porch light" }).VendorDeviceId;
        var lights = makers.Where(device => device is { Home: "hill", Type: "LIGHT" } && device.Name.EndsWith("ceiling light", StringComparison.Ordinal)).ToList();
        var quiet = await Toggle(maple, porch, 5);

        using var over = new CancellationTokenSource();
        var storm = Parallel.ForAsync(0, StormEvents, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) =>
            await Knob(lights[number % lights.Count].VendorDeviceId, new { brightness = number % 100 }));
        var during = new List<TimeSpan>();
        while (!storm.IsCompleted)
        {
            during.AddRange(await Toggle(maple, porch, 1));
        }

        await storm;
        foreach (var light in lights)
        {
            await Knob(light.VendorDeviceId, new { brightness = 77 });
        }

        var settled = TimeSpan.Zero;
        foreach (var light in lights)
        {
            settled += await hill.Until(light.Name, states => states.GetProperty("brightness").GetInt32() == 77, Patience);
        }

        output.WriteLine($"From the maker's app to the platform's graph: quiet {Told(quiet)}; while another home sent {StormEvents} events {Told(during)}; "
            + $"the storm's last states were all there {settled.TotalMilliseconds:0} ms after it.");
        Assert.NotEmpty(during);
    }

    [Fact]
    public async Task What_a_lost_event_made_stale_is_mended_by_the_next_query()
    {
        using var harbor = await DisplayHome.Link(sandbox, "harbor");
        var linked = await sandbox.Link("harbor");
        await harbor.Until("Jetty light", IsOn(false), Patience);
        var jetty = (await sandbox.MakerDevices()).Single(device => device is { Home: "harbor", Name: "Jetty light" }).VendorDeviceId;
        await sandbox.Fault("events-lost", device: jetty);
        await Knob(jetty, new { on = true });
        await sandbox.NoFaults();
        Assert.False((await harbor.Graph())["Jetty light"].Single().GetProperty("on").GetBoolean());

        await linked.Query(await linked.Device("Jetty light"));
        var took = await harbor.Until("Jetty light", IsOn(true), Patience);

        output.WriteLine($"Mended after {took.TotalSeconds:0.0} s.");
        var (_, vitals) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/vitals");
        Assert.Contains("LIGHT", vitals.GetRawText(), StringComparison.Ordinal);
    }

    private async Task<List<TimeSpan>> Toggle(DisplayHome home, string device, int times)
    {
        var took = new List<TimeSpan>();
        for (var turn = 0; turn < times; turn++)
        {
            var on = !(await home.Graph())["Porch light"].Single().GetProperty("on").GetBoolean();
            await Knob(device, new { on });
            took.Add(await home.Until("Porch light", IsOn(on), Patience));
        }

        return took;
    }

    private async Task Knob(string device, object change)
    {
        using var answer = await sandbox.Http.PostAsJsonAsync(new Uri(sandbox.Cloud, $"/sandbox/devices/{device}"), change);
        answer.EnsureSuccessStatusCode();
    }

    private static Func<JsonElement, bool> IsOn(bool on) => states => states.TryGetProperty("on", out var value) && value.GetBoolean() == on;

    private static string Told(List<TimeSpan> times) =>
        $"{times.Order().ElementAt(times.Count / 2).TotalMilliseconds:0} ms median, {times.Max().TotalMilliseconds:0} ms longest of {times.Count}";
}
