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
            .SelectMany(device => Enum.GetValues<MediaContainer>().Select(
                container => new IngestedCamera(device, container, options.Cameras, evidence, time)))
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

    /// <summary>The camera at the same place in another home; with fewer there, counted round.</summary>
    public IngestedCamera AtTheSamePlaceIn(string home, IngestedCamera camera)
    {
        IngestedCamera[] Of(string one) => [.. _cameras.Values.Where(other => other.Device.FirstHome == one && other.Container == camera.Container)
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
