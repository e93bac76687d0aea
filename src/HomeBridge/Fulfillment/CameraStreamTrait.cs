using HomeBridge.AccountLinking;
using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Streaming;

namespace HomeBridge.Fulfillment;

/// <summary>GetCameraStream needs judgement: which protocol, and whether this viewer gets this camera at all.</summary>
internal sealed class CameraStreamTrait(GrantStream grantStream, CameraProtocols protocols)
{
    public const string Name = "CameraStream";
    public const string GetCameraStream = "GetCameraStream";

    public async Task<CommandOutcome> Execute(AccountLink link, DeviceBinding binding, Execution execution, Deadline deadline)
    {
        var supported = (List<object?>)execution.Parameters["SupportedStreamProtocols"]!;
        var offered = protocols.Offered(binding.Device.Attributes);
        if (offered.FirstOrDefault(protocol => supported.Contains(protocol)) is not { } chosen)
        {
            return new CommandOutcome.Refused("streamUnplayable");
        }

        return await grantStream.Grant(link, binding, chosen, CameraProtocols.NeedsToken(offered), deadline) switch
        {
            StreamGranting.Granted granted => new CommandOutcome.Succeeded(Online: true, States(chosen, granted)),
            StreamGranting.Refused refused => new CommandOutcome.Refused(PlatformCodes.Error(refused.ErrorCode)),
            _ => throw new InvalidOperationException("A granting that does not exist."),
        };
    }

    /// <summary>A member that has nothing to say is left out: displays take an empty one for a broken stream.</summary>
    private static JsonMap States(string protocol, StreamGranting.Granted granted)
    {
        var isPeer = protocol == StreamProtocols.WebRtc;
        var states = new JsonMap { ["cameraStreamProtocol"] = protocol, [isPeer ? "cameraStreamSignalingUrl" : "cameraStreamAccessUrl"] = granted.AccessUrl };
        if (granted.AuthToken is { } token)
        {
            states["cameraStreamAuthToken"] = token;
        }

        if (isPeer && granted.IceServers is { } servers)
        {
            states["cameraStreamIceServers"] = servers;
        }

        if (!isPeer && granted.ReceiverAppId is { } receiver)
        {
            states["cameraStreamReceiverAppId"] = receiver;
        }

        return states;
    }
}
