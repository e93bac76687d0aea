using HomeBridge.Streaming.Feed;

namespace HomeBridge.Gateways;

/// <summary>How long a viewer may still see pictures after a flip, at worst.</summary>
/// <param name="BufferedSeconds">What a player had already: it can't be recalled.</param>
/// <param name="CutOffSeconds">How much longer a gateway serves that lost its bridge just before the flip.</param>
/// <param name="WorstSeconds">Both.</param>
internal sealed record WorstCaseExposure(double BufferedSeconds, double CutOffSeconds, double WorstSeconds)
{
    /// <summary>A media unit, as contracts/media-evidence.md has it.</summary>
    private static readonly TimeSpan Unit = TimeSpan.FromSeconds(2);

    /// <summary>Units that a viewer's playlist names.</summary>
    public const int WindowUnits = 3;

    public static WorstCaseExposure OfStreams { get; } = Of(Unit * WindowUnits, GatewayTiming.Lease + GatewayTiming.Heartbeat);

    private static WorstCaseExposure Of(TimeSpan buffered, TimeSpan cutOff) =>
        new(buffered.TotalSeconds, cutOff.TotalSeconds, (buffered + cutOff).TotalSeconds);
}
