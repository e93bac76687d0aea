using System.Diagnostics.Metrics;
using HomeBridge.Vitals;

namespace HomeBridge.Notices;

/// <summary>Whether residents hear of what happens. No ids in it.</summary>
internal sealed class NoticeInstruments
{
    private const string Channel = "channel";

    private readonly Counter<long> _sent;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _givenUp;

    public NoticeInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(VitalsFeature.MeterName);
        _sent = meter.CreateCounter<long>("homebridge.notices.sent", "{notice}", "Notices to residents that arrived, by channel.");
        _failed = meter.CreateCounter<long>("homebridge.notices.failures", "{attempt}", "Attempts to deliver a notice that failed, by channel.");
        _givenUp = meter.CreateCounter<long>("homebridge.notices.given_up", "{notice}", "Notices that nobody tries to deliver any more, by channel.");
    }

    public void Sent(string channel) => _sent.Add(1, new KeyValuePair<string, object?>(Channel, channel));

    public void Failed(string channel) => _failed.Add(1, new KeyValuePair<string, object?>(Channel, channel));

    public void GaveUp(string channel) => _givenUp.Add(1, new KeyValuePair<string, object?>(Channel, channel));
}
