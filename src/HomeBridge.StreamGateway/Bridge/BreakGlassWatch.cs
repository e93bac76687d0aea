using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.StreamGateway.Bridge;

/// <summary>
/// Watches for the file that stops this node's cameras. It works without the bridge, which is told when it can be reached.
/// </summary>
internal sealed class BreakGlassWatch(
    GatewayOptions options, BridgeView view, SessionEnding ending, BridgeClient bridge, TimeProvider time, ILogger<BreakGlassWatch> log)
    : BackgroundService
{
    /// <summary>Reports that wait for the bridge; the oldest are kept.</summary>
    private const int WaitingMax = 100;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Queue<BreakGlassReport> _waiting = new();
    private volatile string? _reason;
    private Task _telling = Task.CompletedTask;

    /// <summary>What the file says; null while there is none.</summary>
    public string? Reason => _reason;

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        if (options.BreakGlassFile is not { } path)
        {
            return;
        }

        while (!stopping.IsCancellationRequested)
        {
            Look(BreakGlassFile.Read(path));
            if (_waiting.Count > 0 && _telling.IsCompleted)
            {
                _telling = Tell(_waiting.Peek(), stopping);
            }

            await Task.Delay(BreakGlassFile.LookEvery, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Look(string? reason)
    {
        if ((reason is null) == (_reason is null))
        {
            return;
        }

        _reason = reason;
        if (reason is null)
        {
            view.BreakGlass(null);
            log.LogWarning("The break-glass file is gone: this node's cameras go on");
        }
        else
        {
            var since = time.GetTimestamp();
            view.BreakGlass(BreakGlassFile.Suspension(options.Name));
            var cut = ending.EndSuspended(view.Suspensions, since);
            log.LogCritical(GatewayAlarms.BreakGlassUsed, "The break-glass file stops this node's cameras ({Reason}); {Cut} streams were cut", reason, cut);
        }

        if (_waiting.Count < WaitingMax)
        {
            _waiting.Enqueue(new BreakGlassReport(Guid.NewGuid(), reason, time.GetUtcNow().ToUnixTimeMilliseconds()));
        }
    }

    private async Task Tell(BreakGlassReport report, CancellationToken stopping)
    {
        if (await bridge.BreakGlass(report, stopping))
        {
            _waiting.Dequeue();
        }
        else
        {
            await Task.Delay(RetryAfter, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
