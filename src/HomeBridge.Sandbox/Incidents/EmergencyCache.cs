using System.Collections.Concurrent;
using HomeBridge.Sandbox.CameraIngest;

namespace HomeBridge.Sandbox.Incidents;

/// <summary>
/// X4. A rule for bad days: it ignores <c>Authorization</c> and <c>no-store</c>, and takes the stream out of the key to be hit
/// more often. As a cache by the book it tells how old an answer is.
/// </summary>
internal sealed class EmergencyCache
{
    /// <summary>The neighbour was here so many seconds ago.</summary>
    private const string Age = "3";

    private readonly ConcurrentDictionary<string, UnitAnswer> _kept = new(StringComparer.Ordinal);

    public static async Task<UnitAnswer> AnswerAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var neighbour = Neighbour.Of(request);
        var kept = edge.Parts.EmergencyCache._kept;
        kept.TryAdd(Neighbour.FileOf(neighbour), await Neighbour.AnswerAsync(edge, neighbour));
        return kept[Neighbour.FileOf(request)].With("Age", Age).With("X-Cache", "HIT");
    }
}
