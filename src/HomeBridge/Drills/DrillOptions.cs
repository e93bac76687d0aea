using HomeBridge.Hosting;

namespace HomeBridge.Drills;

/// <summary>Section <c>Drills</c>. Without canaries there is no camera to try the switch on, and none is run.</summary>
internal sealed record DrillOptions
{
    /// <summary>From one drill to the next. Default 5 min.</summary>
    public required TimeSpan Every { get; init; }

    /// <summary>From the switch to the last byte; one that takes longer has failed. Default 1 s.</summary>
    public required TimeSpan LastByteWithin { get; init; }

    public static DrillOptions Read(ConfigurationReader read) => new()
    {
        Every = read.Duration("Drills:Every", TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(10), TimeSpan.FromDays(1)),
        LastByteWithin = read.Duration("Drills:LastByteWithin", TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5)),
    };
}
