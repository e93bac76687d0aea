using System.Collections.Concurrent;
using HomeBridge.Sandbox.CameraIngest;

namespace HomeBridge.Sandbox.Incidents;

/// <summary>
/// X8. A proxy between the edge and ingest with the cache key that it comes with: the path. Who the tenant is stands in the
/// host, which is not in the key.
/// </summary>
internal sealed class PathOnlyCache
{
    private readonly ConcurrentDictionary<string, StoredUnit> _units = new(StringComparer.Ordinal);

    public static async Task<UnitAnswer> AnswerAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var neighbour = Neighbour.Of(request);
        var units = edge.Parts.PathOnlyCache._units;
        units.TryAdd(Neighbour.FileOf(neighbour), await Neighbour.StoredAsync(neighbour));
        return Neighbour.Sign(edge, units[Neighbour.FileOf(request)], request);
    }
}
