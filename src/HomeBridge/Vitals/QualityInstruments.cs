using System.Diagnostics.Metrics;

namespace HomeBridge.Vitals;

/// <summary>The same figures as instruments. Labels are device types, intents and methods: never an id.</summary>
internal sealed class QualityInstruments
{
    private const string Success = "success";
    private const string Failure = "failure";

    private readonly Counter<long> _answers;
    private readonly Histogram<double> _durations;
    private readonly Counter<long> _calls;
    private readonly Counter<long> _compared;
    private readonly Counter<long> _denied;

    public QualityInstruments(IMeterFactory meters, QualityFigures figures)
    {
        var meter = meters.Create(VitalsFeature.MeterName);
        _answers = meter.CreateCounter<long>(
            "homebridge.device.answers", "{answer}", "Devices answered, by intent, device type and outcome as the platform counts it.");
        _durations = meter.CreateHistogram(
            "homebridge.device.answer.duration", "s", "How long devices took to answer, by intent and device type.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 5] });
        _calls = meter.CreateCounter<long>("homebridge.platform.calls", "{call}", "Calls to the platform, by method and outcome.");
        _compared = meter.CreateCounter<long>(
            "homebridge.states.compared", "{state}", "Reported states that were compared with queried ones, by device type and outcome.");
        _denied = meter.CreateCounter<long>(
            "homebridge.suspension.denied", "{device}", "Devices that were refused because somebody suspended them, by surface and platform.");

        meter.CreateObservableGauge(
            "homebridge.quality.good", () => Types(figures, type => type.Verdict is QualityVerdict.NoData ? null : type.Verdict is QualityVerdict.Good ? 1 : 0),
            description: "Whether a device type meets every demand of the platform: 1 or 0.");
        meter.CreateObservableGauge(
            "homebridge.quality.success.ratio", () => Intents(figures, intent => intent.Success.Rate),
            description: "Share of successful answers, by intent and device type.");
        meter.CreateObservableGauge(
            "homebridge.quality.latency.p90", () => Intents(figures, intent => intent.Latency.P90?.TotalSeconds), "s",
            "The duration that nine of ten answers keep, by intent and device type.");
        meter.CreateObservableGauge(
            "homebridge.quality.accuracy.ratio", () => Types(figures, type => type.Accuracy.Rate),
            description: "Share of reported states that agree with queried ones, by device type.");
        meter.CreateObservableGauge(
            "homebridge.quality.platform.calls.ratio",
            () => Windows(figures, report => report.PlatformCalls.Rate is { } rate ? [new(rate, Window(report))] : []),
            description: "Share of successful calls to the platform.");
        meter.CreateObservableGauge(
            "homebridge.quality.ratio.demanded", () => QualityRules.GoodThousandthsMin / 1000.0, description: "The lowest share that the platform accepts.");
        meter.CreateObservableGauge(
            "homebridge.quality.latency.p90.demanded", () => QualityRules.P90Max.TotalSeconds, "s", "The highest 90th percentile that the platform accepts.");
    }

    public void Answered(string intent, string deviceType, bool success, TimeSpan took, int count)
    {
        _answers.Add(count, new("intent", intent), new("device_type", deviceType), new("outcome", success ? Success : Failure));
        for (var answer = 0; answer < count; answer++)
        {
            _durations.Record(took.TotalSeconds, new("intent", intent), new KeyValuePair<string, object?>("device_type", deviceType));
        }
    }

    public void PlatformCall(string method, bool success) =>
        _calls.Add(1, new("method", method), new KeyValuePair<string, object?>("outcome", success ? Success : Failure));

    public void Denied(string surface, string platform, int count) =>
        _denied.Add(count, new("surface", surface), new KeyValuePair<string, object?>("platform", platform));

    public void Compared(string deviceType, bool accurate) =>
        _compared.Add(1, new("device_type", deviceType), new KeyValuePair<string, object?>("outcome", accurate ? "accurate" : "inaccurate"));

    private static IEnumerable<Measurement<double>> Types(QualityFigures figures, Func<TypeFigures, double?> value) =>
        Windows(figures, report => report.Types.SelectMany(type => value(type) is { } number
            ? new Measurement<double>[] { new(number, new("device_type", type.DeviceType), Window(report)) }
            : []));

    private static IEnumerable<Measurement<double>> Intents(QualityFigures figures, Func<IntentFigures, double?> value) =>
        Windows(figures, report => report.Types.SelectMany(type => new[] { (Name: QualityFigures.Query, Of: type.Query), (Name: QualityFigures.Execute, Of: type.Execute) }
            .Where(intent => value(intent.Of) is not null)
            .Select(intent => new Measurement<double>(value(intent.Of)!.Value, new("intent", intent.Name), new("device_type", type.DeviceType), Window(report)))));

    private static IEnumerable<Measurement<double>> Windows(QualityFigures figures, Func<QualityReport, IEnumerable<Measurement<double>>> measure) =>
        QualityWindow.All.SelectMany(window => measure(figures.Report(window)));

    private static KeyValuePair<string, object?> Window(QualityReport report) => new("window", report.Window.Name);
}
