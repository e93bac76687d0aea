using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.StreamGateway.Bridge;

/// <summary>
/// What this gateway knows of the bridge: ticket keys, suspensions, and when it last heard anything. Silence longer
/// than the lease closes every camera, whatever the last word was.
/// </summary>
internal sealed class BridgeView(TimeProvider time, ILogger<BridgeView> log)
{
    private volatile Known? _known;
    private long _lastHeard;

    /// <summary>Whether units may be released at all. Monotonic clock: a clock that is set can't prolong a lease.</summary>
    public bool InContact => _known is not null
        && time.GetElapsedTime(Interlocked.Read(ref _lastHeard)) < GatewayTiming.Lease;

    /// <summary>The suspensions in force, as far as this gateway was told.</summary>
    public SuspensionSnapshot Suspensions => _known?.Suspensions ?? new SuspensionSnapshot(0, []);

    /// <summary>Null until the bridge has told its keys.</summary>
    public TicketVerifier? Tickets => _known?.Tickets;

    /// <summary>Where to go on after a reconnect; null at first.</summary>
    public long? Cursor { get; private set; }

    /// <summary>Takes in one line of the feed. True when the suspensions changed.</summary>
    public bool Apply(FeedMessage message)
    {
        var before = _known;
        var suspensions = message.Suspensions is { } told ? NeverBack(before?.Suspensions, told) : before?.Suspensions;
        var tickets = message.TicketKeys is { } keys
            ? new TicketVerifier(keys.Select(key => TicketPublicKey.From(Convert.FromBase64String(key.SubjectPublicKeyInfo))), time)
            : before?.Tickets;
        if (suspensions is null || tickets is null)
        {
            throw new InvalidDataException("The feed's first line must have suspensions and ticket keys.");
        }

        _known = new Known(suspensions, tickets);
        Cursor = message.Cursor;
        Interlocked.Exchange(ref _lastHeard, time.GetTimestamp());
        return !ReferenceEquals(before?.Suspensions, suspensions);
    }

    /// <summary>
    /// A version that goes back (a restored backup, a lost commit) can't lift anything: the stricter union stays until
    /// the bridge's versions have grown past what was seen.
    /// </summary>
    private SuspensionSnapshot NeverBack(SuspensionSnapshot? before, SuspensionSnapshot told)
    {
        if (before is null || told.Version >= before.Version)
        {
            return told;
        }

        log.LogCritical("Suspension version went back from {Before} to {Told}: keeping the union", before.Version, told.Version);
        return new SuspensionSnapshot(
            before.Version,
            [.. before.InForce, .. told.InForce.Where(entry => before.InForce.All(old => old.Id != entry.Id))]);
    }

    private sealed record Known(SuspensionSnapshot Suspensions, TicketVerifier Tickets);
}
