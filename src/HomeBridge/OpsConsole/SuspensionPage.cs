using System.Globalization;
using System.Security.Claims;
using HomeBridge.Gateways;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages;
using HomeBridge.Suspensions;
using Microsoft.AspNetCore.Antiforgery;

namespace HomeBridge.OpsConsole;

/// <summary>One suspension: whether everybody has applied it, what it stops, what happened to it, and what may be done now.</summary>
internal sealed class SuspensionPage(
    SuspensionOrders orders, SuspensionBoard board, SuspensionStore store, Propagations propagations)
{
    /// <summary>Below <see cref="SuspensionsPage.Path"/> and an id.</summary>
    public const string LiftPath = "/lift";

    public Task<Page> Show(ConsoleFrame frame, string id) => Show(frame, id, null);

    public async Task<IResult> Lift(HttpContext context, ClaimsPrincipal who, ConsoleFrame frame, IAntiforgery antiforgery, string id)
    {
        if (await Forms.Read(context.Request) is not { } form || !await antiforgery.IsRequestValidAsync(context))
        {
            return await Show(frame, id, "This page was open for too long. Nothing was lifted: press the button again.");
        }

        var reason = form["reason"].ToString().Trim();
        if (reason.Length is 0 or > SuspensionOrder.TextLengthMax)
        {
            return await Show(frame, id, $"Say why it may be lifted, in {SuspensionOrder.TextLengthMax} characters at most.");
        }

        var (verdict, suspension) = board.LiftByForce(id, reason, who.Identity!.Name!);
        return verdict switch
        {
            LiftVerdict.Lifted => Redirects.SeeOther(SuspensionWords.Address(id)),
            LiftVerdict.SameAuthor => await Show(frame, id, "You raised it: somebody else with the role Approver lifts it."),
            LiftVerdict.AlreadyLifted => await Show(frame, id, $"It was lifted already, by {suspension!.LiftedBy}."),
            _ => await Show(frame, id, null),
        };
    }

    private async Task<Page> Show(ConsoleFrame frame, string id, string? wrong)
    {
        if (store.Find(id) is not { } suspension)
        {
            return frame.Page(
                "No such suspension", Html.Of($"<h1>There is no suspension {id}</h1><section><p>All of them stand under <a href=\"{SuspensionsPage.Path}\">Suspensions</a>.</p></section>"), StatusCodes.Status404NotFound);
        }

        var inForce = suspension.State != "lifted";
        var (timed, replicas) = await propagations.Of(suspension);
        return frame.Page($"{(inForce ? "" : "Lifted: ")}{SuspensionWords.Of(suspension.Scope)}", Html.Of($"""
            {ConsoleFrame.Notice(wrong)}
            <div data-part="state">
            <p class="kicker">{SuspensionWords.State(suspension.State)} {(inForce ? "for" : "after")} {SuspensionWords.Age((suspension.LiftedAt ?? frame.Time) - suspension.RaisedAt)}</p>
            <h1>{SuspensionWords.Of(suspension.Scope)}</h1>
            </div>
            <section data-part="propagation">{(inForce || timed ? Propagation(replicas, timed) : Html.Of($"<p class=\"empty\">Over: nothing is to be confirmed.</p>"))}</section>
            <section>
            <h2>What it stops</h2>
            <p>It {SuspensionWords.Of(suspension.Effects)}.</p>
            <dl class="pairs">
            <div><dt>Reason</dt><dd>{(suspension.Reason.Length > 0 ? suspension.Reason : "none given")}</dd></div>
            <div><dt>Incident</dt><dd>{suspension.Incident}</dd></div>
            <div><dt>Raised by</dt><dd>{suspension.Author} ({suspension.Origin}{(suspension.Preset is { } preset ? $", preset {preset}" : "")})</dd></div>
            {(inForce ? Html.Of($"<div><dt>Review</dt><dd>{ConsoleFrame.Moment(suspension.ReviewAt)}</dd></div>") : Html.Empty)}
            <div><dt>Id</dt><dd><code>{suspension.Id}</code></dd></div>
            </dl>
            <div data-part="touches">{(inForce ? Touches(suspension) : Html.Empty)}</div>
            </section>
            <section data-part="timeline">
            <h2>What happened</h2>
            <ol class="timeline">
            {Html.Join(Timeline(suspension))}
            </ol>
            <p><a href="{AuditPage.Path}?subject={suspension.Id}">Its rows in the audit trail</a></p>
            </section>
            {(inForce ? Ending(frame, suspension) : Html.Empty)}
            """), wrong is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest, live: LiveEvents.Of(suspension.Version));
    }

    private Html Touches(Suspension suspension)
    {
        var preview = orders.Preview(new SuspensionOrder(null, suspension.Scope, suspension.Effects, "", ""));
        return Html.Of($"""
            <dl class="facts-row">
            {Figure("Links", preview.Links)}{Figure("Homes", preview.Homes)}{Figure("Devices", preview.Devices)}{Figure("Streams left", preview.LiveStreams)}
            </dl>
            {Html.Join((preview.Warnings ?? []).Select(warning => Html.Of($"<p class=\"notice\">{warning}</p>")))}
            """);
    }

    private static Html Figure(string name, int number) => Html.Of($"<div><dt>{name}</dt><dd>{SuspensionWords.Number(number)}</dd></div>\n");

    private static IEnumerable<Html> Timeline(Suspension suspension)
    {
        yield return Step("passed", "Raised", $"by {suspension.Author}", suspension.RaisedAt);
        if (suspension.LiftedAt is { } at)
        {
            yield return Step("passed", "Lifted", $"by {suspension.LiftedBy}: {suspension.LiftReason}", at);
        }
    }

    private static Html Step(string look, string what, string more, DateTimeOffset at) =>
        Html.Of($"<li class=\"{look}\"><span class=\"what\">{what}</span> <span class=\"outcome\">{more}</span><small>{ConsoleFrame.Moment(at)}</small></li>\n");

    private static Html Ending(ConsoleFrame frame, Suspension suspension)
    {
        var why = !frame.Is(OperatorRoles.Approver) ? $"Lifting takes the role Approver. You have: {string.Join(", ", frame.Roles)}."
            : suspension.Author == frame.Who ? "You raised it: somebody else with the role Approver lifts it."
            : null;
        return Html.Of($"""
            <section>
            <h2>Lift</h2>
            {(why is not null ? Html.Of($"<p class=\"empty\">{why}</p>") : Html.Of($"""
                <form method="post" action="{SuspensionWords.Address(suspension.Id)}{LiftPath}">
                {ConsoleFrame.Hidden(frame.Antiforgery)}
                <label class="field">Why it may be lifted <input name="reason" maxlength="{SuspensionOrder.TextLengthMax}" autocomplete="off" required></label>
                <div class="actions"><button type="submit">Lift at once (skips the stages)</button></div>
                </form>
                """))}
            </section>
            """);
    }

    /// <summary>One row per replica, and the sentence that everybody waits for.</summary>
    private static Html Propagation(IReadOnlyList<ReplicaConfirmation> replicas, bool timed)
    {
        var confirmed = replicas.Count(one => one.AppliedMs is not null);
        var left = replicas.Sum(one => one.StreamsLeft ?? 0);
        var complete = confirmed == replicas.Count && left == 0;
        return Html.Of($"""
            <div class="confirmation {(complete ? "complete" : "incomplete")}">
            <p class="big" role="status"><span aria-hidden="true">{(complete ? "✓" : "…")}</span> {(complete ? "CONFIRMED" : "NOT CONFIRMED")} {confirmed}/{replicas.Count}, {SuspensionWords.Number(left)} streams left</p>
            <table class="figures">
            <thead><tr><th>Replica</th><th>State</th><th class="number">After</th><th class="number">Streams cut</th><th class="number">Left</th></tr></thead>
            <tbody>
            {Html.Join(replicas.Select(one => Html.Of($"""
                <tr><th scope="row">{one.Name}</th><td data-label="State">{(one.AppliedMs is null
                    ? new Html("<span class=\"state stopped\"><span aria-hidden=\"true\">✕</span> No answer</span><small>cut off, it closes its cameras within 3 s</small>")
                    : new Html("<span class=\"state good\"><span aria-hidden=\"true\">✓</span> Applied</span>"))}</td><td class="number" data-label="After">{(timed ? Ms(one.AppliedMs) : "–")}</td><td class="number" data-label="Streams cut">{Number(one.StreamsCut)}</td><td class="number" data-label="Left">{Number(one.StreamsLeft)}</td></tr>

                """)))}
            </tbody></table>
            </div>
            """);
    }

    private static string Ms(double? ms) => ms is { } number ? string.Create(CultureInfo.InvariantCulture, $"{number:#,0.0} ms") : "–";

    private static string Number(int? number) => number is { } known ? SuspensionWords.Number(known) : "–";
}
