using System.Text.Json;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.Bridge;

/// <summary>
/// Follows the bridge's feed: what is told is applied to the running sessions at once and acknowledged. A feed that
/// goes quiet is dropped and opened again where it was left.
/// </summary>
internal sealed class FeedReader(
    BridgeClient bridge, BridgeView view, SessionEnding ending, TimeProvider time, ILogger<FeedReader> log)
    : BackgroundService
{
    /// <summary>Four missed heartbeats: the connection is dead, though TCP may not know yet.</summary>
    private static readonly TimeSpan SilenceMax = 4 * GatewayTiming.Heartbeat;

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
                    log.LogWarning("The bridge's feed is lost ({Reason}); cameras close {Lease} after the last word", lost.GetType().Name, GatewayTiming.Lease);
                    reported = true;
                }
            }

            await Task.Delay(RetryAfter, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Follow(CancellationToken stopping)
    {
        await using var feed = await bridge.OpenFeed(view.Cursor, stopping);
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        silence.CancelAfter(SilenceMax);
        var lines = JsonSerializer.DeserializeAsyncEnumerable(
            feed, GatewayJson.Default.FeedMessage, topLevelValues: true, silence.Token);
        await foreach (var message in lines)
        {
            silence.CancelAfter(SilenceMax);
            Apply(message ?? throw new InvalidDataException("The feed told null."), stopping);
        }
    }

    private void Apply(FeedMessage message, CancellationToken stopping)
    {
        if (message.Reset)
        {
            ending.EndAll(EndReason.FeedReset);
        }

        foreach (var revocation in message.Revocations ?? [])
        {
            ending.EndRevoked(revocation);
        }

        var suspended = view.Apply(message);
        if (message.TicketKeys is not null && view.Tickets is { } ring)
        {
            ending.EndUnknownKeys(ring);
        }

        if (suspended)
        {
            var cut = ending.EndSuspended(view.Suspensions);
            var (left, running) = ending.Count(view.Suspensions);

            // In the background: the next line may revoke something, and must not wait for this one's receipt.
            _ = Acknowledge(new FeedAcknowledgement(view.Suspensions.Version, cut, left, running), stopping);
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
