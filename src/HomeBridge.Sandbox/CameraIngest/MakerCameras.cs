using System.Collections.Frozen;
using HomeBridge.Sandbox.DeviceCloud;

namespace HomeBridge.Sandbox.CameraIngest;

/// <summary>All cameras of the maker.</summary>
internal sealed class MakerCameras : IDisposable
{
    private readonly FrozenDictionary<SandboxDevice, IngestedCamera> _cameras;

    public MakerCameras(
        SandboxHomes homes, SandboxCloudOptions options, MakerEvidence evidence, TimeProvider time) =>
        _cameras = homes.All
            .Where(device => device.CameraNumber is not null)
            .ToFrozenDictionary(device => device, device => new IngestedCamera(
                device, options.Cameras, evidence, time));

    public IngestedCamera this[SandboxDevice device] => _cameras[device];

    /// <summary>
    /// The camera that shows up instead when something is mixed up: always one of another home.
    /// </summary>
    public IngestedCamera StrangerTo(IngestedCamera camera)
    {
        var home = SandboxHomes.StrangerTo(camera.Device.Home);
        var strangers = _cameras.Values.Where(other => other.Device.Home == home)
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
