using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.Bridge;

/// <summary>
/// This gateway's sign of life. The feed answers it, and the lease runs from when the answered one was sent; the bridge lists
/// a gateway that it hears nothing of as fenced.
/// </summary>
internal sealed class BeatSender(
    BridgeView view, SessionEnding ending, SessionSweeper sweeper, BreakGlassWatch breakGlass, BridgeClient bridge, TimeProvider time)
    : BackgroundService
{
    /// <summary>Under way at one time: on a network that swallows them they don't pile up.</summary>
    private const int UnderWayMax = 4;

    /// <summary>Sessions are counted for one beat of so many.</summary>
    private const int CountEvery = 4;

    private int _underWay;

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(GatewayTiming.Heartbeat, time);
        var (left, running) = (0, 0);
        try
        {
            for (var round = 0; await timer.WaitForNextTickAsync(stopping); round++)
            {
                if (round % CountEvery == 0)
                {
                    (left, running) = ending.Count(view.Suspensions);
                }

                if (Volatile.Read(ref _underWay) < UnderWayMax)
                {
                    Interlocked.Increment(ref _underWay);
                    _ = Send(
                        new GatewayBeat(view.Beat(), view.Suspensions.Version, left, running, sweeper.Escaped, view.WentBack, view.Refused, breakGlass.Reason), stopping);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
    }

    private async Task Send(GatewayBeat beat, CancellationToken stopping)
    {
        await bridge.Beat(beat, stopping);
        Interlocked.Decrement(ref _underWay);
    }
}
