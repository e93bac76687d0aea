using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using HomeBridge.Streaming;
using HomeBridge.Tests.Sandbox.Cameras;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Display;

/// <summary>
/// Every published incident against both gateways at once. The naive one leaks, or the replay proves nothing; ours releases no
/// foreign byte. Read from the bytes, and from the pixels that ffmpeg decodes.
/// </summary>
public sealed class IncidentReplayTests(TheatreFixture theatre, ITestOutputHelper output) : IClassFixture<TheatreFixture>
{
    private const string Home = "maple";

    /// <summary>A unit is two seconds; a session is renewed after ten.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private SandboxFixture Sandbox => theatre.Sandbox;

    [Theory]
    [InlineData("C1")]
    [InlineData("C2")]
    [InlineData("C3")]
    [InlineData("C5")]
    [InlineData("C6")]
    [InlineData("C7")]
    [InlineData("C8")]
    [InlineData("X1")]
    [InlineData("X2")]
    [InlineData("X3")]
    [InlineData("X4")]
    [InlineData("X5")]
    [InlineData("X6")]
    [InlineData("X7")]
    [InlineData("X8")]
    public async Task The_naive_gateway_leaks_and_ours_releases_nothing_of_it(string incident)
    {
        var cameras = (await Sandbox.MakerDevices()).Where(device => device.CameraNumber is not null).ToList();
        var own = cameras.First(camera => camera.Home == Home);
        var (naive, ours) = await Watching(await theatre.Open(incident));
        Assert.Equal([own.VendorDeviceId], Named(naive.Seen, cameras));
        Assert.Equal([own.VendorDeviceId], Named(ours.Seen, cameras));

        var seats = await theatre.Break();
        var broken = Stopwatch.GetTimestamp();
        if (incident == "C5")
        {
            // Both sign in again. The bridge gives no seat: the camera's owner is somebody else now.
            naive = new Watcher(new Viewer(Sandbox.Http, Url(seats, "naive")!));
            await naive.Viewer.Enter();
            Assert.Null(Url(seats, "ours"));
        }

        var before = ours.Seen.Count;
        while (Stopwatch.GetElapsedTime(broken) < Deadline && (!Foreign(naive.Seen, cameras).Any() || !ours.IsOver))
        {
            await naive.Follow();
            await ours.Follow();
            await Task.Delay(100);
        }

        var leaked = Foreign(naive.Seen, cameras).ToList();
        var report = await Agreed(broken);
        await theatre.Clear();
        output.WriteLine($"{incident}: naive {leaked.Count} foreign units; ours {ours.Seen.Count - before} own units after the fault, over after {ours.OverAfter(broken)}: {report.GetProperty("why")}");

        Assert.NotEmpty(leaked);
        Assert.Equal([own.VendorDeviceId], Named(ours.Seen, cameras));
        Assert.True(ours.IsOver);
        Assert.True(report.GetProperty("naive").GetProperty("foreign").GetInt32() > 0);
        Assert.Equal(0, report.GetProperty("ours").GetProperty("foreign").GetInt32());

        var strangers = cameras.Where(camera => camera.Home != Home).Select(camera => camera.CameraNumber!.Value).ToList();
        var numbers = await Numbers([naive.Init!, leaked[^1]]);
        Assert.Contains(numbers, strangers.Contains);
        Assert.DoesNotContain(await Numbers([ours.Init!, .. ours.Seen.Where(unit => unit != ours.Init)]), number => number != own.CameraNumber);
    }

    [Fact]
    public async Task C9_A_camera_that_went_to_another_home_goes_on_at_the_naive_gateway_and_not_at_ours()
    {
        var (naive, ours) = await Watching(await theatre.Open("C9"));
        await theatre.Break();
        var broken = Stopwatch.GetTimestamp();
        while (!ours.IsOver && Stopwatch.GetElapsedTime(broken) < Deadline)
        {
            await ours.Follow();
            await Task.Delay(20);
        }

        var over = ours.OverAfter(broken);
        var lastOfOurs = ours.Seen.Count;
        naive.Seen.Clear();
        while (naive.Seen.Count < 2 && Stopwatch.GetElapsedTime(broken) < Deadline)
        {
            await naive.Follow();
            await Task.Delay(100);
        }

        await ours.Follow();
        var report = await theatre.Report();
        await theatre.Clear();
        output.WriteLine($"C9: ours over after {over}; the maker went on serving");

        Assert.True(ours.IsOver);
        Assert.Equal(lastOfOurs, ours.Seen.Count);
        Assert.True(naive.Seen.Count >= 2);
        Assert.True(report.GetProperty("naive").GetProperty("foreign").GetInt32() > 0);
        Assert.Equal("Revoked", report.GetProperty("why").GetString());

        // What was cleared is well again: the home is linked anew, and watches.
        (naive, ours) = await Watching(await theatre.Open("C9"));
        Assert.NotEmpty(ours.Seen);
        await theatre.Clear();
    }

