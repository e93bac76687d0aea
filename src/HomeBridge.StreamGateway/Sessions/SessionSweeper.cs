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

    /// <summary>Sweeps that cut what is under way after contact was lost: a write that was let through before is found by the next.</summary>
    private const int SweepsWithoutContact = 2;

    private SuspensionSnapshot? _sweptBefore;
    private int _sweepsWithoutContact;
    private long _escaped;

    /// <summary>Sessions that a suspension should have ended one sweep before and did not.</summary>
    public long Escaped => Interlocked.Read(ref _escaped);

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
        _sweepsWithoutContact = bridge.InContact ? 0 : Math.Min(_sweepsWithoutContact + 1, SweepsWithoutContact + 1);
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
                // One that came with this snapshot is being ended just now by whoever took it in.
                if (ReferenceEquals(_sweptBefore, suspensions) && session.Age > Every && ending.End(session, EndReason.Suspended))
                {
                    Interlocked.Increment(ref _escaped);
                    log.LogCritical(GatewayAlarms.StreamEscaped, "A session escaped a suspension until the sweep (grant {Grant})", session.Granted.Grant);
                }

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
            else if (_sweepsWithoutContact is > 0 and <= SweepsWithoutContact)
            {
                session.Interrupt();
            }
        }

        _sweptBefore = suspensions;
        foreach (var entry in table.Entries)
        {
            if (entry.Age(time) > EntryFor)
            {
                table.Forget(entry);
            }
        }
    }
}
