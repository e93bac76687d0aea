using System.Text.Json;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.Bridge;

/// <summary>
/// Follows the bridge's feed: what is told is applied to the running sessions at once and acknowledged. A feed that
/// goes quiet is dropped and opened again where it was left.
/// </summary>
internal sealed class FeedReader(
    BridgeClient bridge, BridgeView view, ApplyFeed feed, TimeProvider time, ILogger<FeedReader> log)
    : BackgroundService
{
    /// <summary>Four missed heartbeats: the connection is dead, though TCP may not know yet.</summary>
    private static readonly TimeSpan SilenceMax = 4 * GatewayTiming.Heartbeat;

    /// <summary>
    /// Beats go to one bridge and the feed comes from another: so it is where several stand behind one address and the one that a
    /// gateway goes to was away for a while. Half a lease, so that the feed is opened anew before cameras close.
    /// </summary>
    private static readonly TimeSpan UnansweredMax = GatewayTiming.Lease / 2;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        var reported = false;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await Follow(stopping);
                reported = false;
            }
            catch (Exception lost) when (lost is HttpRequestException or IOException or OperationCanceledException or JsonException or InvalidDataException)
            {
                if (!reported && !stopping.IsCancellationRequested)
                {
                    log.LogWarning("The bridge's feed is lost ({Reason}); cameras close when the lease ends", lost.GetType().Name);
                    reported = true;
                }
            }

            await Task.Delay(RetryAfter, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Follow(CancellationToken stopping)
    {
        await using var stream = await bridge.OpenFeed(view.Cursor, view.Beat(), stopping);
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        silence.CancelAfter(SilenceMax);
        var lines = JsonSerializer.DeserializeAsyncEnumerable(
            stream, GatewayJson.Default.FeedMessage, topLevelValues: true, silence.Token);
        var (echo, answeredAt) = (0L, time.GetTimestamp());
        await foreach (var message in lines)
        {
            silence.CancelAfter(SilenceMax);
            if (message is not null && message.Echo != echo)
            {
                (echo, answeredAt) = (message.Echo, time.GetTimestamp());
            }
            else if (time.GetElapsedTime(answeredAt) > UnansweredMax)
            {
                throw new InvalidDataException("The feed answers none of the beats.");
            }

            if (feed.Apply(message ?? throw new InvalidDataException("The feed told null.")) is { } applied)
            {
                // In the background: the next line may revoke something, and must not wait for this one's receipt.
                _ = Acknowledge(applied, stopping);
            }
        }
    }

    /// <summary>A receipt that got lost is sent again, or an operator would wait for what was done long ago.</summary>
    private async Task Acknowledge(FeedAcknowledgement acknowledgement, CancellationToken stopping)
    {
        for (var attempt = 0; attempt < 3 && !await bridge.Acknowledge(acknowledgement, stopping); attempt++)
        {
            await Task.Delay(RetryAfter, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
