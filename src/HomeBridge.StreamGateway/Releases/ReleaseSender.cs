using System.Security.Cryptography;
using HomeBridge.StreamGateway.Bridge;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.Releases;

/// <summary>
/// Tells the bridge what was released, in batches and in order. A batch is sent until the bridge has it. Started first
/// and stopped last: when the gateway stops, what the last sessions released is told as well.
/// </summary>
internal sealed class ReleaseSender(ReleaseQueue queue, IBridge bridge, TimeProvider time, ILogger<ReleaseSender> log) : BackgroundService
{
    /// <summary>The longest that a record waits for its batch.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(250);

    /// <summary>What can't be told within this time after the end is lost, and the log says how much.</summary>
    private static readonly TimeSpan LastWordWithin = TimeSpan.FromSeconds(10);

    private readonly string _run = RandomNumberGenerator.GetHexString(32, lowercase: true);
    private long _batch;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var end = new CancellationTokenSource();
        await using var stopping = stoppingToken.UnsafeRegister(_ => end.CancelAfter(LastWordWithin), null);
        while (!stoppingToken.IsCancellationRequested)
        {
            await Pause(queue.Asked, stoppingToken);
            await TellAll(end.Token);
        }

        await TellAll(end.Token);
    }

    private async Task TellAll(CancellationToken end)
    {
        while (queue.Take(UnitsReleased.UnitsMax) is { Length: > 0 } units)
        {
            var released = new UnitsReleased(_run, ++_batch, units);
            for (var tries = 1; !await bridge.Released(released, end); tries++)
            {
                if (end.IsCancellationRequested)
                {
                    log.LogCritical("The bridge was not told of {Units} units that were released", units.Length);
                    return;
                }

                if (tries == 1)
                {
                    log.LogError("The bridge does not record what is released; after {UntoldMax} nothing more is", ReleaseQueue.UntoldMax);
                }

                await Task.Delay(RetryAfter, time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            queue.Told();
        }
    }

    private async Task Pause(Task asked, CancellationToken stopping)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(asked, Task.Delay(Every, time, pause.Token));
        await pause.CancelAsync();
    }
}
