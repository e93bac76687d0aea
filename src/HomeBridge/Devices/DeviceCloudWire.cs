namespace HomeBridge.Devices;

/// <summary>What carries calls to the device cloud: the network, or a device cloud in this process.</summary>
internal sealed class DeviceCloudWire(HttpMessageHandler? inProcess)
{
    public HttpMessageHandler Handler { get; } = inProcess ?? new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),

        // An answer that is not read to its end takes its connection with it.
        MaxResponseDrainSize = 0,
    };
}
