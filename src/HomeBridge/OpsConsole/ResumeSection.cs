using System.Globalization;
using HomeBridge.Hosting.Pages;
using HomeBridge.Resumption;
using HomeBridge.Suspensions;

namespace HomeBridge.OpsConsole;

/// <summary>Where a staged resume stands, and the buttons that the reader may press; for those that he may not, why.</summary>
internal static class ResumeSection
{
    /// <summary>What the buttons send as <c>do</c>.</summary>
    public const string Start = "start";
    public const string Advance = "advance";
    public const string Back = "back";
    public const string Stop = "stop";
    public const string AtOnce = "at-once";

    /// <summary>Stages and gates; nothing before somebody began.</summary>
    public static Html Plan(ResumeView? plan) => plan is null ? Html.Empty : Html.Of($"""
        <section>
        <h2>Resume: {(plan.State == "running" ? $"{plan.Stage}" : plan.State)}</h2>
        <p>Started by {plan.StartedBy}{(plan.Reason.Length > 0 ? $": {plan.Reason}" : "")}. In this stage since {ConsoleFrame.Moment(plan.Since)}{(plan.NextAt is { } next ? Html.Of($"; it goes on at {ConsoleFrame.Moment(next)} at the earliest") : Html.Empty)}.</p>
        <ol class="stages">
        {Html.Join(plan.Stages.Select(Stage))}
        </ol>
        {(plan.Gates.Count == 0 ? Html.Empty : Html.Of($"""
            <table class="figures">
            <thead><tr><th>Gate</th><th>State</th><th>Says</th></tr></thead>
            <tbody>
            {Html.Join(plan.Gates.Select(gate => Html.Of($"<tr><th scope=\"row\">{gate.Name.Replace('_', ' ')}</th><td data-label=\"State\">{Gate(gate)}</td><td data-label=\"Says\"><span>{gate.Says}</span></td></tr>\n")))}
            </tbody></table>
            """))}
        </section>
        """);

    private static Html Stage(StageView stage)
    {
        var (symbol, word) = stage.State switch
        {
            "done" => ("✓", "done"),
            "current" => ("▶", "now"),
            _ => ("○", "ahead"),
        };
        return Html.Of($"<li class=\"{stage.State}\"><span aria-hidden=\"true\">{symbol}</span> <strong>{stage.Name}</strong> <small>{word}{(stage.Minutes > 0 ? string.Create(CultureInfo.InvariantCulture, $", {stage.Minutes:0.##} min at least") : "")}</small></li>\n");
    }

    private static Html Gate(GateView gate) => gate.State switch
    {
        "holds" => new Html("<span class=\"state good\"><span aria-hidden=\"true\">✓</span> Holds</span>"),
        "waits" => new Html("<span class=\"state\"><span aria-hidden=\"true\">…</span> Waits</span>"),
        _ => new Html("<span class=\"state stopped\"><span aria-hidden=\"true\">✕</span> Fails</span>"),
    };

    /// <summary>The form with what may be done now.</summary>
    public static Html Buttons(ConsoleFrame frame, Suspension suspension, ResumeView? plan)
    {
        var runs = plan?.State == "running";
        var notForward = !frame.Is(OperatorRoles.Approver) ? $"Bringing it back takes the role Approver. You have: {string.Join(", ", frame.Roles)}."
            : suspension.Author == frame.Who ? "You raised it: somebody else with the role Approver brings it back."
            : null;
        var mayBack = runs && (frame.Is(OperatorRoles.Operator) || frame.Is(OperatorRoles.Approver));
        if (notForward is not null && !mayBack)
        {
            return Html.Of($"<section><h2>Bring it back</h2><p class=\"empty\">{notForward}</p></section>");
        }

        return Html.Of($"""
            <section>
            <h2>Bring it back</h2>
            {(notForward is null ? Html.Empty : Html.Of($"<p class=\"empty\">{notForward}</p>"))}
            <form method="post" action="{SuspensionWords.Address(suspension.Id)}{SuspensionPage.ResumePath}">
            {ConsoleFrame.Hidden(frame.Antiforgery)}
            <label class="field">Why <input name="reason" maxlength="{SuspensionOrder.TextLengthMax}" autocomplete="off" required></label>
            <div class="actions">
            {(notForward is null && !runs ? Button(Start, "primary", "Resume in stages") : Html.Empty)}
            {(notForward is null && runs ? Button(Advance, "primary", "Go on to the next stage") : Html.Empty)}
            {(mayBack ? Button(Back, "", "Back a stage") : Html.Empty)}
            {(mayBack ? Button(Stop, "danger", "Suspend all of it again") : Html.Empty)}
            {(notForward is null ? Button(AtOnce, "", "Lift at once (skips the stages)") : Html.Empty)}
            </div>
            </form>
            </section>
            """);
    }

    private static Html Button(string what, string look, string name) =>
        Html.Of($"<button class=\"{look}\" type=\"submit\" name=\"do\" value=\"{what}\">{name}</button>\n");
}
