using System.Collections.Concurrent;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.StreamGateway.Sessions;

/// <summary>
/// The sessions of this gateway, by the id in their URLs, and the entries that led to them. A session that ended stays
/// as a tombstone for a while, so that its viewer can be told "suspended" apart from "not found".
/// </summary>
internal sealed class SessionTable(SessionLimits limits, TimeProvider time)
{
    /// <summary>A number of our own, since the number of processors would decide in which order sessions are gone through.</summary>
    private const int Stripes = 16;

    private readonly ConcurrentDictionary<string, StreamSession> _sessions = new(Stripes, capacity: Stripes, StringComparer.Ordinal);
    private readonly ConcurrentDictionary<GrantId, TicketEntry> _entries = new(Stripes, capacity: Stripes);

    public IEnumerable<StreamSession> All => _sessions.Select(pair => pair.Value);

    public bool IsFull => _sessions.Count >= limits.SessionsMax || _entries.Count >= limits.EntriesMax;

    /// <summary>Finds a session; what is found carries its own id, and the two are compared.</summary>
    public StreamSession? Find(string id) =>
        _sessions.TryGetValue(id, out var session) && string.Equals(session.Id, id, StringComparison.Ordinal)
            ? session
            : null;

    public void Add(StreamSession session)
    {
        if (!_sessions.TryAdd(session.Id, session))
        {
            throw new InvalidOperationException("A session id was drawn twice.");
        }
    }

    public void Forget(StreamSession session)
    {
        if (_sessions.TryRemove(new KeyValuePair<string, StreamSession>(session.Id, session)))
        {
            session.Dispose();
        }
    }

    public TicketEntry EntryFor(GrantId grant) =>
        _entries.GetOrAdd(grant, static (id, now) => new TicketEntry(id, now), time.GetTimestamp());

    /// <summary>The entry that there is already; null when nobody came with that ticket.</summary>
    public TicketEntry? FindEntry(GrantId grant) => _entries.TryGetValue(grant, out var entry) && entry.Grant == grant ? entry : null;

    public void Forget(TicketEntry entry)
    {
        if (_entries.TryRemove(new KeyValuePair<GrantId, TicketEntry>(entry.Grant, entry)))
        {
            entry.Dispose();
        }
    }

    public IEnumerable<TicketEntry> Entries => _entries.Select(pair => pair.Value);
}

/// <summary>How much one gateway takes on.</summary>
/// <param name="SessionsMax">Sessions at one time. Each holds a window and a key, no pictures.</param>
/// <param name="EntriesMax">Tickets that are remembered so that none leads to two sessions.</param>
internal sealed record SessionLimits(int SessionsMax, int EntriesMax)
{
    public static SessionLimits Default { get; } = new(SessionsMax: 20_000, EntriesMax: 200_000);
}
