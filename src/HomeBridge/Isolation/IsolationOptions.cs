using System.Collections.Frozen;
using HomeBridge.Hosting;

namespace HomeBridge.Isolation;

/// <summary>
/// Section <c>Isolation</c>: when the bridge suspends by itself. No value makes a trip wider than one maker's cameras,
/// and none makes a proof of another camera's pictures count for nothing.
/// </summary>
internal sealed record IsolationOptions
{
    /// <summary>Cameras that got another camera's pictures, proven, until all of the maker's are suspended. Default 2.</summary>
    public required int EscalationDevices { get; init; }

    /// <summary>Within this time. Default 10 min.</summary>
    public required TimeSpan EscalationWindow { get; init; }

    /// <summary>Refused units of a million that a maker may have. Default 1,000, which is 0.1 %.</summary>
    public required int RefusedPerMillionMax { get; init; }

    /// <summary>The share is taken over this time. Default 1 min.</summary>
    public required TimeSpan ShareWindow { get; init; }

    /// <summary>With fewer units in the window there is no share. Default 200.</summary>
    public required int ShareUnitsMin { get; init; }

    /// <summary>The refused units must be of so many cameras, or it is their trouble and not the maker's. Default 3.</summary>
    public required int ShareDevicesMin { get; init; }

    /// <summary>And of so many account links. Default 3.</summary>
    public required int ShareLinksMin { get; init; }

    /// <summary>Refused units of one camera, none proven in between, until it is quarantined. Default 3.</summary>
    public required int QuarantineInARow { get; init; }

    /// <summary>Refused units of one camera, others proven in between, until it is quarantined. Default 5.</summary>
    public required int QuarantineCount { get; init; }

    /// <summary>Within this time, both of them. Default 10 min.</summary>
    public required TimeSpan QuarantineWindow { get; init; }

    /// <summary>The maker's ids of cameras that nobody may ever see: whatever names one trips. Default none.</summary>
    public required FrozenSet<string> Honeytokens { get; init; }

    /// <summary>How long a finding can matter.</summary>
    public TimeSpan Memory => new[] { EscalationWindow, ShareWindow, QuarantineWindow }.Max();

    public static IsolationOptions Read(ConfigurationReader read) => new()
    {
        EscalationDevices = read.Number("Isolation:EscalationDevices", 2, 1, 100),
        EscalationWindow = read.Duration("Isolation:EscalationWindow", TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1), TimeSpan.FromDays(1)),
        RefusedPerMillionMax = read.Number("Isolation:RefusedPerMillionMax", 1_000, 1, 500_000),
        ShareWindow = read.Duration("Isolation:ShareWindow", TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10)),
        ShareUnitsMin = read.Number("Isolation:ShareUnitsMin", 200, 10, 1_000_000),
        ShareDevicesMin = read.Number("Isolation:ShareDevicesMin", 3, 2, 1_000),
        ShareLinksMin = read.Number("Isolation:ShareLinksMin", 3, 2, 1_000),

        // At least two: what one unit loses on a poor network is no reason.
        QuarantineInARow = read.Number("Isolation:QuarantineInARow", 3, 2, 100),
        QuarantineCount = read.Number("Isolation:QuarantineCount", 5, 2, 1_000),
        QuarantineWindow = read.Duration("Isolation:QuarantineWindow", TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1), TimeSpan.FromDays(1)),
        Honeytokens = read.Texts("Isolation:Honeytokens").ToFrozenSet(StringComparer.Ordinal),
    };
}
