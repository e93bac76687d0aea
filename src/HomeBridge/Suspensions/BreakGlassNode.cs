using System.Data.Common;
using HomeBridge.Audit;
using HomeBridge.Hosting;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Suspensions;

/// <summary>
/// Watches for the file that stops this node's cameras: this process grants, opens and renews none while it is there. It
/// needs no database; the record is written when there is one.
/// </summary>
internal sealed class BreakGlassNode(
    SuspensionOptions options, BridgeIdentity identity, SuspensionReplica replica, AuditTrail audit, TimeProvider time, ILogger<BreakGlassNode> log)
    : BackgroundService
{
    private const int UnrecordedMax = 100;

    private readonly Queue<(string? Reason, DateTimeOffset At)> _unrecorded = new();

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        while (options.BreakGlassFile is { } path && !stopping.IsCancellationRequested)
        {
            Look(BreakGlassFile.Read(path));
            await Task.Delay(BreakGlassFile.LookEvery, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Look(string? reason)
    {
        if ((reason is null) != (replica.BreakGlassReason is null))
        {
            replica.BreakGlass(reason is null ? null : BreakGlassFile.Suspension(identity.Name), reason);
            if (reason is null)
            {
                log.LogWarning("The break-glass file is gone: this node's cameras go on");
            }
            else
            {
                log.LogCritical(SuspensionAlarms.BreakGlassUsed, "The break-glass file stops this node's cameras ({Reason})", reason);
            }

            if (_unrecorded.Count < UnrecordedMax)
            {
                _unrecorded.Enqueue((reason, time.GetUtcNow()));
            }
        }

        while (_unrecorded.TryPeek(out var next) && TryRecord(audit, identity.Name, next.Reason, next.At))
        {
            _unrecorded.Dequeue();
        }
    }

    /// <summary>The same two rows for a bridge and for a gateway. False when the database can't be written.</summary>
    public static bool TryRecord(AuditTrail audit, string node, string? reason, DateTimeOffset at)
    {
        try
        {
            audit.Append($"break-glass:{node}", reason is null ? "break_glass.ended" : "break_glass.used", node, $"{reason ?? "the file is gone"} at={at:O}");
            return true;
        }
        catch (DbException)
        {
            return false;
        }
    }
}
