using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using HomeBridge.Sandbox.Cameras;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Tickets;
using HomeBridge.Tests.Attack;
using HomeBridge.Tests.Sandbox.Cameras;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.StreamGateway;

/// <summary>
/// 500 viewers on 200 cameras over real sockets, with a maker whose answers are late, torn, swapped, sent twice, reset
/// and somebody else's, and viewers who hang up at any byte: one minute, ten in a long run. Every byte that a viewer got
/// is compared with its own camera's, and a sample is decoded and read from the picture.
/// </summary>
public sealed class CrowdTests(ITestOutputHelper output)
{
    private const int Viewers = 500;
    private const int CameraCount = 200;
    private const int DecodedSamples = 24;

    private static TimeSpan Lasts => TimeSpan.FromMinutes(Environment.GetEnvironmentVariable("HOMEBRIDGE_TESTS_LONG") == "true" ? 10 : 1);

    private readonly ConcurrentDictionary<GrantId, OriginCamera> _grants = new();
    private readonly ConcurrentBag<(OriginCamera Camera, byte[] Init, byte[] Segment)> _samples = [];
    private long _bytes;
    private long _units;
    private long _foreign;
    private long _hungUp;
    private long _entries;

    [Fact]
    public async Task A_crowd_on_a_poor_network_never_sees_a_byte_of_another_camera()
    {
        var seed = Environment.TickCount;
        await using var bridge = await StubBridge.Start();
        await using var origin = new UnreliableOrigin(CameraCount, seed) { IsUnreliable = true };
        bridge.Granted = grant => Granted(origin, grant);
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }) { Timeout = TimeSpan.FromSeconds(20) };
        using var over = new CancellationTokenSource(Lasts);
        var started = Stopwatch.GetTimestamp();

        await Task.WhenAll(Enumerable.Range(0, Viewers).Select(number => Task.Run(() => Watch(bridge, origin, http, number, seed, over.Token))));

        output.WriteLine($"Seed {seed}, {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s: {_entries} sessions of {Viewers} viewers on {CameraCount} cameras, "
            + $"{_units} units, {_bytes / 1e6:0} MB compared byte by byte, {_hungUp} fetches given up in the middle, {_foreign} foreign");
        output.WriteLine("Faults: " + string.Join(", ", origin.Faults.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}")));
        Assert.Equal(0, _foreign);
        Assert.Equal(0, origin.SecondRequests);
        Assert.Equal(15, origin.Faults.Count);
        Assert.True(_units > Viewers, "Hardly anything was served: nothing was shown.");
        await ReadPixels();
    }

    private async Task ReadPixels()
    {
        var read = 0;
        foreach (var (camera, init, segment) in _samples.DistinctBy(sample => sample.Camera.Number).Take(DecodedSamples))
        {
            foreach (var frame in await Ffmpeg.DecodeGrayAsync([.. init, .. segment], CameraEncoder.Width, CameraEncoder.Height))
            {
                Assert.True(BlockCode.TryRead(frame, CameraEncoder.Width, CameraEncoder.Height, CameraEncoder.Width, out var code));
                Assert.Equal(camera.Number, code.Number);
                read++;
            }
        }

        output.WriteLine($"{read} frames decoded, each with its own camera's block code");
        Assert.True(read >= CameraEncoder.FramesPerUnit);
    }

    private async Task Watch(StubBridge bridge, UnreliableOrigin origin, HttpClient http, int number, int seed, CancellationToken over)
    {
        var dice = new Dice(seed + number);
        var camera = origin.Cameras[number % CameraCount];
        while (!over.IsCancellationRequested)
        {
            var grant = new GrantId(Guid.NewGuid());
            _grants[grant] = camera;
            var viewer = new Viewer(http, bridge.NewEntry(grant: grant));
            Interlocked.Increment(ref _entries);
            try
            {
                if (await viewer.Enter() == HttpStatusCode.OK)
                {
                    await Play(viewer, http, camera, dice, over);
                }
            }
            catch (Exception gone) when (gone is HttpRequestException or TaskCanceledException)
            {
                // The session ended under it.
            }

            await Task.Delay(dice.Next(200, 1200), CancellationToken.None);
        }
    }

    private async Task Play(Viewer viewer, HttpClient http, OriginCamera camera, Dice dice, CancellationToken over)
    {
        byte[]? init = null;
        var seen = new HashSet<Uri>();
        for (var polls = dice.Next(3, 12); polls > 0 && !over.IsCancellationRequested; polls--)
        {
            switch (await viewer.Poll())
            {
                case HttpStatusCode.OK:
                    break;
                case HttpStatusCode.ServiceUnavailable:
                    await Task.Delay(500, CancellationToken.None);
                    continue;
                default:
                    return;
            }

            init ??= await Fetch(http, viewer.Init, camera.Init, dice);
            foreach (var unit in viewer.Units.Where(seen.Add))
            {
                if (await Fetch(http, unit, camera.Segment, dice) is { } segment && init is not null && camera.HasPictures && _samples.Count < 200)
                {
                    _samples.Add((camera, init, segment));
                }
            }

            await Task.Delay(dice.Next(1500, 2500), CancellationToken.None);
        }
    }

    /// <summary>The whole unit; null when it was refused, cut, or given up at some byte.</summary>
    private async Task<byte[]?> Fetch(HttpClient http, Uri url, byte[] own, Dice dice)
    {
        using var answer = await http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            return null;
        }

        var givesUpAt = dice.Next(6) == 0 ? dice.Next(own.Length) : int.MaxValue;
        var got = new byte[own.Length + 1];
        var length = 0;
        await using var body = await answer.Content.ReadAsStreamAsync();
        try
        {
            while (length < got.Length && length < givesUpAt)
            {
                var read = await body.ReadAsync(got.AsMemory(length, Math.Min(8192, got.Length - length)));
                if (read == 0)
                {
                    break;
                }

                length += read;
            }
        }
        catch (IOException)
        {
            // Cut: what came before the cut counts all the same.
        }

        Interlocked.Add(ref _bytes, length);
        if (length > own.Length || !got.AsSpan(0, length).SequenceEqual(own.AsSpan(0, length)))
        {
            Interlocked.Increment(ref _foreign);
        }

        if (length >= givesUpAt)
        {
            Interlocked.Increment(ref _hungUp);
            return null;
        }

        if (length < own.Length)
        {
            return null;
        }

        Interlocked.Increment(ref _units);
        return got[..length];
    }

    private RedeemedGrant Granted(UnreliableOrigin origin, string grant)
    {
        Assert.True(GrantId.TryParse(grant, out var id));
        var camera = _grants[id];
        var keys = origin.KeysOf(camera);
        return new RedeemedGrant
        {
            Grant = grant,
            AccountLink = $"lnk_{camera.Number}",
            Platform = "google",
            Device = $"dev_{camera.Number}",
            Vendor = camera.Ref.Vendor,
            VendorDeviceId = camera.Ref.VendorDeviceId,
            MediaUrl = $"{origin.Url}{camera.Number}/",
            MediaToken = "token",
            Grade = EvidenceGrade.G2,
            IngestKey = keys.Ingest,
            FreshKey = keys.Fresh,
        };
    }
}
