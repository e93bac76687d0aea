using HomeBridge.Hosting;

namespace HomeBridge.Ledger;

/// <summary>Section <c>Ledger</c>: how much of it is kept.</summary>
internal sealed record LedgerOptions
{
    /// <summary>Days that are kept, today included. Default 90.</summary>
    public required int DaysMax { get; init; }

    /// <summary>Megabytes in the database; beyond them the oldest days go. Today never goes. Default 20,000.</summary>
    public required int MegabytesMax { get; init; }

    public static LedgerOptions Read(ConfigurationReader read) => new()
    {
        DaysMax = read.Number("Ledger:DaysMax", 90, 2, 3660),
        MegabytesMax = read.Number("Ledger:MegabytesMax", 20_000, 10, 10_000_000),
    };
}
