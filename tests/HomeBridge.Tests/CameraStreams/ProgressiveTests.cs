using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using HomeBridge.Streaming;
using HomeBridge.Tests.Sandbox.Cameras;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.CameraStreams;

/// <summary>Progressive MP4: one response, fragment by fragment, each of them proven.</summary>
[Collection(SandboxCollection.Name)]
public sealed class ProgressiveTests(SandboxFixture sandbox, ITestOutputHelper output) : IAsyncLifetime
{
    private const string Camera = "Front door camera";

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => sandbox.Recover();

    [Theory]
    [InlineData(new[] { "progressive_mp4", "hls" }, "hls")]
    [InlineData(new[] { "dash", "progressive_mp4" }, "progressive_mp4")]
    [InlineData(new[] { "hls" }, "hls")]
    public async Task The_cameras_order_decides_between_what_both_can(string[] supported, string chosen)
    {
        var home = await sandbox.Link("maple");
        var states = (await Open(home, supported)).GetProperty("states");
        Assert.Equal(chosen, states.GetProperty("cameraStreamProtocol").GetString());
        Assert.EndsWith(chosen == "hls" ? "/live.m3u8" : "/live.mp4", states.GetProperty("cameraStreamAccessUrl").GetString(), StringComparison.Ordinal);
        var attributes = (await home.Sync()).GetProperty("devices").EnumerateArray()
            .Single(device => device.GetProperty("name").GetProperty("name").GetString() == Camera).GetProperty("attributes");
        Assert.Equal(["hls", "progressive_mp4"], attributes.GetProperty("cameraStreamSupportedProtocols").EnumerateArray().Select(one => one.GetString()));
    }

    [Fact]
    public async Task One_response_goes_on_and_every_fragment_names_the_granted_camera()
    {
        var maker = await Maker();
        using var answer = await Get(await Entry(await sandbox.Link("maple")));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("video/mp4", answer.Content.Headers.ContentType!.MediaType);
        Assert.Null(answer.Content.Headers.ContentLength);
        Assert.Empty(answer.Headers.AcceptRanges);
        Assert.Equal("no-store, private", answer.Headers.GetValues("Cache-Control").Single());

        var bytes = await ReadUntil(await answer.Content.ReadAsStreamAsync(), bytes => Fragments(bytes) >= 4, TimeSpan.FromSeconds(12));

        var boxes = Boxes(bytes);
        Assert.Equal(["ftyp", "uuid", "moov", "styp", "uuid", "moof", "mdat"], boxes.Select(box => box.Type).Take(7));
        Assert.All(boxes.Where(box => box.Type == "uuid"), box => Assert.EndsWith(maker.VendorDeviceId, Encoding.ASCII.GetString(bytes.AsSpan(box.At, box.Length)), StringComparison.Ordinal));
        var last = boxes.Last(box => box.Type == "mdat");
        var frames = await Ffmpeg.DecodeGrayAsync(bytes[..(last.At + last.Length)], 640, 360);
        Assert.True(frames.Length >= 80);
        uint? before = null;
        foreach (var frame in frames)
        {
            Assert.True(BlockCode.TryRead(frame, 640, 360, 640, out var code));
            Assert.Equal(maker.CameraNumber, (int)code.Number);
            Assert.True(before is null || code.Frame == before + 1, "A frame is missing.");
            before = code.Frame;
        }
    }

