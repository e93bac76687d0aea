using System.Text.Json.Nodes;
using HomeBridge.Sandbox.CameraIngest;
using HomeBridge.Sandbox.Faults;
using HomeBridge.Sandbox.Incidents;
using HomeBridge.Sandbox.MakerEvents;
using HomeBridge.Streaming;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>The maker's API as <c>contracts/device-cloud.openapi.yaml</c> has it.</summary>
internal static class DeviceCloudApi
{
    public static void AddDeviceCloud(
        this IServiceCollection services) => services.AddSingleton<SandboxHomes>();

    public static void MapDeviceCloud(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/v1").AddEndpointFilter<CloudFaultFilter>();
        api.MapGet("/accounts/{accountId}/devices", ListDevices);
        api.MapPost("/accounts/{accountId}/states", QueryStates);
        api.MapPost("/accounts/{accountId}/devices/{deviceId}/commands", ExecuteCommand);
        api.MapGet("/devices/{deviceId}/owner", DeviceOwner);
        api.MapPost("/devices/{deviceId}/streams", OpenStreamAsync);
        api.MapDelete("/devices/{deviceId}/streams/{streamId}", CloseStream);
    }

    private static CloudReply ListDevices(
        string accountId, SandboxHomes homes, MakerEvidence evidence, FaultBoard faults)
    {
        if (homes.DevicesOf(SwappedAccounts.Resolve(accountId, homes, faults)) is not { } devices)
            return CloudReply.NotFound;
        if (faults.Hits(CloudFaults.AccountSwap, devices))
            devices = homes.DevicesOf(SandboxHomes.StrangerTo(accountId))!;
        return CloudReply.Of(new DeviceListMessage([.. devices.Select(device => faults.Hits(CloudFaults.DeviceMalformed, device)
            ? device.Describe() with { Type = "TOASTER_WITH_LEGS", Attributes = [] }
            : device.Describe() with { EvidenceKey = device.CameraNumber is null ? null : evidence.IngestKeyOf(device).EnrolledAs })]));
    }

    private static CloudReply QueryStates(
        string accountId, StatesRequest request, SandboxHomes homes, FaultBoard faults)
    {
        accountId = SwappedAccounts.Resolve(accountId, homes, faults);
        if (homes.DevicesOf(accountId) is not { } devices)
            return CloudReply.NotFound;
        if (request.DeviceIds.Count > StatesRequest.MostDevices)
            return CloudReply.BadRequest;
        var asked = faults.Hits(CloudFaults.AccountSwap, devices)
            ? homes.DevicesOf(SandboxHomes.StrangerTo(accountId))!
            : request.DeviceIds.OfType<string>().Distinct(StringComparer.Ordinal)
                .Select(id => homes.Find(accountId, id))
                .OfType<SandboxDevice>();
        return CloudReply.Of(new StatesMessage(
            asked.ToDictionary(
                device => device.Id,
                device => faults.Hits(CloudFaults.StateMalformed, device) ? Broken(device.Read()) : device.Read(),
                StringComparer.Ordinal)));
    }

    private static DeviceStateMessage Broken(DeviceStateMessage state) =>
        state with { States = new((state.States ?? []).Select(one => KeyValuePair.Create(one.Key, (JsonNode?)"broken"))) };

    private static CloudReply ExecuteCommand(
        string accountId, string deviceId, CommandMessage command, SandboxHomes homes, OpenStreams streams,
        EventQueues events, FaultBoard faults)
    {
        if (homes.Find(SwappedAccounts.Resolve(accountId, homes, faults), deviceId) is not { } device)
            return CloudReply.NotFound;
        if (command.CommandId is not { Length: > 0 and <= CommandMessage.LongestId })
            return CloudReply.BadRequest;
        var outcome = device.Execute(command);
        if (device is { CameraNumber: not null, CanStream: false })
            streams.CloseAllOf(device);
        FollowUps.Tell(events, device, command, outcome);
        return CloudReply.Of(outcome);
    }

    private static CloudReply DeviceOwner(string deviceId, SandboxHomes homes, FaultBoard faults)
    {
        if (homes.Find(deviceId) is not { } device || !homes.IsOpen(device.Home)
            || faults.Hits(CloudFaults.OwnerUnknown, device))
            return CloudReply.NotFound;
        var owner = faults.Hits(CloudFaults.OwnerChanged, device)
            ? SandboxHomes.StrangerTo(device.Home)
            : SwappedAccounts.OwnerOf(device, faults);
        return CloudReply.Of(new OwnerMessage(owner, device.Online, device.Trouble));
    }

    private static async Task<CloudReply> OpenStreamAsync(
        string deviceId, OpenStreamRequest request, SandboxHomes homes, OpenStreams streams,
        CloudAddress address, SandboxCloudOptions options, FaultBoard faults)
    {
        if (homes.Find(SwappedAccounts.Resolve(request.AccountId, homes, faults), deviceId) is not { CameraNumber: not null } device)
            return CloudReply.NotFound;
        if (MediaContainers.Parse(request.Container) is not { } container || request.Protocol is not (OpenStreamRequest.Units or OpenStreamRequest.WebRtc))
            return CloudReply.BadRequest;
        if (!device.CanStream)
            return new(StatusCodes.Status409Conflict, null);
        if (await streams.OpenAsync(device, container, request.Protocol == OpenStreamRequest.Units) is not { } stream)
            return new(StatusCodes.Status503ServiceUnavailable, null);
        return CloudReply.Of(
            new OpenStreamMessage(
                stream.Id, $"{address.Origin}/media/{stream.Id}/", stream.Token, options.EvidenceKeyId,
                container.Name(), stream.Asked.Codecs),
            StatusCodes.Status201Created);
    }

    private static CloudReply CloseStream(string deviceId, string streamId, OpenStreams streams)
    {
        streams.Close(deviceId, streamId);
        return new(StatusCodes.Status204NoContent, null);
    }
}
