using System.Security.Cryptography;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.Ledger;

/// <summary>A batch of a gateway is looked at before it becomes part of the record for good.</summary>
internal static class ReleaseCheck
{
    /// <summary>The year 2200, in Unix milliseconds.</summary>
    private const long AtMax = 7_258_118_400_000;

    public static bool IsWellFormed(UnitsReleased released) =>
        released is { Run.Length: > 0 and <= UnitsReleased.RunLengthMax, Batch: > 0, Units.Count: > 0 and <= UnitsReleased.UnitsMax }
        && released.Units.All(unit => unit is { Sha256.Length: SHA256.HashSizeInBytes, Sequence: >= 0, Bytes: >= 0, AtUnixMs: > 0 and < AtMax }
            && Enum.IsDefined(unit.Kind)
            && GrantId.TryParse(unit.Grant, out var grant) && grant.ToString() == unit.Grant);
}
