using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.Sessions;

/// <summary>
/// What the feed revoked lately. A session that is being opened is in no table yet, so a revocation that comes meanwhile
/// finds nothing to end; whoever opens one looks here afterwards.
/// </summary>
internal sealed class RecentRevocations(TimeProvider time)
{
    /// <summary>Longer than a redemption may take.</summary>
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Queue<(long Number, long At, Revocation? Revocation)> _kept = new();
    private long _number;

    /// <summary>Take it before asking the bridge.</summary>
    public long Mark()
    {
        lock (_lock)
        {
            return _number;
        }
    }

    /// <summary>Whether something that was heard since the mark ends this grant.</summary>
    public bool EndedSince(long mark, RedeemedGrant granted)
    {
        lock (_lock)
        {
            return _kept.Any(one => one.Number > mark && (one.Revocation is null || Covers(one.Revocation, granted)));
        }
    }

    public void Heard(Revocation revocation) => Keep(revocation);

    /// <summary>The bridge could not say what ended: everything did.</summary>
    public void HeardReset() => Keep(null);

    public static bool Covers(Revocation revocation, RedeemedGrant granted) =>
        string.Equals(granted.AccountLink, revocation.AccountLink, StringComparison.Ordinal)
        && (revocation.Device is null || string.Equals(granted.Device, revocation.Device, StringComparison.Ordinal))
        && (revocation.Grant is null || string.Equals(granted.Grant, revocation.Grant, StringComparison.Ordinal));

    private void Keep(Revocation? revocation)
    {
        lock (_lock)
        {
            while (_kept.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At) > KeptFor)
            {
                _kept.Dequeue();
            }

            _kept.Enqueue((++_number, time.GetTimestamp(), revocation));
        }
    }
}
