using System.Net;
using HomeBridge.AccountLinking;
using HomeBridge.Devices;
using HomeBridge.Fulfillment;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Canaries;

/// <summary>A canary with the link that the bridge made for it.</summary>
internal sealed record LinkedCanary(Canary Canary, AccountLink Link, Device Device);

/// <summary>
/// One look through one canary's eyes, by the doors that any viewer goes through: GetCameraStream, the entry, the
/// playlist, the units, and the pixels in them.
/// </summary>
internal sealed class CanaryProbe(Execute execute, CanaryPictures pictures, CanaryViewer viewer, TimeProvider time)
{
    /// <summary>More fetches than one ticket answers.</summary>
    private const int SpentAfter = 6;

    private static readonly Execution OpenCamera = new(
        CameraStreamTrait.GetCameraStream,
        new JsonMap { ["StreamToChromecast"] = false, ["SupportedStreamProtocols"] = new List<object?> { StreamProtocols.Hls } },
        Challenge: null);

    /// <summary>Its own camera must show its own number. Also answers the stream, while it is open.</summary>
    public async Task<(ProbeResult Result, CanaryStream? Stream)> Own(LinkedCanary canary, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        ProbeResult Of(ProbeOutcome outcome, string detail, int read = 0, int wrong = 0) => new(outcome, detail, read, wrong, time.GetElapsedTime(started));
        CanaryStream? stream = null;
        try
        {
            switch (await Ask(canary.Link, canary.Device, cancel))
            {
                case CommandOutcome.Refused { ErrorCode: PlatformCodes.StreamUnavailable }:
                    return (Of(ProbeOutcome.Suspended, "a suspension covers it"), null);
                case CommandOutcome.Succeeded { States: var states } when states.GetValueOrDefault("cameraStreamAccessUrl") is string url:
                    stream = await viewer.Enter(new Uri(url), cancel);
                    break;
                case CommandOutcome.Refused refused:
                    return (Of(ProbeOutcome.Unavailable, $"GetCameraStream: {refused.ErrorCode}"), null);
                case var other:
                    return (Of(ProbeOutcome.Unavailable, $"GetCameraStream: {other.GetType().Name}"), null);
            }

            var init = stream.Init is null ? [] : await viewer.Unit(stream.Init, cancel);
            var segment = await viewer.Unit(stream.Segments[^1], cancel);
            if (!CameraIdentityBox.AgreesWith(init, canary.Canary.Device) || !CameraIdentityBox.AgreesWith(segment, canary.Canary.Device))
            {
                return (Of(ProbeOutcome.Wrong, "the bytes name another camera", wrong: 1), stream);
            }

            if (!pictures.CanRead)
            {
                return (Of(ProbeOutcome.PixelsUnread, "its bytes name it; there is no decoder on this machine"), stream);
            }

            if (await pictures.Read(init, segment, cancel) is not { Codes.Count: > 0 } reading)
            {
                return (Of(ProbeOutcome.DecodeFailure, "no block code was found in its pictures"), stream);
            }

            var (wrong, numbers) = (reading.Codes.Count(code => code.Number != canary.Canary.CameraNumber), reading.Codes.Select(code => code.Number).Distinct().Order());
            return wrong > 0
                ? (Of(ProbeOutcome.Wrong, $"{wrong} of {reading.Codes.Count} pictures show camera {string.Join(", ", numbers)} instead of {canary.Canary.CameraNumber}", reading.Codes.Count, wrong), stream)
                : (Of(ProbeOutcome.Clean, $"{reading.Codes.Count} of {reading.Frames} pictures show camera {canary.Canary.CameraNumber}", reading.Codes.Count), stream);
        }
        catch (NotServedException refused)
        {
            var outcome = refused.Status is HttpStatusCode.Forbidden ? ProbeOutcome.Suspended : ProbeOutcome.Unavailable;
            return (Of(outcome, refused.Message), stream);
        }
    }

    /// <summary>
    /// What is the other home's must be refused: its camera under this link, this session's unit token under the other's
    /// session, and this one's own entry once it is spent.
    /// </summary>
    public async Task<ProbeResult> Other(LinkedCanary canary, CanaryStream? own, LinkedCanary other, CanaryStream? others, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        ProbeResult Of(ProbeOutcome outcome, string detail) => new(outcome, detail, 0, 0, time.GetElapsedTime(started));
        switch (await Ask(canary.Link, other.Device, cancel))
        {
            case CommandOutcome.Refused { ErrorCode: PlatformCodes.DeviceNotFound }:
                break;
            case CommandOutcome.Succeeded:
                return Of(ProbeOutcome.Wrong, $"its link was granted the camera of {other.Canary.Account}");
            case CommandOutcome.Refused { ErrorCode: var code }:
                return Of(ProbeOutcome.Unavailable, $"GetCameraStream of the other home's camera: {code}");
            default:
                return Of(ProbeOutcome.Unavailable, "GetCameraStream had no answer");
        }

        if (own is null || others is null)
        {
            return Of(ProbeOutcome.Clean, "the other home's camera is refused; no stream was open to try tokens on");
        }

        var crossed = new Uri(others.Playlist, own.Segments[^1].Segments[^1]);
        switch (await viewer.IsNotFound(crossed, cancel))
        {
            case false:
                return Of(ProbeOutcome.Wrong, "its unit token opened a unit in the other home's session");
            case null:
                return Of(ProbeOutcome.Unavailable, "its unit token in the other home's session was not answered with the common 404");
        }

        for (var fetch = 1; fetch <= SpentAfter; fetch++)
        {
            switch (await viewer.IsNotFound(own.Entry, cancel))
            {
                case true:
                    return Of(ProbeOutcome.Clean, "the other home's camera, a token in the other's session and a spent entry are refused");
                case null:
                    return Of(ProbeOutcome.Unavailable, "its spent entry was not answered with the common 404");
            }
        }

        return Of(ProbeOutcome.Wrong, $"its entry was still answered after {SpentAfter} fetches");
    }

    /// <summary>What a display would be answered that asks for this camera's stream.</summary>
    public ValueTask<CommandOutcome> Ask(AccountLink link, Device device, CancellationToken cancel) =>
        execute.One(link, device.Id.Value, OpenCamera, cancel);
}

/// <summary>The decoder of this machine, if there is one: ffmpeg, or what the host has brought along.</summary>
internal sealed class CanaryPictures(CanaryOptions options, IPictureReader? ownReader, TimeProvider time)
{
    private readonly IPictureReader? _reader = options.Ffmpeg is { } ffmpeg ? new FfmpegReader(ffmpeg, time) : ownReader;

    public bool CanRead => _reader is not null;

    public string Name => _reader?.Name ?? "none";

    public Task<PictureReading?> Read(byte[] init, byte[] segment, CancellationToken cancel) => _reader!.Read(init, segment, cancel);
}
