using System.Security.Cryptography;
using HomeBridge.Simulation.Authority;
using HomeBridge.Simulation.Clock;
using HomeBridge.StreamGateway;
using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Media;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Tickets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HomeBridge.Simulation.Switch;

/// <summary>
/// One gateway's process and its network. Inside are the deployed parts; outside is what the world knows of it: what it has
/// confirmed, and when it asked what it was answered last.
/// </summary>
internal sealed class SwitchGateway(int number, SwitchTime time, Dice dice, RandomNumberGenerator random, SwitchBridge bridge, TicketSigner tickets) : IDisposable
{
    private static readonly TimeSpan SilenceMax = 4 * GatewayTiming.Heartbeat;

    private readonly Queue<SwitchLine> _underWay = new();
    private readonly Queue<(long Beat, TimeSpan SentAt, TimeSpan Due)> _beats = new();
    private readonly List<SwitchSuspension> _confirmed = [];
    private ServiceProvider? _parts;
    private SnapshotMemory? _onDisk;
    private TimeSpan _lostUntil;
    private TimeSpan _calmUntil;
    private TimeSpan _stoppedUntil;
    private TimeSpan _nextBeat;
    private TimeSpan _nextLine;
    private TimeSpan _nextSweep;
    private TimeSpan _heardAt;
    private (long Beat, TimeSpan SentAt)? _heardBeat;
    private bool _connected;
    private bool _lineLost;
    private long _changesTold;
    private long _epochHeard;

    public int Number => number;

    /// <summary>When the beat was sent that the newest line answered; null before the first since the start.</summary>
    public TimeSpan? AskedAt { get; private set; }

    /// <summary>What it has confirmed, and nobody has lifted since as far as it was told.</summary>
    public IReadOnlyList<SwitchSuspension> Confirmed => _confirmed;

    public bool BreakGlass { get; private set; }

    public bool IsStopped => time.Now < _stoppedUntil;

    public SuspensionSnapshot Suspensions => Get<BridgeView>().Suspensions;

    public IEnumerable<string> InForce => Suspensions.InForce.Select(entry => entry.Id).Where(id => !id.StartsWith("break-glass", StringComparison.Ordinal));

    public bool WentBack => Get<BridgeView>().WentBack;

    public long Escaped => Get<SessionSweeper>().Escaped;

    public void Dispose() => _parts?.Dispose();

    /// <summary>A new process; the disk stays.</summary>
    public void Restart()
    {
        _parts?.Dispose();
        _parts = null;
        (AskedAt, _connected, _stoppedUntil) = (null, false, default);
        _underWay.Clear();
        _beats.Clear();
        if (BreakGlass)
        {
            BreakTheGlass();
        }
    }

    /// <summary>Nothing comes through for a while, in either direction; what is under way may still arrive, or not.</summary>
    public void LoseFeed(TimeSpan lasts)
    {
        _lostUntil = time.Now + lasts;
        _lineLost = true;
        if (dice.Below(2) == 0)
        {
            _underWay.Clear();
        }
    }

    /// <summary>The process is stopped; what arrives meanwhile waits for it.</summary>
    public void Stop(TimeSpan lasts) => _stoppedUntil = time.Now + lasts;

    public void TurnBreakGlass()
    {
        BreakGlass = !BreakGlass;
        if (BreakGlass)
        {
            BreakTheGlass();
        }
        else
        {
            Get<BridgeView>().BreakGlass(null);
        }
    }

    /// <summary>Somebody on the network says that nothing is suspended any more.</summary>
    public void Forge()
    {
        if (_connected)
        {
            _underWay.Enqueue(bridge.Line(whole: true, _heardBeat?.Beat ?? 0, _heardBeat?.SentAt, time.Now, forged: true));
        }
    }

    public void Recover()
    {
        (_lostUntil, _stoppedUntil, _calmUntil) = (default, default, time.Now + TimeSpan.FromSeconds(5));
        if (BreakGlass)
        {
            TurnBreakGlass();
        }
    }

    /// <summary>Ten milliseconds of the bridge's side, of the network, and of this process.</summary>
    public void Step()
    {
        BridgeSide();
        if (IsStopped)
        {
            return;
        }

        ProcessSide();
    }

    /// <summary>Every session, and whether its next byte would be let out now.</summary>
    public IEnumerable<(SwitchCamera Camera, bool MayRelease)> Sessions()
    {
        var view = Get<BridgeView>();
        foreach (var session in Get<SessionTable>().All.Where(session => session.EndedBecause is null))
        {
            session.Renewed();
            session.Used();
            yield return (new SwitchCamera(session.Granted.Device[^1] - '0'), SessionDoor.MayRelease(session, view));
        }
    }

    /// <summary>A viewer opens a camera. Whether it is served.</summary>
    public bool Open(SwitchCamera camera)
    {
        bridge.Asked = camera.Number;
        var id = new byte[16];
        random.GetBytes(id);
        var grant = new GrantId(new Guid(id));
        var ticket = tickets.Sign(grant, time.GetUtcNow(), TimeSpan.FromMinutes(1));
        var entering = Get<TicketGate>().Enter(ticket, TicketPurpose.Hls, CancellationToken.None);
        if (!entering.IsCompleted)
        {
            throw new InvalidOperationException("An entry waited for something.");
        }

        return Get<SessionTable>().EntryFor(grant).Session is { } session && SessionDoor.MayRelease(session, Get<BridgeView>());
    }

