using HomeBridge.Sandbox.Faults;
using HomeBridge.Sandbox.Incidents;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Sandbox.CameraIngest;

/// <summary>
/// One request for a unit, as the edge sees it: the stream's camera as far as the edge knows, somebody else's
/// camera for faults, what was asked, and whether it already followed a redirect of ours.
/// </summary>
internal sealed record UnitRequest(
    IngestedCamera Camera, IngestedCamera Stranger, UnitKind Kind, long Sequence, string Nonce, string Path,
    bool Redirected);

/// <summary>
/// What stands between ingest and the outside, and where most of what can go wrong goes wrong.
/// </summary>
internal sealed class MediaEdge(FaultBoard faults, MakerEvidence evidence)
{
    private UnitAnswer? _previous;

    public MakerEvidence Evidence => evidence;

    /// <summary>What some faults remember between two answers.</summary>
    public FlawedParts Parts { get; private set; } = new();

    /// <summary>
    /// The answer to a request, bent by at most one fault; null when there is no such unit.
    /// </summary>
    public async Task<UnitAnswer?> AnswerAsync(UnitRequest request, IngestedCamera asked)
    {
        if (request.Camera.Find(request.Kind, request.Sequence) is not { } unit)
            return null;
        var genuine = evidence.Answer(unit, request.Camera.Keys.Fresh, request.Nonce);
        foreach (var (kind, _, bend) in MediaFaults.All)
        {
            if (bend is not null && faults.Hits(kind, asked.Device))
                return await bend(this, request, genuine);
        }

        Exchange(genuine);
        return genuine;
    }

    /// <summary>Nothing that a fault put somewhere outlives the fault.</summary>
    public void UndoFaults()
    {
        Parts = new();
        _previous = null;
    }

    /// <summary>A connection that is one reply behind: takes this answer, gives the one before.</summary>
    public UnitAnswer? Exchange(UnitAnswer answer) => Interlocked.Exchange(ref _previous, answer);
}
