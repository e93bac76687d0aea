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

    /// <summary>The camera at the same place in another home; with fewer there, counted round.</summary>
    public IngestedCamera AtTheSamePlaceIn(string home, IngestedCamera camera)
    {
        IngestedCamera[] Of(string one) => [.. _cameras.Values.Where(other => other.Device.FirstHome == one)
            .OrderBy(other => other.Device.CameraNumber)];
        var others = Of(home);
        return others[Array.IndexOf(Of(camera.Device.FirstHome), camera) % others.Length];
    }

    public void Dispose()
    {
        foreach (var camera in _cameras.Values)
            camera.Dispose();
    }
}
