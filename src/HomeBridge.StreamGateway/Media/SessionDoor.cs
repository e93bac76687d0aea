using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.StreamGateway.Media;

/// <summary>
/// The check that stands before a playlist, before a unit and before each piece of a unit that is written: contact with
/// the bridge, the session's life, the suspensions in force.
/// </summary>
internal static class SessionDoor
{
    /// <summary>A session that was not renewed for this long is not trusted any more, though it still runs.</summary>
    public static readonly TimeSpan RenewalMax = TimeSpan.FromSeconds(15);

    /// <summary>Finds the session that a token of this purpose opens; otherwise the answer for the viewer.</summary>
    public static (StreamSession? Session, UnitToken Token, MediaAnswer? Refused) Open(
        SessionTable table, BridgeView view, TimeProvider time, string id, string text, UnitTokenPurpose purpose)
    {
        if (table.Find(id) is not { } session
            || !UnitToken.TryOpen(text, session.TokenKey, out var token)
            || token.Purpose != purpose
            || token.ExpiresAtUnixSeconds <= time.GetUtcNow().ToUnixTimeSeconds())
        {
            return (null, default, MediaAnswer.NotFound);
        }

        if (session.EndedBecause is { } reason)
        {
            return (null, default, reason is EndReason.Suspended && IsSuspended(session, view)
                ? MediaAnswer.Suspended
                : MediaAnswer.NotFound);
        }

        if (IsSuspended(session, view))
        {
            return (null, default, MediaAnswer.Suspended);
        }

        // The playlist is where a session is renewed, so it alone may be asked for without a fresh renewal.
        var open = view.InContact && (purpose is UnitTokenPurpose.Playlist || session.SinceRenewal < RenewalMax);
        return open ? (session, token, null) : (null, default, MediaAnswer.Unavailable);
    }

    /// <summary>What a viewer is told whose session ended under it, or may not go on.</summary>
    public static MediaAnswer Refusal(StreamSession session, BridgeView view) =>
        session.EndedBecause is not (null or EndReason.Suspended) ? MediaAnswer.NotFound
        : IsSuspended(session, view) ? MediaAnswer.Suspended
        : session.EndedBecause is not null ? MediaAnswer.NotFound
        : MediaAnswer.Unavailable;

    /// <summary>Whether this session may get one more byte now.</summary>
    public static bool MayRelease(StreamSession session, BridgeView view) =>
        session.EndedBecause is null
        && view.InContact
        && session.SinceRenewal < RenewalMax
        && !IsSuspended(session, view);

    private static bool IsSuspended(StreamSession session, BridgeView view) =>
        view.Suspensions.Denies(SuspensionEffects.CutStreams, session.Facts, out _);
}
