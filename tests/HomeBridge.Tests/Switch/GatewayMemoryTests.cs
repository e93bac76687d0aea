using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using HomeBridge.StreamGateway.Bridge;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Tests.StreamGateway;
using HomeBridge.Tests.World;
using Microsoft.Extensions.DependencyInjection;

namespace HomeBridge.Tests.Switch;

/// <summary>A gateway that is told something false or old, is started alone, or is stopped by hand.</summary>
public sealed class GatewayMemoryTests : IAsyncLifetime, IDisposable
{
    private static readonly SuspensionInForce OfTheCamera = new("sus_1", new SuspensionScope(Device: "dev_1"), SuspensionEffects.CutStreams);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("homebridge-test-");
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private StubBridge _bridge = null!;

    private string Copy => Path.Combine(_folder.FullName, "suspensions.json");

    private string BreakGlass => Path.Combine(_folder.FullName, "suspend.camera");

    public async Task InitializeAsync() => _bridge = await StubBridge.Start(options => options with { SuspensionsFile = Copy, BreakGlassFile = BreakGlass });

    public async Task DisposeAsync() => await _bridge.DisposeAsync();

    public void Dispose()
    {
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_snapshot_of_another_key_lifts_nothing_and_lets_the_lease_run_out()
    {
        var viewer = await Watching();
        _bridge.Suspensions = new SuspensionSnapshot(6, [OfTheCamera]);
        Tell();
        await Until(async () => await viewer.Poll() == HttpStatusCode.Forbidden);

        using var stranger = SnapshotSigner.New();
        _bridge.Signer = stranger;
        _bridge.Suspensions = new SuspensionSnapshot(7, []);
        Tell();
        await Until(() => Task.FromResult(_bridge.Beats.Any(beat => beat.Refused)));
        await Until(async () => await new Viewer(_http, _bridge.NewEntry()).Enter() == HttpStatusCode.ServiceUnavailable);
        Assert.Equal(["sus_1"], View.Suspensions.InForce.Select(entry => entry.Id));
        Assert.Equal(HttpStatusCode.Forbidden, await viewer.Poll());

        // The bridge is itself again, and has lifted it.
        _bridge.Signer = SnapshotSigning.Signer;
        await Until(async () => await new Viewer(_http, _bridge.NewEntry()).Enter() == HttpStatusCode.OK);
        await Until(() => Task.FromResult(_bridge.Beats.LastOrDefault() is { Refused: false, Version: 7 }));
    }

    [Fact]
    public async Task Versions_that_went_back_lift_nothing_even_when_they_have_grown_past_until_a_new_epoch()
    {
        var viewer = await Watching();
        foreach (var (version, entries) in ((long, SuspensionInForce[])[])[(9, [OfTheCamera]), (8, []), (12, [])])
        {
            _bridge.Suspensions = new SuspensionSnapshot(version, [.. entries]);
            Tell();
            await Until(() => Task.FromResult(_bridge.Acknowledged.Any(one => one.Version == version)));
            Assert.Equal(HttpStatusCode.Forbidden, await viewer.Poll());
        }

        await Until(() => Task.FromResult(_bridge.Beats.LastOrDefault()?.WentBack == true));
        _bridge.Epoch = 2;
        _bridge.Suspensions = new SuspensionSnapshot(13, []);
        Tell();
        await Until(async () => await new Viewer(_http, _bridge.NewEntry()).Enter() == HttpStatusCode.OK);
        await Until(() => Task.FromResult(_bridge.Beats.LastOrDefault() is { WentBack: false }));
    }

    [Fact]
    public async Task A_gateway_that_starts_alone_honours_what_it_last_knew_and_streams_nothing()
    {
        await Watching();
        _bridge.Suspensions = new SuspensionSnapshot(6, [OfTheCamera]);
        Tell();
        await Until(() => Task.FromResult(_bridge.Acknowledged.Any(one => one.Version == 6)));
        Assert.True(File.Exists(Copy));

        // The bridge is away, and when it comes back its database is one of yesterday.
        _bridge.Silent = true;
        _bridge.Suspensions = new SuspensionSnapshot(2, []);
        await _bridge.RestartGateway();
        Assert.Equal(["sus_1"], View.Suspensions.InForce.Select(entry => entry.Id));
        Assert.False(View.InContact);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await new Viewer(_http, _bridge.NewEntry()).Enter());

        _bridge.Silent = false;
        await Until(async () => await new Viewer(_http, _bridge.NewEntry()).Enter() == HttpStatusCode.Forbidden);
        await Until(() => Task.FromResult(_bridge.Beats.LastOrDefault()?.WentBack == true));
    }

    [Fact]
    public async Task A_file_on_the_node_stops_its_cameras_without_the_bridge_and_is_told_to_it_later()
    {
        var viewer = await Watching();
        await File.WriteAllTextAsync(BreakGlass, "wrong pictures\nat the door\n");
        var since = Stopwatch.GetTimestamp();
        await Until(async () => await viewer.Poll() == HttpStatusCode.Forbidden);
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await Until(() => Task.FromResult(_bridge.Reports.Any(report => report.Reason == "wrong pictures at the door") && _bridge.Beats.LastOrDefault()?.BreakGlass == "wrong pictures at the door"));

        File.Delete(BreakGlass);
        await Until(async () => await new Viewer(_http, _bridge.NewEntry()).Enter() == HttpStatusCode.OK);
        await Until(() => Task.FromResult(_bridge.Reports.Any(report => report.Reason is null) && _bridge.Beats.LastOrDefault() is { BreakGlass: null }));
    }

    [Fact]
    public async Task A_cut_resets_the_connection_and_overwrites_the_sessions_keys()
    {
        var viewer = await Watching();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 16 * 1024 };
        await socket.ConnectAsync(_bridge.Gateway.Host, _bridge.Gateway.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {viewer.Units[^1].PathAndQuery} HTTP/1.1\r\nHost: x\r\n\r\n"));
        var piece = new byte[4096];
        Assert.NotEqual(0, await socket.ReceiveAsync(piece));

        _bridge.Suspensions = new SuspensionSnapshot(6, [OfTheCamera]);
        Tell();
        await Until(() => Task.FromResult(_bridge.Acknowledged.Any(one => one is { Version: 6, StreamsCut: 1, StreamsLeft: 0 })));

        var reset = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (await socket.ReceiveAsync(piece) > 0)
            {
                // What its own side had already taken.
            }
        });
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        var session = _bridge.GatewayServices.GetRequiredService<HomeBridge.StreamGateway.Sessions.SessionTable>().All.Single();
        Assert.All(session.Keys.Fresh, one => Assert.Equal(0, one));
        Assert.All(session.Keys.Ingest, one => Assert.Equal(0, one));
        Assert.Empty(_bridge.Findings);
        await Until(() => Task.FromResult(_bridge.Beats.Count > 2));
        Assert.Equal(0, _bridge.Beats.Last().Escaped);
    }

    private BridgeView View => _bridge.GatewayServices.GetRequiredService<BridgeView>();

    private void Tell() => _bridge.Tell(new FeedMessage { Version = _bridge.Suspensions.Version, Cursor = 0, Suspensions = _bridge.Signed() });

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
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(15), "It did not happen.");
            await Task.Delay(50);
        }
    }
}
