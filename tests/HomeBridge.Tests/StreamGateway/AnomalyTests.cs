using System.Net;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.StreamGateway;

/// <summary>What a gateway finds odd though every signature holds, and what it tells the bridge of it.</summary>
public sealed class AnomalyTests : IAsyncLifetime, IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private StubBridge _bridge = null!;

    public async Task InitializeAsync() => _bridge = await StubBridge.Start();

    public async Task DisposeAsync() => await _bridge.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task An_init_unit_that_changes_within_a_session_is_not_released()
    {
        var viewer = await Watching();
        Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(viewer.Init)).Status);
        Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(viewer.Init)).Status);
        _bridge.InitFilling = 7;

        Assert.Equal(HttpStatusCode.NotFound, (await viewer.Fetch(viewer.Init)).Status);
        Assert.Equal(HttpStatusCode.NotFound, await viewer.Poll());
        var finding = await Finding();
        Assert.Equal((nameof(StreamAnomaly.InitChanged), "init"), (finding.Verdict, finding.Unit));
    }

    [Fact]
    public async Task Capture_time_may_be_put_right_by_five_seconds_and_no_more()
    {
        _bridge.CaptureShift = TimeSpan.FromSeconds(4);
        var viewer = await Watching();
        Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(viewer.Units[0])).Status);
        _bridge.CaptureShift = TimeSpan.FromSeconds(-2);
        Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(viewer.Units[1])).Status);
        Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(viewer.Units[0])).Status);
        _bridge.CaptureShift = TimeSpan.FromSeconds(-10);

        Assert.Equal(HttpStatusCode.NotFound, (await viewer.Fetch(viewer.Units[2])).Status);
        Assert.Equal(nameof(StreamAnomaly.CaptureWentBack), (await Finding()).Verdict);
    }

    [Fact]
    public async Task A_playlist_that_goes_back_is_told()
    {
        var viewer = await Watching();
        _bridge.UnitsBehind = 5;
        await Task.Delay(500);

        Assert.Equal(HttpStatusCode.NotFound, await viewer.Poll());
        var finding = await Finding();
        Assert.Equal((nameof(StreamAnomaly.PlaylistWentBack), "playlist"), (finding.Verdict, finding.Unit));
    }

    [Theory]
    [InlineData("Age", "7")]
    [InlineData("X-Cache", "HIT from edge-3")]
    [InlineData("Cache-Status", "ExampleCache; hit; ttl=30")]
    [InlineData("Warning", "110 - \"Response is Stale\"")]
    [InlineData("Via", "http/1.1 edge (ApacheTrafficServer/9.2 [cHs f ])")]
    public async Task H3_a_unit_that_a_cache_answered_is_refused_and_told(string name, string value)
    {
        var viewer = await Watching();
        _bridge.UnitHeader = (name, value);

        Assert.Equal(HttpStatusCode.NotFound, (await viewer.Fetch(viewer.Units[0])).Status);
        var finding = await Finding();
        Assert.Equal(nameof(EvidenceVerdict.FromCache), finding.Verdict);
        Assert.Equal($"{name}: {value}", finding.Headers!.CacheMark);
        Assert.NotNull(finding.Headers.Signature);
        Assert.NotNull(finding.Nonce);
        Assert.InRange(finding.AgeMs, 0, 5_000);
    }

    [Fact]
    public async Task What_was_proven_is_counted_once_and_the_init_unit_is_told_by_its_hash()
    {
        var viewer = await Watching();
        Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(viewer.Init)).Status);
        foreach (var unit in viewer.Units)
        {
            Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(unit)).Status);
        }

        await Until(() => _bridge.Tallies.SelectMany(tally => tally.Sessions).Sum(session => session.Units) >= 1 + viewer.Units.Count);
        await Task.Delay(1_500);

        var told = _bridge.Tallies.SelectMany(tally => tally.Sessions).ToList();
        Assert.Equal(1 + viewer.Units.Count, told.Sum(session => session.Units));
        Assert.Equal(64, told.Single(session => session.Init is not null).Init!.Length);
        Assert.Empty(_bridge.Findings);
    }

    private async Task<EvidenceFinding> Finding()
    {
        await Until(() => !_bridge.Findings.IsEmpty);
        return _bridge.Findings.Single();
    }

    private async Task<Viewer> Watching()
    {
        var viewer = new Viewer(_http, _bridge.NewEntry());
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        return viewer;
    }

    private static async Task Until(Func<bool> isSo)
    {
        for (var attempt = 0; attempt < 200 && !isSo(); attempt++)
        {
            await Task.Delay(50);
        }

        Assert.True(isSo());
    }
}
