using System.Globalization;
using System.Text.Json;
using HomeBridge.Audit;
using HomeBridge.Hosting.Pages;
using Microsoft.AspNetCore.WebUtilities;

namespace HomeBridge.OpsConsole;

/// <summary>The trail for auditors: newest first, narrowed, and checked from its first row to its last.</summary>
internal static class AuditPage
{
    public const string Path = "/audit";
    private const int ShownMax = 25;
    private const int TextLengthMax = 128;

    public static IResult Show(ConsoleFrame frame, HttpContext context, AuditTrail audit)
    {
        if (!frame.Is(OperatorRoles.Auditor))
        {
            return frame.Page(
                "Audit", Html.Of($"<h1>Audit</h1><section><p>This is for people with the role Auditor: it says who did what to whose home.</p></section>"), StatusCodes.Status403Forbidden);
        }

        var query = context.Request.Query;
        string? Text(string name) => query[name].ToString().Trim() is { Length: > 0 and <= TextLengthMax } text ? text : null;
        var filter = new AuditFilter(Text("actor"), Text("action"), Text("subject"));
        long? before = long.TryParse(query["before"], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        var (rows, next) = audit.Search(filter, before, ShownMax);
        return frame.Page("Audit", Html.Of($"""
            <h1>Audit</h1>
            {(query.ContainsKey("verify") ? Checked(audit) : Html.Empty)}
            <section>
            <form class="search" method="get" action="{Path}" role="search">
            <label class="field">Who <input name="actor" value="{filter.Actor}" maxlength="{TextLengthMax}" spellcheck="false" autocomplete="off"></label>
            <label class="field">What <input name="action" value="{filter.Action}" placeholder="suspension" maxlength="{TextLengthMax}" spellcheck="false" autocomplete="off"></label>
            <label class="field">To what <input name="subject" value="{filter.Subject}" placeholder="an id" maxlength="{TextLengthMax}" spellcheck="false" autocomplete="off"></label>
            <button class="primary" type="submit">Show</button>
            <button type="submit" name="verify" value="true">Verify the whole chain</button>
            </form>
            <p><small><em>What</em> is a whole action or its beginning, like <code>suspension</code> or <code>suspension.lifted</code>.</small></p>
            </section>
            <section>
            <h2>{(filter == new AuditFilter(null, null, null) ? "All rows" : "Rows that fit")}, newest first</h2>
            {(rows.Count == 0 ? Html.Of($"<p class=\"empty\">None{(next is null ? "" : " among the rows that were looked at")}.</p>") : Rows(rows))}
            {(next is { } older ? Html.Of($"<p><a href=\"{Older(filter, older)}\">Rows before {SuspensionWords.Number(older)}</a></p>") : Html.Empty)}
            </section>
            """));
    }

    private static Html Rows(IReadOnlyList<AuditRow> rows) => Html.Of($"""
        <table class="figures">
        <thead><tr><th class="number">Row</th><th>At (UTC)</th><th>What</th><th>To what</th><th>More</th></tr></thead>
        <tbody>
        {Html.Join(rows.Select(row => Html.Of($"""
            <tr><th scope="row" class="number">{SuspensionWords.Number(row.Seq)}</th><td data-label="At">{ConsoleFrame.When(DateTimeOffset.FromUnixTimeMilliseconds(row.At))}</td><td data-label="What"><strong>{row.Action}</strong><small>{row.Actor}</small></td><td data-label="To what">{(row.Subject.Length == 0 ? new Html("–") : Html.Of($"<a href=\"{Path}?subject={Uri.EscapeDataString(row.Subject)}\"><code class=\"id\">{SuspensionWords.Id(row.Subject)}</code></a>"))}</td><td data-label="More"><span class="detail">{Detail(row.Detail)}</span></td></tr>

            """)))}
        </tbody></table>
        """);

    /// <summary>JSON in words: each member that says something.</summary>
    private static Html Detail(string detail)
    {
        if (!detail.StartsWith('{'))
        {
            return Html.Of($"{detail}");
        }

        try
        {
            using var read = JsonDocument.Parse(detail);
            return Members(read.RootElement);
        }
        catch (JsonException)
        {
            return Html.Of($"{detail}");
        }
    }

    private static Html Members(JsonElement element) => Html.Join(element.EnumerateObject()
        .Where(member => member.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) && member.Value.ToString().Length > 0)
        .Select(member => member.Value.ValueKind is JsonValueKind.Object ? Members(member.Value) : Html.Of($"<span class=\"member\"><span>{member.Name}</span> {member.Value.ToString()}</span> ")));

    private static Html Checked(AuditTrail audit)
    {
        var bad = audit.FirstBadRow();
        return Html.Of($"""
            <section class="confirmation {(bad is null ? "complete" : "incomplete")}" role="status">
            <p class="big">{(bad is null ? "INTACT" : $"BROKEN at row {bad}")}</p>
            <p>{(bad is null ? "Every row is what was recorded, in that order, and none is missing." : "What comes after it proves nothing. Keep the database as it is and call whoever owns the trail.")}</p>
            </section>
            """);
    }

    private static string Older(AuditFilter filter, long before) => QueryHelpers.AddQueryString(
        Path,
        new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["actor"] = filter.Actor,
            ["action"] = filter.Action,
            ["subject"] = filter.Subject,
            ["before"] = before.ToString(CultureInfo.InvariantCulture),
        });
}
