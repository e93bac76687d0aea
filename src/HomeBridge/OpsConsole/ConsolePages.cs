using System.Globalization;
using HomeBridge.AccountLinking;
using HomeBridge.Gateways;
using HomeBridge.Hosting.Pages;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using Microsoft.AspNetCore.Antiforgery;

namespace HomeBridge.OpsConsole;

/// <summary>What the console's one page shows.</summary>
internal sealed record ConsoleView(
    bool MaySuspend,
    bool MayLift,
    long Version,
    IReadOnlyList<Suspension> Suspensions,
    IReadOnlyList<ReplicaStatus> Replicas,
    IReadOnlyList<(AccountLink Link, int Devices)> Links,
    string Vendor,
    IReadOnlyList<ReplicaConfirmation>? Confirmations,
    Html Canaries,
    string? Wrong);

/// <summary>The console's pages. No script: they work when everything else is on fire.</summary>
internal static class ConsolePages
{
    private static string PublicUrl(SelfProbeReport? found) => found switch
    {
        null => "",
        { State: SelfProbeState.Passed } => "passes answers on as they are",
        { State: SelfProbeState.Off } => found.Why ?? "probe off",
        _ => $"cameras are closed: {found.Why}",
    };

    public static IResult Now(ConsoleFrame frame, ConsoleView view)
    {
        var antiforgery = frame.Antiforgery;
        var inForce = view.Suspensions.Where(one => one.State != "lifted").ToList();
        return frame.Page(inForce.Count == 0 ? "Serving" : $"{inForce.Count} suspended", Html.Of($"""
            {(view.Wrong is null ? Html.Empty : Html.Of($"<p class=\"notice\" role=\"alert\">{view.Wrong}</p>"))}
            {(view.Confirmations is { } confirmations ? Confirmed(confirmations) : Html.Empty)}
            <h1 class="{(inForce.Count == 0 ? "serving" : "suspended")}">{(inForce.Count == 0 ? "Serving. Nothing is suspended." : $"{inForce.Count} suspension{(inForce.Count == 1 ? "" : "s")} in force")}</h1>
            {(view.MaySuspend ? SuspendForm(view, antiforgery) : Html.Empty)}
            <section>
            <h2>In force and lately lifted</h2>
            {(view.Suspensions.Count == 0 ? Html.Of($"<p>None yet.</p>") : Suspensions(frame, view))}
            </section>
            <section>
            <h2>Replicas</h2>
            <p>Suspensions are at version {view.Version}.</p>
            <div class="scroll"><table>
            <thead><tr><th>Name</th><th>Kind</th><th>Version</th><th>State</th><th>Streams</th><th>Public URL</th></tr></thead>
            <tbody>
            {Html.Join(view.Replicas.Select(replica => Html.Of($"<tr><td>{replica.Name}</td><td>{replica.Kind}</td><td>{replica.Version}</td><td>{(replica.Live ? "live" : "lost: its cameras closed by themselves")}</td><td>{replica.StreamsRunning}</td><td>{PublicUrl(replica.SelfProbe)}</td></tr>\n")))}
            </tbody></table></div>
            </section>
            {view.Canaries}
            <section>
            <h2>Newest links</h2>
            <div class="scroll"><table>
            <thead><tr><th>Link</th><th>Platform</th><th>Account</th><th>Devices</th></tr></thead>
            <tbody>
            {Html.Join(view.Links.Select(one => Html.Of($"<tr><td><code>{one.Link.Id.Value}</code></td><td>{one.Link.Platform}</td><td>{one.Link.Account}</td><td>{one.Devices}</td></tr>\n")))}
            </tbody></table></div>
            </section>
            """));
    }

