using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Releases;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.StreamGateway.Sessions;

/// <summary>The one place where sessions end: for a suspension, a revocation, wrong evidence, age or silence.</summary>
internal sealed class SessionEnding(
    SessionTable table, RecentRevocations recent, ReleaseQueue releases, IBridge bridge, StreamInstruments instruments, TimeProvider time, ILogger<SessionEnding> log) : IDisposable
{
    /// <summary>Ends that are told to the bridge at one time: what it is told must not hold up what is still to be cut.</summary>
    private const int ReportsMax = 16;

    private readonly SemaphoreSlim _reporting = new(ReportsMax);

    /// <summary>Ends one session and tells the bridge in the background; the viewer does not wait for that.</summary>
    public bool End(StreamSession session, EndReason reason, string? detail = null)
    {
        if (!session.End(reason))
        {
            return false;
        }

        Tell(session, reason, detail);
        return true;
    }

    /// <summary>
    /// Ends what a snapshot's suspensions cover. Answers how many viewers' streams ended for suspensions since the snapshot
    /// came, whoever found them first: canaries are no viewers.
    /// </summary>
    public int EndSuspended(SuspensionSnapshot suspensions, long since)
    {
        EndTogether(session => suspensions.Denies(SuspensionEffects.CutStreams, session.Facts, out _), EndReason.Suspended);
        var cut = table.All.Count(session =>
            session.EndedBecause is EndReason.Suspended && session.EndedAt >= since && session.Granted.Platform != CanaryPlatform.Id);
        if (cut > 0)
        {
            // One line for all: a thousand of them would hold the last ones up.
            log.LogInformation("{Count} sessions ended: suspended, version {Version}", cut, suspensions.Version);
        }

        return cut;
    }

    /// <summary>Ends what its viewer has closed.</summary>
    public void EndClosed(IReadOnlyCollection<string> grants)
    {
        EndTogether(session => grants.Contains(session.Granted.Grant), EndReason.Closed);
    }

    /// <summary>Ends what stood on a link or binding that is no more.</summary>
    public void EndRevoked(Revocation revocation)
    {
        recent.Heard(revocation);
        EndTogether(session => RecentRevocations.Covers(revocation, session.Granted), EndReason.Revoked);
    }

    /// <summary>Ends what was entered with a ticket of a key that is in the ring no more.</summary>
    public void EndUnknownKeys(TicketVerifier ring)
    {
        EndTogether(session => !ring.Knows(session.TicketKey), EndReason.KeyRemoved);
    }

    public void EndAll(EndReason reason)
    {
        recent.HeardReset();
        EndTogether(_ => true, reason);
    }

    public void Dispose() => _reporting.Dispose();

    /// <summary>Sessions that still run though a suspension covers them (0, or something is wrong), and all that run.</summary>
    public (int Left, int Running) Count(SuspensionSnapshot suspensions)
    {
        var running = table.All.Where(session => session.EndedBecause is null).ToArray();
        return (running.Count(session => suspensions.Denies(SuspensionEffects.CutStreams, session.Facts, out _)), running.Length);
    }

    /// <summary>Cuts all of them first, and says so afterwards.</summary>
    private void EndTogether(Func<StreamSession, bool> which, EndReason reason)
    {
        var ended = table.All.Where(session => which(session) && session.End(reason)).ToList();
        foreach (var session in ended)
        {
            Tell(session, reason, detail: null);
        }
    }

    private void Tell(StreamSession session, EndReason reason, string? detail)
    {
        instruments.Ended(session, reason);
        log.Log(
            reason is EndReason.Closed or EndReason.Suspended ? LogLevel.Debug : LogLevel.Information, "Session of grant {Grant} ended: {Reason} {Detail}", session.Granted.Grant, reason, detail);
        _ = Report(session, reason, detail);
    }

    private async Task Report(StreamSession session, EndReason reason, string? detail)
    {
        // What it released is recorded before its end is, if the bridge can be told at all.
        await releases.Flush().WaitAsync(ReleaseQueue.UntoldMax, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var ended = new SessionEnded(
            session.Granted.Grant,
            reason.ToString(),
            detail,
            Interlocked.Read(ref session.UnitsReleased),
            Interlocked.Read(ref session.BytesReleased));
        for (var attempt = 0; attempt < 3; attempt++)
        {
            if (await Told(ended))
            {
                return;
            }

            await Task.Delay(TimeSpan.FromSeconds(1), time);
        }

        log.LogWarning("The bridge was not told that the session of grant {Grant} ended", session.Granted.Grant);
    }

    private async Task<bool> Told(SessionEnded ended)
    {
        await _reporting.WaitAsync();
        try
        {
            return await bridge.Ended(ended, CancellationToken.None);
        }
        finally
        {
            _reporting.Release();
        }
    }
}
