using System.Diagnostics.Metrics;
using HomeBridge.Suspensions;
using HomeBridge.Vitals;

namespace HomeBridge.Gateways;

/// <summary>The switch's figures as metrics. Labels are names of processes: never an id.</summary>
internal sealed class ReplicaInstruments
{
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
            "homebridge.suspension.staleness",
            () => board.Age?.TotalSeconds ?? 0,
            "s",
            "Since this process last looked at what is suspended.");
    }
}
