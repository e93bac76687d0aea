using HomeBridge.Streaming.Tickets;

namespace HomeBridge.StreamGateway.Sessions;

/// <summary>
/// How often one entry ticket was used, and the session it led to. Players fetch an entry more than once (a probe, a
/// retry), so the same ticket leads to the same session a few times within a short while, and then never again.
/// </summary>
internal sealed class TicketEntry(GrantId grant, long createdAt) : IDisposable
{
    /// <summary>Fetches that one ticket answers.</summary>
    public const int FetchesMax = 4;

    /// <summary>Counted from the first fetch.</summary>
    public static readonly TimeSpan FetchesWithin = TimeSpan.FromSeconds(20);

    /// <summary>One at a time: the second fetch waits for the first one's redemption.</summary>
    public SemaphoreSlim Gate { get; } = new(1, 1);

    public GrantId Grant { get; } = grant;

    public StreamSession? Session { get; private set; }

    public int Fetches { get; private set; }

    /// <summary>The bridge said no for good: there is nothing to ask again.</summary>
    public bool Refused { get; private set; }

    private long? FirstFetch { get; set; }

    public TimeSpan Age(TimeProvider time) => time.GetElapsedTime(createdAt);

    /// <summary>Counts one fetch of a ticket that has a session. Call within the gate.</summary>
    public bool TryCount(TimeProvider time)
    {
        FirstFetch ??= time.GetTimestamp();
        if (Fetches >= FetchesMax || time.GetElapsedTime(FirstFetch.Value) > FetchesWithin)
        {
            return false;
        }

        Fetches++;
        return true;
    }

    /// <summary>Call within the gate.</summary>
    public void LedTo(StreamSession session) => Session = session;

    /// <summary>Call within the gate.</summary>
    public void Refuse() => Refused = true;

    public void Dispose() => Gate.Dispose();
}
