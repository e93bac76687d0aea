using System.Diagnostics.Metrics;
using HomeBridge.Vitals;

namespace HomeBridge.Fulfillment;

/// <summary>Answers to platforms as metrics. Labels are intents, platforms, makers and the platform's own codes: never an id.</summary>
internal sealed class FulfillmentInstruments
{
    /// <summary>The request was answered as it should be, whatever its devices said.</summary>
    public const string Answered = "answered";

    /// <summary>It made no sense: the platform's fault.</summary>
    public const string Refused = "refused";

    /// <summary>Somebody suspended it.</summary>
    public const string Suspended = "suspended";

    /// <summary>It could not be answered: the maker's fault, or ours.</summary>
    public const string Failed = "failed";

    private readonly Histogram<double> _durations;
    private readonly Counter<long> _results;

    public FulfillmentInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(VitalsFeature.MeterName);
        _durations = meter.CreateHistogram(
            "homebridge.fulfillment.duration", "s", "How long requests took, by intent, platform and outcome.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.8, 1, 2, 5] });
        _results = meter.CreateCounter<long>("homebridge.fulfillment.device_results", "{device}", "Devices answered, by intent, maker and error code.");
    }

    public void Done(string intent, string platform, string outcome, TimeSpan took) =>
        _durations.Record(took.TotalSeconds, new("intent", intent), new("platform", platform), new KeyValuePair<string, object?>("outcome", outcome));

    public void Results(string intent, string vendor, string code, int count) =>
        _results.Add(count, new("intent", intent), new("vendor", vendor), new KeyValuePair<string, object?>("error_code", code));
}
