using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.StreamGateway.Media;

/// <summary>The media playlist of a session: polled by the player, renewing the session's right to go on.</summary>
internal sealed class ServePlaylist(
    BridgeView view, IBridge bridge, SessionTable table, SessionEnding ending, FindingReports findings, TimeProvider time)
{
    /// <summary>Polls closer together than this get the same text again and don't reach the maker.</summary>
    private static readonly TimeSpan RefreshEvery = TimeSpan.FromMilliseconds(400);

    public async Task<MediaAnswer> Serve(string id, string token, CancellationToken gone)
    {
        var (session, _, refused) = SessionDoor.Open(table, view, time, id, token, UnitTokenPurpose.Playlist);
        if (session is null)
        {
            return refused!;
        }

        session.Used();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(gone, session.Over);
        if (session.SinceRenewal > GatewayTiming.RenewEvery && await Renew(session, cancel.Token) is { } ended)
        {
            return ended;
        }

        return await Refresh(session, cancel.Token) && SessionDoor.MayRelease(session, view) && session.Window.Text is { } text
            ? MediaAnswer.Playlist(text)
            : SessionDoor.Refusal(session, view);
    }

    /// <summary>Brings the window up to date. False when there is nothing to show.</summary>
    public async Task<bool> Refresh(StreamSession session, CancellationToken cancel)
    {
        var window = session.Window;
        if (window.Text is not null && time.GetElapsedTime(window.WrittenAt) <= RefreshEvery)
        {
            return true;
        }

        var poll = window.NextPoll();
        if (await session.Origin.Playlist(cancel) is not { } playlist)
        {
            return false;
        }

        if (!window.Advance(playlist, poll))
        {
            findings.Odd(session, StreamAnomaly.PlaylistWentBack);
            ending.End(session, EndReason.Evidence, nameof(StreamAnomaly.PlaylistWentBack));
            return false;
        }

        return true;
    }

    /// <summary>Asks whether the session may go on. Null when it may; the answer for the viewer otherwise.</summary>
    public async Task<MediaAnswer?> Renew(StreamSession session, CancellationToken cancel)
    {
        switch (await bridge.Renew(new RenewRequest(session.Granted.Grant), cancel))
        {
            case GrantVerdict.Granted:
                session.Renewed();
                return null;
            case GrantVerdict.NotHonoured:
                ending.End(session, EndReason.Revoked);
                return MediaAnswer.NotFound;
            case GrantVerdict.Suspended:
                ending.End(session, EndReason.Suspended);
                return MediaAnswer.Suspended;
            default:
                // Late, not refused: the last renewal still holds for a moment, and the next poll asks again.
                return session.SinceRenewal < SessionDoor.RenewalMax ? null : MediaAnswer.Unavailable;
        }
    }
}
