using System.Globalization;
using HomeBridge.Sandbox.CameraIngest;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Sandbox.Incidents;

/// <summary>
/// The other customer whose request meets ours in a flawed part: a stranger who watches a camera of their own. Incidents need
/// two, and a fault must not wait for somebody to come.
/// </summary>
internal static class Neighbour
{
    /// <summary>The neighbour's request for the same unit of their own camera.</summary>
    public static UnitRequest Of(UnitRequest request) => request with { Camera = request.Stranger, Nonce = Secrets.New() };

    /// <summary>What ingest stored of a request's camera.</summary>
    public static Task<StoredUnit> StoredAsync(UnitRequest request) => request.Camera.MakeAsync(request.Kind, request.Sequence);

    /// <summary>What a request is answered where nothing is flawed.</summary>
    public static async Task<UnitAnswer> AnswerAsync(MediaEdge edge, UnitRequest request) =>
        Sign(edge, await StoredAsync(request), request);

    /// <summary>The edge's last step: a fresh signature for a request over what it takes for the unit.</summary>
    public static UnitAnswer Sign(MediaEdge edge, StoredUnit unit, UnitRequest request) =>
        edge.Evidence.Answer(unit, request.Camera.Keys.Fresh, request.Nonce);

    /// <summary>The last part of a unit's path: the same for every camera.</summary>
    public static string FileOf(UnitRequest request) => request.Kind == UnitKind.Init
        ? "init.mp4"
        : string.Create(CultureInfo.InvariantCulture, $"{request.Sequence}.m4s");
}
