using System.Collections.Concurrent;
using HomeBridge.Sandbox.CameraIngest;

namespace HomeBridge.Sandbox.Incidents;

/// <summary>C2. The portal keeps whole answers, headers and all, under a key from which the session was left out.</summary>
internal sealed class SessionlessCache
{
    private readonly ConcurrentDictionary<string, UnitAnswer> _answers = new(StringComparer.Ordinal);

    public static async Task<UnitAnswer> AnswerAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var neighbour = Neighbour.Of(request);
        var answers = edge.Parts.SessionlessCache._answers;
        answers.TryAdd(Neighbour.FileOf(neighbour), await Neighbour.AnswerAsync(edge, neighbour));
        return answers.GetOrAdd(Neighbour.FileOf(request), genuine);
    }
}
