using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.Bridge;

/// <summary>Tells the bridge every second how many units were proven: what the refused ones are a share of.</summary>
internal sealed class TallySender(SessionTable table, IBridge bridge, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                await Send(stopping);
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
    }

    /// <summary>One round. What can't be told waits for the next one, in its session.</summary>
    public async Task Send(CancellationToken cancel)
    {
        var counted = table.All
            .Select(session => (session.Continuity, Tally: session.Continuity.Take(session.Granted.Grant)))
            .Where(one => one.Tally is not null);
        foreach (var part in counted.Chunk(UnitTally.SessionsMax))
        {
            if (!await bridge.Counted(new UnitTally([.. part.Select(one => one.Tally!)]), cancel))
            {
                foreach (var (continuity, tally) in part)
                {
                    continuity.GiveBack(tally!);
                }
            }
        }
    }
}
