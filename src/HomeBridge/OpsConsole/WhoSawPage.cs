using System.Globalization;
using System.Security.Claims;
using HomeBridge.Hosting.Pages;
using HomeBridge.Ledger;
using HomeBridge.Streaming.Evidence;
using Microsoft.AspNetCore.WebUtilities;

namespace HomeBridge.OpsConsole;

/// <summary>Who saw what: for a device or a grant and a time, the sessions and what each of them was shown.</summary>
internal static class WhoSawPage
{
    public const string Path = "/who-saw";

    private const string TimeFormat = "yyyy-MM-ddTHH:mm";
    private const int UnitsShownMax = 200;
    private const int DaysShownMax = 7;

    public static IResult Show(ConsoleFrame frame, HttpContext context, ClaimsPrincipal who, LedgerQuery query, ReleaseLedger ledger)
    {
        var asked = context.Request.Query;
        if (!who.IsInRole(OperatorRoles.Auditor))
        {
            return frame.Page(
                "Who saw what",
                Html.Of($"<section><h1>Who saw what?</h1><p class=\"empty\">This is for people with the role Auditor: it says who was at which home's cameras.</p></section>"),
                StatusCodes.Status403Forbidden);
        }

        if (asked.ContainsKey("verify"))
        {
            return frame.Page("Ledger", Html.Of($"{Form(frame, null, null)}{Checked(query.Verify(who))}{Days(ledger)}"));
        }

        if (!asked.ContainsKey("find"))
        {
            return frame.Page("Who saw what", Html.Of($"{Form(frame, null, null)}{Days(ledger)}"));
        }

        var find = asked["find"].ToString().Trim();
        var (question, wrong) = query.Read(new QueryCollection(new Dictionary<string, Microsoft.Extensions.Primitives.StringValues>(asked, StringComparer.Ordinal)
        {
            // A grant is told from a device by its look: 32 hexadecimal digits, as in the audit trail.
            [Streaming.Tickets.GrantId.TryParse(find, out _) ? "grant" : "device"] = find,
        }));
        if (question is null)
        {
            return frame.Page("Who saw what", Html.Of($"<p class=\"notice\" role=\"alert\">{wrong}</p>{Form(frame, find, null)}"), StatusCodes.Status400BadRequest);
        }

        var (seen, next) = query.Ask(question with { Units = question.Grant is not null }, who);
        return frame.Page($"Who saw {find}", Html.Of($"""
            {Form(frame, find, question)}
            <section>
            <h2>{Headline(seen, next is not null)}</h2>
            {(seen.Count == 0
                ? Html.Of($"<p class=\"empty\">Nothing of it was released to anybody between {ConsoleFrame.Utc(question.From)} and {ConsoleFrame.Utc(question.To)}. The newest releases are here within a second or two.</p>")
                : Sessions(seen, question))}
            {(next is { } after ? Html.Of($"<p><a href=\"{Address(find, question.From, question.To, after)}\">The sessions after these</a></p>") : Html.Empty)}
            </section>
            {(question.Grant is not null && seen is [var only, ..] ? Units(query, only) : Html.Empty)}
            """));
    }

    private static string Headline(IReadOnlyList<SessionSeen> seen, bool more) => seen.Count == 0
        ? "Nobody"
        : string.Create(CultureInfo.InvariantCulture, $"{seen.Count}{(more ? " or more" : "")} session{(seen.Count == 1 ? "" : "s")}, {seen.Sum(one => one.Units):#,0} units, {Size(seen.Sum(one => one.Bytes))}");

    private static Html Form(ConsoleFrame frame, string? find, LedgerQuestion? question) => Html.Of($"""
        <section>
        <h1>Who saw what?</h1>
        <form class="search" method="get" action="{Path}" role="search">
        <label class="field">Device or grant <input name="find" value="{find}" placeholder="dev_… or the maker's id" maxlength="128" autocomplete="off" spellcheck="false" required></label>
        <label class="field">From (UTC) <input type="datetime-local" name="from" value="{Local(question?.From ?? frame.Time.AddDays(-1))}"></label>
        <label class="field">To (UTC) <input type="datetime-local" name="to" value="{Local(question?.To ?? frame.Time.AddDays(1))}"></label>
        <button class="primary" type="submit">Look up</button>
        </form>
        <p><small>Your question is written to the audit trail.</small></p>
        </section>
        """);

