using HomeBridge.Devices;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;

namespace HomeBridge.Canaries;

/// <summary>What one wrong frame sets off.</summary>
internal interface ICanaryTrip
{
    void WrongFrame(string vendor, DeviceId device, string detail);
}

/// <summary>One wrong frame and that maker's cameras stop: a stranger's picture was shown, under evidence that held.</summary>
internal sealed class SuspendVendorsCameras(SuspensionBoard board, ILogger<SuspendVendorsCameras> log) : ICanaryTrip
{
    public void WrongFrame(string vendor, DeviceId device, string detail)
    {
        log.LogCritical("A canary of {Vendor} saw a wrong picture on {Device}: {Detail}", vendor, device, detail);
        board.RaiseAutomatic(
            new SuspensionScope(Vendor: vendor, Trait: "CameraStream"), SuspensionEffects.CutStreams, $"canary: {detail}", "canary-wrong-frame");
    }
}
