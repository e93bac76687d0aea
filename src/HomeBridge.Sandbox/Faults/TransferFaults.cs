using System.IO.Compression;
using HomeBridge.Sandbox.CameraIngest;

namespace HomeBridge.Sandbox.Faults;

/// <summary>The right answer that arrives wrong, late, elsewhere or not at all.</summary>
internal static class TransferFaults
{
    private const int ExtraBytes = 16;

    public static Task<UnitAnswer> TruncatedAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine) =>
        Task.FromResult(genuine with { Body = genuine.Body[..(genuine.Body.Length / 2)] });

    public static Task<UnitAnswer> ExtraBytesAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine) =>
        Task.FromResult(genuine with { Body = [.. genuine.Body, .. new byte[ExtraBytes]] });

    public static async Task<UnitAnswer> EncodedAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        using var encoded = new MemoryStream();
        await using (var gzip = new GZipStream(encoded, CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync(genuine.Body);
        return (genuine with { Body = encoded.ToArray() }).With("Content-Encoding", "gzip");
    }

    public static Task<UnitAnswer> RedirectAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine) =>
        Task.FromResult(request.Redirected
            ? genuine
            : new UnitAnswer([])
            {
                Status = StatusCodes.Status302Found,
                Headers = [new("Location", request.Path + MediaOrigin.RedirectedQuery)],
            });

    public static Task<UnitAnswer> ErrorAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine) =>
        Task.FromResult(new UnitAnswer([]) { Status = StatusCodes.Status503ServiceUnavailable });

    public static Task<UnitAnswer> ResetAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine) =>
        Task.FromResult(genuine with { Delivery = Delivery.ResetMidway });

    public static Task<UnitAnswer> SlowAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine) =>
        Task.FromResult(genuine with { Delivery = Delivery.Slow });

    public static Task<UnitAnswer> HangAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine) =>
        Task.FromResult(genuine with { Delivery = Delivery.Never });
}
