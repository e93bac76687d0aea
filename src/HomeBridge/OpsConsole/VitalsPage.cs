using System.Globalization;
using HomeBridge.Hosting.Pages;
using HomeBridge.Vitals;

namespace HomeBridge.OpsConsole;

/// <summary>The quality figures, with what the platform demands beside them.</summary>
internal static class VitalsPage
{
    public const string Path = "/vitals";
    private const int RefreshSeconds = 30;

    public static IResult Show(ConsoleFrame frame, QualityFigures figures, string? windowName)
    {
        var window = QualityWindow.All.FirstOrDefault(one => one.Name == windowName) ?? QualityWindow.All[0];
        var report = figures.Report(window);
        var poor = report.Types.Count(type => type.Verdict is QualityVerdict.Poor);
        var callsPoor = report.PlatformCalls.Verdict is QualityVerdict.Poor;
        var (verdict, headline) = (poor, callsPoor, report.Types.Count) switch
        {
            (_, true, _) => ("suspended", "The whole integration is POOR: calls to the platform fail"),
            ( > 0, _, _) => ("suspended", $"{poor} of {report.Types.Count} device types {(poor == 1 ? "is" : "are")} POOR"),
            (_, _, 0) => ("quiet", "Nothing was answered yet"),
            _ => ("serving", $"GOOD: {report.Types.Count} device {(report.Types.Count == 1 ? "type meets" : "types meet")} every demand"),
        };
        return frame.Page("Vitals", Html.Of($"""
            <h1 class="{verdict}">{headline}</h1>
            <nav class="choices" aria-label="Window">
            {Html.Join(QualityWindow.All.Select(one => Html.Of($"<a href=\"{Path}?window={one.Name}\"{(one == window ? new Html(" aria-current=\"true\"") : Html.Empty)}>{Words(one)}</a>\n")))}
            </nav>
            <section>
            <h2>By device type</h2>
            <p>Counted as the platform counts: an answer is good unless its error code is one that the platform holds against us; <code>deviceOffline</code> is.
            A type is GOOD only if every figure is, calls to the platform included.</p>
            {(report.Types.Count == 0 ? Empty($"No device was asked or commanded in the {Words(window)}, and no reported state compared. A row appears with the first answer of its type.") : Types(report))}
            </section>
            <section>
            <h2>Calls to the platform</h2>
            <p>Reports, sync requests and the like, for the whole integration. Demanded: {DemandedRate}.</p>
            {(report.Methods.Count == 0 ? Empty($"No call was made in the {Words(window)}.") : Calls(report))}
            </section>
            """), every: RefreshSeconds);
    }

    private static string DemandedRate => $"≥ {Number(QualityRules.GoodThousandthsMin / 10.0, "0.0")} %";

    private static string DemandedP90 => $"p90 ≤ {Number(QualityRules.P90Max.TotalMilliseconds, "0")} ms";

    private static Html Types(QualityReport report) => Html.Of($"""
        <table class="figures">
        <thead>
        <tr><th>Device type</th><th>Verdict</th><th>QUERY success<small>{DemandedRate}</small></th><th>QUERY latency<small>{DemandedP90}</small></th><th>EXECUTE success<small>{DemandedRate}</small></th><th>EXECUTE latency<small>{DemandedP90}</small></th><th>State accuracy<small>{DemandedRate}</small></th></tr>
        </thead>
        <tbody>
        {Html.Join(report.Types.Select(type => Html.Of($"""
            <tr>
            <th scope="row">{type.DeviceType}</th>
            <td data-label="Verdict">{Verdict(type.Verdict)}</td>
            <td data-label="QUERY success, {DemandedRate}">{Rate(type.Query.Success)}</td>
            <td data-label="QUERY latency, {DemandedP90}">{Latency(type.Query.Latency)}</td>
            <td data-label="EXECUTE success, {DemandedRate}">{Rate(type.Execute.Success)}</td>
            <td data-label="EXECUTE latency, {DemandedP90}">{Latency(type.Execute.Latency)}</td>
            <td data-label="State accuracy, {DemandedRate}">{Rate(type.Accuracy)}</td>
            </tr>

            """)))}
        </tbody>
        </table>
        """);

    private static Html Calls(QualityReport report) => Html.Of($"""
        <table class="figures">
        <thead><tr><th>Method</th><th>Success<small>{DemandedRate} for all together</small></th></tr></thead>
        <tbody>
        <tr><th scope="row">All</th><td data-label="Success, {DemandedRate}">{Rate(report.PlatformCalls)}</td></tr>
        {Html.Join(report.Methods.Select(method => Html.Of($"<tr><th scope=\"row\"><code>{method.Method}</code></th><td data-label=\"Success\">{Rate(method.Success)}</td></tr>\n")))}
        </tbody>
        </table>
        """);

    private static Html Verdict(QualityVerdict verdict) => verdict switch
    {
        QualityVerdict.Good => new Html("<span class=\"verdict good\">GOOD</span>"),
        QualityVerdict.Poor => new Html("<span class=\"verdict poor\">POOR</span>"),
        _ => new Html("<span class=\"verdict\">no data</span>"),
    };

    private static Html Rate(RateFigure rate) => rate.Rate is { } share
        ? Html.Of($"<span class=\"figure {Class(rate.Verdict)}\">{Percent(share)} %</span><small>{Number(rate.Good, "#,0")} of {Number(rate.Total, "#,0")}</small>")
        : new Html("<span class=\"figure none\">–</span>");

    private static Html Latency(LatencyFigure latency) => latency.P90 is { } p90
        ? Html.Of($"<span class=\"figure {Class(latency.Verdict)}\">{Ms(p90)} ms</span><small>p50 {Ms(latency.P50)} · p99 {Ms(latency.P99)}</small>")
        : new Html("<span class=\"figure none\">–</span>");

    private static string Class(QualityVerdict verdict) => verdict is QualityVerdict.Poor ? "poor" : "good";

    /// <summary>Cut, not rounded: 99.499 % must not read as what is demanded.</summary>
    private static string Percent(double share) => Number(Math.Floor(share * 10_000) / 100, "0.00");

    private static string Ms(TimeSpan? time) => time is { TotalMilliseconds: var ms } ? Number(ms, ms < 10 ? "0.0" : "#,0") : "–";

    private static string Number(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);

    private static string Words(QualityWindow window) => window == QualityWindow.Last15Minutes ? "last 15 minutes" : "last 24 hours";

    private static Html Empty(string sentence) => Html.Of($"<p class=\"empty\">{sentence}</p>");
}
