using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using HomeBridge.StreamGateway.Releases;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.StreamGateway;

/// <summary>What the gateway tells the ledger: all that left, nothing twice, and nothing leaves that can't be told.</summary>
public sealed class ReleaseTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private StubBridge _bridge = null!;

    public async Task InitializeAsync() => _bridge = await StubBridge.Start();

    public async Task DisposeAsync() => await _bridge.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Each_unit_that_left_is_told_with_its_hash_and_its_session()
    {
        var viewer = await Watching();
        var init = await viewer.Fetch(viewer.Init);
        var segment = await viewer.Fetch(viewer.Units[^1]);
        await Until(() => Released.Count == 2);

        Assert.Equal([UnitKind.Init, UnitKind.Segment], Released.Select(unit => unit.Kind));
        Assert.Equal([SHA256.HashData(init.Bytes), SHA256.HashData(segment.Bytes)], Released.Select(unit => unit.Sha256));
        Assert.All(Released, unit => Assert.True(unit is { Bytes: 300_000, Cut: false }));
        Assert.Single(Released.Select(unit => unit.Grant).Distinct(StringComparer.Ordinal));
        Assert.InRange(Released[1].AtUnixMs, Released[0].AtUnixMs, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());

        // A refused request leaves nothing, so it tells nothing.
        Assert.Equal(HttpStatusCode.NotFound, (await viewer.Fetch(new Uri(viewer.Init.AbsoluteUri.Replace(".mp4", "x.mp4", StringComparison.Ordinal)))).Status);
        await Task.Delay(1200);
        Assert.Equal(2, Released.Count);
    }

    [Fact]
    public async Task While_nothing_can_be_recorded_nothing_is_released_and_afterwards_nothing_is_missing()
    {
        var viewer = await Watching();
        _bridge.RecordsReleases = false;
        var served = 0;
        var status = HttpStatusCode.OK;
        await Until(async () =>
        {
            Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
            (status, _) = await viewer.Fetch(viewer.Units[^1]);
            served += status == HttpStatusCode.OK ? 1 : 0;
            return status == HttpStatusCode.ServiceUnavailable;
        });

        Assert.InRange(served, 1, 100);
        using var ready = await _http.GetAsync(new Uri(_bridge.Gateway, "/health/ready"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        _bridge.RecordsReleases = true;
        await Until(async () =>
        {
            await viewer.Poll();
            return (await viewer.Fetch(viewer.Units[^1])).Status == HttpStatusCode.OK;
        });
        await Until(() => Released.Count == served + 1);
        Assert.True(_bridge.Told.GroupBy(batch => batch.Batch).All(same => same.Select(batch => string.Join(' ', batch.Units)).Distinct(StringComparer.Ordinal).Count() == 1));
        Assert.Contains(_bridge.Told.GroupBy(batch => batch.Batch), same => same.Count() > 1);
    }

    [Fact]
    public async Task A_unit_that_is_cut_in_the_middle_is_told_with_the_bytes_that_left()
    {
        _bridge.UnitLength = 4_000_000;
        var viewer = await Watching();
        using var slow = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await slow.ConnectAsync(IPAddress.Loopback, _bridge.Gateway.Port);
        await slow.SendAsync(Encoding.ASCII.GetBytes($"GET {viewer.Units[^1].AbsolutePath} HTTP/1.1\r\nHost: {_bridge.Gateway.Authority}\r\n\r\n"));
        await slow.ReceiveAsync(new byte[1000]);

        _bridge.Tell(new FeedMessage { Version = 5, Cursor = 1, Revocations = [new Revocation("lnk_1", "dev_1")] });
        await Until(() => Released.Count == 1);

        Assert.True(Released.Single() is { Cut: true, Bytes: >= 1 and < 4_000_000 }, Released.Single().ToString());
        await Until(() => _bridge.Ended.Any(ended => ended.Why == "Revoked"));
    }

    [Fact]
    public async Task A_gateway_that_stops_tells_what_it_released_last()
    {
        var viewer = await Watching();
        await viewer.Fetch(viewer.Init);
        await viewer.Fetch(viewer.Units[^1]);

        await _bridge.StopGateway();

        Assert.Equal(2, Released.Count);
    }

    [Fact]
    public void A_queue_that_is_full_gives_no_place()
    {
        var queue = new ReleaseQueue(TimeProvider.System);
        for (var number = 0; number < ReleaseQueue.PlacesMax; number++)
        {
            Assert.NotNull(queue.Reserve());
        }

        Assert.Null(queue.Reserve());
    }

    /// <summary>What the ledger would hold: each batch once.</summary>
    private List<UnitReleased> Released =>
        [.. _bridge.Told.DistinctBy(batch => (batch.Run, batch.Batch)).OrderBy(batch => batch.Batch).SelectMany(batch => batch.Units)];

    private async Task<Viewer> Watching()
    {
        var viewer = new Viewer(_http, _bridge.NewEntry());
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        return viewer;
    }

    private static Task Until(Func<bool> so) => Until(() => Task.FromResult(so()));

    private static async Task Until(Func<Task<bool>> so)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await so())
        {
            await Task.Delay(100, patience.Token);
        }
    }
}
