namespace HomeBridge.Sandbox.DeviceCloud.Features;

/// <summary>Its streams are opened by <c>openStream</c>; no command reaches the camera.</summary>
internal static class CameraStream
{
    public const string Trait = "CameraStream";

    /// <param name="protocols">The first is the camera's favourite.</param>
    public static Feature With(params string[] protocols) => new(
        Trait,
        new() { ["cameraStreamSupportedProtocols"] = Feature.Words(protocols), ["cameraStreamNeedAuthToken"] = protocols.Contains("webrtc") },
        []);
}
