using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Isolation;

/// <summary>
/// An honest maker on a bad day: lost and slow answers, resets, an API that fails, cameras that go offline, and a restart
/// in the middle. Nothing of that is evidence, and nothing is suspended. Ten minutes with <c>tests/run.sh --long</c>.
/// </summary>
public sealed class FalseTripTests(ITestOutputHelper output)
{
    private static readonly (string Kind, double Rate)[] BadDay =
        [("error", 0.1), ("reset", 0.1), ("slow", 0.05), ("hang", 0.02), ("encoded", 0.02), ("redirect", 0.02), ("cloud-slow", 0.05), ("cloud-error", 0.05)];

    private static TimeSpan Duration => Environment.GetEnvironmentVariable("HOMEBRIDGE_TESTS_LONG") == "true" ? TimeSpan.FromMinutes(5) : TimeSpan.FromSeconds(8);

    [Fact]
    public async Task A_bad_day_of_an_honest_maker_suspends_nothing()
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
        var sandbox = await SandboxProcess.Start();
        var units = 0;
        try
        {
            units += await Watch(sandbox, http);
            await sandbox.Stop();
            await sandbox.DisposeAsync();
            sandbox = await SandboxProcess.Start(sandbox.DataFolder, sandbox.Ports);
            units += await Watch(sandbox, http);

            var isolation = await Ops(sandbox, http, "/ops/v1/isolation");
            Assert.Empty((await Ops(sandbox, http, "/ops/v1/suspensions")).GetProperty("suspensions").EnumerateArray());
            Assert.Empty(isolation.GetProperty("findings").EnumerateArray());
            Assert.True(units > 20, $"Only {units} units were served: that proves little.");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{units} units served on a bad day, 0 findings, 0 suspensions"));
        }
        finally
        {
            await sandbox.DisposeAsync();
        }
    }

    private static async Task<int> Watch(SandboxProcess sandbox, HttpClient http)
    {
        var cameras = new List<(LinkedHome Home, string Camera)>();
        foreach (var account in (string[])["maple", "harbor"])
        {
            var home = await LinkedHome.Link(sandbox, http, account, "google-home", _ => true);
            foreach (var device in (await home.Sync()).GetProperty("devices").EnumerateArray().Where(device => device.GetProperty("type").GetString()!.EndsWith("CAMERA", StringComparison.Ordinal)))
            {
                cameras.Add((home, device.GetProperty("id").GetString()!));
            }
        }

        foreach (var (kind, rate) in BadDay)
        {
            using var set = await http.PostAsJsonAsync(new Uri(sandbox.Cloud, "/sandbox/faults"), new { kind, rate });
            set.EnsureSuccessStatusCode();
        }

        using var stop = new CancellationTokenSource(Duration);
        var offline = Offline(sandbox, http, stop.Token);
        var served = await Task.WhenAll(cameras.Concat(cameras).Select(one => WatchUntil(one.Home, one.Camera, stop.Token)));
        await offline;
        using var well = await http.DeleteAsync(new Uri(sandbox.Cloud, "/sandbox/faults"));
        return served.Sum();
    }

    /// <summary>One camera goes and comes back, over and over.</summary>
    private static async Task Offline(SandboxProcess sandbox, HttpClient http, CancellationToken stop)
    {
        var devices = await http.GetFromJsonAsync<List<MakerDevice>>(new Uri(sandbox.Cloud, "/sandbox/devices"), JsonSerializerOptions.Web, CancellationToken.None);
        var camera = devices!.First(device => device is { Home: "maple", CameraNumber: not null });
        for (var online = false; !stop.IsCancellationRequested; online = !online)
        {
            await Set(online);
            await Task.Delay(1_500, CancellationToken.None);
        }

        await Set(true);

        async Task Set(bool online)
        {
            using var set = await http.PostAsJsonAsync(new Uri(sandbox.Cloud, $"/sandbox/devices/{camera.VendorDeviceId}"), new { online }, CancellationToken.None);
            set.EnsureSuccessStatusCode();
        }
    }

    private static async Task<int> WatchUntil(LinkedHome home, string camera, CancellationToken stop)
    {
        var units = 0;
        while (!stop.IsCancellationRequested)
        {
            if (await home.TryWatch(camera) is not { } viewer || await viewer.Enter() != HttpStatusCode.OK)
            {
                await Task.Delay(100, CancellationToken.None);
                continue;
            }

            for (var failed = 0; failed < 5 && !stop.IsCancellationRequested;)
            {
                if (await viewer.Poll() != HttpStatusCode.OK)
                {
                    failed++;
                    await Task.Delay(100, CancellationToken.None);
                    continue;
                }

                foreach (var url in (Uri[])[viewer.Init, viewer.Units[^1]])
                {
                    units += (await viewer.Fetch(url)).Status == HttpStatusCode.OK ? 1 : 0;
                }

                await Task.Delay(200, CancellationToken.None);
            }
        }

        return units;
    }

    private static async Task<JsonElement> Ops(SandboxProcess sandbox, HttpClient http, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(sandbox.Ops, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "sandbox-operator");
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }
}
