using System.Diagnostics.Metrics;
using HomeBridge.Vitals;
using Polly.CircuitBreaker;

namespace HomeBridge.Devices;

/// <summary>What a call is about, and with that whose place it takes.</summary>
internal enum CallKind
{
    /// <summary>Lists, states and commands, by home.</summary>
    Home,

    /// <summary>Whose a camera is, and its streams, by camera.</summary>
    Stream,
}

/// <summary>
/// How the calls to a maker fare at this moment. The breaker is <c>closed</c>, <c>open</c>, <c>half-open</c>, or
/// <c>recovering</c>: closed, and the maker is called slowly.
/// </summary>
internal sealed record DeviceCloudStatus(
    string Vendor, string Breaker, IReadOnlyDictionary<string, long> InFlight, IReadOnlyDictionary<string, long> Refused, int HomesSetAside, int CamerasSetAside);

/// <summary>The state of the calls to the device cloud, for operators to read and as metrics.</summary>
internal sealed class DeviceCloudHealth
{
    public const string Answered = "answered";
    public const string Late = "late";
    public const string Failed = "failed";

    private static readonly CallKind[] Kinds = Enum.GetValues<CallKind>();
    private static readonly Refusal[] Refusals = Enum.GetValues<Refusal>();

    private readonly string _vendor;
    private readonly ILogger _log;
    private readonly Counter<long> _callsRefused;
    private readonly Histogram<double> _took;
    private readonly Counter<long> _transitions;
    private readonly long[] _inFlight = new long[Kinds.Length];
    private readonly long[] _refused = new long[Refusals.Length];
    private Func<(string Breaker, int Homes, int Cameras)> _look = () => ("closed", 0, 0);

    public DeviceCloudHealth(DeviceCloudOptions options, IMeterFactory meters, ILogger<DeviceCloudHealth> log)
    {
        var meter = meters.Create(VitalsFeature.MeterName);
        (_vendor, _log) = (options.Vendor, log);
        _took = meter.CreateHistogram<double>("homebridge.device_cloud.call.duration", "s", "Calls to the device cloud, by kind and outcome");
        _callsRefused = meter.CreateCounter<long>("homebridge.device_cloud.call.refused", "{call}", "Calls that were not sent, by reason");
        _transitions = meter.CreateCounter<long>("homebridge.device_cloud.breaker.transitions", "{transition}", "Changes of the breaker, by new state");
        meter.CreateObservableGauge(
            "homebridge.device_cloud.call.in_flight",
            () => Kinds.Select(kind => new Measurement<long>(InFlight(kind), Tag("kind", Name(kind)))), "{call}", "Calls under way");
        meter.CreateObservableGauge(
            "homebridge.vendor.breaker.state",
            () => new Measurement<int>(_look().Breaker switch { "open" => 2, "half-open" => 1, _ => 0 }, Tag("vendor", _vendor)),
            description: "0: the maker is called, 1: one call tries whether it is back, 2: it is left alone");
        meter.CreateObservableGauge(
            "homebridge.device_cloud.breaker.open", () => _look().Breaker is "open" or "half-open" ? 1 : 0, description: "1 while the maker is not called");
    }

    /// <summary>What is true at this moment.</summary>
    public DeviceCloudStatus Read()
    {
        var (breaker, homes, cameras) = _look();
        return new DeviceCloudStatus(
            _vendor,
            breaker,
            Kinds.ToDictionary(Name, InFlight, StringComparer.Ordinal),
            Refusals.ToDictionary(Name, refusal => Interlocked.Read(ref _refused[(int)refusal]), StringComparer.Ordinal),
            homes,
            cameras);
    }

    /// <summary>Where to look; told once by the connection.</summary>
    public void Watch(Func<(string Breaker, int Homes, int Cameras)> look) => _look = look;

    public void Opened(TimeSpan duration)
    {
        _transitions.Add(1, Tag("state", "open"));
        _log.LogError("Too many calls to the device cloud of {Vendor} fail: it is left alone for {Seconds:0.0} s", _vendor, duration.TotalSeconds);
    }

    public void HalfOpened()
    {
        _transitions.Add(1, Tag("state", "half-open"));
        _log.LogInformation("One call tries whether the device cloud of {Vendor} is back", _vendor);
    }

    public void Closed()
    {
        _transitions.Add(1, Tag("state", "closed"));
        _log.LogWarning("The device cloud of {Vendor} answers again: it is called slowly at first", _vendor);
    }

    public void Refused(CallKind kind, Refusal refusal)
    {
        Interlocked.Increment(ref _refused[(int)refusal]);
        _callsRefused.Add(1, Tag("kind", Name(kind)), Tag("reason", Name(refusal)));
    }

    public void Sending(CallKind kind) => Interlocked.Increment(ref _inFlight[(int)kind]);

    public void Done(CallKind kind, string outcome, TimeSpan took)
    {
        Interlocked.Decrement(ref _inFlight[(int)kind]);
        _took.Record(took.TotalSeconds, Tag("kind", Name(kind)), Tag("outcome", outcome));
    }

    public static string Name(CircuitState state) => state switch
    {
        CircuitState.Closed => "closed",
        CircuitState.HalfOpen => "half-open",
        _ => "open",
    };

    private long InFlight(CallKind kind) => Interlocked.Read(ref _inFlight[(int)kind]);

    private static string Name(CallKind kind) => kind is CallKind.Home ? "home" : "stream";

    private static string Name(Refusal refusal) => refusal switch
    {
        Refusal.OwnShare => "own_share",
        Refusal.MakersShare => "makers_share",
        Refusal.SetAside => "set_aside",
        Refusal.Open => "open",
        Refusal.Recovering => "recovering",
        _ => "late",
    };

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
