using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Cryptography;
using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Releases;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Telemetry;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.StreamGateway.Media;

/// <summary>
/// One unit to one viewer: token, fetch, proof, release, in that order. A unit whose evidence is not this camera's ends
/// the session, and not one byte of it leaves.
/// </summary>
internal sealed class ServeUnit(
    BridgeView view, SessionTable table, SessionEnding ending, ReleaseQueue releases, EvidenceVerifier verifier, FindingReports findings,
    StreamInstruments instruments, Tracing tracing, RandomNumberGenerator random, TimeProvider time, ILogger<ServeUnit> log)
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

        var kind = isInit ? UnitKind.Init : UnitKind.Segment;
        var span = Trace(session, kind);
        MediaAnswer? answer = null;
        try
        {
            var (unit, failed) = await Prove(session, kind, token.Sequence, span, gone);
            return unit is null ? failed! : answer = new OneOfFew(this, session, new SessionEgress(session, view, releases, unit), kind, span);
        }
        finally
        {
            if (answer is null)
            {
                session.EndUnit();
                span?.Dispose();
            }
        }
    }

    /// <summary>The span of a session's first units; null for all others.</summary>
    public Activity? Trace(StreamSession session, UnitKind kind)
    {
        if (!session.TryTrace(kind))
        {
            return null;
        }

        var span = tracing.Continue(session.Granted.Trace, "stream.unit");
        span.Say(SpanTags.Unit, kind is UnitKind.Init ? "init" : "segment");
        span.Say(SpanTags.Protocol, session.Protocol);
        return span;
    }

    /// <summary>Lets a proven unit out, and takes note of it.</summary>
    public async Task Release(StreamSession session, SessionEgress egress, UnitKind kind, Activity? span, Func<Task> give)
    {
        using var release = tracing.Step(span, "stream.release");
        await give();
        release.Say(SpanTags.Outcome, egress.IsOut ? "released" : "cut");
        if (egress.IsOut)
        {
            instruments.Released(session, kind);
        }
    }

    /// <summary>Fetches one unit and has it proven. Without one there is the answer for the viewer.</summary>
    public async Task<(VerifiedUnit? Unit, MediaAnswer? Refused)> Prove(StreamSession session, UnitKind kind, long sequence, Activity? span, CancellationToken gone)
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
        using var fetching = tracing.Step(span, "origin.fetch", ActivityKind.Client);
        if (await session.Origin.Unit(expected, cancel.Token) is not { } unverified)
        {
            return (null, SessionDoor.Refusal(session, view));
        }

        // It ends here; one that failed ends with the block.
        fetching?.Dispose();
        using var proof = tracing.Step(span, "evidence.verify");

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
            proof.Say(SpanTags.Outcome, verdict.ToString());
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
    private sealed class OneOfFew(ServeUnit serve, StreamSession session, SessionEgress egress, UnitKind kind, Activity? span) : MediaAnswer
    {
        public override async Task Give(IViewer viewer)
        {
            try
            {
                await serve.Release(session, egress, kind, span, () => egress.Give(viewer));
            }
            finally
            {
                session.EndUnit();
                span?.Dispose();
            }
        }
    }
}
