using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace HomeBridge.Streaming.Suspensions;

/// <summary>
/// Every suspension in force at one instant. Immutable: a change publishes a new snapshot, and readers keep none. The
/// most restrictive entry wins, since there are only denials.
/// </summary>
/// <param name="Version">Grows with each change; never goes back.</param>
/// <param name="InForce">In the order in which they were raised.</param>
public sealed record SuspensionSnapshot(long Version, ImmutableArray<SuspensionInForce> InForce)
{
    private readonly SuspensionIndex _index = new(InForce.IsDefault ? [] : InForce);

    /// <summary>In the order in which they were raised. Not to be changed in a copy: the index is made of it.</summary>
    public ImmutableArray<SuspensionInForce> InForce { get; } = InForce.IsDefault ? [] : InForce;

    /// <summary>
    /// Whether one effect is in force for something with these facts, and the first entry that says so. Asked for each media
    /// unit and each command: it allocates nothing, and what it costs hardly grows with the entries.
    /// </summary>
    public bool Denies(
        SuspensionEffects effect, in SuspensionFacts facts, [NotNullWhen(true)] out SuspensionInForce? by)
    {
        by = _index.First(effect, facts);
        return by is not null;
    }

    /// <summary>
    /// Everything that either of two snapshots stops, under the higher version: for who can't tell which of them is true. An
    /// entry that both have spares only what both spare; where they differ, nothing.
    /// </summary>
    public SuspensionSnapshot StricterUnion(SuspensionSnapshot other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var others = other.InForce.ToLookup(entry => entry.Id, StringComparer.Ordinal);
        var own = InForce.Select(entry => entry.Id).ToHashSet(StringComparer.Ordinal);
        return new SuspensionSnapshot(
            Math.Max(Version, other.Version),
            [
                .. InForce.Select(entry => others[entry.Id].All(one => Same(one.Spared, entry.Spared)) ? entry : entry with { Spared = null }),
                .. other.InForce.Where(entry => !own.Contains(entry.Id)),
            ]);
    }

    private static bool Same(SparedPart? one, SparedPart? other) => one is null || other is null
        ? one is null && other is null
        : one.Percent == other.Percent && one.Salt == other.Salt && one.Links.AsSpan().SequenceEqual(other.Links.AsSpan()) && one.Devices.AsSpan().SequenceEqual(other.Devices.AsSpan());
}
