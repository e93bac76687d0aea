using System.Diagnostics.Metrics;
using HomeBridge.Vitals;

namespace HomeBridge.Isolation;

/// <summary>The monitor's figures as metrics. Labels are classes, verdicts and rules: never an id.</summary>
internal sealed class IsolationInstruments
{
    /// <summary>Seconds: a unit lasts two, and a second wrong one must not come.</summary>
    private static readonly double[] Bounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10];

    private readonly Counter<long> _findings;
    private readonly Counter<long> _units;
    private readonly Counter<long> _trips;
    private readonly Histogram<double> _raised;
    private readonly Histogram<double> _inForce;

    public IsolationInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(VitalsFeature.MeterName);
        _findings = meter.CreateCounter<long>("homebridge.isolation.findings", "{finding}", "What gateways and canaries found, by class and verdict.");
        _units = meter.CreateCounter<long>("homebridge.isolation.units", "{unit}", "Media units that were proven.");
        _trips = meter.CreateCounter<long>("homebridge.isolation.trips", "{trip}", "Suspensions that the bridge raised by itself, by rule.");
        _raised = meter.CreateHistogram(
            "homebridge.isolation.raised.duration", "s", "From the receipt of a wrong unit to the suspension, by rule.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Bounds });
        _inForce = meter.CreateHistogram(
            "homebridge.isolation.in.force.duration", "s", "From the receipt of a wrong unit until a gateway confirmed the suspension, by rule.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Bounds });
    }

    public void Found(EvidenceClass found, string verdict) => _findings.Add(1, new("class", Words.Of(found)), new KeyValuePair<string, object?>("verdict", verdict));

    public void Proven(int units) => _units.Add(units);

    public void Tripped(TripRule rule, TimeSpan raised)
    {
        _trips.Add(1, new KeyValuePair<string, object?>("rule", Words.Of(rule)));
        _raised.Record(raised.TotalSeconds, new KeyValuePair<string, object?>("rule", Words.Of(rule)));
    }

    public void InForce(string rule, TimeSpan took) => _inForce.Record(took.TotalSeconds, new KeyValuePair<string, object?>("rule", rule));
}

/// <summary>Names as metrics, the API and the database have them.</summary>
internal static class Words
{
    public static string Of(EvidenceClass found) => found switch
    {
        EvidenceClass.WrongFrame => "wrong_frame",
        EvidenceClass.Honeytoken => "honeytoken",
        EvidenceClass.SmokingGun => "smoking_gun",
        EvidenceClass.ResidentReport => "resident_report",
        EvidenceClass.Anomaly => "anomaly",
        _ => "invalid_proof",
    };

    public static EvidenceClass? Class(string word) => Enum.GetValues<EvidenceClass>().Cast<EvidenceClass?>().FirstOrDefault(one => Of(one!.Value) == word);

    public static string Of(TripRule rule) => rule switch
    {
        TripRule.WrongFrame => "wrong_frame",
        TripRule.Honeytoken => "honeytoken",
        TripRule.SmokingGuns => "smoking_guns",
        TripRule.SmokingGun => "smoking_gun",
        TripRule.RefusedShare => "refused_share",
        TripRule.RefusedInARow => "refused_in_a_row",
        TripRule.RefusedCount => "refused_count",
        TripRule.ResidentReport => "resident_report",
        _ => "anomaly",
    };
}
