using System.Globalization;
using System.Text;
using System.Text.Json;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Suspensions;

/// <summary>
/// Every scope by every surface, with streams running, in a sandbox of its own. The answers that really came are written
/// into <c>suspension-surfaces.md</c> beside the test binaries.
/// </summary>
public sealed class SurfaceTableTests(ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>Each of them tells a platform that the link is over, or that a device is gone.</summary>
    private static readonly string[] NeverSaid = ["authFailure", "relinkRequired", "deviceNotFound", "invalid_grant", "invalid_token", "access_denied", "authExpired"];

    private readonly SandboxFixture _sandbox = new("--canary-interval", "0");

    public Task InitializeAsync() => _sandbox.InitializeAsync();

    public Task DisposeAsync() => _sandbox.DisposeAsync();

    [Fact]
    public async Task Every_scope_is_answered_at_every_surface_as_the_table_says_and_never_as_an_unlink()
    {
        using var display = await DisplayHome.Link(_sandbox, "maple");
        var home = await Home();
        var sync = (await home.Home.Sync()).GetRawText();
        using var probe = new SurfaceProbe(_sandbox, home, display, sync);
        var report = new StringBuilder("# What each surface answers while something is suspended\n\nReceived from a running sandbox; a cell that differs says what was expected.\n");
        var (wrong, cells) = (new List<string>(), 0);
        foreach (var (number, one) in SurfaceTable.Cases(home).Index())
        {
            await probe.Prepare();
            var suspension = await _sandbox.Suspend(one.Order);
            IReadOnlyDictionary<string, string> answers;
            try
            {
                answers = await probe.Ask(one, number);
            }
            finally
            {
                await _sandbox.Lift(suspension);
            }

            report.Append(CultureInfo.InvariantCulture, $"\n## {one.Name}\n\n`{JsonSerializer.Serialize(one.Order)}`\n\n| surface | answer |\n| --- | --- |\n");
            foreach (var row in SurfaceTable.Rows)
            {
                var (expected, received) = (row.Expected(one), answers[row.Surface]);
                cells++;
                report.Append(CultureInfo.InvariantCulture, $"| {row.Surface} | {received}{(received == expected ? "" : $" **(expected {expected})**")} |\n");
                if (received != expected)
                {
                    wrong.Add($"{one.Name}, {row.Surface}: {received}, expected {expected}");
                }
            }
        }

        var said = NeverSaid.Where(word => probe.Bodies.Any(body => body.Contains(word, StringComparison.OrdinalIgnoreCase))).ToList();
        report.Append(CultureInfo.InvariantCulture, $"\n{cells} cells, {wrong.Count} wrong. {probe.Statuses.Count} answers of fulfillment and OAuth, with status {string.Join(", ", probe.Statuses.Distinct().Order())}. Never said: {string.Join(", ", NeverSaid.Except(said))}.\n");
        var path = Path.Combine(AppContext.BaseDirectory, "suspension-surfaces.md");
        await File.WriteAllTextAsync(path, report.ToString());
        output.WriteLine($"{cells} cells: {path}");

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Empty(said);
        Assert.Equal([200], probe.Statuses.Distinct().Except([302, 303]));

        // And afterwards everything is as before.
        Assert.Equal(sync, (await home.Home.Sync()).GetRawText());
        await probe.Prepare();
    }

    private async Task<SurfaceHome> Home()
    {
        var home = await _sandbox.Link("maple");
        var (camera, light) = (await home.Device("Front door camera"), await home.Device("Kitchen light"));
        var devices = (await home.Sync()).GetProperty("devices").EnumerateArray().ToDictionary(device => device.GetProperty("id").GetString()!, StringComparer.Ordinal);
        Assert.DoesNotContain("OnOff", devices[camera].GetProperty("traits").GetRawText(), StringComparison.Ordinal);
        string? Info(string device, string name) =>
            devices[device].TryGetProperty("deviceInfo", out var info) && info.TryGetProperty(name, out var value) ? value.GetString() : null;
        Assert.NotNull(Info(camera, "model"));
        Assert.NotNull(Info(camera, "swVersion"));

        // Newest first: the display's link is older.
        var (_, links) = await _sandbox.OpsCall(HttpMethod.Get, "/ops/v1/links");
        var link = links.GetProperty("links")[0].GetProperty("id").GetString()!;
        var makers = (await _sandbox.MakerDevices()).Single(device => device is { Home: "maple", Name: "Kitchen light" }).VendorDeviceId;
        return new SurfaceHome(home, link, camera, light, makers, Info(camera, "model"), Info(camera, "swVersion"), Info(light, "model"), Info(light, "swVersion"));
    }
}
