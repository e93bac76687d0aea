using System.Net;
using System.Text;
using HomeBridge.Tests.Sandbox.Cameras;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.CameraStreams;

/// <summary>HLS with transport stream units: a sandbox whose bridge asks its maker for them.</summary>
public sealed class TransportStreamHlsTests : IAsyncLifetime
{
    private readonly SandboxFixture _sandbox = new("--hls-container", "mpegts");

    public Task InitializeAsync() => _sandbox.InitializeAsync();

    public Task DisposeAsync() => _sandbox.DisposeAsync();

    [Fact]
    public async Task A_camera_plays_as_a_transport_stream_and_nothing_of_a_stranger_leaves()
    {
        var home = await _sandbox.Link("maple");
        var cameras = (await _sandbox.MakerDevices()).Where(device => device.CameraNumber is not null).ToList();
        var mine = cameras.Single(device => device is { Home: "maple", Name: "Front door camera" });
        var viewer = await Watching(home);

        Assert.DoesNotContain("EXT-X-MAP", viewer.PlaylistText, StringComparison.Ordinal);
        Assert.All(viewer.Units, unit => Assert.EndsWith(".ts", unit.AbsolutePath, StringComparison.Ordinal));
        Assert.InRange(viewer.Units.Count, 2, 3);
        using var all = new MemoryStream();
        foreach (var url in viewer.Units)
        {
            using var answer = await viewer.Get(url);
            Assert.Equal("video/mp2t", answer.Content.Headers.ContentType!.MediaType);
            var bytes = await answer.Content.ReadAsByteArrayAsync();
            Assert.True(Viewer.Names(bytes, mine.VendorDeviceId));
            all.Write(bytes);

            using var otherSpelling = await viewer.Get(new Uri(url.AbsoluteUri[..^3] + ".m4s"));
            Assert.Equal(HttpStatusCode.NotFound, otherSpelling.StatusCode);
        }

        var frames = await Ffmpeg.DecodeGrayAsync(all.ToArray(), 640, 360);
        Assert.Equal(viewer.Units.Count * 20, frames.Length);

        // The first is caught by signatures; in the last every signature verifies, and only the bytes name the stranger.
        foreach (var fault in (string[])["cache-mixup", "torn", "duplicate-key"])
        {
            viewer = await Watching(home);
            await _sandbox.Fault(fault);
            foreach (var url in viewer.Units)
            {
                var (status, bytes) = await viewer.Fetch(url);

                // 403 when the bridge has suspended the camera by itself before the session's own unit was refused.
                Assert.True(status is HttpStatusCode.NotFound or HttpStatusCode.Forbidden, $"{status}");
                Assert.Empty(bytes);
            }

            Assert.True(await viewer.Poll() is HttpStatusCode.NotFound or HttpStatusCode.Forbidden);
            await _sandbox.Recover();
        }
    }

    [Fact]
    public async Task Ffmpeg_plays_the_url_that_a_display_is_given_and_progressive_stays_mp4()
    {
        var home = await _sandbox.Link("harbor");
        var camera = (await _sandbox.MakerDevices()).First(device => device is { Home: "harbor", CameraNumber: not null });
        var viewer = await home.Watch(await home.Device(camera.Name));
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        var (output, errors, exit) = await Ffmpeg.RunAsync("ffprobe", [], "-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0", viewer.Entry.AbsoluteUri);
        Assert.Equal(("", 0), (errors, exit));
        Assert.Contains("h264,640,360", Encoding.ASCII.GetString(output), StringComparison.Ordinal);

        var opened = await home.Execute(await home.Device(camera.Name), "GetCameraStream", new { StreamToChromecast = false, SupportedStreamProtocols = new[] { "progressive_mp4" } });
        using var stream = await _sandbox.Http.GetAsync(
            new Uri(opened.GetProperty("states").GetProperty("cameraStreamAccessUrl").GetString()!), HttpCompletionOption.ResponseHeadersRead);
        var start = new byte[8];
        await (await stream.Content.ReadAsStreamAsync()).ReadExactlyAsync(start);
        Assert.Equal("ftyp", Encoding.ASCII.GetString(start, 4, 4));
    }

    private static async Task<Viewer> Watching(LinkedHome home)
    {
        var viewer = await home.Watch(await home.Device("Front door camera"));
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        return viewer;
    }
}
