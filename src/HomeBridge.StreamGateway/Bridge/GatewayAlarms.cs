namespace HomeBridge.StreamGateway.Bridge;

/// <summary>What somebody must be woken for, as names of log events. The bridge hears of them in beats.</summary>
internal static class GatewayAlarms
{
    public static readonly EventId SnapshotRefused = new(1, "snapshot-refused");

    public static readonly EventId VersionWentBack = new(2, "version-went-back");

    public static readonly EventId BreakGlassUsed = new(3, "break-glass-used");

    public static readonly EventId StreamEscaped = new(4, "stream-escaped");
}
