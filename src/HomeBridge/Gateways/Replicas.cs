using System.Collections.Concurrent;
using HomeBridge.Audit;
using HomeBridge.CameraStreams;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Replicas;
using HomeBridge.Streaming.Feed;
using HomeBridge.Suspensions;

namespace HomeBridge.Gateways;

/// <summary>What one process has applied.</summary>
/// <param name="Name">The bridge's or gateway's name.</param>
/// <param name="Kind"><c>bridge</c> or <c>gateway</c>.</param>
/// <param name="Version">The suspension version that it has applied.</param>
/// <param name="Live">Its feed is open.</param>
/// <param name="SelfFenced">
/// Nothing was heard of it for as long as a lease lasts: it has closed its cameras by itself, and confirms nothing. A bridge is
/// fenced when it can't read its database.
/// </param>
/// <param name="HeardMs">Milliseconds since its last beat; for a bridge, since it last looked at the database.</param>
/// <param name="StreamsRunning">Streams that it redeemed and whose end it did not report.</param>
/// <param name="StreamsLeft">Of those that it runs, the ones that a suspension in force covers.</param>
/// <param name="Escaped">Sessions that its sweep had to end though a suspension covered them: 0, or something is wrong.</param>
/// <param name="WentBack">It was told versions that went back, and keeps what it knew from before until two people rebase.</param>
/// <param name="SnapshotRefused">The last snapshot that it was told was not signed by a key that it pins.</param>
/// <param name="BreakGlass">Why its cameras are stopped by a file on its node; null when they aren't.</param>
/// <param name="SelfProbe">A gateway's last look at itself through its public URL; null for a bridge, and until it told.</param>
/// <param name="Listening">Whether a bridge hears the others' rings: <c>listening</c> or <c>deaf</c>; null where there is no line.</param>
internal sealed record ReplicaStatus(
    string Name, string Kind, long Version, bool Live, bool SelfFenced, long? HeardMs, int StreamsRunning, int StreamsLeft, long Escaped, bool WentBack,
    bool SnapshotRefused, string? BreakGlass, SelfProbeReport? SelfProbe, string? Listening = null);

/// <summary>How one process confirmed one version.</summary>
/// <param name="Name">The bridge's or gateway's name.</param>
/// <param name="AppliedMs">Milliseconds from the raise to the confirmation; null when it did not confirm in time.</param>
/// <param name="StreamsCut">Sessions that it ended; null until it confirmed.</param>
/// <param name="StreamsLeft">Sessions that the suspension covers and that still run; null until it confirmed.</param>
/// <param name="SelfFenced">It is not heard of, and has closed its cameras by itself.</param>
internal sealed record ReplicaConfirmation(string Name, double? AppliedMs, int? StreamsCut, int? StreamsLeft, bool SelfFenced);

