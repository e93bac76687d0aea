using System.Globalization;
using System.Security.Claims;
using HomeBridge.Gateways;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages;
using HomeBridge.Resumption;
using HomeBridge.Suspensions;
using Microsoft.AspNetCore.Antiforgery;

namespace HomeBridge.OpsConsole;

/// <summary>One suspension: whether everybody has applied it, what it stops, what happened to it, and what may be done now.</summary>
internal sealed class SuspensionPage(
    SuspensionOrders orders, SuspensionPreviews previews, SuspensionBoard board, SuspensionStore store, Propagations propagations, StagedResume resume, ResumeViews resumes)
{
    /// <summary>Below <see cref="SuspensionsPage.Path"/> and an id.</summary>
    public const string ResumePath = "/resume";

    public Task<Page> Show(ConsoleFrame frame, string id) => Show(frame, id, null);

    /// <summary>Begins, goes on, goes back or lifts at once: whichever button was pressed.</summary>
    public async Task<IResult> Resume(HttpContext context, ClaimsPrincipal who, ConsoleFrame frame, IAntiforgery antiforgery, string id)
    {
        if (await Forms.Read(context.Request) is not { } form || !await antiforgery.IsRequestValidAsync(context))
        {
            return await Show(frame, id, "This page was open for too long. Nothing was changed: press the button again.");
        }

        var (reason, wish, name) = (form["reason"].ToString().Trim(), form["do"].ToString(), who.Identity!.Name!);
        if (reason.Length is 0 or > SuspensionOrder.TextLengthMax)
        {
            return await Show(frame, id, $"Say why, in {SuspensionOrder.TextLengthMax} characters at most.");
        }

        if (wish is not (ResumeSection.Back or ResumeSection.Stop) && !frame.Is(OperatorRoles.Approver))
        {
            return await Show(frame, id, "Nothing was changed: bringing it back takes the role Approver.");
        }

        var wrong = wish switch
        {
            ResumeSection.AtOnce => board.LiftByForce(id, reason, name).Verdict switch
            {
                LiftVerdict.Lifted => null,
                LiftVerdict.SameAuthor => Says(ResumeVerdict.SameAuthor),
                LiftVerdict.AlreadyLifted => Says(ResumeVerdict.AlreadyLifted),
                LiftVerdict.NumbersWentBack => Says(ResumeVerdict.NumbersWentBack),
                _ => Says(ResumeVerdict.NotFound),
            },
            ResumeSection.Start => resume.Start(id, PlanWish.Default, reason, name) is var (verdict, problem) ? problem ?? Says(verdict) : null,
            ResumeSection.Advance => resume.Advance(id, reason, name, force: false) is var (verdict, open)
                ? verdict is ResumeVerdict.NotYet ? $"Not yet: {string.Join(' ', open.Select(gate => gate.Says))}" : Says(verdict)
                : null,
            ResumeSection.Back or ResumeSection.Stop => Says(resume.Back(id, reason, name, all: wish == ResumeSection.Stop)),
            _ => "Press one of the buttons.",
        };
        return wrong is null ? Redirects.SeeOther(SuspensionWords.Address(id)) : await Show(frame, id, wrong);
    }

    /// <summary>Null when it is done.</summary>
    private static string? Says(ResumeVerdict verdict) => verdict switch
    {
        ResumeVerdict.Done => null,
        ResumeVerdict.SameAuthor => "You raised it: somebody else with the role Approver brings it back.",
        ResumeVerdict.AlreadyLifted => "Nothing was changed: it was lifted already.",
        ResumeVerdict.AlreadyResuming => "Nothing was changed: it is being resumed already.",
        ResumeVerdict.NumbersWentBack => $"{SuspensionWords.NumbersWentBack} The runbook version-went-back says how.",
        ResumeVerdict.NotResuming => "Nothing was changed: it is not being resumed.",
        _ => "There is no such suspension.",
    };

    private async Task<Page> Show(ConsoleFrame frame, string id, string? wrong)
    {
        if (store.Find(id) is not { } suspension)
        {
            return frame.Page(
                "No such suspension", Html.Of($"<h1>There is no suspension {id}</h1><section><p>All of them stand under <a href=\"{SuspensionsPage.Path}\">Suspensions</a>.</p></section>"), StatusCodes.Status404NotFound);
        }

        var inForce = suspension.State != "lifted";
        var plan = resumes.Of(suspension);
        var (timed, replicas) = await propagations.Of(suspension);
        return frame.Page($"{(inForce ? "" : "Lifted: ")}{SuspensionWords.Of(suspension.Scope)}", Html.Of($"""
            {ConsoleFrame.Notice(wrong)}
            <div data-part="state">
            <p class="kicker">{SuspensionWords.State(suspension.State)} {(inForce ? "for" : "after")} {SuspensionWords.Age((suspension.LiftedAt ?? frame.Time) - suspension.RaisedAt)}</p>
            <h1>{SuspensionWords.Of(suspension.Scope)}</h1>
            </div>
            <div data-part="plan">{ResumeSection.Plan(plan)}</div>
            <div data-part="propagation">{(inForce || timed ? Propagation(replicas, timed) : Html.Empty)}</div>
            <section>
            <h2>{(inForce ? "What it stops" : "What it stopped")}</h2>
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
            <div data-part="buttons">{(inForce ? ResumeSection.Buttons(frame, suspension, plan) : Html.Empty)}</div>
            <section data-part="timeline">
            <h2>What happened</h2>
            <ol class="timeline">
            {Html.Join(Timeline(suspension, plan))}
            </ol>
            <p><a href="{AuditPage.Path}?subject={suspension.Id}">Its rows in the audit trail</a></p>
            </section>
            """), wrong is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest, live: LiveEvents.Of(suspension.Version));
    }

    private Html Touches(Suspension suspension)
    {
        var preview = previews.Preview(new SuspensionOrder(null, suspension.Scope, suspension.Effects, "", ""), orders.Warnings(suspension.Scope));
        return Html.Of($"""
            <dl class="facts-row">
            {Figure("Links", preview.Links)}{Figure("Homes", preview.Homes)}{Figure("Devices", preview.Devices)}{Figure("Streams left", preview.LiveStreams)}
            </dl>
            {Html.Join((preview.Warnings ?? []).Select(warning => Html.Of($"<p class=\"notice\">{warning}</p>")))}
            """);
    }

    private static Html Figure(string name, int number) => Html.Of($"<div><dt>{name}</dt><dd>{SuspensionWords.Number(number)}</dd></div>\n");

    private static IEnumerable<Html> Timeline(Suspension suspension, ResumeView? plan)
    {
        yield return Step("passed", "Raised", $"by {suspension.Author}", suspension.RaisedAt);
        foreach (var step in plan?.History.OrderBy(one => one.At) ?? Enumerable.Empty<ResumeEvent>())
        {
            yield return Step(step.Event == "failed" ? "stopped" : "passed", $"Resume {step.Event}: {step.Stage}", $"by {step.Actor}{(step.Says.Length > 0 ? $": {step.Says}" : "")}", step.At);
        }

        if (suspension.LiftedAt is { } at)
        {
            yield return Step("passed", "Lifted", $"by {suspension.LiftedBy}: {suspension.LiftReason}", at);
        }
    }

    private static Html Step(string look, string what, string more, DateTimeOffset at) =>
        Html.Of($"<li class=\"{look}\"><span class=\"what\">{what}</span> <span class=\"outcome\">{more}</span><small>{ConsoleFrame.Moment(at)}</small></li>\n");

    /// <summary>One row per replica, and the sentence that everybody waits for.</summary>
    private static Html Propagation(IReadOnlyList<ReplicaConfirmation> replicas, bool timed)
    {
        var confirmed = replicas.Count(one => one.AppliedMs is not null);
        var left = replicas.Sum(one => one.StreamsLeft ?? 0);
        var complete = confirmed == replicas.Count && left == 0;
        return Html.Of($"""
            <section class="confirmation {(complete ? "complete" : "incomplete")}">
            <p class="big" role="status"><span aria-hidden="true">{(complete ? "✓" : "…")}</span> {(complete ? "CONFIRMED" : "NOT CONFIRMED")} {confirmed}/{replicas.Count}, {SuspensionWords.Number(left)} streams left</p>
            <table class="figures">
            <thead><tr><th>Replica</th><th>State</th><th class="number">After</th><th class="number">Streams cut</th><th class="number">Left</th></tr></thead>
            <tbody>
            {Html.Join(replicas.Select(one => Html.Of($"""
                <tr><th scope="row">{one.Name}</th><td data-label="State">{(one.AppliedMs is null
                    ? new Html("<span class=\"state stopped\"><span aria-hidden=\"true\">✕</span> No answer</span><small>cut off, its cameras close by themselves within 3 s</small>")
                    : new Html("<span class=\"state good\"><span aria-hidden=\"true\">✓</span> Applied</span>"))}</td><td class="number" data-label="After">{(timed ? Ms(one.AppliedMs) : "–")}</td><td class="number" data-label="Streams cut">{Number(one.StreamsCut)}</td><td class="number" data-label="Left">{Number(one.StreamsLeft)}</td></tr>

                """)))}
            </tbody></table>
            </section>
            """);
    }

    private static string Ms(double? ms) => ms is { } number ? string.Create(CultureInfo.InvariantCulture, $"{number:#,0.0} ms") : "–";

    private static string Number(int? number) => number is { } known ? SuspensionWords.Number(known) : "–";
}
