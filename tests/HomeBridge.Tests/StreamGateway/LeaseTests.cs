using System.Diagnostics;
using System.Net;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.StreamGateway;

/// <summary>The gateway against a bridge that goes silent, forgets, or goes back in time.</summary>
public sealed class LeaseTests : IAsyncLifetime, IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private StubBridge _bridge = null!;

    public async Task InitializeAsync() => _bridge = await StubBridge.Start();

    public async Task DisposeAsync() => await _bridge.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task A_gateway_that_hears_nothing_closes_its_cameras_within_the_lease_and_opens_them_again()
    {
        var viewer = await Watching();
        Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(viewer.Units[^1])).Status);

        _bridge.Silent = true;
        var silentSince = Stopwatch.GetTimestamp();
        HttpStatusCode status;
        do
        {
            status = await viewer.Poll();
            await Task.Delay(50);
        }
        while (status == HttpStatusCode.OK && Stopwatch.GetElapsedTime(silentSince) < TimeSpan.FromSeconds(10));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.InRange(Stopwatch.GetElapsedTime(silentSince), TimeSpan.FromSeconds(1), GatewayTiming.Lease + TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await new Viewer(_http, _bridge.NewEntry()).Enter());
        using var ready = await _http.GetAsync(new Uri(_bridge.Gateway, "/health/ready"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);

        _bridge.Silent = false;
        await Until(async () => await viewer.Poll() == HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_version_that_goes_back_lifts_nothing()
    {
        var viewer = await Watching();
        var suspended = new SuspensionInForce("sus_1", new SuspensionScope(Device: "dev_1"), SuspensionEffects.CutStreams);
        _bridge.Suspensions = new SuspensionSnapshot(9, [suspended]);
        _bridge.Tell(new FeedMessage { Version = 9, Cursor = 0, Suspensions = _bridge.Suspensions.Signed() });
        await Until(async () => await viewer.Poll() == HttpStatusCode.Forbidden);

        _bridge.Suspensions = new SuspensionSnapshot(8, []);
        _bridge.Tell(new FeedMessage { Version = 8, Cursor = 0, Suspensions = _bridge.Suspensions.Signed() });
        await Task.Delay(500);

        Assert.Equal(HttpStatusCode.Forbidden, await viewer.Poll());
        Assert.Contains(_bridge.Acknowledged, one => one is { Version: 9, StreamsCut: 1, StreamsLeft: 0 });
    }

    [Fact]
    public async Task A_revocation_ends_its_link_and_a_reset_ends_everything()
    {
        var (mine, other) = (await Watching(), await Watching());
        _bridge.Tell(new FeedMessage { Version = 5, Cursor = 1, Revocations = [new Revocation("lnk_other", null), new Revocation("lnk_1", "dev_other")] });
        await Task.Delay(400);
        Assert.Equal(HttpStatusCode.OK, await mine.Poll());

        _bridge.Tell(new FeedMessage { Version = 5, Cursor = 2, Revocations = [new Revocation("lnk_1", "dev_1")] });
        await Until(async () => await mine.Poll() == HttpStatusCode.NotFound);
        Assert.Equal(HttpStatusCode.NotFound, await other.Poll());

        var late = await Watching();
        _bridge.Tell(new FeedMessage { Version = 5, Cursor = 3, Reset = true });
        await Until(async () => await late.Poll() == HttpStatusCode.NotFound);
        await Until(() => Task.FromResult(_bridge.Ended.Count >= 3));
    }

    [Fact]
    public async Task A_ticket_key_that_leaves_the_ring_takes_its_sessions_and_its_tickets_with_it()
    {
        var mine = await Watching();
        var other = new Viewer(_http, _bridge.NewEntry(byNextKey: true));
        Assert.Equal(HttpStatusCode.OK, await other.Enter());
        Assert.Equal(HttpStatusCode.OK, await other.Poll());

        _bridge.Tell(new FeedMessage { Version = 5, Cursor = 1, TicketKeys = _bridge.Ring(both: false) });
        await Until(async () => await mine.Poll() == HttpStatusCode.NotFound);

        Assert.Equal(HttpStatusCode.OK, await other.Poll());
        Assert.Equal(HttpStatusCode.NotFound, await new Viewer(_http, _bridge.NewEntry()).Enter());
        Assert.Equal(HttpStatusCode.OK, await new Viewer(_http, _bridge.NewEntry(byNextKey: true)).Enter());
        await Until(() => Task.FromResult(_bridge.Ended.Any(one => one.Why == "KeyRemoved")));
    }

    [Fact]
    public async Task A_ticket_that_expired_or_is_not_yet_valid_is_not_found()
    {
        var now = TimeProvider.System.GetUtcNow();

        Assert.Equal(HttpStatusCode.NotFound, await new Viewer(_http, _bridge.NewEntry(TimeSpan.FromSeconds(30), now - TimeSpan.FromSeconds(31))).Enter());
        Assert.Equal(HttpStatusCode.NotFound, await new Viewer(_http, _bridge.NewEntry(TimeSpan.FromSeconds(30), now + TimeSpan.FromSeconds(30))).Enter());
    }

    [Fact]
    public async Task A_cut_reaches_a_reader_who_is_in_the_middle_of_a_unit()
    {
        var viewer = await Watching();
        using var answer = await _http.GetAsync(viewer.Units[^1], HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        Assert.Equal(1000, await body.ReadAtLeastAsync(new byte[1000], 1000));

        _bridge.Suspensions = new SuspensionSnapshot(6, [new SuspensionInForce("sus_1", new SuspensionScope(), SuspensionEffects.CutStreams)]);
        _bridge.Tell(new FeedMessage { Version = 6, Cursor = 0, Suspensions = _bridge.Suspensions.Signed() });
        await Until(() => Task.FromResult(_bridge.Acknowledged.Any(one => one is { Version: 6, StreamsCut: >= 1, StreamsLeft: 0 })));

        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.Fetch(viewer.Units[^1])).Status);
    }

    [Fact]
    public async Task A_viewer_who_hangs_up_while_the_grant_is_redeemed_leaves_a_session_that_ends_like_any_other()
    {
        await Watching();
        var redeemed = _bridge.Redemptions;
        var entry = _bridge.NewEntry();
        _bridge.RedeemingTakes = Task.Delay(500);
        using var hangUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _http.GetAsync(entry, hangUp.Token));
        await _bridge.RedeemingTakes;
        await Task.Delay(200);

        Assert.Equal(HttpStatusCode.OK, await new Viewer(_http, entry).Enter());
        Assert.Equal(redeemed + 1, _bridge.Redemptions);
    }

    [Fact]
    public async Task What_was_suspended_and_then_unlinked_is_not_found()
    {
        var viewer = await Watching();
        _bridge.Suspensions = new SuspensionSnapshot(6, [new SuspensionInForce("sus_1", new SuspensionScope(), SuspensionEffects.CutStreams)]);
        _bridge.Tell(new FeedMessage { Version = 6, Cursor = 0, Suspensions = _bridge.Suspensions.Signed() });
        await Until(async () => await viewer.Poll() == HttpStatusCode.Forbidden);

        _bridge.Tell(new FeedMessage { Version = 6, Cursor = 1, Revocations = [new Revocation("lnk_1", null)] });
        await Until(async () => await viewer.Poll() == HttpStatusCode.NotFound);
    }

    private async Task<Viewer> Watching()
    {
        var viewer = new Viewer(_http, _bridge.NewEntry());
        await Until(async () => await viewer.Enter() == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        return viewer;
    }

    private static async Task Until(Func<Task<bool>> happened)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await happened())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(8), "It did not happen.");
            await Task.Delay(50);
        }
    }
}
