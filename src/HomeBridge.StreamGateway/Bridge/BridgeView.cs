using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.StreamGateway.Bridge;

/// <summary>How long a gateway goes on without the bridge.</summary>
/// <param name="Cameras">Counted from the sending of the last beat that the feed answered.</param>
internal sealed record LeaseTerms(TimeSpan Cameras)
{
    public static LeaseTerms Default { get; } = new(GatewayTiming.Lease);
}

/// <summary>
/// What this gateway knows of the bridge: ticket keys, suspensions, and for how long it may trust them. Silence longer than
/// the lease closes every camera, whatever the last word was.
/// </summary>
internal sealed class BridgeView
{
    private const long Never = long.MinValue;

    /// <summary>Beats whose sending is remembered: a minute of them.</summary>
    private const int BeatsMax = 256;

    private readonly TimeProvider _time;
    private readonly SnapshotVerifier _verifier;
    private readonly LeaseTerms _lease;
    private readonly ISnapshotCopy? _copy;
    private readonly ILogger<BridgeView> _log;
    private readonly Lock _changing = new();
    private readonly long[] _sentAt = new long[BeatsMax];
    private volatile SuspensionSnapshot _suspensions = new(0, []);
    private volatile TicketVerifier? _tickets;
    private volatile SnapshotMemory? _memory;
    private SuspensionInForce? _breakGlass;
    private long _beat;
    private long _contactAt = Never;

    public BridgeView(TimeProvider time, SnapshotVerifier verifier, LeaseTerms lease, ILogger<BridgeView> log, ISnapshotCopy? copy = null)
    {
        (_time, _verifier, _lease, _copy, _log) = (time, verifier, lease, copy, log);

        // Other numbers than those of the process before this one: an echo of its beats is no word to this one.
        _beat = time.GetUtcNow().ToUnixTimeMilliseconds();
        _memory = Remembered();
        Publish();
    }

    /// <summary>
    /// Whether units may be released at all. It is counted on the monotonic clock and from when this gateway asked, so
    /// neither a clock that is set nor an answer that was long under way prolongs it.
    /// </summary>
    public bool InContact => Volatile.Read(ref _contactAt) is var at
        && at != Never
        && _tickets is not null
        && _time.GetElapsedTime(at) < _lease.Cameras;

    /// <summary>The suspensions in force, as far as this gateway was told, and its own node's.</summary>
    public SuspensionSnapshot Suspensions => _suspensions;

    /// <summary>Null until the bridge has told its keys.</summary>
    public TicketVerifier? Tickets => _tickets;

    /// <summary>Where to go on after a reconnect; null at first.</summary>
    public long? Cursor { get; private set; }

    /// <summary>Whether what was known from before is kept because the bridge's numbers went back.</summary>
    public bool WentBack => _memory?.WentBack == true;

    /// <summary>Whether the last snapshot that was told could not be trusted.</summary>
    public bool Refused { get; private set; }

    /// <summary>A new beat, about to be sent.</summary>
    public long Beat()
    {
        lock (_changing)
        {
            _sentAt[++_beat % BeatsMax] = _time.GetTimestamp();
            return _beat;
        }
    }

    /// <summary>Takes in one line of the feed. True when the suspensions changed.</summary>
    /// <exception cref="InvalidDataException">It can't be trusted: nothing of it counts, and the lease runs on.</exception>
    public bool Apply(FeedMessage message)
    {
        lock (_changing)
        {
            var changed = message.Suspensions is { } told && Take(told);
            if (message.TicketKeys is { } keys)
            {
                _tickets = new TicketVerifier(keys.Select(key => TicketPublicKey.From(Convert.FromBase64String(key.SubjectPublicKeyInfo))), _time);
            }

            if (_memory is null || _tickets is null)
            {
                throw new InvalidDataException("The feed's first line must have suspensions and ticket keys.");
            }

            Cursor = message.Cursor;
            Heard(message);
            return changed;
        }
    }

    /// <summary>Stops this node's cameras, or goes on, whatever the bridge says.</summary>
    public void BreakGlass(SuspensionInForce? suspension)
    {
        lock (_changing)
        {
            _breakGlass = suspension;
            Publish();
        }
    }

    /// <summary>Keeps what is known now for the next start. What can't be kept is no reason to serve less.</summary>
    public void Keep()
    {
        try
        {
            if (_memory is { } memory)
            {
                _copy?.Save(memory);
            }
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            _log.LogError("The suspensions in force can't be kept on disk ({Reason}): after a restart this gateway knows none until it reaches the bridge", failed.Message);
        }
    }

    private bool Take(SignedSnapshot told)
    {
        if (_verifier.Open(told) is not { } opened)
        {
            if (!Refused)
            {
                Refused = true;
                _log.LogCritical(GatewayAlarms.SnapshotRefused, "A snapshot of the suspensions is not signed by a key that this gateway pins: keeping the last good one, cameras close {Lease} after it", _lease.Cameras);
            }

            throw new InvalidDataException("The feed told suspensions without a valid signature.");
        }

        Refused = false;
        var before = _memory;
        _memory = SnapshotMemory.Take(before, opened);
        if (_memory is { WentBack: true, Floor: { } floor } && before?.WentBack != true)
        {
            _log.LogCritical(
                GatewayAlarms.VersionWentBack, "Suspension version went back from {Epoch}.{Before} to {ToldEpoch}.{Told}: keeping the union until two people rebase",
                floor.Epoch, floor.Version, opened.Epoch, opened.Snapshot.Version);
        }

        Publish();
        return true;
    }

    private void Heard(FeedMessage message)
    {
        if (message.Echo > _beat || message.Echo <= Math.Max(0, _beat - BeatsMax))
        {
            return;
        }

        var age = (long)(Math.Max(0, message.AgeMs) / 1000.0 * _time.TimestampFrequency);
        var at = _sentAt[message.Echo % BeatsMax];
        if (at != 0 && at - age > _contactAt)
        {
            Volatile.Write(ref _contactAt, at - age);
        }
    }

    private void Publish()
    {
        var told = _memory?.InForce ?? new SuspensionSnapshot(0, []);
        _suspensions = _breakGlass is { } own ? new SuspensionSnapshot(told.Version, [own, .. told.InForce]) : told;
    }

    private SnapshotMemory? Remembered()
    {
        try
        {
            return _copy?.Load();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            _log.LogCritical(GatewayAlarms.SnapshotRefused, "The suspensions kept on disk can't be read ({Reason})", unreadable.Message);
            return null;
        }
    }
}
