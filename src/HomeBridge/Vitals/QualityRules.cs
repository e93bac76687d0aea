using System.Collections.Frozen;

namespace HomeBridge.Vitals;

/// <summary>What the platform demands, and which answers it holds against a maker.</summary>
internal static class QualityRules
{
    /// <summary>The share, in thousandths, of QUERY and EXECUTE answers, of calls to the platform and of reported states that must be good.</summary>
    public const int GoodThousandthsMin = 995;

    /// <summary>What nine of ten answers may take at most.</summary>
    public static readonly TimeSpan P90Max = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Error codes that tell a truth about the home and count as success. The platform's published list, as far as it
    /// is readable; what isn't on it is held against us, <c>deviceOffline</c> included. <c>challengeNeeded</c> is our
    /// reading: asking for a PIN is a step of the protocol, and every lock would be poor if it were a failure.
    /// </summary>
    private static readonly FrozenSet<string> Benign = new[]
    {
        "aboveMaximumLightEffectsDuration", "belowMinimumLightEffectsDuration", "alreadyArmed", "alreadyAtMax", "alreadyAtMin",
        "alreadyClosed", "alreadyDisarmed", "armLevelNeeded", "bagFull", "binFull", "cancelArmingRestricted", "inOffMode",
        "lockedToRange", "lowBattery", "maxSpeedReached", "minSpeedReached",
        "challengeNeeded",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether an answer with this error counts as a failure. No error is none; an exception beside a success is no error.</summary>
    public static bool IsFailure(string? errorCode) => errorCode is not null && !Benign.Contains(errorCode);

    public static bool RateHolds(long good, long total) => good * 1000 >= total * GoodThousandthsMin;
}
