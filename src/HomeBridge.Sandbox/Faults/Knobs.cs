using System.Text.Json;
using HomeBridge.Sandbox.CameraIngest;
using HomeBridge.Sandbox.DeviceCloud;

namespace HomeBridge.Sandbox.Faults;

/// <summary>
/// The knobs of the simulation. Each answers when it has taken effect, so that a test needs no waiting.
/// </summary>
internal static class Knobs
{
    public static void AddFaults(this IServiceCollection services) => services
        .AddSingleton<FaultBoard>()
        .AddSingleton<PreviousReply>();

    public static void MapKnobs(this IEndpointRouteBuilder app)
    {
        var knobs = app.MapGroup("/sandbox");
        knobs.MapGet("/devices", Devices);
        knobs.MapPost("/devices/{vendorDeviceId}", Change);
        knobs.MapGet("/faults", (bool? all) =>
            CloudReply.Of(FaultBoard.Kinds.Where(fault => all == true || fault.Kind != MediaFaults.IngestMixup)));
        knobs.MapPost("/faults", Switch);
        knobs.MapDelete("/faults", ClearAsync);
    }

    /// <summary>Homes of canaries and the fault that only they can see are told to whoever asks for all.</summary>
    private static CloudReply Devices(SandboxHomes homes, bool? all) =>
        CloudReply.Of(homes.All.Where(device => all == true || !SandboxHomes.CanaryAccounts.Contains(device.Home)).Select(device => new KnobDevice(
            device.Id, device.Home, device.Blueprint.Type, device.Name, device.CameraNumber)));

    private static CloudReply Change(
        string vendorDeviceId, Dictionary<string, JsonElement> members, SandboxHomes homes,
        OpenStreams streams)
    {
        if (homes.Find(vendorDeviceId) is not { } device)
            return Refused("There is no such device.", StatusCodes.Status404NotFound);
        if (device.Change(members) is { } objection)
            return Refused(objection);
        if (device is { CameraNumber: not null, CanStream: false })
            streams.CloseAllOf(device);
        return CloudReply.Of(device.Read());
    }

    private static CloudReply Switch(FaultRequest request, FaultBoard faults, SandboxHomes homes)
    {
        var kinds = FaultBoard.Kinds.Select(fault => fault.Kind).ToArray();
        if (!kinds.Contains(request.Kind, StringComparer.Ordinal))
            return Refused($"There is no fault of that kind. The kinds are: {string.Join(", ", kinds)}.");
        if (request.Rate is not (>= 0 and <= 1))
            return Refused("'rate' is a share: a number from 0 to 1.");
        if (request.Device is not null && homes.Find(request.Device) is null)
            return Refused("There is no such device.", StatusCodes.Status404NotFound);
        if (request.Device is not null && HomeGraphFaults.All.Any(fault => fault.Kind == request.Kind))
            return Refused("The platform knows none of the maker's devices: this fault has no 'device'.");
        var fault = new ActiveFault(request.Kind, request.Rate, request.Device);
        faults.Switch(fault);
        return CloudReply.Of(fault);
    }

    private static async Task<CloudReply> ClearAsync(FaultBoard faults, OpenStreams streams, MediaEdge edge)
    {
        faults.Clear();
        edge.UndoFaults();
        await streams.UndoFaultsAsync();
        return new(StatusCodes.Status204NoContent, null);
    }

    private static CloudReply Refused(string sentence, int status = StatusCodes.Status400BadRequest) =>
        CloudReply.Of(new { error = sentence }, status);

    private sealed record KnobDevice(
        string VendorDeviceId, string Home, string Type, string Name, int? CameraNumber);

    private sealed record FaultRequest
    {
        public required string Kind { get; init; }

        public double Rate { get; init; } = 1;

        public string? Device { get; init; }
    }
}
