using HomeBridge.Vitals;

namespace HomeBridge.OpsConsole;

/// <summary>The quality figures over the ops API: what is demanded, and what is so.</summary>
internal static class VitalsApi
{
    public static object Answer(QualityFigures figures) => new
    {
        Demanded = new
        {
            SuccessRateMin = QualityRules.GoodThousandthsMin / 1000.0,
            P90MsMax = QualityRules.P90Max.TotalMilliseconds,
            PlatformCallsRateMin = QualityRules.GoodThousandthsMin / 1000.0,
            AccuracyRateMin = QualityRules.GoodThousandthsMin / 1000.0,
        },
        Windows = QualityWindow.All.Select(window => Of(figures.Report(window))),
    };

    /// <summary>How a verdict is spelt.</summary>
    public static string Name(QualityVerdict verdict) => verdict switch
    {
        QualityVerdict.Good => "GOOD",
        QualityVerdict.Poor => "POOR",
        _ => "NO_DATA",
    };

    private static object Of(QualityReport report) => new
    {
        Window = report.Window.Name,
        PlatformCalls = Of(report.PlatformCalls),
        Methods = report.Methods.Select(method => new { method.Method, Success = Of(method.Success) }),
        Types = report.Types.Select(type => new
        {
            type.DeviceType,
            Verdict = Name(type.Verdict),
            Query = Of(type.Query),
            Execute = Of(type.Execute),
            Accuracy = Of(type.Accuracy),
        }),
    };

    private static object Of(IntentFigures intent) => new
    {
        Success = Of(intent.Success),
        Latency = new
        {
            P50Ms = intent.Latency.P50?.TotalMilliseconds,
            P90Ms = intent.Latency.P90?.TotalMilliseconds,
            P99Ms = intent.Latency.P99?.TotalMilliseconds,
            Verdict = Name(intent.Latency.Verdict),
        },
    };

    private static object Of(RateFigure rate) => new { rate.Good, rate.Total, rate.Rate, Verdict = Name(rate.Verdict) };
}
