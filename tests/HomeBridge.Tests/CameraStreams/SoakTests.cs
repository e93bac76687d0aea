using System.Diagnostics;
using System.Net;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.CameraStreams;

/// <summary>
/// Viewers of two homes watch through a maker in all kinds of trouble, one after another and two at once. Short in every
/// run; ten minutes with <c>tests/run.sh --long</c>. The seed of the fault schedule is printed when it fails.
/// </summary>
[Collection(SandboxCollection.Name)]
public sealed class SoakTests(SandboxFixture sandbox) : IAsyncLifetime
{
    private static readonly string[] Faults =
    [
        "cache-mixup", "mixup-signed-by-edge", "relabelled", "duplicate-key", "torn", "reply-desync", "replay", "replay-fresh", "late-capture", "stale",
        "no-evidence", "forged-evidence", "truncated", "extra-bytes", "encoded", "error", "reset", "mapping-mixup", "id-collision", "hostile-playlist",
    ];

    private static TimeSpan Duration => Environment.GetEnvironmentVariable("HOMEBRIDGE_TESTS_LONG") == "true" ? TimeSpan.FromMinutes(10) : TimeSpan.FromSeconds(20);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => sandbox.Recover();

    [Fact]
    public async Task Whatever_the_maker_does_no_viewer_gets_a_strangers_byte()
    {
        var cameras = (await sandbox.MakerDevices()).Where(device => device is { Home: "maple" or "harbor", CameraNumber: not null }).ToList();
        var everyone = (await sandbox.MakerDevices()).Where(device => device.CameraNumber is not null).Select(device => device.VendorDeviceId).ToList();
        var homes = new Dictionary<string, LinkedHome>(StringComparer.Ordinal) { ["maple"] = await sandbox.Link("maple"), ["harbor"] = await sandbox.Link("harbor") };
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var camera in cameras)
        {
            ids[camera.VendorDeviceId] = await homes[camera.Home].Device(camera.Name);
        }

        using var stop = new CancellationTokenSource(Duration);
        var seed = (uint)Stopwatch.GetTimestamp();
        var maker = Trouble(seed, stop.Token);
        var served = await Task.WhenAll(cameras.Concat(cameras).Select(camera =>
            WatchUntil(homes[camera.Home], ids[camera.VendorDeviceId], camera.VendorDeviceId, everyone, stop.Token)));
        await maker;

        Assert.True(served.Sum(one => one.Foreign) == 0, $"Foreign units: {served.Sum(one => one.Foreign)} of {served.Sum(one => one.Units)}, seed {seed}.");
        Assert.True(served.Sum(one => one.Units) > 50, $"Only {served.Sum(one => one.Units)} units were served: that proves little.");

        // And when the maker is well again, everybody sees their own camera.
        await sandbox.Recover();
        foreach (var camera in cameras)
        {
            var viewer = await homes[camera.Home].Watch(ids[camera.VendorDeviceId]);
            Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
            Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
            Assert.True(Viewer.Names((await viewer.Fetch(viewer.Units[^1])).Bytes, camera.VendorDeviceId));
        }
    }

    /// <summary>One or two faults at a time, at some rate, for a second; then a moment of health.</summary>
    private async Task Trouble(uint seed, CancellationToken stop)
    {
        uint Next()
        {
            // xorshift32: the same seed, the same schedule.
            seed ^= seed << 13;
            seed ^= seed >> 17;
            return seed ^= seed << 5;
        }

        while (!stop.IsCancellationRequested)
        {
            await sandbox.Fault(Faults[Next() % Faults.Length], rate: (Next() % 2) == 0 ? 1 : 0.3);
            if (Next() % 3 == 0)
            {
                await sandbox.Fault(Faults[Next() % Faults.Length], rate: 0.5);
            }

            await Task.Delay(700, CancellationToken.None);
            await sandbox.NoFaults();
            await sandbox.LiftAutomatic();
            await Task.Delay(500, CancellationToken.None);
        }
    }

    private static async Task<(int Units, int Foreign)> WatchUntil(
        LinkedHome home, string camera, string own, IReadOnlyList<string> everyone, CancellationToken stop)
    {
        var (units, foreign) = (0, 0);
        while (!stop.IsCancellationRequested)
        {
            if (await home.TryWatch(camera) is not { } viewer || await viewer.Enter() != HttpStatusCode.OK)
            {
                await Task.Delay(100, CancellationToken.None);
                continue;
            }

            while (!stop.IsCancellationRequested && await viewer.Poll() == HttpStatusCode.OK)
            {
                foreach (var url in (Uri[])[viewer.Init, .. viewer.Units])
                {
                    var (status, bytes) = await viewer.Fetch(url);
                    if (status == HttpStatusCode.OK)
                    {
                        units++;
                        foreign += !Viewer.Names(bytes, own) || everyone.Any(other => other != own && Viewer.Names(bytes, other)) ? 1 : 0;
                    }
                }

                await Task.Delay(200, CancellationToken.None);
            }
        }

        return (units, foreign);
    }
}
