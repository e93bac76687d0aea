using System.Diagnostics.Metrics;
using HomeBridge.Vitals;

namespace HomeBridge.Canaries;

/// <summary>Probes as metrics.</summary>
internal sealed class CanaryInstruments
{
    private readonly Counter<long> _probes;
    private readonly Counter<long> _frames;
    private readonly Histogram<double> _durations;
    private readonly UpDownCounter<long> _alarms;

    public CanaryInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(VitalsFeature.MeterName);
        _probes = meter.CreateCounter<long>("homebridge.canary.probes", "{probe}", "Probes of canaries, by direction and outcome.");
        _frames = meter.CreateCounter<long>("homebridge.canary.frames", "{frame}", "Pictures of canaries that were read, by whether they were the right ones.");
        _durations = meter.CreateHistogram(
            "homebridge.canary.probe.duration", "s", "From asking for a canary's stream to its picture.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2, 5, 10] });
        _alarms = meter.CreateUpDownCounter<long>("homebridge.canary.alarms", "{canary}", "Canaries that could not tell three times in a row, by direction.");
    }

    public void Probed(ProbeDirection direction, ProbeResult result)
    {
        var name = direction is ProbeDirection.Own ? "own" : "other";
        _probes.Add(1, new("direction", name), new KeyValuePair<string, object?>("outcome", CanaryWords.Of(result.Outcome)));
        if (direction is ProbeDirection.Own)
        {
            _frames.Add(result.FramesRead - result.WrongFrames, new KeyValuePair<string, object?>("picture", "right"));
            _frames.Add(result.WrongFrames, new KeyValuePair<string, object?>("picture", "wrong"));
            _durations.Record(result.Latency.TotalSeconds);
        }
    }

    /// <summary>An alarm begins (1) or ends (-1).</summary>
    public void Alarm(ProbeDirection direction, int change) =>
        _alarms.Add(change, new KeyValuePair<string, object?>("direction", direction is ProbeDirection.Own ? "own" : "other"));
}

/// <summary>How outcomes are spelt for machines.</summary>
internal static class CanaryWords
{
    public static string Of(ProbeOutcome outcome) => outcome switch
    {
        ProbeOutcome.Clean => "clean",
        ProbeOutcome.PixelsUnread => "pixels_unread",
        ProbeOutcome.DecodeFailure => "decode_failure",
        ProbeOutcome.Unavailable => "unavailable",
        ProbeOutcome.Suspended => "suspended",
        _ => "wrong",
    };
}
