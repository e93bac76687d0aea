namespace HomeBridge.Isolation;

/// <summary>What became of a resident's word that a view showed another camera.</summary>
internal enum ResidentReport
{
    /// <summary>Nobody is shown the camera until a person has looked at it.</summary>
    Quarantined,

    /// <summary>Written down for operators. Somebody has looked at the camera since, or it is theirs no more.</summary>
    Noted,

    /// <summary>The same was said of this view before.</summary>
    ToldBefore,

    /// <summary>Too many such reports within a day.</summary>
    TooMany,
}

/// <summary>How many reports of residents are taken in: each one is work for a person.</summary>
internal static class ResidentReportLimits
{
    public const int PerAccountMax = 10;
    public const int PerCameraMax = 5;

    public static readonly TimeSpan Within = TimeSpan.FromDays(1);
}
