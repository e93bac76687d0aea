using System.Globalization;
using HomeBridge.Hosting.Pages;
using HomeBridge.Isolation;
using HomeBridge.Suspensions;

namespace HomeBridge.OpsConsole;

/// <summary>What the bridge found by itself, what it stopped for it, and when it would stop more.</summary>
internal static class IsolationPage
{
    public const string Path = "/isolation";
    private const int RefreshSeconds = 5;
    private const int ShownMax = 25;

    public static IResult Show(ConsoleFrame frame, IsolationReport report, SuspensionBoard board)
    {
        var standing = board.Current.InForce.Select(entry => entry.Id).ToHashSet(StringComparer.Ordinal);
        var active = report.Trips.Count(trip => standing.Contains(trip.Suspension));
        var (look, headline) = (active, report.Findings.Count) switch
        {
            ( > 0, _) => ("suspended", $"{active} automatic suspension{(active == 1 ? "" : "s")} in force"),
            (_, > 0) => ("serving", "Nothing is suspended automatically"),
            _ => ("serving", "Every unit was proven so far"),
        };
        return frame.Page("Isolation", Html.Of($"""
            <h1 class="{look}">{headline}</h1>
            <section>
            <h2>What tripped</h2>
            <p>The bridge only ever suspends. A person lifts, under <a href="{SuspensionsPage.Path}">Suspensions</a>; what was received before a lift doesn't count again.</p>
            {(report.Trips.Count == 0 ? Empty("Nothing has tripped.") : Trips(report, standing))}
            </section>
            <section>
            <h2>Makers now</h2>
            {(report.Makers.Count == 0 ? Empty("No unit was checked since this bridge started.") : Makers(report))}
            </section>
            <section>
            <h2>Cameras with refused units</h2>
            {(report.Cameras.All(camera => camera.Refused == 0) ? Empty($"None within {Time(report.Options.QuarantineWindow)}.") : Cameras(report))}
            </section>
            <section>
            <h2>Findings</h2>
            {(report.Findings.Count == 0 ? Empty("Gateways and canaries have found nothing.") : Findings(report))}
            </section>
            <section>
            <h2>Thresholds in force</h2>
            {Thresholds(report.Options)}
            </section>
            """), every: RefreshSeconds);
    }

    private static Html Trips(IsolationReport report, HashSet<string> standing) => Html.Of($"""
        <table class="figures">
        <thead><tr><th>Suspended</th><th>State</th><th>Why</th><th>Raised<small>after it came</small></th><th>In force<small>at the gateway</small></th><th>At (UTC)</th></tr></thead>
        <tbody>
        {Html.Join(report.Trips.Take(ShownMax).Select(trip => Html.Of($"""
            <tr>
            <th scope="row">{(trip.Device is { } device ? Html.Of($"camera <code>{device}</code>") : Html.Of($"every camera of {trip.Vendor}"))}</th>
            <td data-label="State"><span class="verdict {(standing.Contains(trip.Suspension) ? "poor" : "")}">{(standing.Contains(trip.Suspension) ? "IN FORCE" : "lifted")}</span></td>
            <td data-label="Why"><span><strong>{Rule(trip.Rule)}</strong>: {trip.Because}</span></td>
            <td data-label="Raised"><span class="figure">{Ms(trip.RaisedMs)}</span></td>
            <td data-label="In force"><span class="figure">{(trip.InForceMs is { } ms ? Ms(ms) : "–")}</span></td>
            <td data-label="At">{When(trip.At)}</td>
            </tr>

            """)))}
        </tbody></table>
        """);

    private static Html Makers(IsolationReport report) => Html.Of($"""
        <table class="figures">
        <thead><tr><th>Maker</th><th>Units<small>within {Time(report.Options.ShareWindow)}</small></th><th>Refused<small>≤ {Share(report.Options.RefusedPerMillionMax, 1_000_000)}</small></th><th>From<small>{report.Options.ShareDevicesMin} cameras and {report.Options.ShareLinksMin} links trip</small></th><th>Cameras with another's pictures<small>{report.Options.EscalationDevices} within {Time(report.Options.EscalationWindow)} trip</small></th></tr></thead>
        <tbody>
        {Html.Join(report.Makers.Select(maker => Html.Of($"""
            <tr>
            <th scope="row">{maker.Vendor}</th>
            <td data-label="Units"><span class="figure">{Number(maker.Units)}</span></td>
            <td data-label="Refused"><span class="figure {(maker.Refused == 0 ? "" : "none")}">{Share(maker.Refused, maker.Units)}</span><small>{Count(maker.Refused, "unit")}</small></td>
            <td data-label="From">{Count(maker.RefusedDevices, "camera")}, {Count(maker.RefusedLinks, "link")}</td>
            <td data-label="Others' pictures"><span class="figure">{maker.GunDevices}</span></td>
            </tr>

            """)))}
        </tbody></table>
        """);