    [Theory]
    [InlineData("bytes=0-", 200)]
    [InlineData("bytes=1-", 416)]
    [InlineData("bytes=0-99", 416)]
    [InlineData("bytes=0-0,5-6", 416)]
    [InlineData("bytes=-500", 416)]
    [InlineData("units=0-", 416)]
    public async Task There_is_all_of_it_or_nothing(string range, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, await Entry(await sandbox.Link("maple")));
        Assert.True(request.Headers.TryAddWithoutValidation("Range", range));
        using var answer = await sandbox.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Null(answer.Content.Headers.ContentRange);
        Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
    }

    [Fact]
    public async Task A_ticket_for_one_protocol_opens_no_other_and_no_other_method_is_answered()
    {
        var home = await sandbox.Link("maple");
        var progressive = await Entry(home);
        var hls = (await home.Watch(await home.Device(Camera))).Entry;
        foreach (var crossed in (Uri[])[new(progressive, "live.m3u8"), new(hls, "live.mp4"), new(progressive, "live.MP4"), new(progressive + "?x=1"), new(progressive + "/")])
        {
            using var answer = await sandbox.Http.GetAsync(crossed);
            Assert.Equal((HttpStatusCode.NotFound, "not found\n"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        }

        foreach (var method in (HttpMethod[])[HttpMethod.Head, HttpMethod.Post])
        {
            using var request = new HttpRequestMessage(method, progressive);
            using var answer = await sandbox.Http.SendAsync(request);
            Assert.False(answer.IsSuccessStatusCode);
        }

        using var genuine = await Get(progressive);
        Assert.Equal(HttpStatusCode.OK, genuine.StatusCode);
    }

    [Fact]
    public async Task A_suspension_cuts_the_response_in_the_middle()
    {
        var home = await sandbox.Link("maple");
        var entry = await Entry(home);
        using var answer = await Get(entry);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        await ReadUntil(stream, bytes => Fragments(bytes) >= 1, TimeSpan.FromSeconds(8));

        var raised = Stopwatch.GetTimestamp();
        var reading = ReadToEnd(stream);
        var suspension = await sandbox.Suspend(new { preset = "camera-leak", reason = "test" });
        try
        {
            var (_, cut) = await reading.WaitAsync(TimeSpan.FromSeconds(10));
            output.WriteLine($"Cut {Stopwatch.GetElapsedTime(raised).TotalMilliseconds:0} ms after the suspension was asked for.");
            Assert.True(cut, "The response ended as if it were whole.");
            using var again = await sandbox.Http.GetAsync(entry);
            Assert.Equal(HttpStatusCode.Forbidden, again.StatusCode);
        }
        finally
        {
            await sandbox.Lift(suspension);
        }
    }

    [Theory]
    [InlineData("cache-mixup")]
    [InlineData("duplicate-key")]
    [InlineData("torn")]
    public async Task A_strangers_fragment_cuts_the_response_and_none_of_it_leaves(string fault)
    {
        using var answer = await Get(await Entry(await sandbox.Link("maple")));
        await using var stream = await answer.Content.ReadAsStreamAsync();
        var before = await ReadUntil(stream, bytes => Fragments(bytes) >= 1, TimeSpan.FromSeconds(8));
        await sandbox.Fault(fault);
        var (after, cut) = await ReadToEnd(stream).WaitAsync(TimeSpan.FromSeconds(15));

        Assert.True(cut);
        var strangers = (await sandbox.MakerDevices()).Where(device => device.CameraNumber is not null && device.Home != "maple");
        byte[] all = [.. before, .. after];
        Assert.All(strangers, stranger => Assert.False(Viewer.Names(all, stranger.VendorDeviceId)));
    }

    [Fact]
    public async Task A_second_response_of_one_ticket_ends_the_first()
    {
        var entry = await Entry(await sandbox.Link("maple"));
        using var first = await Get(entry);
        await using var stream = await first.Content.ReadAsStreamAsync();
        await ReadUntil(stream, bytes => Fragments(bytes) >= 1, TimeSpan.FromSeconds(8));

        using var second = await Get(entry);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.True((await ReadToEnd(stream).WaitAsync(TimeSpan.FromSeconds(8))).Cut);
        var bytes = await ReadUntil(await second.Content.ReadAsStreamAsync(), bytes => Fragments(bytes) >= 2, TimeSpan.FromSeconds(8));
        Assert.Equal("ftyp", Boxes(bytes)[0].Type);
    }

    private async Task<Uri> Entry(LinkedHome home) =>
        new((await Open(home, "progressive_mp4")).GetProperty("states").GetProperty("cameraStreamAccessUrl").GetString()!);

    private static async Task<JsonElement> Open(LinkedHome home, params string[] supported) =>
        await home.Execute(await home.Device(Camera), "GetCameraStream", new { StreamToChromecast = false, SupportedStreamProtocols = supported });

    private Task<HttpResponseMessage> Get(Uri entry) => sandbox.Http.GetAsync(entry, HttpCompletionOption.ResponseHeadersRead);

    private async Task<MakerDevice> Maker() => (await sandbox.MakerDevices()).Single(device => device is { Home: "maple", Name: Camera });

    private static async Task<byte[]> ReadUntil(Stream stream, Func<byte[], bool> enough, TimeSpan within)
    {
        using var late = new CancellationTokenSource(within);
        using var read = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (!enough(read.ToArray()))
        {
            var count = await stream.ReadAsync(buffer, late.Token);
            Assert.True(count > 0, $"The response ended after {read.Length} bytes.");
            read.Write(buffer, 0, count);
        }

        return read.ToArray();
    }

    /// <summary>What still comes, and whether the connection was broken off instead of ended.</summary>
    private static async Task<(byte[] Bytes, bool Cut)> ReadToEnd(Stream stream)
    {
        using var read = new MemoryStream();
        try
        {
            await stream.CopyToAsync(read);
            return (read.ToArray(), false);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            return (read.ToArray(), true);
        }
    }

    private static int Fragments(byte[] bytes) => Boxes(bytes).Count(box => box.Type == "mdat");

    /// <summary>The boxes that are whole.</summary>
    private static List<(string Type, int At, int Length)> Boxes(byte[] bytes)
    {
        var boxes = new List<(string, int, int)>();
        for (var at = 0; at + 8 <= bytes.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
            if (length < 8 || at + length > bytes.Length)
            {
                break;
            }

            boxes.Add((Encoding.ASCII.GetString(bytes, at + 4, 4), at, length));
            at += length;
        }

        return boxes;
    }
}
