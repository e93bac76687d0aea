using HomeBridge.AccountLinking;
using HomeBridge.Audit;
using HomeBridge.Hosting.Pages;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;

namespace HomeBridge.OpsConsole;

/// <summary>
/// Finds account links for staff: by a whole id or a whole account name, never by a part of one. Names are masked, and who
/// searched for what is recorded first.
/// </summary>
internal static class LinksPage
{
    public const string Path = "/links";
    private const int ShownMax = 25;
    private const int FindLengthMax = 128;

    public static IResult Show(ConsoleFrame frame, AccountLinks links) => frame.Page("Links", Html.Of($"""
        {Form(null)}
        <section>
        <h2>Newest links</h2>
        {(links.Live(ShownMax) is { Count: > 0 } live ? Rows([.. live.Select(one => (one.Link, one.LinkedAt, one.Devices.Length))]) : Html.Of($"<p class=\"empty\">Nobody is linked.</p>"))}
        </section>
        """));

    public static IResult Found(ConsoleFrame frame, string? find, AccountLinks links, AuditTrail audit)
    {
        if (find?.Trim() is not { Length: > 0 and <= FindLengthMax } asked)
        {
            return Show(frame, links);
        }

        audit.Append(frame.Who, "links.searched", asked, "");
        var found = links.Search(asked, ShownMax);
        return frame.Page("Links", Html.Of($"""
            {Form(asked)}
            <section>
            <h2>{(found.Count == 0 ? "No live link" : SuspensionWords.Count(found.Count, "live link") + (found.Count == ShownMax ? " or more" : ""))}</h2>
            {(found.Count == 0
                ? Html.Of($"<p class=\"empty\">The search is for whole names: a link, an account, a device, or the id by which a platform knows an account. Links that ended are in the <a href=\"{AuditPage.Path}\">audit trail</a>.</p>")
                : Rows(found))}
            </section>
            """));
    }

    private static Html Form(string? find) => Html.Of($"""
        <section>
        <h1>Find a link</h1>
        <form class="search" method="get" action="{Path}" role="search">
        <label class="field">Link, account, device or agent user <input name="find" value="{find}" maxlength="{FindLengthMax}" autocomplete="off" spellcheck="false" required></label>
        <button class="primary" type="submit">Find</button>
        </form>
        <p><small>Your search is written to the audit trail.</small></p>
        </section>
        """);

    private static Html Rows(IReadOnlyList<(AccountLink Link, DateTimeOffset LinkedAt, int Devices)> found) => Html.Of($"""
        <table class="figures">
        <thead><tr><th>Link</th><th>Account</th><th>Platform</th><th class="number">Devices</th><th>Linked (UTC)</th><th>Cameras</th></tr></thead>
        <tbody>
        {Html.Join(found.Select(one => Html.Of($"""
            <tr><th scope="row"><a href="{ExplainPage.Address(one.Link.Id.Value)}"><code class="id">{SuspensionWords.Id(one.Link.Id.Value)}</code></a></th><td data-label="Account">{Masked(one.Link.Account)} at {one.Link.Vendor}</td><td data-label="Platform">{one.Link.Platform}</td><td class="number" data-label="Devices">{one.Devices}</td><td data-label="Linked">{ConsoleFrame.When(one.LinkedAt)}</td><td data-label="Cameras"><a href="{SuspensionWords.SuspendAddress(SuspensionPresets.CameraLeak, new SuspensionScope(AccountLink: one.Link.Id.Value))}">Suspend<span class="away"> cameras of {SuspensionWords.Id(one.Link.Id.Value)}</span></a></td></tr>

            """)))}
        </tbody></table>
        """);

    /// <summary>Enough to recognise a name that one knows, not to learn one.</summary>
    private static string Masked(string name) => name.Length < 3 ? "•••" : $"{name[0]}•••{name[^1]}";
}
