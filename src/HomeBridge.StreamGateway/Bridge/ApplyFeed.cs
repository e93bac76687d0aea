using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.Bridge;

/// <summary>Takes in a line of the feed: what it says holds for every running session when this returns.</summary>
internal sealed class ApplyFeed(BridgeView view, SessionEnding ending, StreamInstruments instruments, TimeProvider time)
{
    /// <summary>The receipt that is due when the suspensions changed; null otherwise.</summary>
    public FeedAcknowledgement? Apply(FeedMessage message)
    {
        if (message.Reset)
        {
            ending.EndAll(EndReason.FeedReset);
        }

        foreach (var revocation in message.Revocations ?? [])
        {
            ending.EndRevoked(revocation);
        }

        if (message.Closed is { } closed)
        {
            ending.EndClosed(closed);
        }

        var since = time.GetTimestamp();
        var changed = view.Apply(message);
        if (message.TicketKeys is not null && view.Tickets is { } ring)
        {
            ending.EndUnknownKeys(ring);
        }

        if (!changed)
        {
            return null;
        }

        var cut = ending.EndSuspended(view.Suspensions, since);
        instruments.Cut(time.GetElapsedTime(since));
        var (left, running) = ending.Count(view.Suspensions);

        // Before the receipt: what was confirmed is remembered.
        view.Keep();
        return new FeedAcknowledgement(view.Suspensions.Version, cut, left, running);
    }
}
