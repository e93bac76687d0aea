using System.Security.Cryptography;
using HomeBridge.Simulation.Authority;
using HomeBridge.Simulation.Makers;
using HomeBridge.StreamGateway;
using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Http;
using HomeBridge.StreamGateway.Media;
using HomeBridge.StreamGateway.Releases;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Tickets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HomeBridge.Simulation.Gateways;

/// <summary>The gateway as it is deployed, composed by the same method, with a simulated outside.</summary>
internal sealed class RealGateway : IGateway
{
    private readonly ServiceProvider _parts;
    private readonly TicketGate _gate;
    private readonly ServePlaylist _playlist;
    private readonly ServeUnit _unit;
    private readonly ApplyFeed _feed;
    private readonly BridgeView _view;
    private readonly SessionSweeper _sweeper;
    private readonly ReleaseQueue _releases;

    public RealGateway(World world)
    {
        var services = new ServiceCollection();
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton<TimeProvider>(world.Clock);
        services.AddSingleton<RandomNumberGenerator>(world.Secrets);
        services.AddSingleton<IBridge>(world.Bridge);
        services.AddSingleton<IMediaOrigins>(new SimOrigins(world));
        services.AddSingleton(_ => new SnapshotVerifier(SimFeed.Signer.PublicKeyPem));
        services.AddStreams();
        services.AddSingleton(new SessionLimits(world.Schedule.SessionsMax, SessionLimits.Default.EntriesMax));
        _parts = services.BuildServiceProvider();
        _gate = _parts.GetRequiredService<TicketGate>();
        _playlist = _parts.GetRequiredService<ServePlaylist>();
        _unit = _parts.GetRequiredService<ServeUnit>();
        _feed = _parts.GetRequiredService<ApplyFeed>();
        _view = _parts.GetRequiredService<BridgeView>();
        _sweeper = _parts.GetRequiredService<SessionSweeper>();
        _releases = _parts.GetRequiredService<ReleaseQueue>();
    }

    public long? Cursor => _view.Cursor;

    public long Beat() => _view.Beat();

    public void Hear(FeedMessage message) => _feed.Apply(message);

    public async Task Enter(string ticket, IViewer viewer, CancellationToken gone) =>
        await (await _gate.Enter(ticket, TicketPurpose.Hls, gone)).Give(viewer);

    public async Task Serve(string session, string file, IViewer viewer, CancellationToken gone)
    {
        try
        {
            await (await MediaEndpoints.Serve(session, file, _playlist, _unit, gone)).Give(viewer);
        }
        finally
        {
            Record();
        }
    }

    public void Sweep() => _sweeper.Sweep();

    /// <summary>The bridge writes down at once what was released: its ledger is not what is looked at here.</summary>
    private void Record()
    {
        while (_releases.Take(UnitsReleased.UnitsMax).Length > 0)
        {
            _releases.Told();
        }
    }

    public void Dispose() => _parts.Dispose();
}
