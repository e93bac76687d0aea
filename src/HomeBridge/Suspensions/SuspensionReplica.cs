using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Suspensions;

/// <summary>
/// What this process has in force: what it was told last, what it remembers from before if numbers went back, and what a
/// file on its own node adds. Kept on disk, and in force from the start.
/// </summary>
internal sealed class SuspensionReplica
{
    private readonly ISnapshotCopy? _copy;
    private readonly ILogger<SuspensionReplica> _log;
    private readonly Lock _changing = new();
    private volatile SuspensionSnapshot _inForce = new(0, []);
    private volatile NumberedSnapshot _published = new(1, new SuspensionSnapshot(0, []));
    private volatile SnapshotMemory? _memory;
    private SuspensionInForce? _breakGlass;

    public SuspensionReplica(ILogger<SuspensionReplica> log, ISnapshotCopy? copy = null)
    {
        (_log, _copy) = (log, copy);
        try
        {
            _memory = copy?.Load();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            _log.LogCritical(SuspensionAlarms.SnapshotRefused, "The suspensions kept on disk can't be read ({Reason})", unreadable.Message);
        }

        Publish();
    }

    /// <summary>What decides here.</summary>
    public SuspensionSnapshot InForce => _inForce;

    /// <summary>What gateways are told: this node's file is this node's.</summary>
    public NumberedSnapshot Published => _published;

    /// <summary>What is known, with the numbers; null before anything was.</summary>
    public SnapshotMemory? Memory => _memory;

    /// <summary>Why this node's cameras are stopped by a file; null when they aren't.</summary>
    public string? BreakGlassReason { get; private set; }

    /// <summary>Takes in what the database says.</summary>
    public void Take(NumberedSnapshot told)
    {
        lock (_changing)
        {
            var before = _memory;
            _memory = SnapshotMemory.Take(before, told);
            if (_memory is { WentBack: true, Floor: { } floor } && before?.WentBack != true)
            {
                _log.LogCritical(
                    SuspensionAlarms.VersionWentBack,
                    "The database's suspension version went back from {Epoch}.{Before} to {ToldEpoch}.{Told}: what was in force stays so until two people rebase (POST /ops/v1/suspensions/rebase)",
                    floor.Epoch, floor.Version, told.Epoch, told.Snapshot.Version);
            }

            Publish();
        }

        Keep();
    }

    public void BreakGlass(SuspensionInForce? suspension, string? reason)
    {
        lock (_changing)
        {
            (_breakGlass, BreakGlassReason) = (suspension, reason);
            Publish();
        }
    }

    private void Publish()
    {
        var known = _memory?.InForce ?? new SuspensionSnapshot(0, []);
        if (_memory is { } memory && !ReferenceEquals(_published.Snapshot, known))
        {
            _published = new NumberedSnapshot(memory.Told.Epoch, known);
        }

        _inForce = _breakGlass is { } own ? new SuspensionSnapshot(known.Version, [own, .. known.InForce]) : known;
    }

    private void Keep()
    {
        try
        {
            if (_memory is { } memory)
            {
                _copy?.Save(memory);
            }
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            _log.LogError("The suspensions in force can't be kept on disk: {Reason}", failed.Message);
        }
    }
}
