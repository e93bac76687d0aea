using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Hosting.Pages;
using HomeBridge.LinkDoctor;

namespace HomeBridge.Residents.Pages;

/// <summary>A resident's own linking attempts of the last day: how far each came, and what to do now.</summary>
internal sealed class AttemptsPage(Doctor doctor, AccountLinkingOptions options)
{
    /// <summary>Attempts of one page, the newest.</summary>
    private const int ShownMax = 20;

    /// <summary>On the start page; nothing when there was none.</summary>
    public Html Section(AccountFrame frame)
    {
        var last = doctor.AttemptsOf(frame.Home.Vendor, frame.Home.Account, 1);
        return last.Count == 0 ? Html.Empty : Html.Of($"""
            <section>
            <h2>{frame.Say("attempts_title")}</h2>
            <ul class="rows"><li><div>{frame.Say("attempts_last", NameOf(last[0]), frame.Moment(last[0].Began))} {State(frame, last[0])}</div>
            <a href="{AccountPaths.Attempts}">{frame.Say("attempts_all")}</a></li></ul>
            </section>
            """);
    }

    public Page Show(AccountFrame frame)
    {
        var attempts = doctor.AttemptsOf(frame.Home.Vendor, frame.Home.Account, ShownMax);
        return frame.Page(frame.Say("attempts_title"), Html.Of($"""
            <p><a href="{AccountPaths.Home}">{frame.Say("back_home")}</a></p>
            <h1>{frame.Say("attempts_title")}</h1>
            <p>{frame.Say("attempts_text")}</p>
            {(attempts.Count == 0 ? Html.Of($"<p class=\"empty\">{frame.Say("attempts_none")}</p>") : Html.Join(attempts.Select(attempt => One(frame, attempt))))}
            """));
    }

    private Html One(AccountFrame frame, Examination attempt) => Html.Of($"""
        <section>
        <div class="row"><h2>{NameOf(attempt)} <small>{frame.When(attempt.Began)}</small></h2>{State(frame, attempt)}</div>
        <p><strong>{ToDo(frame, attempt)}</strong></p>
        <ol class="steps">
        {Html.Join(attempt.Timeline.Select(step => Step(frame, step)))}
        </ol>
        <p class="hint">{frame.Language.Text("linking.reference")} <code>{attempt.Name}</code></p>
        </section>

        """);

    private static Html Step(AccountFrame frame, TimelineStep step)
    {
        var (symbol, word) = step.Outcome switch
        {
            null => ("○", "attempt_not_yet"),
            Steps.Ok => ("✓", "attempt_done"),
            _ => ("✕", "attempt_stopped"),
        };
        return Html.Of($"<li class=\"{(step.Outcome is null ? "open" : "")}\"><span aria-hidden=\"true\">{symbol}</span> {frame.Say($"attempt_step_{step.Step}")}{AccountFrame.Away(frame.Say(word))}</li>\n");
    }

    private static Html State(AccountFrame frame, Examination attempt) => attempt.State switch
    {
        JourneyState.Complete => AccountFrame.Badge("good", "✓", frame.Say("attempt_done")),
        JourneyState.Waiting => AccountFrame.Badge("part", "…", frame.Say("attempt_waiting")),
        JourneyState.Abandoned => AccountFrame.Badge("part", "○", frame.Say("attempt_abandoned")),
        _ => AccountFrame.Badge("stopped", "✕", frame.Say("attempt_stopped")),
    };

    /// <summary>What to do now. Where nobody wrote down what a stop means to a resident, support knows by the reference.</summary>
    private string ToDo(AccountFrame frame, Examination attempt)
    {
        var name = NameOf(attempt);
        return attempt.State switch
        {
            JourneyState.Complete => frame.Say("attempt_todo_done"),
            JourneyState.Waiting => frame.Say(attempt.Furthest is LinkingSteps.Consented or LinkingSteps.CodeRedeemed ? "attempt_todo_platform" : "attempt_todo_waiting", name),
            JourneyState.Abandoned => frame.Say("attempt_todo_abandoned", name),
            _ when frame.Language.Has($"account.attempt_stop_{attempt.Outcome}") => frame.Say($"attempt_stop_{attempt.Outcome}", name),
            _ => frame.Say("attempt_stop_other", name),
        };
    }

    private string NameOf(Examination attempt) => attempt.Client is { } client && options.Clients.TryGetValue(client, out var known) ? known.Name : attempt.Client ?? "";
}
