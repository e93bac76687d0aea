using System.Diagnostics.Metrics;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.StreamGateway.Sessions;

/// <summary>Whose metrics a gateway's are: its own, or those of the bridge that hosts it.</summary>
internal sealed record StreamMeters(IMeterFactory Factory);

/// <summary>Streams as metrics. Labels are platforms, makers, protocols and reasons: never an id.</summary>
internal sealed class StreamInstruments
{
    private const string MeterName = "HomeBridge";

    private readonly UpDownCounter<long> _active;
    private readonly Counter<long> _entered;
    private readonly Counter<long> _ended;
    private readonly Histogram<double> _start;
    private readonly Histogram<double> _cut;

    public StreamInstruments(StreamMeters meters)
    {
        var meter = meters.Factory.Create(MeterName);
        _active = meter.CreateUpDownCounter<long>("homebridge.stream.active", "{stream}", "Streams that run, by platform, maker and protocol.");
        _entered = meter.CreateCounter<long>("homebridge.stream.entered", "{stream}", "Streams whose viewer came, by platform, maker and protocol.");
        _ended = meter.CreateCounter<long>("homebridge.stream.ended", "{stream}", "Streams that ended, by platform, maker and reason.");
        _start = meter.CreateHistogram(
            "homebridge.stream.start.duration", "s", "From a viewer's entry to the end of its first segment.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20] });
        _cut = meter.CreateHistogram(
            "homebridge.suspension.cut.duration", "s", "From being told a suspension until every stream that it covers was cut.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] });
    }

    public void Entered(StreamSession session)
    {
        _active.Add(1, Platform(session), Vendor(session), Protocol(session));
        _entered.Add(1, Platform(session), Vendor(session), Protocol(session));
    }

    public void Ended(StreamSession session, EndReason reason)
    {
        _active.Add(-1, Platform(session), Vendor(session), Protocol(session));
        _ended.Add(1, Platform(session), Vendor(session), new KeyValuePair<string, object?>("reason", Name(reason)));
    }

    /// <summary>A unit is out, whole. The first segment is when a viewer sees something.</summary>
    public void Released(StreamSession session, UnitKind kind)
    {
        if (kind is UnitKind.Segment && session.TryStart() is { } took)
        {
            _start.Record(took.TotalSeconds, Platform(session), Vendor(session), Protocol(session));
        }
    }

    public void Cut(TimeSpan took) => _cut.Record(took.TotalSeconds);

    private static string Name(EndReason reason) => reason switch
    {
        EndReason.Idle or EndReason.TimeUp or EndReason.Closed => "viewer",
        EndReason.Suspended => "suspended",
        EndReason.Revoked or EndReason.KeyRemoved or EndReason.FeedReset => "revoked",
        EndReason.Evidence => "owner_mismatch",
        EndReason.Shutdown => "shutdown",
        _ => "error",
    };

    private static KeyValuePair<string, object?> Platform(StreamSession session) => new("platform", session.Granted.Platform);

    private static KeyValuePair<string, object?> Vendor(StreamSession session) => new("vendor", session.Granted.Vendor);

    private static KeyValuePair<string, object?> Protocol(StreamSession session) => new("protocol", session.Protocol);
}
