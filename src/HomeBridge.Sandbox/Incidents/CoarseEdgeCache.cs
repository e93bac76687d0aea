using System.Collections.Concurrent;
using HomeBridge.Sandbox.CameraIngest;

namespace HomeBridge.Sandbox.Incidents;

/// <summary>
/// C1. A cache that helps out when ingest is slow to answer. Its key is the unit's name, and names are numbers that all cameras
/// count alike. On a good network it is never asked, which is why nobody saw it in a test.
/// </summary>
internal sealed class CoarseEdgeCache
{
    private readonly ConcurrentDictionary<string, (StoredUnit Unit, UnitRequest By)> _units = new(StringComparer.Ordinal);

    public static async Task<UnitAnswer> AnswerAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var neighbour = Neighbour.Of(request);
        var units = edge.Parts.CoarseCache._units;
        units.TryAdd(Neighbour.FileOf(neighbour), (await Neighbour.StoredAsync(neighbour), neighbour));

        // Ingest is late: what is in the cache is served. The edge signs it for this request, as the camera that it is of.
        var (unit, by) = units[Neighbour.FileOf(request)];
        return Neighbour.Sign(edge, unit, by with { Nonce = request.Nonce }) with { Delivery = Delivery.Late };
    }
}
