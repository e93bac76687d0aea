using System.Diagnostics.Metrics;
using HomeBridge.Suspensions;
using HomeBridge.Vitals;

namespace HomeBridge.Gateways;

/// <summary>The switch's figures as metrics. Labels are names of processes: never an id.</summary>
internal sealed class ReplicaInstruments
{
    private const string Any = "any";

    public ReplicaInstruments(IMeterFactory meters, Replicas replicas, SuspensionBoard board)
    {
        var meter = meters.Create(VitalsFeature.MeterName);
        meter.CreateObservableGauge(
            "homebridge.suspension.leases.escaped",
            () => replicas.Escaped.Select(one => new Measurement<long>(one.Escaped, new KeyValuePair<string, object?>("gateway", one.Gateway))),
            "{session}",
            "Sessions that a suspension covered and that ran on until a sweep found them. Must stay 0.");
        meter.CreateObservableGauge(
            "homebridge.suspension.applied_version",
            () => replicas.All.Select(one => new Measurement<long>(one.Version, new KeyValuePair<string, object?>("replica", one.Name))),
            "{version}",
            "The suspension version that each process has applied.");
        meter.CreateObservableGauge(
            "homebridge.suspension.active",
            () => board.Current.InForce
                .GroupBy(one => (Platform: one.Scope.Platform ?? Any, Vendor: one.Scope.Vendor ?? Any, Trait: one.Scope.Trait ?? Any))
                .Select(group => new Measurement<int>(
                    group.Count(), new("platform", group.Key.Platform), new("vendor", group.Key.Vendor), new KeyValuePair<string, object?>("trait", group.Key.Trait))),
            "{suspension}",
            "Suspensions in force, by the platform, maker and trait that they name.");
        meter.CreateObservableGauge(
            "homebridge.suspension.staleness",
            () => board.Age?.TotalSeconds ?? 0,
            "s",
            "Since this process last looked at what is suspended.");
    }
}
