using System.Security.Cryptography;
using HomeBridge.Sandbox.CameraIngest;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Sandbox.Faults;

/// <summary>The right camera's pictures with evidence that is old, wrong or not there.</summary>
internal static class EvidenceFaults
{
    private const int UnitsBack = 15;
    private const string CacheAge = "37";

    public static async Task<UnitAnswer> ReplayAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        if (request.Kind == UnitKind.Init)
            return genuine;
        var old = await request.Camera.MakeAsync(request.Kind, request.Sequence - UnitsBack);
        return edge.Evidence.Answer(old, request.Camera.Keys.Fresh, request.Nonce);
    }

    public static async Task<UnitAnswer> ReplayFreshAsync(
        MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var unit = await request.Camera.MakeAsync(request.Kind, request.Sequence);
        return edge.Evidence.Answer(unit, request.Camera.Keys.Fresh, Secrets.New());
    }

    public static async Task<UnitAnswer> LateCaptureAsync(
        MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        if (request.Kind == UnitKind.Init)
            return genuine;
        var unit = await request.Camera.MakeAsync(request.Kind, request.Sequence);
        var late = request.Camera.Store(
            request.Kind, request.Sequence, unit.Bytes,
            IngestedCamera.CapturedAt(request.Sequence) - TimeSpan.FromMinutes(1));
        return edge.Evidence.Answer(late, request.Camera.Keys.Fresh, request.Nonce);
    }

    public static Task<UnitAnswer> StaleAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine) =>
        Task.FromResult(genuine.With("Age", CacheAge).With("X-Cache", "HIT"));

    public static Task<UnitAnswer> NoneAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine) =>
        Task.FromResult(genuine with { Headers = [] });

    public static async Task<UnitAnswer> ForgedAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var unit = await request.Camera.MakeAsync(request.Kind, request.Sequence);
        if (!MediaUnit.TryParse(unit.MediaUnit, out var statement))
            return genuine with { Headers = [] };
        var captured = DateTimeOffset.FromUnixTimeMilliseconds(statement.CapturedUnixMs);
        var nobodys = edge.Evidence.IngestKeyOf(request.Camera.Device).Nobodys();
        var forged = edge.Evidence.Store(statement, unit.Bytes, nobodys, captured);
        return edge.Evidence.Answer(forged, RandomNumberGenerator.GetBytes(DeviceEvidenceKeys.KeyLength), request.Nonce);
    }

    public static Task<UnitAnswer> StrippedAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine) =>
        Task.FromResult(genuine with { Headers = [.. genuine.Headers.Where(header => !header.Key.StartsWith("Signature", StringComparison.Ordinal))] });

    public static async Task<UnitAnswer> DowngradedAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var unit = await request.Camera.MakeAsync(request.Kind, request.Sequence);
        if (!MediaUnit.TryParse(unit.MediaUnit, out var statement))
            return genuine with { Headers = [] };
        var captured = DateTimeOffset.FromUnixTimeMilliseconds(statement.CapturedUnixMs);
        var weaker = edge.Evidence.Store(statement, unit.Bytes, edge.Evidence.DerivedKeyOf(request.Camera.Device), captured);
        return edge.Evidence.Answer(weaker, request.Camera.Keys.Fresh, request.Nonce);
    }

    public static async Task<UnitAnswer> DoubledAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var theirs = await request.Stranger.MakeAsync(request.Kind, request.Sequence);
        return genuine.With("Media-Unit", theirs.MediaUnit);
    }
}