    private static Html Sessions(IReadOnlyList<SessionSeen> seen, LedgerQuestion question) => Html.Of($"""
        <table class="figures">
        <thead><tr><th>Session</th><th>Home</th><th>Through</th><th>Released (UTC)</th><th>Units</th></tr></thead>
        <tbody>
        {Html.Join(seen.Select(one => Html.Of($"""
            <tr><th scope="row"><a href="{Address(one.Session.Grant, question.From, question.To)}"><code>{one.Session.Grant}</code></a></th><td data-label="Home">{Known(one.Session.Account)}<small>{one.Session.AccountLink}</small></td><td data-label="Through">{Known(one.Session.Platform)}<small>{one.Session.Gateway}</small></td><td data-label="Released">{ConsoleFrame.When(one.FirstRelease)}<small>to {ConsoleFrame.When(one.LastRelease)}</small></td><td data-label="Units">{one.Units.ToString("#,0", CultureInfo.InvariantCulture)}<small>{Size(one.Bytes)}</small></td></tr>

            """)))}
        </tbody></table>
        """);

    private static Html Units(LedgerQuery query, SessionSeen seen) => Html.Of($"""
        <section>
        <h2>What was shown of <code>{seen.Session.VendorDeviceId}</code></h2>
        <p>{(seen.Units > UnitsShownMax ? Html.Of($"The first {UnitsShownMax} of {seen.Units} units; <code>GET /ops/v1/ledger?grant={seen.Session.Grant}&amp;units=true</code> has all.") : Html.Of($"Each unit with the SHA-256 of its bytes, as they were proven."))}</p>
        <table class="figures">
        <thead><tr><th>Unit</th><th>Released (UTC)</th><th>Bytes</th><th>SHA-256</th></tr></thead>
        <tbody>
        {Html.Join(query.Units(seen).Take(UnitsShownMax).Select(unit => Html.Of($"""
            <tr><th scope="row">{(unit.Kind is UnitKind.Segment ? unit.Sequence.ToString(CultureInfo.InvariantCulture) : LedgerWords.Kind(unit))}</th><td data-label="Released">{ConsoleFrame.When(unit.At)}</td><td data-label="Bytes">{unit.Bytes.ToString("#,0", CultureInfo.InvariantCulture)}{(unit.Cut ? new Html("<small>cut off</small>") : Html.Empty)}</td><td data-label="SHA-256"><code>{unit.Sha256}</code></td></tr>

            """)))}
        </tbody></table>
        </section>
        """);

    private static Html Checked(LedgerCheck check) => Html.Of($"""
        <section class="confirmation {(check.Intact ? "complete" : "incomplete")}" role="status">
        <p class="big">{(check.Intact ? "INTACT" : $"BROKEN at row {check.FirstBadRow}")}</p>
        <p>{(check.Intact
            ? string.Create(CultureInfo.InvariantCulture, $"{check.Rows:#,0} rows with {check.Units:#,0} units are what was recorded, in that order, and none is missing.")
            : $"{check.Problem}. What comes after it proves nothing.")}</p>
        </section>
        """);

    private static Html Days(ReleaseLedger ledger) => Html.Of($"""
        <section>
        <h2>The ledger</h2>
        <p>Each unit that left for a viewer is in it, chained by hash. Days that are sealed stand in the audit trail with their last hash. <a href="{Path}?verify=true">Verify the whole chain</a></p>
        {(ledger.Days(DaysShownMax) is { Count: > 0 } days
            ? Html.Of($"""
                <table class="figures">
                <thead><tr><th>Day</th><th>Units</th><th>Size</th><th>State</th></tr></thead>
                <tbody>
                {Html.Join(days.Select(day => Html.Of($"<tr><th scope=\"row\">{day.Name}</th><td data-label=\"Units\">{day.Units.ToString("#,0", CultureInfo.InvariantCulture)}</td><td data-label=\"Size\">{Size(day.StoredBytes)}</td><td data-label=\"State\">{(day.PrunedAt is not null ? "pruned" : day.SealedAt is not null ? "sealed" : "open")}</td></tr>\n")))}
                </tbody></table>
                """)
            : Html.Of($"<p class=\"empty\">Nothing was released yet.</p>"))}
        </section>
        """);

    private static string Known(string text) => text.Length == 0 ? "not known" : text;

    private static string Size(long bytes) => bytes < 1_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1000.0:0.0} kB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000.0:#,0.0} MB");

    private static string Local(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    private static string Address(string find, DateTimeOffset from, DateTimeOffset to, long? after = null) => QueryHelpers.AddQueryString(
        Path,
        new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["find"] = find,
            ["from"] = from.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            ["to"] = to.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            ["after"] = after?.ToString(CultureInfo.InvariantCulture),
        });
}