/// <summary>
/// Who follows the switch, and what each has confirmed. A switch that is sent is not a switch that is applied: raising
/// answers with these.
/// </summary>
internal sealed class Replicas(
    SuspensionBoard board, SuspensionReplica replica, StreamGrants grants, AuditTrail audit, BridgeIdentity identity, ReplicaRoll roll, OtherBridges others, TimeProvider time,
    ILogger<Replicas> log)
{
    /// <summary>How soon somebody who waits looks again at who is not heard of any more.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, FollowedGateway> _gateways = new(StringComparer.Ordinal);
    private readonly Signal _confirmed = new();
    private int _waiting;

    public IReadOnlyList<ReplicaStatus> All
    {
        get
        {
            var running = grants.RunningByGateway();
            return
            [
                Own,
                .. others.Bridges,
                .. others.With([.. Gateways.Select(gateway => gateway.Status(IsFenced(gateway), time, 0))])
                    .Select(gateway => gateway with { StreamsRunning = running.GetValueOrDefault(gateway.Name) }),
            ];
        }
    }

    private ReplicaStatus Own => new(
        identity.Name, "bridge", board.Current.Version, Live: true, SelfFenced: !board.Holds(LeaseClass.Cameras), (long?)board.Age?.TotalMilliseconds,
        StreamsRunning: 0, StreamsLeft: 0, Escaped: 0, replica.Memory?.WentBack == true, SnapshotRefused: false, replica.BreakGlassReason, SelfProbe: null, roll.Listening);

    /// <summary>What this bridge tells the others of itself and of the gateways that follow it.</summary>
    public BridgeNews News
    {
        get
        {
            var (epoch, floor) = Numbering;
            return new BridgeNews(epoch, floor, Own, [.. Gateways.Select(gateway => new GatewayNews(gateway.Status(IsFenced(gateway), time, 0), gateway.Confirmed(Numbering)))]);
        }
    }

    /// <summary>Whether somebody waits for a version to be applied.</summary>
    public bool IsWaitedFor => Volatile.Read(ref _waiting) > 0;

    /// <summary>Another bridge has told something new.</summary>
    public void Retold() => _confirmed.Raise();

    /// <summary>Sessions that slipped through a cut until a sweep found them, by gateway.</summary>
    public IEnumerable<(string Gateway, long Escaped)> Escaped => _gateways.Values.Select(gateway => (gateway.Name, gateway.EscapedInAll));

    /// <summary>Completes at the next confirmation, beat or loss of a gateway. Take it before reading.</summary>
    public Task Next => _confirmed.Next;

    public void Connected(string name, long beat)
    {
        var gateway = For(name);
        lock (gateway)
        {
            gateway.Feeds++;
            gateway.Beat = beat;
            gateway.HeardAt = time.GetTimestamp();
        }
    }

    public void Disconnected(string name)
    {
        var gateway = For(name);
        lock (gateway)
        {
            gateway.Feeds--;
        }

        _confirmed.Raise();
    }

    /// <summary>The newest beat of a gateway: what its feed answers.</summary>
    public long BeatOf(string name) => Interlocked.Read(ref For(name).Beat);

    public void Heard(string name, GatewayBeat beat)
    {
        var gateway = For(name);
        lock (gateway)
        {
            gateway.Beat = beat.Beat;
            gateway.HeardAt = time.GetTimestamp();
            gateway.StreamsLeft = beat.Version >= gateway.Version ? beat.StreamsLeft : gateway.StreamsLeft;
            (gateway.WentBack, gateway.Refused, gateway.BreakGlass) = (beat.WentBack, beat.Refused, beat.BreakGlass);

            // It counts from its own start.
            var more = beat.Escaped < gateway.EscapedLast ? beat.Escaped : beat.Escaped - gateway.EscapedLast;
            gateway.EscapedLast = beat.Escaped;
            gateway.EscapedInAll += more;
            if (more > 0)
            {
                log.LogCritical(SuspensionAlarms.StreamEscaped, "{Count} sessions of gateway {Gateway} escaped a suspension until its sweep", more, name);
            }
        }

        _confirmed.Raise();
    }

    /// <summary>A node's cameras were stopped by hand, or go on. False when it could not be recorded.</summary>
    public bool BrokeGlass(string name, BreakGlassReport report)
    {
        var gateway = For(name);
        lock (gateway)
        {
            // Told again, since the receipt was lost.
            if (gateway.LastReport == report.Id)
            {
                return true;
            }

            if (!BreakGlassNode.TryRecord(audit, name, report.Reason, DateTimeOffset.FromUnixTimeMilliseconds(report.AtUnixMs)))
            {
                return false;
            }

            gateway.LastReport = report.Id;
        }

        if (report.Reason is { } reason)
        {
            log.LogCritical(SuspensionAlarms.BreakGlassUsed, "The break-glass file stops the cameras of gateway {Gateway} ({Reason})", name, reason);
        }

        return true;
    }

    public void Probed(string name, SelfProbeReport found) => For(name).SelfProbe = found;

    public void Acknowledged(string name, FeedAcknowledgement acknowledgement)
    {
        // A version that was never told is one of other numbers: those of a database that was restored since.
        if (acknowledgement.Version <= board.Published.Snapshot.Version)
        {
            var gateway = For(name);
            lock (gateway)
            {
                gateway.Confirm(acknowledgement, Numbering, time.GetTimestamp());
            }
        }

        _confirmed.Raise();
    }

    /// <summary>Waits until every process that is heard of has applied a version, or for the given time.</summary>
    public async Task<IReadOnlyList<ReplicaConfirmation>> WaitFor(long version, long raisedAt, TimeSpan atMost, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(atMost, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        Interlocked.Increment(ref _waiting);
        try
        {
            while (!both.IsCancellationRequested)
            {
                var next = _confirmed.Next;
                if (HaveApplied(version))
                {
                    break;
                }

                await next.WaitAsync(LookAgain, time, both.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        return Confirmations(version, raisedAt);
    }

    /// <summary>A gateway that went over to another bridge is heard of there.</summary>
    private bool HaveApplied(long version)
    {
        var numbering = Numbering;
        return others.HaveApplied(version, numbering)
            && _gateways.Values.All(gateway => IsFenced(gateway) || gateway.HasApplied(version, numbering) || others.HasApplied(gateway.Name, version, numbering));
    }

    /// <summary>Who has applied a version so far, and how long after this moment.</summary>
    public IReadOnlyList<ReplicaConfirmation> Confirmations(long version, long raisedAt) =>
    [
        // The board of this process was published before the raise returned.
        new ReplicaConfirmation(identity.Name, 0, 0, 0, SelfFenced: !board.Holds(LeaseClass.Cameras)),
        .. others.ConfirmationsOfBridges(version, raisedAt, Numbering),
        .. others.With([.. Gateways.Select(gateway => gateway.Of(version, raisedAt, Numbering, IsFenced(gateway), time))], version, raisedAt, Numbering),
    ];

    /// <summary>What was confirmed under other numbers says nothing any more.</summary>
    private (long Epoch, long Floor) Numbering => (board.Published.Epoch, replica.Memory?.Floor?.Version ?? 0);

    private IEnumerable<FollowedGateway> Gateways => _gateways.Values.OrderBy(gateway => gateway.Name, StringComparer.Ordinal);

    /// <summary>A gateway's own lease is as long at most, and runs from before the beat that we heard.</summary>
    private bool IsFenced(FollowedGateway gateway)
    {
        lock (gateway)
        {
            return time.GetElapsedTime(gateway.HeardAt) >= GatewayTiming.Lease;
        }
    }

    private FollowedGateway For(string name) => _gateways.GetOrAdd(name, static name => new FollowedGateway(name));
}
