using HomeBridge.Hosting;

namespace HomeBridge.Devices;

/// <summary>
/// How much may be under way to one maker, and when calling it stops for a while. Room for everyone first: what one home
/// or one camera may use is a small part of what the maker takes.
/// </summary>
internal sealed record DeviceCloudLimits
{
    /// <summary>A home may use this part of the maker's calls at the most: one in four.</summary>
    private const int HomesAtLeast = 4;

    /// <summary>
    /// Failures in a row after which a home or camera is set aside. High enough that a test of a few calls or a short
    /// hiccup doesn't reach it.
    /// </summary>
    public const int FailuresInARowMax = 20;

    /// <summary>How long a home or camera is set aside before one call tries again.</summary>
    public static readonly TimeSpan SetAsideFor = TimeSpan.FromSeconds(1);

    /// <summary>The longest that a call waits for its turn. Waiting longer would leave no time for the call.</summary>
    public static readonly TimeSpan QueueWaitMax = TimeSpan.FromMilliseconds(700);

    /// <summary>Calls of one home that wait for their turn, per call under way.</summary>
    public const int HomeQueueFactor = 8;

    /// <summary>Calls that wait for the maker's turn, per call under way.</summary>
    public const int QueueFactor = 2;

    /// <summary>How long the recovery takes: then the maker is called as often as anybody asks.</summary>
    public static readonly TimeSpan RecoveryMax = TimeSpan.FromSeconds(10);

    /// <summary>Commands, states and lists under way to the maker.</summary>
    public required int CallsMax { get; init; }

    /// <summary>Of these, those of one home.</summary>
    public required int HomeCallsMax { get; init; }

    /// <summary>Owner checks and stream openings under way: a share of their own, which no storm of commands uses up.</summary>
    public required int StreamCallsMax { get; init; }

    /// <summary>Of these, those about one camera.</summary>
    public int CameraCallsMax => Math.Max(1, StreamCallsMax / HomesAtLeast);

    /// <summary>Share of failed calls that opens the breaker.</summary>
    public required double BreakerFailureRatio { get; init; }

    /// <summary>Calls are counted over this time.</summary>
    public required TimeSpan BreakerWindow { get; init; }

    /// <summary>Fewer calls in the window say nothing about the maker.</summary>
    public required int BreakerCallsMin { get; init; }

    /// <summary>How long nobody calls a maker in trouble; half as much more or less by chance.</summary>
    public required TimeSpan BreakDuration { get; init; }

    /// <summary>Calls in the first second after the maker came back; twice as many in each second after it.</summary>
    public required int RecoveryCallsPerSecond { get; init; }

    public static DeviceCloudLimits Read(ConfigurationReader read)
    {
        var limits = new DeviceCloudLimits
        {
            CallsMax = read.Number("DeviceCloud:CallsMax", 512, 4, 10_000),
            HomeCallsMax = read.Number("DeviceCloud:HomeCallsMax", 32, 1, 1_000),
            StreamCallsMax = read.Number("DeviceCloud:StreamCallsMax", 256, 4, 10_000),
            BreakerFailureRatio = read.Number("DeviceCloud:BreakerFailurePercent", 50, 1, 100) / 100.0,
            BreakerWindow = read.Duration("DeviceCloud:BreakerWindow", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
            BreakerCallsMin = read.Number("DeviceCloud:BreakerCallsMin", 200, 2, 100_000),
            BreakDuration = read.Duration("DeviceCloud:BreakDuration", TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
            RecoveryCallsPerSecond = read.Number("DeviceCloud:RecoveryCallsPerSecond", 50, 1, 10_000),
        };
        if (limits.HomeCallsMax * HomesAtLeast > limits.CallsMax)
        {
            read.Problem("DeviceCloud:HomeCallsMax", $"{limits.HomeCallsMax} is more than a quarter of DeviceCloud:CallsMax: a few homes would use up the maker.", "32");
        }

        if (limits.FailuresOfOneHomeMax >= limits.BreakerCallsMin * limits.BreakerFailureRatio)
        {
            read.Problem(
                "DeviceCloud:BreakerCallsMin",
                $"{limits.BreakerCallsMin} is too few: one home can make {limits.FailuresOfOneHomeMax} calls fail before it is set aside, and one home must not stop the maker for all.",
                "200");
        }

        return limits;
    }

    /// <summary>What one home can add to the failures of a window: those in a row, those under way then, and the tries after.</summary>
    private int FailuresOfOneHomeMax => FailuresInARowMax + HomeCallsMax + (int)(BreakerWindow / SetAsideFor);
}
