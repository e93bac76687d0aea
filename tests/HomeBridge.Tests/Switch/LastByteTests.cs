using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using HomeBridge.StreamGateway;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Tests.StreamGateway;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Switch;

/// <summary>
/// When the last byte of a camera reaches its viewer after a flip, after the bridge is lost, and after the process was
/// stopped for a while. Every viewer is in the middle of a unit, reads it slowly, and has more to come.
/// </summary>
public sealed class LastByteTests(ITestOutputHelper output) : IDisposable
{
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("HOMEBRIDGE_TESTS_LONG") == "true";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("homebridge-test-");
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
    private readonly ConcurrentBag<PacedReader> _readers = [];

    public void Dispose()
    {
        _http.Dispose();
        foreach (var reader in _readers)
        {
            reader.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_flip_ends_every_running_stream()
    {
        foreach (var (sessions, watching) in IsLong ? ((int, int)[])[(1_000, 1_000), (5_000, 1_000)] : [(200, 200)])
        {
            await Flip(sessions, watching);
        }
    }

    [Fact]
    public async Task A_gateway_that_is_cut_off_sends_nothing_after_its_lease()
    {
        SwallowingProxy? proxy = null;
        await using var bridge = await StubBridge.Start(options => options with { BridgeUrl = (proxy = new SwallowingProxy(new Uri(options.BridgeUrl))).Url });
        await using var network = proxy!;
        bridge.UnitLength = 3_000_000;
        using var giveUp = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        var readers = await Watch(bridge, 20);
        var reading = PacedReader.ReadAll(readers, giveUp.Token);
        await Task.Delay(1000);

        network.Swallows = true;
        var cutOff = Stopwatch.GetTimestamp();
        await reading;

        var last = readers.Select(reader => Stopwatch.GetElapsedTime(cutOff, reader.LastByteAt)).Order().ToArray();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Cut off: last byte after {last[0].TotalSeconds:0.00} s (first) to {last[^1].TotalSeconds:0.00} s (last of {last.Length} viewers)"));
        Assert.All(readers, reader => Assert.True(reader.WasReset));
        Assert.All(readers, reader => Assert.InRange(reader.Received, 1, bridge.UnitLength - 1));

        // They were served until the lease ended, and what a loaded machine takes to read is not the gateway's.
        Assert.InRange(last[^1], TimeSpan.FromSeconds(1), GatewayTiming.Lease + TimeSpan.FromMilliseconds(250) + TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await new Viewer(_http, bridge.NewEntry()).Enter());
    }

    [Fact]
    public async Task A_process_that_was_stopped_sends_nothing_but_what_the_kernel_had_taken()
    {
        await using var bridge = await StubBridge.Start(external: true);
        await using var gateway = new GatewayProcess(bridge.Gateway, bridge.Url, _folder.FullName);
        await bridge.UntilReady();
        bridge.UnitLength = 3_000_000;
        using var giveUp = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var readers = await Watch(bridge, 20);
        var reading = PacedReader.ReadAll(readers, giveUp.Token);
        await Task.Delay(1500);
        var (eager, patient) = (readers[..10], readers[10..]);

        await gateway.Stop();
        Array.ForEach(patient, reader => reader.Pace = 0);
        await Task.Delay(300);
        var atStop = readers.Select(reader => reader.Received).ToArray();
        Array.ForEach(eager, reader => reader.Pace = int.MaxValue);
        await Task.Delay(TimeSpan.FromSeconds(10));
        var drained = eager.Select(reader => reader.Received).ToArray();
        await gateway.Continue();
        await Task.Delay(1000);
        Array.ForEach(patient, reader => reader.Pace = int.MaxValue);
        await reading;

        var taken = eager.Select((reader, index) => drained[index] - atStop[index]).ToArray();
        var after = eager.Select((reader, index) => reader.Received - drained[index]).ToArray();
        var late = patient.Select((reader, index) => reader.Received - atStop[10 + index]).ToArray();
        output.WriteLine($"Stopped for 10 s: the kernel had taken {taken.Min()} to {taken.Max()} bytes of each stream; after it went on {after.Sum()} more bytes came to {after.Length} viewers "
            + $"who had read on, and at most {late.Max()} to one who had not");
        Assert.All(readers, reader => Assert.InRange(reader.Received, 1, bridge.UnitLength - 1));
        Assert.All(taken, bytes => Assert.InRange(bytes, 1, GatewayApplication.SendBufferMax + ReceiveBufferMax));
        Assert.All(after, bytes => Assert.Equal(0, bytes));
        Assert.All(late, bytes => Assert.InRange(bytes, 0, GatewayApplication.SendBufferMax + ReceiveBufferMax));
    }

    /// <summary>What a viewer's own side may have taken already: it asked for 8 KiB, and the kernel is generous.</summary>
    private const int ReceiveBufferMax = 64 * 1024;

    private async Task Flip(int sessions, int watching)
    {
        await using var bridge = await StubBridge.Start();
        bridge.UnitLength = 600_000;
        using var giveUp = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(Enumerable.Range(0, sessions - watching), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (_, _) =>
            Assert.Equal(HttpStatusCode.OK, await new Viewer(_http, bridge.NewEntry()).Enter()));
        var readers = await Watch(bridge, watching);
        Array.ForEach(readers, reader => reader.Pace = 512);
        var reading = PacedReader.ReadAll(readers, giveUp.Token);
        await Task.Delay(500);
        var setUp = Stopwatch.GetElapsedTime(started);
        Assert.All(readers, reader => Assert.Null(reader.EndedAt));

        bridge.Suspensions = new SuspensionSnapshot(6, [new SuspensionInForce("sus_1", new SuspensionScope(Trait: "CameraStream"), SuspensionEffects.CutStreams)]);
        var flip = Stopwatch.GetTimestamp();
        bridge.Tell(new FeedMessage { Version = 6, Cursor = 0, Suspensions = bridge.Signed() });
        await reading;

        var cut = readers.Select(reader => Stopwatch.GetElapsedTime(flip, reader.CutAt ?? reader.EndedAt!.Value).TotalMilliseconds).Order().ToArray();
        var read = readers.Max(reader => Stopwatch.GetElapsedTime(flip, reader.LastByteAt).TotalMilliseconds);

        // It is told after the cut, not with it.
        while (!bridge.Acknowledged.Any(one => one.Version == 6))
        {
            await Task.Delay(20, giveUp.Token);
        }

        var receipt = bridge.Acknowledged.Single(one => one.Version == 6);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{sessions} sessions, {watching} in the middle of a unit ({setUp.TotalSeconds:0.0} s to set up): from the flip until nothing can come to the viewer p50 {cut[cut.Length / 2]:0} ms, p99 {cut[cut.Length * 99 / 100]:0} ms, "
            + $"max {cut[^1]:0} ms; slow readers had read what they had by {read:0} ms; {receipt.StreamsCut} cut, {receipt.StreamsLeft} left"));
        Assert.Equal(sessions, receipt.StreamsCut);
        Assert.Equal(0, receipt.StreamsLeft);
        Assert.All(readers, reader => Assert.True(reader.WasReset));
        Assert.All(readers, reader => Assert.InRange(reader.Received, 1, bridge.UnitLength - 1));
        await Task.Delay(500, CancellationToken.None);
        Assert.Equal(0, bridge.Beats.Last().Escaped);
    }

    /// <summary>Viewers of a session each, who have the beginning of a unit.</summary>
    private async Task<PacedReader[]> Watch(StubBridge bridge, int count)
    {
        var readers = new PacedReader[count];
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (index, _) =>
        {
            var viewer = new Viewer(_http, bridge.NewEntry());
            Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
            Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
            var reader = new PacedReader();
            _readers.Add(reader);
            await reader.Begin(viewer.Units[^1]);
            Assert.Equal("HTTP/1.1 200 OK", reader.Head);
            readers[index] = reader;
        });
        return readers;
    }
}
