using System.Diagnostics.Metrics;
using HomeBridge.Vitals;

namespace HomeBridge.CameraStreams;

/// <summary>How often the maker named another owner than the one who was bound.</summary>
internal sealed class OwnershipInstruments(IMeterFactory meters)
{
    private readonly Counter<long> _mismatches = meters.Create(VitalsFeature.MeterName).CreateCounter<long>(
        "homebridge.ownership.mismatches", "{camera}", "Cameras whose owner at the maker was not the one who consented, by where that was found.");

    public void FoundWhenGranting() => Found("grant");

    public void FoundWhenRenewing() => Found("renew");

    private void Found(string where) => _mismatches.Add(1, new KeyValuePair<string, object?>("where", where));
}
