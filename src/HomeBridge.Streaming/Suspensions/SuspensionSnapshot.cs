using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace HomeBridge.Streaming.Suspensions;

/// <summary>One suspension in force.</summary>
/// <param name="Id">Its id in the ops API.</param>
/// <param name="Scope">What it applies to.</param>
/// <param name="Effects">What it does.</param>
public sealed record SuspensionInForce(string Id, SuspensionScope Scope, SuspensionEffects Effects);

/// <summary>
/// Every suspension in force at one instant. Immutable: a change publishes a new snapshot, and readers keep none. The
/// most restrictive entry wins, since there are only denials.
/// </summary>
/// <param name="Version">Grows with each change; never goes back.</param>
/// <param name="InForce">In the order in which they were raised.</param>
public sealed record SuspensionSnapshot(long Version, ImmutableArray<SuspensionInForce> InForce)
{
    /// <summary>Whether one effect is in force for something with these facts, and the first entry that says so.</summary>
    public bool Denies(
        SuspensionEffects effect, in SuspensionFacts facts, [NotNullWhen(true)] out SuspensionInForce? by)
    {
        foreach (var entry in InForce)
        {
            if ((entry.Effects & effect) != 0 && entry.Scope.Covers(facts))
            {
                by = entry;
                return true;
            }
        }

        by = null;
        return false;
    }
}
