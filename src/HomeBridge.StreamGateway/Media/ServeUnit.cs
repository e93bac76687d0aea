using System.Buffers.Text;
using System.Security.Cryptography;
using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Releases;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.StreamGateway.Media;

/// <summary>
/// One unit to one viewer: token, fetch, proof, release, in that order. A unit whose evidence is not this camera's ends
/// the session, and not one byte of it leaves.
/// </summary>
internal sealed class ServeUnit(
    BridgeView view, SessionTable table, SessionEnding ending, ReleaseQueue releases, EvidenceVerifier verifier, FindingReports findings,
    RandomNumberGenerator random, TimeProvider time, ILogger<ServeUnit> log)
{
    private const int NonceLength = 18;

    public async Task<MediaAnswer> Serve(string id, string text, bool isInit, MediaContainer container, CancellationToken gone)
    {
        var purpose = isInit ? UnitTokenPurpose.Init : UnitTokenPurpose.Segment;
        var (session, token, refused) = SessionDoor.Open(table, view, time, id, text, purpose);
        if (session is null)
        {
            return refused!;
        }

        if (session.Container != container
            || !(isInit ? session.Window.TryDeliverInit(token.Sequence) : session.Window.TryDeliver(token.Sequence)))
        {
            return MediaAnswer.NotFound;
        }

        session.Used();
        if (!session.TryBeginUnit())
        {
            return MediaAnswer.Unavailable;
        }

        MediaAnswer? answer = null;
        try
        {
            var (unit, failed) = await Prove(session, isInit ? UnitKind.Init : UnitKind.Segment, token.Sequence, gone);
            return unit is null ? failed! : answer = new OneOfFew(session, new SessionEgress(session, view, releases, unit));
        }
        finally
        {
            if (answer is null)
            {
                session.EndUnit();
            }
        }
    }

    /// <summary>Fetches one unit and has it proven. Without one there is the answer for the viewer.</summary>
    public async Task<(VerifiedUnit? Unit, MediaAnswer? Refused)> Prove(StreamSession session, UnitKind kind, long sequence, CancellationToken gone)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(gone, session.Over);
        var expected = new UnitExpectation(
            session.Device,
            session.Keys,
            kind,
            sequence,
            Nonce())
        {
            Grade = session.Granted.Grade,
        };
        if (await session.Origin.Unit(expected, cancel.Token) is not { } unverified)
        {
            return (null, SessionDoor.Refusal(session, view));
        }

        // The keys of a session that is over are gone: what they can't prove any more is nobody's fault.
        var receivedAt = time.GetTimestamp();
        if (!session.TryHoldKeys())
        {
            return (null, SessionDoor.Refusal(session, view));
        }

        VerifiedUnit? unit;
        try
        {
            var verdict = verifier.Verify(expected, unverified, out unit);
            if ((unit is null ? verdict.ToString() : session.Continuity.Check(unit)?.ToString()) is { } wrong)
            {
                findings.Refused(session, expected, unverified, wrong, receivedAt);
                log.LogError("A unit was refused: {Verdict} (grant {Grant}). Nothing of it was released", wrong, session.Granted.Grant);
                ending.End(session, EndReason.Evidence, wrong);
                return (null, MediaAnswer.NotFound);
            }
        }
        finally
        {
            session.ReleaseKeys();
        }

        if (session.Granted.WithoutSound && unit is not null && unit.MayHaveSound)
        {
            log.LogWarning("A unit with sound was refused: the resident gives none (grant {Grant}). Nothing of it was released", session.Granted.Grant);
            ending.End(session, EndReason.SoundWithheld);
            return (null, MediaAnswer.NotFound);
        }

        return (unit, null);
    }

    private string Nonce()
    {
        Span<byte> nonce = stackalloc byte[NonceLength];
        random.GetBytes(nonce);
        return Base64Url.EncodeToString(nonce);
    }

    /// <summary>A unit that is on its way to the viewer is in memory until it is there.</summary>
    private sealed class OneOfFew(StreamSession session, SessionEgress egress) : MediaAnswer
    {
        public override async Task Give(IViewer viewer)
        {
            try
            {
                await egress.Give(viewer);
            }
            finally
            {
                session.EndUnit();
            }
        }
    }
}
