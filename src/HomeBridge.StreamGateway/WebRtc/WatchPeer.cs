using HomeBridge.StreamGateway.Media;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.WebRtc;

/// <summary>
/// Looks after a peer connection from its answer to its end: renews its right to go on, ends what stands still, and asks the
/// maker to end its half. A cut doesn't wait for any of it.
/// </summary>
internal sealed class WatchPeer(ServePlaylist renewals, SessionEnding ending, PeerOptions options, TimeProvider time, ILogger<WatchPeer> log)
{
    /// <summary>Begins to forward and to look. Owns what it is given until the end.</summary>
    public void Begin(PeerSession peer, IPeerOrigin origin, CancellationTokenRegistration attached) => _ = Watch(peer, origin, attached);

    /// <summary>The maker's half, best effort.</summary>
    public static async Task Teardown(IPeerOrigin origin, string? location)
    {
        try
        {
            if (location is not null)
            {
                await origin.End(location, CancellationToken.None);
            }
        }
        finally
        {
            origin.Dispose();
        }
    }

    private async Task Watch(PeerSession peer, IPeerOrigin origin, CancellationTokenRegistration attached)
    {
        var session = peer.Session;
        try
        {
            var forwarding = peer.Relay?.Run();
            while (peer.State is not PeerState.Ended && session.EndedBecause is null)
            {
                await Task.WhenAny(peer.WhenCut, Task.Delay(options.LookEvery, time, session.Over));
                peer.Look();
                if (Over(peer) is { } reason)
                {
                    ending.End(session, reason);
                }
                else if (session.SinceRenewal > GatewayTiming.RenewEvery)
                {
                    await renewals.Renew(session, session.Over);
                }
            }

            if (forwarding is not null)
            {
                peer.Cut();
                await forwarding;
            }
        }
        catch (OperationCanceledException)
        {
            // Ended while the bridge was asked.
        }
        catch (Exception bug)
        {
            log.LogError(bug, "A peer connection is not looked after any more, and ends (grant {Grant})", session.Granted.Grant);
        }
        finally
        {
            peer.Cut();
            ending.End(session, EndReason.LostContact);
            await attached.DisposeAsync();
            await Teardown(origin, peer.Location);
        }
    }

    /// <summary>Why it does not go on; null when it does.</summary>
    private EndReason? Over(PeerSession peer)
    {
        // Cut for a moment is cut for good: the peers would take minutes to find out and find back.
        if (peer.State is PeerState.Ended)
        {
            return EndReason.LostContact;
        }

        if (peer.Relay is not { } relay)
        {
            peer.Session.Used();
            return null;
        }

        if (relay.SinceDisplay < SessionSweeper.IdleMax)
        {
            peer.Session.Used();
        }

        var isSilent = relay.SinceDisplay > options.SilentMax || relay.SinceCamera > options.SilentMax;
        return isSilent || (peer.State is PeerState.Answered && peer.SinceAnswer > options.LiveWithin) ? EndReason.Idle : null;
    }
}
