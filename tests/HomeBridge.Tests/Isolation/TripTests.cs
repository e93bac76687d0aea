using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Isolation;

/// <summary>A maker's mix-up, from the wrong unit to the suspension, in the running sandbox.</summary>
[Collection(SandboxCollection.Name)]
public sealed class TripTests(SandboxFixture sandbox, ITestOutputHelper output) : IAsyncLifetime
{
    private const string Camera = "Front door camera";

    public Task InitializeAsync() => sandbox.Recover();

    public Task DisposeAsync() => sandbox.Recover();

    [Fact]
    public async Task A_swapped_unit_suspends_both_cameras_and_leaves_lights_and_other_cameras_alone()
    {
        var (maple, harbor) = (await sandbox.Link("maple"), await sandbox.Link("harbor"));
        var (mine, garden) = (await maple.Device(Camera), await maple.Device("Garden camera"));
        var maker = await Maker("maple", Camera);
        var (watching, beside, other) = (await Watching(maple, mine), await Watching(maple, mine), await Watching(maple, garden));
        await sandbox.Fault("cache-mixup", device: maker.VendorDeviceId);
        Assert.Equal(HttpStatusCode.NotFound, (await watching.Fetch(watching.Units[^1])).Status);
        await Until(async () => (await sandbox.AutomaticSuspensions()).Count == 2);

        // The session that got the unit is not found; the other one on that camera is suspended, and so is a new one.
        Assert.Equal(HttpStatusCode.NotFound, await watching.Poll());
        await Until(async () => await beside.Poll() == HttpStatusCode.Forbidden);
        Assert.Equal("streamUnavailable", (await maple.OpenCamera(mine)).GetProperty("errorCode").GetString());

        // The camera whose unit it was is named by the proof, written down after the suspensions.
        await Until(async () => (await Isolation()).GetProperty("findings").GetArrayLength() > 0);
        var delivered = (await Isolation()).GetProperty("findings").EnumerateArray().First();
        Assert.Equal("smoking_gun", delivered.GetProperty("class").GetString());
        var theirs = await Suspended(harbor);
        Assert.Equal(delivered.GetProperty("delivered").GetString(), theirs);

        // And nothing else is touched.
        Assert.Equal(HttpStatusCode.OK, await other.Poll());
        Assert.Equal(HttpStatusCode.OK, (await other.Fetch(other.Units[^1])).Status);
        Assert.Equal("SUCCESS", (await maple.Execute(await maple.Device("Kitchen light"), "OnOff", new { on = true })).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Two_cameras_with_each_others_units_suspend_the_maker_and_a_lift_by_another_person_resumes()
    {
        var (maple, harbor) = (await sandbox.Link("maple"), await sandbox.Link("harbor"));
        var viewers = new List<Viewer>();
        foreach (var home in (LinkedHome[])[maple, harbor])
        {
            viewers.Add(await Watching(home, await FirstCamera(home)));
        }

        var bystander = await Watching(maple, await maple.Device("Garden camera"));
        await sandbox.Fault("cache-mixup", device: (await Maker("maple", Camera)).VendorDeviceId);
        await sandbox.Fault("cache-mixup", device: (await sandbox.MakerDevices()).First(device => device is { Home: "harbor", CameraNumber: not null }).VendorDeviceId);
        await Task.WhenAll(viewers.Select(viewer => viewer.Fetch(viewer.Units[^1])));
        await Until(async () => (await sandbox.AutomaticSuspensions()).Any(IsOfMaker));
        await Until(async () => await bystander.Poll() == HttpStatusCode.Forbidden);

        var (refused, _) = await sandbox.OpsCall(
            HttpMethod.Post, $"/ops/v1/suspensions/{(await sandbox.AutomaticSuspensions()).First(IsOfMaker).GetProperty("id").GetString()}/lift", new { force = true });
        Assert.Equal(403, refused);
        await sandbox.Recover();
        await Task.Delay(500);
        Assert.Empty(await sandbox.AutomaticSuspensions());
        Assert.NotEmpty((await Watching(maple, await maple.Device(Camera))).Units);
    }

    [Fact]
    public async Task Missing_proof_quarantines_the_one_camera_after_three_sessions()
    {
        var maple = await sandbox.Link("maple");
        var mine = await maple.Device(Camera);
        await sandbox.Fault("no-evidence", device: (await Maker("maple", Camera)).VendorDeviceId);
        for (var session = 0; session < 3; session++)
        {
            await Task.Delay(200);
            Assert.Empty(await sandbox.AutomaticSuspensions());
            var viewer = await Watching(maple, mine);
            Assert.Equal(HttpStatusCode.NotFound, (await viewer.Fetch(viewer.Init)).Status);
        }

        await Until(async () => (await sandbox.AutomaticSuspensions()).Count == 1);
        Assert.Equal("streamUnavailable", (await maple.OpenCamera(mine)).GetProperty("errorCode").GetString());
    }

    [Theory]
    [InlineData("stale")]
    [InlineData("duplicate-key")]
    public async Task An_anomaly_quarantines_the_one_camera_at_once(string fault)
    {
        var maple = await sandbox.Link("maple");
        var viewer = await Watching(maple, await maple.Device(Camera));
        await sandbox.Fault(fault, device: (await Maker("maple", Camera)).VendorDeviceId);
        Assert.Equal(HttpStatusCode.NotFound, (await viewer.Fetch(viewer.Units[^1])).Status);

        await Until(async () => (await sandbox.AutomaticSuspensions()).Count == 1);
        Assert.Equal(await maple.Device(Camera), (await sandbox.AutomaticSuspensions())[0].GetProperty("scope").GetProperty("device").GetString());
    }

    /// <summary>The goal is less than a unit, which is two seconds: a second wrong one must not come.</summary>
    [Fact]
    public async Task From_the_wrong_unit_to_the_suspension_at_the_gateway()
    {
        const int rounds = 25;
        var maple = await sandbox.Link("maple");
        var mine = await maple.Device(Camera);
        var maker = await Maker("maple", Camera);
        var seen = new List<double>();
        var before = await Tripped();
        for (var round = 0; round < rounds; round++)
        {
            var (watching, beside) = (await Watching(maple, mine), await Watching(maple, mine));
            await sandbox.Fault("cache-mixup", device: maker.VendorDeviceId);
            var asked = Stopwatch.GetTimestamp();
            Assert.Equal(HttpStatusCode.NotFound, (await watching.Fetch(watching.Units[^1])).Status);
            await Until(async () => await beside.Poll() == HttpStatusCode.Forbidden, pause: 2);
            seen.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            await sandbox.Recover();
        }

        var trips = (await Isolation()).GetProperty("trips").EnumerateArray()
            .Where(trip => !before.Contains(trip.GetProperty("suspension").GetString()!) && trip.GetProperty("device").GetString() == mine).ToList();
        Assert.Equal(rounds, trips.Count);
        Say("suspended at the bridge", trips.Select(trip => trip.GetProperty("raised_ms").GetDouble()));
        Say("in force at the gateway", trips.Select(trip => trip.GetProperty("in_force_ms").GetDouble()));
        Say("seen by another viewer, from the request on", seen);
        Assert.All(trips, trip => Assert.InRange(trip.GetProperty("in_force_ms").GetDouble(), 0, 60_000));

        using var metrics = await sandbox.Http.GetAsync(new Uri(sandbox.Ops, "/metrics"));
        var text = await metrics.Content.ReadAsStringAsync();
        Assert.Contains("homebridge_isolation_findings_total{class=\"smoking_gun\",verdict=\"OtherDevice\"}", text, StringComparison.Ordinal);
        Assert.Contains("homebridge_isolation_trips_total{rule=\"smoking_gun\"}", text, StringComparison.Ordinal);
        Assert.Contains("homebridge_isolation_in_force_duration_seconds_bucket{rule=\"smoking_gun\",le=\"2\"}", text, StringComparison.Ordinal);
    }

    private void Say(string what, IEnumerable<double> milliseconds)
    {
        var sorted = milliseconds.Order().ToList();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{what}: p50 {sorted[sorted.Count / 2]:0.0} ms, p99 {sorted[Math.Min(sorted.Count - 1, sorted.Count * 99 / 100)]:0.0} ms of {sorted.Count}"));
    }

    private static bool IsOfMaker(JsonElement suspension) => suspension.GetProperty("scope").TryGetProperty("vendor", out var vendor) && vendor.GetString() == "acme";

    private async Task<JsonElement> Isolation()
    {
        var (status, body) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/isolation");
        Assert.Equal(200, status);
        return body;
    }

    private async Task<HashSet<string>> Tripped() =>
        [.. (await Isolation()).GetProperty("trips").EnumerateArray().Select(trip => trip.GetProperty("suspension").GetString()!)];

    private static async Task<string> FirstCamera(LinkedHome home) => (await Cameras(home))[0];

    private static async Task<IReadOnlyList<string>> Cameras(LinkedHome home) =>
        [.. (await home.Sync()).GetProperty("devices").EnumerateArray()
            .Where(device => device.GetProperty("type").GetString()!.EndsWith("CAMERA", StringComparison.Ordinal))
            .Select(device => device.GetProperty("id").GetString()!)];

    /// <summary>The one camera of a home that can't be opened.</summary>
    private static async Task<string> Suspended(LinkedHome home)
    {
        var suspended = new List<string>();
        foreach (var camera in await Cameras(home))
        {
            if ((await home.OpenCamera(camera)).TryGetProperty("errorCode", out var error) && error.GetString() == "streamUnavailable")
            {
                suspended.Add(camera);
            }
        }

        return suspended.Single();
    }

    private async Task<MakerDevice> Maker(string home, string camera) => (await sandbox.MakerDevices()).Single(device => device.Home == home && device.Name == camera);

    private static async Task<Viewer> Watching(LinkedHome home, string camera)
    {
        var viewer = await home.Watch(camera);
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        return viewer;
    }

    private static async Task Until(Func<Task<bool>> isSo, int pause = 50)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30), "It did not come to that.");
            await Task.Delay(pause);
        }
    }
}