    [Fact]
    public async Task C4_A_strangers_alert_goes_to_the_wrong_home_and_the_bridge_tells_nobody()
    {
        var (_, ours) = await Watching(await theatre.Open("C4"));
        await theatre.Break();
        var report = await Agreed(Stopwatch.GetTimestamp());
        await ours.Follow();
        await theatre.Clear();

        Assert.Equal(1, report.GetProperty("naive").GetProperty("foreign").GetInt32());
        Assert.Equal("harbor", report.GetProperty("naive").GetProperty("stranger").GetProperty("home").GetString());
        Assert.Equal(0, report.GetProperty("ours").GetProperty("foreign").GetInt32());
        Assert.Equal("not this account's device", report.GetProperty("why").GetString());
        Assert.False(ours.IsOver);
    }

    /// <summary>Anyone's page could clear the stage, or break the maker; only the theatre's own may.</summary>
    [Theory]
    [InlineData("open")]
    [InlineData("break")]
    [InlineData("clear")]
    public async Task A_strangers_page_plays_nothing(string what)
    {
        using var answer = await Sandbox.Http.PostAsync(new Uri(Sandbox.Display, "/api/theatre/" + what), JsonContent.Create(new { incident = "C1" }));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task A_signed_url_of_the_naive_gateway_can_not_be_changed()
    {
        var seats = await theatre.Open("C1");
        var url = Url(seats, "naive")!.AbsoluteUri;
        await theatre.Clear();
        using var after = await Sandbox.Http.GetAsync(new Uri(url));
        using var forged = await Sandbox.Http.GetAsync(new Uri(url.Replace("/live.m3u8", "x/live.m3u8", StringComparison.Ordinal)));

        Assert.Equal(HttpStatusCode.NotFound, after.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, forged.StatusCode);
    }

    /// <summary>The theatre's own witness is a viewer like ours, and may see the next unit a moment later.</summary>
    private async Task<JsonElement> Agreed(long since)
    {
        var report = await theatre.Report();
        while (report.GetProperty("naive").GetProperty("foreign").GetInt32() == 0 && Stopwatch.GetElapsedTime(since) < Deadline)
        {
            await Task.Delay(100);
            report = await theatre.Report();
        }

        return report;
    }

    private static Uri? Url(JsonElement seats, string side) =>
        seats.GetProperty(side).GetProperty("url").GetString() is { } url ? new Uri(url) : null;

    /// <summary>Both sides with their first units, as everything is still well.</summary>
    private async Task<(Watcher Naive, Watcher Ours)> Watching(JsonElement seats)
    {
        var watchers = new[] { "naive", "ours" }.Select(side => new Watcher(new Viewer(Sandbox.Http, Url(seats, side)!))).ToArray();
        foreach (var watcher in watchers)
        {
            Assert.Equal(HttpStatusCode.OK, await watcher.Viewer.Enter());
            await watcher.Follow();
            Assert.True(watcher.Seen.Count > 1);
        }

        return (watchers[0], watchers[1]);
    }

    private static List<string> Named(IEnumerable<byte[]> units, IReadOnlyList<MakerDevice> cameras) =>
        [.. cameras.Select(camera => camera.VendorDeviceId).Where(id => units.Any(unit => Viewer.Names(unit, id)))];

    private static IEnumerable<byte[]> Foreign(IEnumerable<byte[]> units, IReadOnlyList<MakerDevice> cameras) =>
        units.Where(unit => cameras.Any(camera => camera.Home != Home && Viewer.Names(unit, camera.VendorDeviceId)));

    /// <summary>The numbers of the cameras in the pictures. A torn unit decodes as far as it goes.</summary>
    private static async Task<IReadOnlyList<int>> Numbers(IEnumerable<byte[]> units)
    {
        const int Width = 640, Height = 360;
        var (frames, _, _) = await Ffmpeg.RunAsync(
            "ffmpeg", [.. units.SelectMany(unit => unit)], "-v", "quiet", "-i", "pipe:0", "-vf", $"scale={Width}:{Height}", "-pix_fmt", "gray",
            "-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1");
        var numbers = new HashSet<int>();
        foreach (var frame in frames.Chunk(Width * Height).Where(frame => frame.Length == Width * Height))
        {
            if (BlockCode.TryRead(frame, Width, Height, Width, out var code))
            {
                numbers.Add(code.Number);
            }
        }

        Assert.NotEmpty(numbers);
        return [.. numbers];
    }

    /// <summary>A viewer that takes each unit once and keeps it.</summary>
    private sealed class Watcher(Viewer viewer)
    {
        private readonly HashSet<Uri> _taken = [];
        private long _overAt;

        public Viewer Viewer => viewer;

        public List<byte[]> Seen { get; } = [];

        public byte[]? Init { get; private set; }

        public bool IsOver => _overAt != 0;

        public TimeSpan? OverAfter(long since) => IsOver ? Stopwatch.GetElapsedTime(since, _overAt) : null;

        public async Task Follow()
        {
            var status = await viewer.Poll();
            if (status is HttpStatusCode.NotFound or HttpStatusCode.Forbidden && _overAt == 0)
            {
                _overAt = Stopwatch.GetTimestamp();
            }

            if (status is not HttpStatusCode.OK)
            {
                return;
            }

            foreach (var url in ((Uri[])[viewer.Init, .. viewer.Units]).Where(_taken.Add))
            {
                if ((await viewer.Fetch(url)).Bytes is { Length: > 0 } unit)
                {
                    Seen.Add(unit);
                    Init ??= unit;
                }
            }
        }
    }
}
