using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Media;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.StreamGateway.WebRtc.Sdp;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.StreamGateway.WebRtc;

/// <summary>
/// The display's half of signalling. The ticket says which token and which device id belong to it, so both are compared before
/// anything is asked of anybody; then the offer is read; then the grant is redeemed, once.
/// </summary>
internal sealed class Signalling(
    BridgeView view, SessionTable table, SessionEnding ending, TicketGate gate, AgreePeer agree, PeerOptions options, ILogger<Signalling> log)
{
    private const string Offer = "offer";
    private const string End = "end";

    /// <summary>Who asks, before the body is read: a stranger's is never held. Null when the ticket and the token are good.</summary>
    /// <param name="text">The ticket of the URL.</param>
    /// <param name="tokens">Every bearer token that came, of either header.</param>
    /// <param name="caller">Whose ticket it is.</param>
    public SignalAnswer? Refusal(string text, IReadOnlyList<string> tokens, out SignallingCaller? caller)
    {
        caller = null;
        if (!view.InContact || view.Tickets is not { } tickets)
        {
            return SignalAnswer.Unavailable;
        }

        var verdict = tickets.Read(text, out var ticket);
        if (ticket is not { Purpose: TicketPurpose.Signalling, Binding: { } binding })
        {
            if (verdict is TicketVerdict.Forged)
            {
                log.LogWarning("A signalling ticket was forged: somebody is guessing");
            }

            return SignalAnswer.NotFound;
        }

        if (tokens.Count > 1)
        {
            return SignalAnswer.Bad;
        }

        if (tokens is not [var token] || !binding.IsToken(token))
        {
            return SignalAnswer.WrongToken;
        }

        caller = new SignallingCaller(ticket, binding, verdict is TicketVerdict.Honoured);
        return null;
    }

    /// <param name="caller">Who asks.</param>
    /// <param name="body">What was posted.</param>
    /// <param name="gone">The display hung up.</param>
    public async Task<SignalAnswer> Post(SignallingCaller caller, ReadOnlyMemory<byte> body, CancellationToken gone)
    {
        if (!SignalMessage.TryRead(body.Span, out var message))
        {
            return SignalAnswer.Bad;
        }

        if (!caller.Binding.IsDevice(message.DeviceId))
        {
            return SignalAnswer.OtherDevice;
        }

        return message.Action switch
        {
            End => Close(caller.Ticket),
            Offer when !SdpReader.TryReadOffer(message.Sdp, out var offer) || PeerNegotiation.ForCamera(offer, withoutSound: false) is null => SignalAnswer.Bad,
            Offer when !caller.MayOffer => SignalAnswer.NotFound,
            Offer => await Take(caller.Ticket, message, gone),
            _ => SignalAnswer.Bad,
        };
    }

    /// <summary>As often as it is said; of what never began, too.</summary>
    private SignalAnswer Close(StreamTicket ticket)
    {
        if (table.FindEntry(ticket.Grant)?.Session is { } session)
        {
            ending.End(session, EndReason.Closed);
        }

        return SignalAnswer.Done;
    }

    private async Task<SignalAnswer> Take(StreamTicket ticket, SignalMessage message, CancellationToken gone)
    {
        if (table.IsFull)
        {
            return SignalAnswer.Unavailable;
        }

        var entry = table.EntryFor(ticket.Grant);
        StreamSession session;
        await entry.Gate.WaitAsync(CancellationToken.None);
        try
        {
            if (entry.Session is { } before)
            {
                // One offer per ticket. That its camera is suspended by now is told all the same.
                return before.EndedBecause is EndReason.Suspended && IsSuspended(before) ? SignalAnswer.Suspended : SignalAnswer.NotFound;
            }

            if (entry.Refused)
            {
                return SignalAnswer.NotFound;
            }

            if (await gate.Redeem(entry, ticket) is { } refused)
            {
                return Of(refused);
            }

            session = entry.Session!;
        }
        finally
        {
            entry.Gate.Release();
        }

        if (RunningOf(session.Granted.AccountLink) > options.SessionsPerLinkMax)
        {
            ending.End(session, EndReason.NoAnswer, "too many of its link at one time");
            return SignalAnswer.Unavailable;
        }

        SdpReader.TryReadOffer(message.Sdp, out var offer);
        return session.EndedBecause is null && await agree.Agree(session, offer!, gone) is { } sdp
            ? SignalAnswer.Answer(sdp, message.SaysType)
            : Of(SessionDoor.Refusal(session, view), session);
    }

    private int RunningOf(string link) => table.All.Count(session =>
        session is { EndedBecause: null, Protocol: StreamProtocols.WebRtc } && string.Equals(session.Granted.AccountLink, link, StringComparison.Ordinal));

    private bool IsSuspended(StreamSession session) => view.Suspensions.Denies(SuspensionEffects.CutStreams, session.Facts, out _);

    /// <summary>The maker's silence is no "not found": another ticket may do better.</summary>
    private static SignalAnswer Of(MediaAnswer refused, StreamSession session) =>
        session.EndedBecause is EndReason.NoAnswer or EndReason.LostContact ? SignalAnswer.Unavailable : Of(refused);

    private static SignalAnswer Of(MediaAnswer refused) =>
        refused == MediaAnswer.Suspended ? SignalAnswer.Suspended : refused == MediaAnswer.NotFound ? SignalAnswer.NotFound : SignalAnswer.Unavailable;
}

/// <summary>Who has a ticket and its token.</summary>
/// <param name="Ticket">What was signed.</param>
/// <param name="Binding">What belongs to it.</param>
/// <param name="MayOffer">It is not over yet; what it opened may be ended by it at any time.</param>
internal sealed record SignallingCaller(StreamTicket Ticket, SignallingBinding Binding, bool MayOffer)
{
    public override string ToString() => nameof(SignallingCaller);
}
