using System.Diagnostics.Metrics;
using System.Net;
using HomeBridge.Canaries;
using HomeBridge.Devices;
using HomeBridge.Gateways;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using HomeBridge.Vitals;

namespace HomeBridge.Drills;

/// <summary>
/// Throws the switch on one canary and watches through its eyes: how long until its picture ends, and whether it comes back.
/// The same doors as for everybody: GetCameraStream, the public URL, a suspension like any other but for its origin.
/// </summary>
internal sealed class SwitchDrill(
    CanaryHomes homes, CanaryProbe probe, CanaryViewer viewer, SuspensionBoard board, Replicas replicas, ClosedStreams closed, DrillStore store,
    DrillOptions options, IMeterFactory meters, TimeProvider time, ILogger<SwitchDrill> log)
{
    /// <summary>From one look at the stream to the next: how exactly the end is known.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>After this the drill is over, whatever is still running.</summary>
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(6);

    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(10);

    /// <summary>The suspension ends by itself if nobody is left to end it.</summary>
    private static readonly TimeSpan ExpiresAfter = TimeSpan.FromSeconds(30);

    private readonly Histogram<double> _lastByte = meters.Create(VitalsFeature.MeterName).CreateHistogram(
        "homebridge.drill.last_byte.duration", "s", "From throwing the switch on a canary to its last byte.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] });

    private readonly Counter<long> _drills = meters.Create(VitalsFeature.MeterName).CreateCounter<long>(
        "homebridge.drills", "{drill}", "Drills of the switch, by outcome.");

    private int _count;

    /// <summary>Runs one and records it. Waits for its turn at the canaries.</summary>
    public async Task<DrillResult> Run(string by, CancellationToken cancel)
    {
        var linked = await homes.Linked(cancel);
        using var turn = await homes.Turn(cancel);
        var canary = linked[(int)((uint)Interlocked.Increment(ref _count) % linked.Count)];
        var began = new DrillResult($"drl_{Guid.NewGuid():N}", time.GetUtcNow(), by, canary.Canary.Account, null, DrillOutcome.NotRun, "", null, null, null);
        DrillResult result;
        try
        {
            result = board.WentBack ? began with { Detail = "the database's numbers went back: a drill could not be lifted before two people rebase" }
                : await Open(canary, cancel) is { Stream: { } stream } ? await Throw(began, canary, stream, cancel)
                : began with { Detail = "the canary had no picture to begin with" };
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            log.LogError(failed, "A drill broke");
            result = began with { Outcome = DrillOutcome.Failed, Detail = "the drill broke: " + failed.GetType().Name };
        }
        finally
        {
            closed.CloseAll(canary.Link.Id);
        }

        store.Add(result);
        _drills.Add(1, new KeyValuePair<string, object?>("outcome", result.Outcome.ToString().ToLowerInvariant()));
        if (result.LastByteMs is { } lastByte)
        {
            _lastByte.Record(lastByte / 1000.0);
        }

        return result;
    }

    private async Task<DrillResult> Throw(DrillResult drill, LinkedCanary canary, CanaryStream stream, CancellationToken cancel)
    {
        var thrown = time.GetTimestamp();
        var suspension = board.RaiseDrill(
            new SuspensionScope(AccountLink: canary.Link.Id.Value, Device: canary.Device.Id.Value), SuspensionEffects.CutStreams, "a drill of the switch", ExpiresAfter);
        drill = drill with { Suspension = suspension.Id };
        string? wrong;
        try
        {
            var confirming = replicas.WaitFor(suspension.Version, thrown, EndsWithin, cancel);
            var (lastByte, ended) = await WatchEnd(stream, thrown, cancel);
            var confirmations = await confirming;
            var slowest = confirmations.Max(one => one.AppliedMs);
            drill = drill with
            {
                LastByteMs = lastByte,
                ConfirmedMs = confirmations.Any(one => one.AppliedMs is null) ? null : (long)Math.Ceiling(slowest ?? 0),
            };
            wrong = !ended ? $"the canary still had its stream after {EndsWithin.TotalSeconds:0} s"
                : lastByte > options.LastByteWithin.TotalMilliseconds ? $"the last byte came {lastByte} ms after the switch; {options.LastByteWithin.TotalMilliseconds:0} ms are allowed"
                : drill.ConfirmedMs is null ? "not every gateway confirmed: " + string.Join(", ", confirmations.Where(one => one.AppliedMs is null).Select(one => one.Name))
                : confirmations.Any(one => one.StreamsLeft > 0) ? "a gateway still counts a stream that should have ended"
                : await probe.Ask(canary.Link, canary.Device, cancel) is not CommandOutcome.Refused { ErrorCode: Fulfillment.PlatformCodes.StreamUnavailable }
                    ? "a new stream was not refused while the drill was on"
                : null;
        }
        finally
        {
            board.EndDrill(suspension.Id, "the drill is over");
        }

        var lifted = time.GetTimestamp();
        (CanaryStream? Stream, string Says)? back = null;
        while (wrong is null && time.GetElapsedTime(lifted) < BackWithin && (back = await Open(canary, cancel)) is not { Stream: not null })
        {
            await Task.Delay(Look * 5, time, cancel);
        }

        var backMs = (long)time.GetElapsedTime(lifted).TotalMilliseconds;
        wrong ??= back is { Stream: not null } ? null : $"the picture did not come back within {BackWithin.TotalSeconds:0} s: {back?.Says}";
        return drill with
        {
            Outcome = wrong is null ? DrillOutcome.Passed : DrillOutcome.Failed,
            Detail = wrong ?? $"stopped after {drill.LastByteMs} ms, confirmed after {drill.ConfirmedMs} ms, back after {backMs} ms",
            BackMs = wrong is null ? backMs : null,
        };
    }

    /// <summary>Asks again and again until it is refused. Milliseconds from the switch to the last answer with a playlist in it.</summary>
    private async Task<(long LastByteMs, bool Ended)> WatchEnd(CanaryStream stream, long thrown, CancellationToken cancel)
    {
        var last = 0L;
        while (time.GetElapsedTime(thrown) < EndsWithin)
        {
            switch (await viewer.Poll(stream.Playlist, cancel))
            {
                case HttpStatusCode.OK:
                    last = (long)Math.Ceiling(time.GetElapsedTime(thrown).TotalMilliseconds);
                    break;
                case HttpStatusCode.Forbidden or HttpStatusCode.NotFound:
                    return (last, true);
            }

            await Task.Delay(Look, time, cancel);
        }

        return (last, false);
    }

    private async Task<(CanaryStream? Stream, string Says)> Open(LinkedCanary canary, CancellationToken cancel)
    {
        try
        {
            switch (await probe.Ask(canary.Link, canary.Device, cancel))
            {
                case CommandOutcome.Succeeded { States: var states } when states.GetValueOrDefault("cameraStreamAccessUrl") is string url:
                    var stream = await viewer.Enter(new Uri(url), cancel);
                    await viewer.Unit(stream.Segments[^1], cancel);
                    return (stream, "");
                case CommandOutcome.Refused refused:
                    return (null, refused.ErrorCode);
                default:
                    return (null, "GetCameraStream had no answer");
            }
        }
        catch (NotServedException refused)
        {
            return (null, refused.Message);
        }
    }
}
