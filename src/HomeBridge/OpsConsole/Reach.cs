using System.Collections.Concurrent;
using HomeBridge.AccountLinking;
using HomeBridge.Suspensions;

namespace HomeBridge.OpsConsole;

/// <summary>
/// How many links each suspension in force touches, for the first screen. Counting walks all homes, so a count is kept for a
/// while; it is shown to people and decides nothing.
/// </summary>
internal sealed class Reach(AccountLinks accounts, TimeProvider time)
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, (int Links, long At)> _counts = new(StringComparer.Ordinal);

    public int Links(Suspension suspension)
    {
        if (_counts.TryGetValue(suspension.Id, out var known) && time.GetElapsedTime(known.At) < KeptFor)
        {
            return known.Links;
        }

        foreach (var (id, (_, at)) in _counts)
        {
            if (time.GetElapsedTime(at) > KeptFor * 2)
            {
                _counts.TryRemove(id, out _);
            }
        }

        var links = accounts.CountCovered(suspension.Scope).Links;
        _counts[suspension.Id] = (links, time.GetTimestamp());
        return links;
    }
}
