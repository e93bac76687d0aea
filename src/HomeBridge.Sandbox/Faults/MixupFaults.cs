using HomeBridge.Sandbox.CameraIngest;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Sandbox.Faults;

/// <summary>Another home's pictures, in each way in which they reached a stranger somewhere.</summary>
internal static class MixupFaults
{
    public static async Task<UnitAnswer> CacheMixupAsync(
        MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var unit = await request.Stranger.MakeAsync(request.Kind, request.Sequence);
        return edge.Evidence.Answer(unit, request.Stranger.Keys.Fresh, request.Nonce);
    }

    public static async Task<UnitAnswer> SignedByEdgeAsync(
        MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var unit = await request.Stranger.MakeAsync(request.Kind, request.Sequence);
        return edge.Evidence.Answer(unit, request.Camera.Keys.Fresh, request.Nonce);
    }

    public static async Task<UnitAnswer> RelabelledAsync(
        MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var unit = await request.Stranger.MakeAsync(request.Kind, request.Sequence);
        var label = unit.MediaUnit.Replace(
            request.Stranger.Device.Id, request.Camera.Device.Id, StringComparison.Ordinal);
        return edge.Evidence.Answer(
            unit with { MediaUnit = label }, request.Camera.Keys.Fresh, request.Nonce);
    }

    public static async Task<UnitAnswer> DuplicateKeyAsync(
        MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var theirs = await request.Stranger.MakeAsync(request.Kind, request.Sequence);
        var captured = MediaUnit.TryParse(theirs.MediaUnit, out var statement)
            ? DateTimeOffset.FromUnixTimeMilliseconds(statement.CapturedUnixMs)
            : IngestedCamera.CapturedAt(request.Sequence);
        var unit = request.Camera.Store(request.Kind, request.Sequence, theirs.Bytes, captured);
        return edge.Evidence.Answer(unit, request.Camera.Keys.Fresh, request.Nonce);
    }

    /// <summary>Nothing in the bytes or about them is wrong but what they show.</summary>
    public static Task<UnitAnswer> IngestMixupAsync(
        MediaEdge edge, UnitRequest request, UnitAnswer genuine) => request.Kind == UnitKind.Init
        ? Task.FromResult(genuine)
        : Task.Run(() => edge.Evidence.Answer(
            request.Camera.MakeShowing(request.Stranger, request.Sequence), request.Camera.Keys.Fresh,
            request.Nonce));

    public static async Task<UnitAnswer> TornAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var theirs = (await request.Stranger.MakeAsync(request.Kind, request.Sequence)).Bytes;
        var torn = genuine.Body.ToArray();
        var from = Math.Min(torn.Length, theirs.Length) / 2;
        var length = Math.Min(torn.Length, theirs.Length) - from;
        theirs.AsSpan(from, length).CopyTo(torn.AsSpan(from));
        return genuine with { Body = torn };
    }

    public static async Task<UnitAnswer> ReplyDesyncAsync(
        MediaEdge edge, UnitRequest request, UnitAnswer genuine) =>
        edge.Exchange(genuine) ?? await CacheMixupAsync(edge, request, genuine);
}
