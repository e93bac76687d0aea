using System.Text.Json;
using System.Text.Json.Serialization;

namespace HomeBridge.Simulation;

/// <summary>What can go wrong. The comment says what a rate means.</summary>
internal enum FaultKind
{
    // Share of exchanges with a maker.
    Latency,
    Loss,
    Reset,
    HalfClose,
    Truncated,
    Lengthened,
    Corrupted,
    Torn,
    Duplicated,
    Reordered,
    Swapped,
    LateAfterCancel,
    CacheByPath,
    CacheReplay,
    StaleResigned,
    Status206,
    Redirect,
    MissingHeaders,
    EchoedHeaders,
    OtherUnitProof,
    OtherDeviceProof,
    BodySwap,
    Mixup,
    MixupResigned,
    IngestMixup,
    NonceMixup,
    MakerClock,
    CameraClock,
    AgeMark,
    PlaylistMixup,

    // Share of calls to the bridge.
    RedeemLost,
    RedeemLate,
    RedeemSwapped,
    RenewLost,
    EndedLost,

    // Times a minute.
    Unlink,
    Unbind,
    ReHome,
    ReHomeQuietly,
    Suspend,
    SuspendOther,
    Restart,
    RotateKey,
    FeedSilence,
    FeedReset,
    Failover,
    Outage,

    // Share of viewers.
    HangUp,
    Slow,
    Eager,
    ShareTicket,
    ReplayTicket,
    ExpiredTicket,
    ForgedTicket,
    GuessToken,
    WrongPurpose,
    LateUnit,
    OverFetch,
    StayAfterCut,
}

/// <summary>One fault, how often, and for whom.</summary>
/// <param name="Kind">What.</param>
/// <param name="Rate">See <see cref="FaultKind"/>.</param>
/// <param name="Vendor">Only this maker's; null means all.</param>
internal sealed record Fault(FaultKind Kind, double Rate, string? Vendor = null);

/// <summary>Faults that are on from one second to another.</summary>
internal sealed record Phase(double From, double To, Fault[] Faults);

/// <summary>What an ordinary pass-through gateway does under a schedule; asserted like our own zero.</summary>
internal enum NaiveOutcome
{
    /// <summary>Not run.</summary>
    NotAsked,

    /// <summary>No wrong byte: nothing is wrong with its world.</summary>
    Holds,

    /// <summary>Wrong bytes reach viewers.</summary>
    Leaks,
}

/// <summary>A named world of faults, read from <c>Schedules/*.json</c>.</summary>
internal sealed record Schedule
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    private static readonly Lazy<IReadOnlyList<Schedule>> Embedded = new(Read);

    public required string Name { get; init; }

    /// <summary>The row of the incident table that it replays; null for others.</summary>
    public string? Incident { get; init; }

    public required string Says { get; init; }

    public NaiveOutcome Naive { get; init; }

    /// <summary>Viewers must get nearly every unit that they ask for.</summary>
    public bool Clean { get; init; }

    public double Seconds { get; init; } = 90;

    public int Viewers { get; init; } = 200;

    public double WatchFrom { get; init; } = 22;

    public double WatchTo { get; init; } = 48;

    /// <summary>Share of players that fetch each unit twice, as those do that measure the network or fill two buffers.</summary>
    public double FetchTwice { get; init; } = 0.75;

    public int Homes { get; init; } = 6;

    public int CamerasPerHome { get; init; } = 2;

    /// <summary>Cameras number their units by the clock, so that two of them have the same names.</summary>
    public bool AlignedSequences { get; init; }

    /// <summary>Whether cameras write their own name into the bytes.</summary>
    public bool IdentityBox { get; init; } = true;

    /// <summary>Pairs of cameras were made with one key.</summary>
    public bool SharedKeys { get; init; }

    public int UnitBytes { get; init; } = 320;

    public int SessionsMax { get; init; } = 20_000;

    public Phase[] Phases { get; init; } = [];

    public static IReadOnlyList<Schedule> All => Embedded.Value;

    public static Schedule Named(string name) => All.Single(schedule => schedule.Name == name);

    private static IReadOnlyList<Schedule> Read()
    {
        var assembly = typeof(Schedule).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith("Schedules/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .SelectMany(name =>
                {
                    using var file = assembly.GetManifestResourceStream(name)!;
                    return JsonSerializer.Deserialize<Schedule[]>(file, Json)!;
                }),
        ];
    }
}
