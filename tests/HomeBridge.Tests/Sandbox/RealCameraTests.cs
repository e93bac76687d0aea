using System.Diagnostics;
using HomeBridge.Sandbox.Cameras;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Tests.Sandbox;

/// <summary>The simulated maker with the simulated cameras: what a viewer of the sandbox gets.</summary>
public sealed class RealCameraTests
{
    [Fact]
    public async Task A_stream_of_a_drawn_camera_opens_quickly_and_proves_itself()
    {
        await using var cloud = await RunningCloud.StartAsync(cameras: static (name, number, id) =>
        {
            var encoder = new CameraEncoder(name, number, id);
            return new(encoder.EncodeInit, encoder.EncodeUnit);
        });

        await cloud.DevicesAsync();
        var started = Stopwatch.GetTimestamp();
        var stream = await cloud.OpenAsync();
        var cold = Stopwatch.GetElapsedTime(started);
        await stream.CloseAsync();
        started = Stopwatch.GetTimestamp();
        stream = await cloud.OpenAsync();
        var warm = Stopwatch.GetElapsedTime(started);
        var (init, _) = await stream.JudgeAsync(UnitKind.Init);
        var (segment, body) = await stream.JudgeAsync();

        Assert.Equal((EvidenceVerdict.Proven, EvidenceVerdict.Proven), (init, segment));
        Assert.Contains(stream.Camera, body, StringComparison.Ordinal);
        Assert.True(warm < TimeSpan.FromSeconds(2), $"cold {cold}, warm {warm}, {body.Length} bytes");
    }
}
