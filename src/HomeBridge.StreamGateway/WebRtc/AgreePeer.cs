using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Media;
using HomeBridge.StreamGateway.Releases;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.StreamGateway.WebRtc.Relay;
using HomeBridge.StreamGateway.WebRtc.Sdp;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.WebRtc;

/// <summary>
/// From an offer to an answer that may be given: offered anew to the maker's camera, proven, compared at the bridge,
/// written anew, recorded, and the way for the media opened. Whatever fails ends the session, and the display gets no SDP.
/// </summary>
internal sealed class AgreePeer(
    BridgeView view, IPeerBridge bridge, IPeerOrigins origins, SessionEnding ending, ReleaseQueue releases, PeerAnswerVerifier verifier,
    FindingReports findings, WatchPeer watch, PeerOptions options, RandomNumberGenerator random, TimeProvider time, ILogger<AgreePeer> log)
{
    private const int NonceLength = 18;

    /// <summary>A host candidate of one interface (RFC 8445 section 5.1.2.1).</summary>
    private const uint HostPriority = (126u << 24) | (65_535u << 8) | 255;

    private readonly RelayPorts? _ports = options.Relay is { } address ? new RelayPorts(address) : null;

    /// <summary>The answer for the display; null when there is none, and the session is over.</summary>
    public async Task<string?> Agree(StreamSession session, PeerDescription offer, CancellationToken gone)
    {
        if (PeerNegotiation.ForCamera(offer, session.Granted.WithoutSound) is not { } shown)
        {
            ending.End(session, EndReason.NoAnswer, "nothing of the offer could be shown");
            return null;
        }

        var isRelayed = session.Granted.PeerPath is not PeerPath.Direct;
        var ports = isRelayed ? TakePorts() : null;
        if (isRelayed && ports is null)
        {
            log.LogError("No relay for a session: {Reason}", _ports is null ? "Gateway:RelayAddress is not set" : "no free port, or the address is not this machine's");
            ending.End(session, EndReason.NoAnswer, "no relay");
            return null;
        }

        var origin = origins.Open(session.Granted);
        var isAgreed = false;
        string? location = null;
        try
        {
            ImmutableArray<PeerCandidate> candidates = ports is var (_, toCamera) ? [Own(((System.Net.IPEndPoint)toCamera.LocalEndPoint!).Port)] : Allowed(offer);
            var (answer, offered, text) = await Ask(session, origin, SdpWriter.Write(shown, candidates, random), found => location = found, gone);
            if (answer is null || PeerNegotiation.ForDisplay(shown, answer) is not { } allowed)
            {
                if (answer is not null)
                {
                    log.LogError("A camera's answer was proven and is none to what was offered (grant {Grant})", session.Granted.Grant);
                }

                ending.End(session, EndReason.NoAnswer);
                return null;
            }

            var relay = ports is var (display, camera) ? NewRelay(session, offer, answer, display, camera) : null;
            var peer = new PeerSession(session, relay, time) { Location = location };
            if (!await IsNew(session, answer, text!, offered) || Record(session, answer, text!, offered) is not { } place)
            {
                relay?.Dispose();
                return null;
            }

            // Attached first, asked after: what cuts in between finds it here or there.
            peer.Go(PeerState.Issued, PeerState.Offered);
            var attached = session.Attach(peer);
            if (!SessionDoor.MayRelease(session, view) || !peer.Answer(place, text!.Sha256.ToArray()))
            {
                attached.Dispose();
                if (peer.State is not PeerState.Ended)
                {
                    place.GiveBack();
                }

                peer.Cut();
                ending.End(session, EndReason.LostContact);
                return null;
            }

            isAgreed = true;
            watch.Begin(peer, origin, attached);
            return SdpWriter.Write(allowed, relay is null ? Allowed(answer) : [Own(relay.DisplayPort)], random);
        }
        finally
        {
            if (!isAgreed)
            {
                ports?.Display.Dispose();
                ports?.Camera.Dispose();
                await WatchPeer.Teardown(origin, location);
            }
        }
    }

    /// <summary>The camera's answer, proven and read. What is not proven ends the session as a unit does.</summary>
    private async Task<(PeerDescription? Answer, byte[] Offer, VerifiedPeerAnswer? Text)> Ask(
        StreamSession session, IPeerOrigin origin, string offer, Action<string?> located, CancellationToken gone)
    {
        var nonce = Nonce();
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(offer));
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(gone, session.Over);
        var unverified = await origin.Offer(offer, nonce, cancel.Token);
        var receivedAt = time.GetTimestamp();
        if (unverified is null || !session.TryHoldKeys())
        {
            located(unverified?.Location);
            return (null, hash, null);
        }

        located(unverified.Location);
        try
        {
            PeerDescription? read = null;
            var verdict = verifier.Verify(
                new PeerAnswerExpectation(session.Device, session.Keys, session.Granted.Grade, hash, nonce), unverified, text => (read = Read(text)) is null ? null : new PeerAnswerFacts(read.Fingerprint, read.Ufrag),
                out var verified);
            if (verified is null)
            {
                findings.RefusedAnswer(session, nonce, unverified, verdict.ToString(), receivedAt);
                log.LogError("An answer was refused: {Verdict} (grant {Grant}). No display got it", verdict, session.Granted.Grant);
                ending.End(session, EndReason.Evidence, verdict.ToString());
                return (null, hash, null);
            }

            if (read is null)
            {
                log.LogError("A camera's answer was proven and is none that a display may have (grant {Grant})", session.Granted.Grant);
            }

            return (read, hash, verified);
        }
        finally
        {
            session.ReleaseKeys();
        }
    }

    /// <summary>Asks the bridge whether another camera answered with the same. It sees every gateway's.</summary>
    private async Task<bool> IsNew(StreamSession session, PeerDescription answer, VerifiedPeerAnswer text, byte[] offer)
    {
        var verdict = await bridge.Answered(
            new PeerAnswered(
                session.Granted.Grant, Convert.ToHexStringLower(answer.Fingerprint), answer.Ufrag, Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(answer.Password))),
                Convert.ToHexStringLower(text.Sha256.Span), Convert.ToHexStringLower(offer)),
            session.Over);
        switch (verdict)
        {
            case PeerVerdict.New:
                return true;
            case PeerVerdict.OtherCameras:
                log.LogCritical("A camera answered with another camera's fingerprint or user name (grant {Grant}). No display got it", session.Granted.Grant);
                ending.End(session, EndReason.Evidence, nameof(StreamAnomaly.PeerOfAnotherCamera));
                return false;
            default:
                ending.End(session, EndReason.NoAnswer, "the bridge was not reached");
                return false;
        }
    }

    /// <summary>Three records of what was agreed, and a place for what will have gone through. Null when the bridge doesn't record.</summary>
    private ReleasePlace? Record(StreamSession session, PeerDescription answer, VerifiedPeerAnswer text, byte[] offer)
    {
        var grant = session.Granted.Grant;
        ReleasePlace?[] places = [releases.Reserve(), releases.Reserve(), releases.Reserve(), releases.Reserve()];
        if (Array.Exists(places, place => place is null))
        {
            Array.ForEach(places, place => place?.GiveBack());
            ending.End(session, EndReason.NoAnswer, "the bridge does not record");
            return null;
        }

        places[0]!.Fill(grant, PeerRecord.Offer, offer, 0);
        places[1]!.Fill(grant, PeerRecord.Answer, text.Sha256.Span, 0);
        places[2]!.Fill(grant, PeerRecord.Fingerprint, answer.Fingerprint, 0);
        return places[3];
    }

    private PeerRelay NewRelay(StreamSession session, PeerDescription offer, PeerDescription answer, System.Net.Sockets.Socket display, System.Net.Sockets.Socket camera)
    {
        var (viewer, maker) = (new PeerCredentials(offer.Ufrag, offer.Password), new PeerCredentials(answer.Ufrag, answer.Password));
        return new PeerRelay(
            new RelaySide(display, viewer, maker, isControlling: true, options.Limits, time.TimestampFrequency),
            new RelaySide(camera, maker, viewer, isControlling: false, options.Limits, time.TimestampFrequency),
            () => SessionDoor.MayRelease(session, view),
            time);
    }

    private (System.Net.Sockets.Socket Display, System.Net.Sockets.Socket Camera)? TakePorts()
    {
        if (_ports?.Take() is not { } display)
        {
            return null;
        }

        if (_ports.Take() is { } camera)
        {
            return (display, camera);
        }

        display.Dispose();
        return null;
    }

    private PeerCandidate Own(int port) => new(options.Relay!.Address, port, "host", HostPriority);

    private ImmutableArray<PeerCandidate> Allowed(PeerDescription description) => [.. description.Candidates.Where(options.Candidates.Allows)];

    private static PeerDescription? Read(ReadOnlyMemory<byte> text) =>
        SdpReader.TryReadAnswer(Encoding.Latin1.GetString(text.Span), out var answer) ? answer : null;

    private string Nonce()
    {
        Span<byte> nonce = stackalloc byte[NonceLength];
        random.GetBytes(nonce);
        return Base64Url.EncodeToString(nonce);
    }
}
