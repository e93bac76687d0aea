using HomeBridge.StreamGateway.Bridge;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.StreamGateway.Sessions;

/// <summary>
/// Ends what nobody watches, what lasted long enough and what slipped through a cut, and forgets tombstones.
/// </summary>
internal sealed class SessionSweeper(
    SessionTable table, SessionEnding ending, BridgeView bridge, TimeProvider time, ILogger<SessionSweeper> log)
    : BackgroundService
{
    /// <summary>A player polls every two seconds; ten missed polls and it is gone.</summary>
    public static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(20);

    /// <summary>After this a display asks for a new stream.</summary>
    public static readonly TimeSpan AgeMax = TimeSpan.FromMinutes(30);

    /// <summary>How long an ended session can still be told apart from one that never was.</summary>
    public static readonly TimeSpan TombstoneFor = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Longer than any ticket lives (five minutes at most), so that a ticket whose entry is forgotten is dead itself.
    /// </summary>
    public static readonly TimeSpan EntryFor = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                Sweep();
            }
        }
        catch (OperationCanceledException)
        {
            ending.EndAll(EndReason.Shutdown);
        }
    }

    /// <summary>One round. The service makes one every 250 ms.</summary>
    public void Sweep()
    {
        var suspensions = bridge.Suspensions;
        foreach (var session in table.All)
        {
            if (session.EndedBecause is not null)
            {
                if (time.GetElapsedTime(session.EndedAt) > TombstoneFor)
                {
                    table.Forget(session);
                }
            }
            else if (suspensions.Denies(SuspensionEffects.CutStreams, session.Facts, out _))
            {
                log.LogError("A session escaped a suspension until the sweep");
                ending.End(session, EndReason.Suspended);
            }
            else if (session.Age > AgeMax)
            {
                ending.End(session, EndReason.TimeUp);
            }
            else if (session.Idle > IdleMax)
            {
                ending.End(session, EndReason.Idle);
            }
        }

        foreach (var entry in table.Entries)
        {
            if (entry.Age(time) > EntryFor)
            {
                table.Forget(entry);
            }
        }
    }
}
