using System.Security.Cryptography;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.Bridge;

/// <summary>Tells the bridge at once what was refused or is odd. No viewer waits for it, and it is tried until it is heard.</summary>
internal sealed class FindingReports(IBridge bridge, RandomNumberGenerator random, TimeProvider time, ILogger<FindingReports> log) : IDisposable
{
    /// <summary>Findings that wait to be told; what comes on top is lost, and the log says so.</summary>
    public const int WaitingMax = 1_000;

    /// <summary>Told at one time.</summary>
    private const int AtOnceMax = 8;

    /// <summary>A bridge that was not reached for so long has closed this gateway's cameras long ago.</summary>
    private static readonly TimeSpan TriedFor = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _places = new(AtOnceMax, AtOnceMax);
    private int _waiting;

    /// <summary>A unit that was not released: with everything that came with it but its bytes.</summary>
    public void Refused(StreamSession session, UnitExpectation asked, UnverifiedUnit unit, string verdict, long receivedAt) => Tell(
        new EvidenceFinding
        {
            Id = NewId(),
            Grant = session.Granted.Grant,
            Verdict = verdict,
            Unit = asked.Kind is UnitKind.Init ? "init" : "segment",
            Sequence = asked.Sequence,
            Nonce = asked.Nonce,
            Headers = unit.Headers,
            NamedInBytes = unit.NamedInBytes,
        },
        receivedAt);

    /// <summary>A camera's answer to an offer that no display got.</summary>
    public void RefusedAnswer(StreamSession session, string nonce, UnverifiedPeerAnswer answer, string verdict, long receivedAt) => Tell(
        new EvidenceFinding { Id = NewId(), Grant = session.Granted.Grant, Verdict = verdict, Unit = "answer", Nonce = nonce, Headers = answer.Headers },
        receivedAt);

    /// <summary>A playlist that makes no sense for this camera.</summary>
    public void Odd(StreamSession session, StreamAnomaly anomaly) => Tell(
        new EvidenceFinding { Id = NewId(), Grant = session.Granted.Grant, Verdict = anomaly.ToString(), Unit = "playlist" }, time.GetTimestamp());

    public void Dispose() => _places.Dispose();

    private void Tell(EvidenceFinding finding, long receivedAt)
    {
        if (Interlocked.Increment(ref _waiting) > WaitingMax)
        {
            Interlocked.Decrement(ref _waiting);
            log.LogError("{Max} findings wait for the bridge: {Verdict} of grant {Grant} is not told", WaitingMax, finding.Verdict, finding.Grant);
            return;
        }

        _ = TellUntilHeard(finding, receivedAt);
    }

    private async Task TellUntilHeard(EvidenceFinding finding, long receivedAt)
    {
        await _places.WaitAsync();
        try
        {
            while (!await bridge.Found(finding with { AgeMs = time.GetElapsedTime(receivedAt).TotalMilliseconds }, CancellationToken.None))
            {
                if (time.GetElapsedTime(receivedAt) > TriedFor)
                {
                    log.LogError("The bridge was not told of {Verdict} in the session of grant {Grant}", finding.Verdict, finding.Grant);
                    return;
                }

                await Task.Delay(RetryAfter, time);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
            _places.Release();
        }
    }

    private string NewId()
    {
        Span<byte> id = stackalloc byte[16];
        random.GetBytes(id);
        return Convert.ToHexStringLower(id);
    }
}
