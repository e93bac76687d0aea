namespace HomeBridge.Vitals;

/// <summary>Whether a demand is met. No data is neither good nor poor.</summary>
internal enum QualityVerdict
{
    NoData,
    Good,
    Poor,
}

/// <summary>A share of good ones.</summary>
internal sealed record RateFigure(long Good, long Total)
{
    public static readonly RateFigure None = new(0, 0);

    /// <summary>From 0 to 1; null without data.</summary>
    public double? Rate => Total == 0 ? null : (double)Good / Total;

    public QualityVerdict Verdict =>
        Total == 0 ? QualityVerdict.NoData : QualityRules.RateHolds(Good, Total) ? QualityVerdict.Good : QualityVerdict.Poor;
}

/// <summary>How long answers took. The verdict counts exactly; the percentiles are the middles of buckets.</summary>
internal sealed record LatencyFigure(TimeSpan? P50, TimeSpan? P90, TimeSpan? P99, QualityVerdict Verdict);

/// <summary>One intent of one device type.</summary>
internal sealed record IntentFigures(RateFigure Success, LatencyFigure Latency);

/// <summary>One device type: good only if every demand is met, those on the whole integration included.</summary>
internal sealed record TypeFigures(string DeviceType, IntentFigures Query, IntentFigures Execute, RateFigure Accuracy, QualityVerdict Verdict);

/// <summary>Our calls of one method of the platform.</summary>
internal sealed record CallFigures(string Method, RateFigure Success);

/// <summary>The quality of the integration over one window, in the platform's terms.</summary>
internal sealed record QualityReport(
    QualityWindow Window, IReadOnlyList<TypeFigures> Types, RateFigure PlatformCalls, IReadOnlyList<CallFigures> Methods);
