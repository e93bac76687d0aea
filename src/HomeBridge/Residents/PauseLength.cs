namespace HomeBridge.Residents;

/// <summary>How long a resident wants no camera shared.</summary>
internal enum PauseLength
{
    /// <summary>For an hour.</summary>
    Hour,

    /// <summary>Until tomorrow morning where the resident lives.</summary>
    Tomorrow,

    /// <summary>Until the resident turns it on again.</summary>
    UntilResumed,
}

/// <summary>When a pause ends by itself.</summary>
internal static class PauseEnds
{
    /// <summary>Whoever says "until tomorrow" at eleven in the evening does not mean an hour: the day begins at seven.</summary>
    public static readonly TimeOnly MorningBegins = new(7, 0);

    public static DateTimeOffset? At(PauseLength length, DateTimeOffset now, TimeZoneInfo zone)
    {
        switch (length)
        {
            case PauseLength.Hour:
                return now + TimeSpan.FromHours(1);
            case PauseLength.Tomorrow:
                var morning = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime).AddDays(1).ToDateTime(MorningBegins);

                // A clock that is set forward over that very hour: the first moment after it.
                while (zone.IsInvalidTime(morning))
                {
                    morning += TimeSpan.FromMinutes(15);
                }

                return new DateTimeOffset(morning, zone.GetUtcOffset(morning)).ToUniversalTime();
            default:
                return null;
        }
    }

    /// <summary>The resident's zone by its IANA name; UTC when none is known.</summary>
    public static TimeZoneInfo Zone(string? name) =>
        name is not null && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : TimeZoneInfo.Utc;
}
