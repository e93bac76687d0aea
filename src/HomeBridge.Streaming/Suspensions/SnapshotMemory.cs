using System.Collections.Immutable;

namespace HomeBridge.Streaming.Suspensions;

/// <summary>A snapshot with the numbering that its version belongs to.</summary>
/// <param name="Epoch">The numbering.</param>
/// <param name="Snapshot">What was in force.</param>
public sealed record NumberedSnapshot(long Epoch, SuspensionSnapshot Snapshot);

/// <summary>
/// What a process has been told of suspensions, so that it can't be told less. Numbers grow: what comes with lower ones (a
/// restored backup, a lost commit) does not replace what is known but is added to it, and so is all that comes after it:
/// which of two numberings goes on can't be told from numbers. Two people end that with a new epoch. Immutable.
/// </summary>
/// <param name="Told">The newest that was told.</param>
/// <param name="Remembered">Everything that was in force since the numbers went back, and just before; empty while they grow.</param>
/// <param name="Floor">The highest numbers before they went back; null while they grow.</param>
public sealed record SnapshotMemory(NumberedSnapshot Told, ImmutableArray<SuspensionInForce> Remembered, SnapshotFloor? Floor)
{
    /// <summary>Everything that may be in force, under the version that was told last.</summary>
    public SuspensionSnapshot InForce { get; } = Remembered.IsDefaultOrEmpty
        ? Told.Snapshot
        : new SuspensionSnapshot(Told.Snapshot.Version, Union(Remembered, Told.Snapshot.InForce));

    /// <summary>Whether the numbers have gone back, and nobody has taken the new ones yet.</summary>
    public bool WentBack => Floor is not null;

    /// <summary>What is known after one more snapshot.</summary>
    public static SnapshotMemory Take(SnapshotMemory? known, NumberedSnapshot told)
    {
        ArgumentNullException.ThrowIfNull(told);
        if (known is null || told.Epoch > Math.Max(known.Told.Epoch, known.Floor?.Epoch ?? 0))
        {
            return new SnapshotMemory(told, [], null);
        }

        var grew = known.Floor is null && told.Epoch == known.Told.Epoch && told.Snapshot.Version >= known.Told.Snapshot.Version;
        return grew
            ? new SnapshotMemory(told, [], null)
            : new SnapshotMemory(
                told, known.InForce.InForce, known.Floor ?? new SnapshotFloor(known.Told.Epoch, known.Told.Snapshot.Version));
    }

    /// <summary>Restrictions that both have stand once. One that is told differently stands twice: the stricter wins.</summary>
    private static ImmutableArray<SuspensionInForce> Union(ImmutableArray<SuspensionInForce> known, ImmutableArray<SuspensionInForce> told)
    {
        var all = known.ToHashSet();
        return [.. known, .. told.Where(all.Add)];
    }
}

/// <summary>The highest numbers that were seen.</summary>
/// <param name="Epoch">The numbering.</param>
/// <param name="Version">The version.</param>
public sealed record SnapshotFloor(long Epoch, long Version);