    private static Html Cameras(IsolationReport report) => Html.Of($"""
        <table class="figures">
        <thead><tr><th>Camera</th><th>Proven<small>within {Time(report.Options.ShareWindow)}</small></th><th>Refused<small>{report.Options.QuarantineCount} within {Time(report.Options.QuarantineWindow)} trip</small></th><th>In a row<small>{report.Options.QuarantineInARow} trip</small></th><th>Last (UTC)</th></tr></thead>
        <tbody>
        {Html.Join(report.Cameras.Where(camera => camera.Refused > 0).Take(ShownMax).Select(camera => Html.Of($"""
            <tr>
            <th scope="row"><code>{camera.Device.Value}</code></th>
            <td data-label="Proven"><span class="figure">{Number(camera.Proven)}</span></td>
            <td data-label="Refused"><span class="figure">{camera.Refused}</span></td>
            <td data-label="In a row"><span class="figure">{camera.InARow}</span></td>
            <td data-label="Last">{(camera.LastRefused is { } last ? ConsoleFrame.When(last) : new Html("–"))}</td>
            </tr>

            """)))}
        </tbody></table>
        """);

    private static Html Findings(IsolationReport report) => Html.Of($"""
        <table class="figures">
        <thead><tr><th>What</th><th>Camera</th><th>Found</th><th>By</th><th>At (UTC)</th></tr></thead>
        <tbody>
        {Html.Join(report.Findings.Take(ShownMax).Select(finding => Html.Of($"""
            <tr>
            <th scope="row">{Class(finding.Class)}<small>{finding.Verdict}</small></th>
            <td data-label="Camera"><code>{finding.Device}</code></td>
            <td data-label="Found"><span>{finding.Detail}</span></td>
            <td data-label="By">{finding.Source}</td>
            <td data-label="At">{When(finding.At)}</td>
            </tr>

            """)))}
        </tbody></table>
        """);

    private static Html Thresholds(IsolationOptions options)
    {
        (string What, string Threshold, string Then)[] rows =
        [
            ("A canary sees a wrong frame", "1", "every camera of the maker"),
            ("A camera that nobody may see is named", $"1 ({options.Honeytokens.Count} configured)", "every camera of the maker"),
            ("Another camera's unit came, proven by its signatures", "1", "the two cameras"),
            ("The same at different cameras", $"{options.EscalationDevices} within {Time(options.EscalationWindow)}", "every camera of the maker"),
            ("Units without valid proof, of all", $"over {Share(options.RefusedPerMillionMax, 1_000_000)} within {Time(options.ShareWindow)}, from {options.ShareUnitsMin} units, {options.ShareDevicesMin} cameras and {options.ShareLinksMin} links on", "every camera of the maker"),
            ("Units without valid proof, of one camera", $"{options.QuarantineInARow} in a row, or {options.QuarantineCount} within {Time(options.QuarantineWindow)}", "that camera"),
            ("A passive anomaly: cache, init unit, parameter sets, sequence, capture time", "1", "that camera"),
        ];
        return Html.Of($"""
            <table class="figures">
            <thead><tr><th>What</th><th>How often</th><th>Suspends</th></tr></thead>
            <tbody>
            {Html.Join(rows.Select(row => Html.Of($"<tr><th scope=\"row\">{row.What}</th><td data-label=\"How often\">{row.Threshold}</td><td data-label=\"Suspends\">{row.Then}</td></tr>\n")))}
            </tbody></table>
            """);
    }

    private static string Rule(string rule) => rule switch
    {
        "wrong_frame" => "canary",
        "honeytoken" => "honeytoken",
        "smoking_guns" => "proof, repeated",
        "smoking_gun" => "proof",
        "resident_report" => "a resident's report",
        "refused_share" => "share without proof",
        "refused_in_a_row" or "refused_count" => "no valid proof",
        _ => "anomaly",
    };

    private static string Class(string found) => found switch
    {
        "wrong_frame" => "Wrong frame at a canary",
        "honeytoken" => "Honeytoken",
        "smoking_gun" => "Another camera's unit, proven",
        "resident_report" => "A resident: not my camera",
        "anomaly" => "Anomaly",
        _ => "No valid proof",
    };

    private static string Share(long part, long whole) =>
        whole == 0 ? "–" : (part * 100.0 / whole).ToString(part == 0 ? "0" : "0.00##", CultureInfo.InvariantCulture) + " %";

    private static string Time(TimeSpan time) => time.TotalMinutes >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.#} min")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s");

    private static string Ms(double ms) => string.Create(CultureInfo.InvariantCulture, $"{ms:#,0} ms");

    private static string Count(int number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";

    private static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private static Html When(long unixMs) => ConsoleFrame.When(DateTimeOffset.FromUnixTimeMilliseconds(unixMs));

    private static Html Empty(string sentence) => Html.Of($"<p class=\"empty\">{sentence}</p>");
}
