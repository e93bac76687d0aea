using HomeBridge.Sandbox.CameraIngest;

namespace HomeBridge.Sandbox.Incidents;

/// <summary>
/// X7. One processor that two connections use at a time: what it writes goes to whichever connection it was last told about.
/// That hits a whole answer or, when they change places in the middle, a part of one.
/// </summary>
internal sealed class SharedProcessor
{
    /// <summary>Each fourth time they change places in the middle of a body.</summary>
    private const int PartEvery = 4;

    private int _answers;

    public static async Task<UnitAnswer> AnswerAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var theirs = await Neighbour.AnswerAsync(edge, Neighbour.Of(request));
        if (Interlocked.Increment(ref edge.Parts.Processor._answers) % PartEvery != 0)
            return theirs;
        var half = Math.Min(theirs.Body.Length, genuine.Body.Length) / 2;
        return genuine with { Body = [.. theirs.Body.AsSpan(0, half), .. genuine.Body.AsSpan(half)] };
    }
}
