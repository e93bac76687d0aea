using HomeBridge.Sandbox.DeviceCloud;
using HomeBridge.Streaming;

namespace HomeBridge.Sandbox.CameraIngest;

/// <summary>
/// Opens one stream at start and closes it. The first encoding compiles the encoder, which takes longer than a
/// bridge waits for a stream to open; nobody's first stream is to pay for that.
/// </summary>
internal sealed class EncoderWarmUp(OpenStreams streams, SandboxHomes homes) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var camera = homes.All.First(device => device.CameraNumber is not null);
        if (await streams.OpenAsync(camera, MediaContainer.Fmp4) is { } stream)
            streams.Close(camera.Id, stream.Id);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
