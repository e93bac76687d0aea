using System.Diagnostics.Metrics;
using HomeBridge.Vitals;

namespace HomeBridge.Alarms;

/// <summary>
/// What rings now. Some alarms last as long as what is wrong; what only happened rings for a while, so that nobody misses it.
/// </summary>
internal sealed class AlarmBoard
{
    /// <summary>How long something that happened rings.</summary>
    public static readonly TimeSpan HappenedFor = TimeSpan.FromMinutes(30);

    private readonly TimeProvider _time;
    private readonly ILogger<AlarmBoard> _log;
    private readonly Lock _gate = new();
    private readonly Dictionary<Alarm, (DateTimeOffset At, string Says)> _happened = [];
    private Dictionary<Alarm, RingingAlarm> _ringing = [];

    public AlarmBoard(IMeterFactory meters, TimeProvider time, ILogger<AlarmBoard> log)
    {
        (_time, _log) = (time, log);
        meters.Create(VitalsFeature.MeterName).CreateObservableGauge(
            "homebridge.alarms.ringing",
            () => Alarm.All.Select(alarm => new Measurement<int>(Now.Any(one => one.Alarm == alarm) ? 1 : 0, new KeyValuePair<string, object?>("alarm", alarm.Name))),
            "{alarm}",
            "Alarms that ring (1) or don't (0). Each has a page in deploy/runbooks.");
    }

    /// <summary>The most urgent first.</summary>
    public IReadOnlyList<RingingAlarm> Now
    {
        get
        {
            lock (_gate)
            {
                return [.. _ringing.Values.OrderBy(one => Alarm.All.IndexOf(one.Alarm))];
            }
        }
    }

    /// <summary>Something was written to the log that is an alarm.</summary>
    public void Happened(Alarm alarm, string says)
    {
        lock (_gate)
        {
            _happened[alarm] = (_time.GetUtcNow(), says);
        }
    }

    /// <summary>What is wrong at this moment. Tells the log what began and what is over.</summary>
    public void Look(IEnumerable<(Alarm Alarm, string Says)> wrong)
    {
        var now = _time.GetUtcNow();
        List<RingingAlarm> began, over;
        lock (_gate)
        {
            var ringing = new Dictionary<Alarm, RingingAlarm>();
            var all = wrong.Concat(_happened.Where(one => now - one.Value.At < HappenedFor).Select(one => (one.Key, one.Value.Says)));
            foreach (var (alarm, says) in all)
            {
                ringing.TryAdd(alarm, new RingingAlarm(alarm, _ringing.GetValueOrDefault(alarm)?.Since ?? now, says));
            }

            began = [.. ringing.Values.Where(one => !_ringing.ContainsKey(one.Alarm))];
            over = [.. _ringing.Values.Where(one => !ringing.ContainsKey(one.Alarm))];
            _ringing = ringing;
        }

        foreach (var one in began)
        {
            _log.Log(one.Alarm.IsPage ? LogLevel.Critical : LogLevel.Warning, "Alarm {Alarm}: {Says} {Detail} See {Runbook}", one.Alarm.Name, one.Alarm.Says, one.Says, one.Alarm.Runbook);
        }

        foreach (var one in over)
        {
            _log.LogInformation("Alarm {Alarm} is over", one.Alarm.Name);
        }
    }
}
