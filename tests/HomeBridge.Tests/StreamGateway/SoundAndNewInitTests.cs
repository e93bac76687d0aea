using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using HomeBridge.Streaming;
using HomeBridge.Tests.Sandbox.Cameras;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.StreamGateway;

/// <summary>
/// What the sandbox's cameras don't do: sound, and a camera that starts anew with another picture. Made by ffmpeg,
/// served with evidence, and played through the real gateway by ffmpeg again.
/// </summary>
public sealed class SoundAndNewInitTests : IAsyncLifetime, IDisposable
{
    private const int Segments = 8;

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
    private StubBridge _bridge = null!;

    public async Task InitializeAsync() => _bridge = await StubBridge.Start();

    public Task DisposeAsync() => _bridge.DisposeAsync().AsTask();

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData(MediaContainer.Fmp4)]
    [InlineData(MediaContainer.MpegTs)]
    public async Task Sound_passes_with_the_pictures(MediaContainer container)
    {
        var made = await Make(container, "320x180");
        _bridge.Recorded = new RecordedMedia(container, StubBridge.NewestUnit - 2, made);

        // As a display plays it, by its URL alone.
        var (streams, errors, exit) = await Ffmpeg.RunAsync(
            "ffprobe", [], "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", _bridge.NewEntry().AbsoluteUri);
        Assert.Equal(("", 0), (errors, exit));
        Assert.Equal(["aac", "h264"], Lines(streams).Distinct().Order(StringComparer.Ordinal));

        // And to the byte.
        var viewer = await Watching();
        using var all = new MemoryStream();
        foreach (var url in container is MediaContainer.Fmp4 ? [viewer.Init, .. viewer.Units] : viewer.Units)
        {
            var (status, bytes) = await viewer.Fetch(url);
            Assert.Equal(HttpStatusCode.OK, status);
            all.Write(bytes);
        }

        var (frames, decoding, _) = await Ffmpeg.RunAsync(
            "ffprobe", all.ToArray(), "-v", "error", "-count_frames", "-show_entries", "stream=codec_type,nb_read_frames", "-of", "csv=p=0", "pipe:0");
        Assert.Equal("", decoding);
        var counts = Lines(frames).Distinct().Select(line => line.Split(',')).ToDictionary(line => line[0], line => int.Parse(line[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
        Assert.Equal(viewer.Units.Count * 20, counts["video"]);
        Assert.InRange(counts["audio"], viewer.Units.Count * 90, viewer.Units.Count * 97);
    }

    [Theory]
    [InlineData(MediaContainer.Fmp4)]
    [InlineData(MediaContainer.MpegTs)]
    public async Task Where_the_resident_gives_no_sound_a_unit_with_sound_is_not_released_and_nothing_is_suspended(MediaContainer container)
    {
        var made = await Make(container, "320x180");
        _bridge.Recorded = new RecordedMedia(container, StubBridge.NewestUnit - 2, made);
        var own = _bridge.Granted;
        _bridge.Granted = grant => own(grant) with { WithoutSound = true };
        var viewer = await Watching();

        var (status, bytes) = await viewer.Fetch(container is MediaContainer.Fmp4 ? viewer.Init : viewer.Units[0]);

        Assert.Equal((HttpStatusCode.NotFound, 0), (status, bytes.Length));
        Assert.Equal(HttpStatusCode.NotFound, await viewer.Poll());
        await Until(() => Task.FromResult(_bridge.Ended.Any(ended => ended is { Why: "SoundWithheld", BytesReleased: 0 })));
        Assert.Empty(_bridge.Findings);
    }

    [Theory]
    [InlineData(MediaContainer.Fmp4)]
    [InlineData(MediaContainer.MpegTs)]
    public async Task Where_the_resident_gives_no_sound_pictures_pass(MediaContainer container)
    {
        var made = await Make(container, "320x180", isSilent: true);
        _bridge.Recorded = new RecordedMedia(container, StubBridge.NewestUnit - 2, made);
        var own = _bridge.Granted;
        _bridge.Granted = grant => own(grant) with { WithoutSound = true };
        var viewer = await Watching();

        foreach (var url in container is MediaContainer.Fmp4 ? [viewer.Init, .. viewer.Units] : viewer.Units)
        {
            Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(url)).Status);
        }
    }

    [Fact]
    public async Task Where_the_resident_gives_no_sound_one_response_ends_before_its_first_byte()
    {
        _bridge.Recorded = new RecordedMedia(MediaContainer.Fmp4, StubBridge.NewestUnit - 2, await Make(MediaContainer.Fmp4, "320x180"));
        var own = _bridge.Granted;
        _bridge.Granted = grant => own(grant) with { WithoutSound = true };

        // The session ends under it: a reset, or the common answer.
        var received = 0;
        try
        {
            using var answer = await _http.GetAsync(_bridge.NewEntry(isProgressive: true));
            received = answer.IsSuccessStatusCode ? (await answer.Content.ReadAsByteArrayAsync()).Length : 0;
        }
        catch (HttpRequestException)
        {
        }

        Assert.Equal(0, received);
        await Until(() => Task.FromResult(_bridge.Ended.Any(ended => ended is { Why: "SoundWithheld", BytesReleased: 0 })));
    }

    [Fact]
    public async Task What_can_not_be_read_counts_as_sound()
    {
        var (withSound, silent) = (await Make(MediaContainer.Fmp4, "320x180"), await Make(MediaContainer.Fmp4, "320x180", isSilent: true));
        Assert.True(MediaSound.MayBeIn(withSound.Init));
        Assert.False(MediaSound.MayBeIn(silent.Init));
        Assert.False(MediaSound.MayBeIn(silent.Segments[0]));

        // Cut anywhere, the boxes don't add up.
        for (var length = 1; length < silent.Init.Length; length++)
        {
            Assert.True(MediaSound.MayBeIn(silent.Init.AsSpan(0, length)) || IsWhole(silent.Init.AsSpan(0, length)), $"cut at {length}");
        }

        // Sound without any box or packet around it.
        var (adts, _, _) = await Ffmpeg.RunAsync("ffmpeg", [], "-v", "error", "-nostdin", "-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac", "-f", "adts", "pipe:1");
        Assert.True(adts.Length > 1000);
        Assert.True(MediaSound.MayBeIn(adts));
    }

    /// <summary>A cut that is just behind a box leaves whole boxes.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> boxes)
    {
        while (boxes.Length >= 8 && System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(boxes) is var length && length >= 8 && length <= boxes.Length)
        {
            boxes = boxes[length..];
        }

        return boxes.IsEmpty;
    }

    [Fact]
    public async Task Sound_passes_in_one_response_as_well()
    {
        _bridge.Recorded = new RecordedMedia(MediaContainer.Fmp4, StubBridge.NewestUnit - 2, await Make(MediaContainer.Fmp4, "320x180"));

        var (output, _, _) = await Ffmpeg.RunAsync(
            "ffprobe", [], "-v", "fatal", "-show_entries", "stream=codec_name", "-of", "csv=p=0", _bridge.NewEntry(isProgressive: true).AbsoluteUri);
        Assert.Equal(["aac", "h264"], Lines(output).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_camera_that_starts_anew_has_a_new_init_unit_behind_a_discontinuity()
    {
        var (before, after) = (await Make(MediaContainer.Fmp4, "320x180"), await Make(MediaContainer.Fmp4, "640x360"));
        _bridge.Recorded = new RecordedMedia(MediaContainer.Fmp4, StubBridge.NewestUnit - 2, (before.Init, before.Segments[..4]), after);
        var viewer = await Watching();
        var firstInit = viewer.Init;
        Assert.Equal(before.Init, (await viewer.Fetch(firstInit)).Bytes);
        Assert.Null(ViewerInit(viewer, 1));

        // Until the new part is what the window begins with.
        var started = Stopwatch.GetTimestamp();
        Uri? second = null;
        while (viewer.Init == firstInit && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20))
        {
            if (ViewerInit(viewer, 1) is { } next)
            {
                Assert.Contains("#EXT-X-DISCONTINUITY\n#EXT-X-MAP", viewer.PlaylistText, StringComparison.Ordinal);
                Assert.Contains("#EXT-X-DISCONTINUITY-SEQUENCE:0\n", viewer.PlaylistText, StringComparison.Ordinal);
                Assert.Equal(after.Init, (await viewer.Fetch(next)).Bytes);
                second = next;
            }

            await Task.Delay(300);
            Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        }

        Assert.Equal(second, viewer.Init);
        await Until(async () =>
        {
            Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
            return viewer.PlaylistText!.Contains("#EXT-X-DISCONTINUITY-SEQUENCE:1\n", StringComparison.Ordinal)
                && !viewer.PlaylistText.Contains("#EXT-X-DISCONTINUITY\n", StringComparison.Ordinal);
        });
        byte[] joined = [.. after.Init, .. (await viewer.Fetch(viewer.Units[^1])).Bytes];
        var (size, errors, _) = await Ffmpeg.RunAsync("ffprobe", joined, "-v", "error", "-show_entries", "stream=width", "-of", "csv=p=0", "pipe:0");
        Assert.Equal("", errors);
        Assert.Contains("640", Lines(size));
    }

    private async Task<Viewer> Watching()
    {
        var viewer = new Viewer(_http, _bridge.NewEntry());
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        return viewer;
    }

    private static Uri? ViewerInit(Viewer viewer, int number)
    {
        var maps = viewer.PlaylistText!.Split("#EXT-X-MAP:URI=\"");
        return maps.Length > number + 1 ? new Uri(viewer.PlaylistUrl!, maps[number + 1].Split('"')[0]) : null;
    }

    private static async Task Until(Func<Task<bool>> done)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await done())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(15), "It did not come to that.");
            await Task.Delay(300);
        }
    }

    private static string[] Lines(byte[] output) => Encoding.ASCII.GetString(output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>H.264 and AAC in units of 2 s, as an HLS packager cuts them.</summary>
    private static async Task<(byte[] Init, byte[][] Segments)> Make(MediaContainer container, string size, bool isSilent = false)
    {
        var folder = Directory.CreateTempSubdirectory("homebridge-media-").FullName;
        try
        {
            var suffix = container is MediaContainer.Fmp4 ? "m4s" : "ts";
            var (_, errors, exit) = await Ffmpeg.RunAsync(
                "ffmpeg", [], "-v", "error", "-nostdin",
                "-f", "lavfi", "-i", $"testsrc2=size={size}:rate=10", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
                "-t", (Segments * 2).ToString(CultureInfo.InvariantCulture), "-c:v", "libx264", "-profile:v", "baseline", "-pix_fmt", "yuv420p", "-g", "20", "-sc_threshold", "0",
                "-c:a", "aac", "-b:a", "64k", isSilent ? "-an" : "-sn", "-f", "hls", "-hls_time", "2", "-hls_list_size", "0",
                "-hls_segment_type", container is MediaContainer.Fmp4 ? "fmp4" : "mpegts", "-hls_segment_filename", Path.Combine(folder, $"%d.{suffix}"),
                Path.Combine(folder, "live.m3u8"));
            Assert.Equal(("", 0), (errors, exit));
            var init = container is MediaContainer.Fmp4 ? await File.ReadAllBytesAsync(Path.Combine(folder, "init.mp4")) : [];
            var segments = await Task.WhenAll(Enumerable.Range(0, Segments).Select(number => File.ReadAllBytesAsync(Path.Combine(folder, $"{number}.{suffix}"))));
            return (init, segments);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
