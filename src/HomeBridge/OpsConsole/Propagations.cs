using System.Collections.Concurrent;
using HomeBridge.Gateways;
using HomeBridge.Suspensions;

namespace HomeBridge.OpsConsole;

/// <summary>Who has confirmed a suspension. What everybody has confirmed is remembered: later versions are confirmed over it.</summary>
internal sealed class Propagations(Replicas replicas)
{
    /// <summary>Suspensions whose confirmations are remembered.</summary>
    private const int KeptMax = 200;

    private readonly ConcurrentDictionary<string, (long RaisedAt, IReadOnlyList<ReplicaConfirmation>? Confirmed)> _known = new(StringComparer.Ordinal);

    /// <summary>Most confirmations come within this: whoever looks then is not told that nothing is confirmed yet.</summary>
    private static readonly TimeSpan Settles = TimeSpan.FromSeconds(1);

    /// <summary>It was raised by this process, at this moment of its clock. Waits a little for the confirmations.</summary>
    public async Task Raised(Suspension suspension, long at, CancellationToken cancel)
    {
        foreach (var old in _known.OrderBy(one => one.Value.RaisedAt).Take(_known.Count - KeptMax + 1).ToList())
        {
            _known.TryRemove(old.Key, out _);
        }

        _known[suspension.Id] = (at, null);
        await replicas.WaitFor(suspension.Version, at, Settles, cancel);
    }

    /// <summary>As it is now. How long it took is known of those that were raised here.</summary>
    public async Task<(bool Timed, IReadOnlyList<ReplicaConfirmation> Replicas)> Of(Suspension suspension)
    {
        var timed = _known.TryGetValue(suspension.Id, out var known);
        if (known.Confirmed is { } all)
        {
            return (true, all);
        }

        var now = await replicas.WaitFor(suspension.Version, known.RaisedAt, TimeSpan.Zero, CancellationToken.None);
        if (timed && now.All(one => one is { AppliedMs: not null, StreamsLeft: 0 }))
        {
            _known[suspension.Id] = known with { Confirmed = now };
        }

        return (timed, now);
    }
}