    private void BridgeSide()
    {
        if (time.Now < _lostUntil)
        {
            return;
        }

        while (_beats.TryPeek(out var beat) && beat.Due <= time.Now)
        {
            _beats.Dequeue();
            _heardBeat = (beat.Beat, beat.SentAt);
        }

        if (_connected && !_lineLost && (time.Now >= _nextLine || _changesTold != bridge.Changes))
        {
            Send(whole: _changesTold != bridge.Changes);
        }
    }

    private void ProcessSide()
    {
        var view = Get<BridgeView>();
        if (time.Now >= _nextBeat)
        {
            _nextBeat = time.Now + GatewayTiming.Heartbeat;
            var beat = view.Beat();
            if (time.Now >= _lostUntil)
            {
                _beats.Enqueue((beat, time.Now, time.Now + Latency()));
            }
        }

        while (_underWay.TryPeek(out var line) && line.Due <= time.Now)
        {
            _underWay.Dequeue();
            if (!Hear(line))
            {
                Disconnect();
                break;
            }
        }

        if (_connected && time.Now - _heardAt > SilenceMax)
        {
            Disconnect();
        }

        if (!_connected && time.Now >= _lostUntil)
        {
            // The request carries a beat, and the first line answers it.
            (_connected, _lineLost, _heardAt) = (true, false, time.Now);
            _heardBeat = (view.Beat(), time.Now);
            Send(whole: true);
        }

        if (time.Now >= _nextSweep)
        {
            _nextSweep = time.Now + TimeSpan.FromMilliseconds(250);
            Open(new SwitchCamera(dice.Below(SwitchCamera.Count)));
            Get<SessionSweeper>().Sweep();
        }
    }

    /// <summary>In order, as a connection is: a line never overtakes the one before.</summary>
    private void Send(bool whole)
    {
        (_nextLine, _changesTold) = (time.Now + GatewayTiming.Heartbeat, bridge.Changes);
        var due = time.Now + Latency();
        var last = _underWay.Count == 0 ? due : _underWay.Max(line => line.Due);
        _underWay.Enqueue(bridge.Line(whole, _heardBeat?.Beat ?? 0, _heardBeat?.SentAt, due > last ? due : last));
    }

    private bool Hear(SwitchLine line)
    {
        var before = Suspensions;
        try
        {
            Get<ApplyFeed>().Apply(line.Message);
        }
        catch (InvalidDataException) when (line.IsForged && ReferenceEquals(before, Suspensions))
        {
            return false;
        }

        if (line.IsForged)
        {
            throw new InvalidOperationException("A forged snapshot was taken.");
        }

        _heardAt = time.Now;
        AskedAt = line.AskedAt is { } asked && asked > (AskedAt ?? TimeSpan.MinValue) ? asked : AskedAt;
        if (line.InForce is { } told)
        {
            // Lifted is what somebody lifted, or what two people let go with the old numbers: nothing else.
            var rebased = line.Epoch > _epochHeard;
            _epochHeard = Math.Max(_epochHeard, line.Epoch);
            _confirmed.RemoveAll(one => told.All(other => other.Id != one.Id) && (rebased || line.Lifted.Contains(one.Id)));
            _confirmed.AddRange(told.Where(one => _confirmed.All(other => other.Id != one.Id)));
        }

        return true;
    }

    private void Disconnect()
    {
        _connected = false;
        _underWay.Clear();
    }

    /// <summary>Mostly quick, and at times as long as a lease.</summary>
    private TimeSpan Latency() => time.Now >= _calmUntil && dice.Below(40) == 0 ? dice.Seconds(0.2, 3.5) : dice.Seconds(0.001, 0.05);

    private void BreakTheGlass()
    {
        Get<BridgeView>().BreakGlass(BreakGlassFile.Suspension($"gateway-{number}"));
        Get<SessionEnding>().EndSuspended(Suspensions, since: 0);
    }

    private T Get<T>()
        where T : notnull => (_parts ??= Start()).GetRequiredService<T>();

    private ServiceProvider Start()
    {
        var services = new ServiceCollection();
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton<TimeProvider>(time);
        services.AddSingleton(random);
        services.AddSingleton<IBridge>(bridge);
        services.AddSingleton<IMediaOrigins>(new NoOrigins());
        services.AddSingleton<ISnapshotCopy>(_ => new Disk(this));
        services.AddSingleton(_ => new SnapshotVerifier(SimFeed.Signer.PublicKeyPem));
        services.AddStreams();
        return services.BuildServiceProvider();
    }

    /// <summary>Belongs to the machine, not to the process that is disposed of.</summary>
    private sealed class Disk(SwitchGateway gateway) : ISnapshotCopy
    {
        public SnapshotMemory? Load() => gateway._onDisk;

        public void Save(SnapshotMemory memory) => gateway._onDisk = memory;
    }

    /// <summary>Pictures are another simulation's matter.</summary>
    private sealed class NoOrigins : IMediaOrigins, IMediaOrigin
    {
        public IMediaOrigin Open(RedeemedGrant granted) => this;

        public Task<MakerPlaylist?> Playlist(CancellationToken cancel) => Task.FromResult<MakerPlaylist?>(null);

        public Task<UnverifiedUnit?> Unit(UnitExpectation expected, CancellationToken cancel) => Task.FromResult<UnverifiedUnit?>(null);

        public void Dispose()
        {
        }
    }
}
