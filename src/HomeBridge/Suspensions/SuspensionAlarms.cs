namespace HomeBridge.Suspensions;

/// <summary>What somebody must be woken for, as names of log events.</summary>
internal static class SuspensionAlarms
{
    public static readonly EventId SnapshotRefused = new(1, "snapshot-refused");

    public static readonly EventId VersionWentBack = new(2, "version-went-back");

    public static readonly EventId BreakGlassUsed = new(3, "break-glass-used");

    public static readonly EventId StreamEscaped = new(4, "stream-escaped");

    public static readonly EventId DatabaseUnread = new(5, "database-unreachable");
}
