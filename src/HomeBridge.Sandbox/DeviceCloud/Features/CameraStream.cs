namespace HomeBridge.Sandbox.DeviceCloud.Features;

/// <summary>Its streams are opened by <c>openStream</c>; no command reaches the camera.</summary>
internal static class CameraStream
{
    public const string Trait = "CameraStream";

    public static Feature With() => new(
        Trait,
        new() { ["cameraStreamSupportedProtocols"] = Feature.Words("hls", "progressive_mp4"), ["cameraStreamNeedAuthToken"] = false },
        []);
}