    private static Html Confirmed(IReadOnlyList<ReplicaConfirmation> confirmations)
    {
        var confirmed = confirmations.Count(one => one.AppliedMs is not null);
        var (cut, left) = (confirmations.Sum(one => one.StreamsCut ?? 0), confirmations.Sum(one => one.StreamsLeft ?? 0));
        var complete = confirmed == confirmations.Count && left == 0;
        return Html.Of($"""
            <section class="confirmation {(complete ? "complete" : "incomplete")}" role="status">
            <p class="big">{(complete ? "CONFIRMED" : "NOT CONFIRMED")} {confirmed}/{confirmations.Count}, {left} streams left</p>
            <p>{cut} {(cut == 1 ? "stream" : "streams")} cut.</p>
            <ul>
            {Html.Join(confirmations.Select(one => Html.Of($"<li>{one.Name}: {(one.AppliedMs is { } ms ? $"applied after {ms.ToString("0.0", CultureInfo.InvariantCulture)} ms, {one.StreamsCut} cut, {one.StreamsLeft} left" : "no answer; if it is cut off it closes cameras by itself within 3 s")}</li>\n")))}
            </ul>
            </section>
            """);
    }

    private static Html SuspendForm(ConsoleView view, AntiforgeryTokenSet antiforgery) => Html.Of($"""
        <section class="suspend">
        <h2>Camera leak</h2>
        <p>Ends running camera streams and refuses new ones. Lights, SYNC, QUERY and tokens go on. Empty fields mean any.</p>
        <form method="post" action="{Console.SuspendPath}">
        {ConsoleFrame.Hidden(antiforgery)}
        <div class="fields">
        <label class="field">Platform <input name="platform" placeholder="any" list="platforms"></label>
        <label class="field">Vendor <input name="vendor" placeholder="any, e.g. {view.Vendor}"></label>
        <label class="field">Account link <input name="account_link" placeholder="any"></label>
        <label class="field">Device <input name="device" placeholder="any"></label>
        <label class="field">Incident <input name="incident" placeholder="new"></label>
        <label class="field">Reason <input name="reason" placeholder="what was seen"></label>
        </div>
        <datalist id="platforms">{Html.Join(view.Links.Select(one => one.Link.Platform).Distinct(StringComparer.Ordinal).Select(platform => Html.Of($"<option value=\"{platform}\">")))}</datalist>
        <div class="actions"><button class="danger" type="submit">Suspend cameras</button></div>
        </form>
        </section>
        """);

    private static Html Suspensions(ConsoleFrame frame, ConsoleView view) => Html.Of($"""
        <ul class="suspensions">
        {Html.Join(view.Suspensions.Select(one => Html.Of($"""
            <li class="{one.State}">
            <p><strong>{one.State}</strong> · {ScopeInWords(one.Scope)} · {string.Join(", ", OpsJson.Names(one.Effects))}</p>
            <p>{one.Reason} <small>incident {one.Incident} · raised by {one.Author} {ConsoleFrame.Utc(one.RaisedAt)}{(one.LiftedBy is { } by ? $" · lifted by {by}" : "")}</small></p>
            <p><code>{one.Id}</code></p>
            {(one.State != "lifted" && view.MayLift && one.Author != frame.Who ? LiftForm(one, frame.Antiforgery) : Html.Empty)}
            </li>

            """)))}
        </ul>
        """);

    private static Html LiftForm(Suspension suspension, AntiforgeryTokenSet antiforgery) => Html.Of($"""
        <form method="post" action="{Console.LiftPath}">{ConsoleFrame.Hidden(antiforgery)}<input type="hidden" name="id" value="{suspension.Id}"><button type="submit">Lift at once (skips the stages)</button></form>
        """);

    private static string ScopeInWords(SuspensionScope scope)
    {
        (string Name, string? Value)[] members =
        [
            ("platform", scope.Platform), ("vendor", scope.Vendor), ("model", scope.DeviceModel), ("firmware", scope.Firmware),
            ("trait", scope.Trait), ("link", scope.AccountLink), ("device", scope.Device),
        ];
        var words = members.Where(member => member.Value is not null).Select(member => $"{member.Name} {member.Value}").ToList();
        return words.Count == 0 ? "everything" : string.Join(" and ", words);
    }
}
