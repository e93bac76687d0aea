using System.Globalization;
using System.Security.Cryptography;
using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.StreamGateway.Media;

/// <summary>
/// The entry: shape, signature and time of the ticket, then its grant, redeemed once at the bridge; out comes a
/// playlist that leads to the session, or the stream itself. Whatever is wrong with a ticket, the answer is the same.
/// </summary>
internal sealed class TicketGate(
    BridgeView view, IBridge bridge, IMediaOrigins origins, SessionTable table, SessionEnding ending, RecentRevocations revocations,
    ServeProgressive progressive, RandomNumberGenerator random, TimeProvider time, ILogger<TicketGate> log)
{
    public async Task<MediaAnswer> Enter(string text, TicketPurpose purpose, CancellationToken cancel)
    {
        if (!view.InContact || view.Tickets is not { } tickets)
        {
            return MediaAnswer.Unavailable;
        }

        var verdict = tickets.Verify(text, out var ticket);
        if (ticket is null)
        {
            if (verdict is TicketVerdict.Forged)
            {
                log.LogWarning("An entry ticket was forged: somebody is guessing");
            }

            return MediaAnswer.NotFound;
        }

        if (ticket.Purpose != purpose)
        {
            return MediaAnswer.NotFound;
        }

        if (table.IsFull)
        {
            return MediaAnswer.Unavailable;
        }

        var entry = table.EntryFor(ticket.Grant);

        // As long as a redemption takes, at most, so a viewer that hangs up meanwhile needs no way out of it.
        await entry.Gate.WaitAsync(CancellationToken.None);
        try
        {
            if (entry.Refused)
            {
                return MediaAnswer.NotFound;
            }

            if (entry.Session is null && await Redeem(entry, ticket) is { } refused)
            {
                return refused;
            }

            var session = entry.Session!;
            if (!entry.TryCount(time))
            {
                return MediaAnswer.NotFound;
            }

            // Contact once more: a redemption may take longer than the lease.
            return session.EndedBecause is not null || !view.InContact ? SessionDoor.Refusal(session, view)
                : purpose is TicketPurpose.Progressive ? progressive.Answer(session, cancel)
                : Playlist(session);
        }
        finally
        {
            entry.Gate.Release();
        }
    }

    /// <summary>Null when there is a session now; the answer for the viewer otherwise.</summary>
    internal async Task<MediaAnswer?> Redeem(TicketEntry entry, StreamTicket ticket)
    {
        var ticketKey = ticket.KeyId;
        var mark = revocations.Mark();

        // Not given up when the viewer hangs up: the bridge would have opened a stream that nobody ever ends.
        var (verdict, granted) = await bridge.Redeem(new RedeemRequest(
            entry.Grant.ToString(), ProtocolOf(ticket.Purpose)), CancellationToken.None);
        switch (verdict)
        {
            case GrantVerdict.Granted when granted?.Grant == entry.Grant.ToString():
                break;
            case GrantVerdict.Suspended:
                return MediaAnswer.Suspended;
            case GrantVerdict.NotHonoured:
                entry.Refuse();
                return MediaAnswer.NotFound;
            case GrantVerdict.Granted:
                log.LogCritical("The bridge answered another grant than was asked");
                return MediaAnswer.Unavailable;
            default:
                return MediaAnswer.Unavailable;
        }

        StreamSession session;
        try
        {
            session = new StreamSession(ticketKey, granted, origins.Open(granted), random, time);
        }
        catch (FormatException unusable)
        {
            log.LogError("What the bridge told about a grant can't be used: {Reason}", unusable.Message);
            await bridge.Ended(new SessionEnded(granted.Grant, "Unusable", null, UnitsReleased: 0, BytesReleased: 0), CancellationToken.None);
            entry.Refuse();
            return MediaAnswer.Unavailable;
        }

        table.Add(session);
        entry.LedTo(session);

        // In the table first, asked after: what came in between finds the session or is found here.
        if (Suspended(session))
        {
            ending.End(session, EndReason.Suspended);
        }
        else if (view.Tickets?.Knows(ticketKey) != true)
        {
            ending.End(session, EndReason.KeyRemoved);
        }
        else if (revocations.EndedSince(mark, session.Granted))
        {
            ending.End(session, EndReason.Revoked);
        }

        return null;
    }

    private static string ProtocolOf(TicketPurpose purpose) => purpose switch
    {
        TicketPurpose.Progressive => StreamProtocols.ProgressiveMp4,
        TicketPurpose.Signalling => StreamProtocols.WebRtc,
        _ => StreamProtocols.Hls,
    };

    private bool Suspended(StreamSession session) =>
        view.Suspensions.Denies(SuspensionEffects.CutStreams, session.Facts, out _);

    private static MediaAnswer Playlist(StreamSession session)
    {
        var token = new UnitToken(UnitTokenPurpose.Playlist, 0, uint.MaxValue).Seal(session.TokenKey);
        var codecs = StreamCodecs.Read(session.Granted.Codecs) is { } known ? $",CODECS=\"{known}\"" : "";
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-STREAM-INF:BANDWIDTH=1000000{codecs}\n../../s/{session.Id}/{token}{MediaUrls.PlaylistSuffix}\n");
        return MediaAnswer.Playlist(text);
    }
}
