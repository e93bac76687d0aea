using System.Collections.Frozen;
using HomeBridge.Sandbox.DeviceCloud;
using HomeBridge.Streaming;

namespace HomeBridge.Sandbox.CameraIngest;

/// <summary>All cameras of the maker, each once for every container that it can pack.</summary>
internal sealed class MakerCameras : IDisposable
{
    private readonly FrozenDictionary<(SandboxDevice Device, MediaContainer Container), IngestedCamera> _cameras;

    public MakerCameras(
        SandboxHomes homes, SandboxCloudOptions options, MakerEvidence evidence, TimeProvider time) =>
        _cameras = homes.All
            .Where(device => device.CameraNumber is not null)
            .SelectMany(device =>
            {
                var pictures = options.Cameras(device.Name, device.CameraNumber!.Value, device.Id);
                return Enum.GetValues<MediaContainer>().Select(
                    container => new IngestedCamera(device, container, pictures, evidence, time));
            })
            .ToFrozenDictionary(camera => (camera.Device, camera.Container));

    public IngestedCamera this[SandboxDevice device, MediaContainer container] => _cameras[(device, container)];

    /// <summary>
    /// The camera that shows up instead when something is mixed up: always one of another home.
    /// </summary>
    public IngestedCamera StrangerTo(IngestedCamera camera)
    {
        var home = SandboxHomes.StrangerTo(camera.Device.Home);
        var strangers = _cameras.Values.Where(other => other.Device.Home == home && other.Container == camera.Container)
            .OrderBy(other => other.Device.CameraNumber)
            .ToArray();
        return strangers[camera.Device.CameraNumber!.Value % strangers.Length];
    }

    public void Dispose()
    {
        foreach (var camera in _cameras.Values)
            camera.Dispose();
    }
}
