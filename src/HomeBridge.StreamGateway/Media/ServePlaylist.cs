using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.StreamGateway.Media;

/// <summary>The media playlist of a session: polled by the player, renewing the session's right to go on.</summary>
internal sealed class ServePlaylist(
    BridgeView view, BridgeClient bridge, SessionTable table, SessionEnding ending, TimeProvider time)
{
    /// <summary>Polls closer together than this get the same text again and don't reach the maker.</summary>
    private static readonly TimeSpan RefreshEvery = TimeSpan.FromMilliseconds(400);

    public async Task<IResult> Serve(string id, string token, CancellationToken aborted)
    {
        var (session, _, refused) = SessionDoor.Open(table, view, time, id, token, UnitTokenPurpose.Playlist);
        if (session is null)
        {
            return refused!;
        }

        session.Used();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(aborted, session.Over);
        if (session.SinceRenewal > GatewayTiming.RenewEvery && await Renew(session, cancel.Token) is { } ended)
        {
            return ended;
        }

        var window = session.Window;
        if (window.Text is null || time.GetElapsedTime(window.WrittenAt) > RefreshEvery)
        {
            if (await session.Origin.Playlist(cancel.Token) is not { } playlist)
            {
                return SessionDoor.Refusal(session, view);
            }

            if (!window.Advance(playlist))
            {
                ending.End(session, EndReason.Evidence, "PlaylistWentBack");
                return MediaAnswer.NotFound;
            }
        }

        return SessionDoor.MayRelease(session, view)
            ? Results.Text(window.Text!, MediaEndpoints.PlaylistType)
            : SessionDoor.Refusal(session, view);
    }

    private async Task<IResult?> Renew(StreamSession session, CancellationToken cancel)
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
                return MediaAnswer.Unavailable;
        }
    }
}
