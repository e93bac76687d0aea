using HomeBridge.AccountLinking;
using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.Fulfillment;

/// <summary>GetCameraStream needs judgement: which protocol, and whether this viewer gets this camera at all.</summary>
internal sealed class CameraStreamTrait(GrantStream grantStream)
{
    public const string Name = "CameraStream";
    public const string GetCameraStream = "GetCameraStream";
    public const string Hls = "hls";

    public async Task<CommandOutcome> Execute(AccountLink link, DeviceBinding binding, Execution execution, Deadline deadline)
    {
        var supported = (List<object?>)execution.Parameters["SupportedStreamProtocols"]!;
        if (!supported.Contains(Hls))
        {
            return new CommandOutcome.Refused("streamUnplayable");
        }

        return await grantStream.Grant(link, binding, deadline) switch
        {
            StreamGranting.Granted granted => new CommandOutcome.Succeeded(Online: true, new JsonMap
            {
                ["cameraStreamProtocol"] = Hls,
                ["cameraStreamAccessUrl"] = granted.AccessUrl,
            }),
            StreamGranting.Refused refused => new CommandOutcome.Refused(PlatformCodes.Error(refused.ErrorCode)),
            _ => throw new InvalidOperationException("A granting that does not exist."),
        };
    }
}
