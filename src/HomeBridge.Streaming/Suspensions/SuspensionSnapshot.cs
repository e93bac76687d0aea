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
}
