using HomeBridge.Canaries;
using HomeBridge.Drills;
using HomeBridge.Hosting.Pages;

namespace HomeBridge.OpsConsole;

/// <summary>What watches the bridge without anybody asking.</summary>
internal static class CanariesPage
{
    public const string Path = "/canaries";
    private const int RefreshSeconds = 5;
    private const int DrillsShown = 20;

    public static IResult Show(ConsoleFrame frame, CanaryBoard board, CanaryPictures pictures, DrillStore drills, TimeProvider time)
    {
        var all = board.All;
        var wrong = all.Count(one => one.Own is { Outcome: ProbeOutcome.Wrong } or { IsAlarm: true } || one.Other is { Outcome: ProbeOutcome.Wrong } or { IsAlarm: true });
        var waiting = all.Count(one => one.Own is null);
        var (look, headline) = (all.Count, wrong, waiting) switch
        {
            (0, _, _) => ("quiet", "No canaries watch this bridge"),
            (_, > 0, _) => ("suspended", $"{SuspensionWords.Count(wrong, "canary", "canaries")} in alarm"),
            (_, _, > 0) => ("quiet", "The first probes are under way"),
            _ => ("serving", $"{SuspensionWords.Count(all.Count, "canary", "canaries")}, no alarm"),
        };
        return frame.Page("Canaries", Html.Of($"""
            <h1 class="{look}">{headline}</h1>
            {CanaryViews.Section(board, pictures, time)}
            {Drills(drills.Newest(DrillsShown))}
            """), every: RefreshSeconds);
    }

    private static Html Drills(IReadOnlyList<DrillResult> drills) => Html.Of($"""
        <section>
        <h2>Drills of the switch</h2>
        {(drills.Count == 0 ? Html.Of($"<p class=\"empty\">None yet. The switch is tried on a canary at its pace, or with <code>hbctl drill</code>.</p>") : Html.Of($"""
            <table class="figures">
            <thead><tr><th>When</th><th>Outcome</th><th class="number">Last byte</th><th class="number">Confirmed</th><th class="number">Back</th><th>What happened</th></tr></thead>
            <tbody>
            {Html.Join(drills.Select(one => Html.Of($"""
                <tr><th scope="row"><span class="when">{ConsoleFrame.Short(one.At)}</span></th><td data-label="Outcome">{Word(one.Outcome)}</td><td class="number" data-label="Last byte">{Ms(one.LastByteMs)}</td><td class="number" data-label="Confirmed">{Ms(one.ConfirmedMs)}</td><td class="number" data-label="Back">{Ms(one.BackMs)}</td><td data-label="What happened">{one.Detail} <small>{one.Account}, by {one.By}</small></td></tr>

                """)))}
            </tbody></table>
            """))}
        </section>
        """);

    private static Html Word(DrillOutcome outcome) => outcome switch
    {
        DrillOutcome.Passed => Html.Of($"<span class=\"state good\"><span aria-hidden=\"true\">✓</span> passed</span>"),
        DrillOutcome.Failed => Html.Of($"<span class=\"state stopped\"><span aria-hidden=\"true\">✕</span> failed</span>"),
        _ => Html.Of($"<span class=\"state part\"><span aria-hidden=\"true\">…</span> not run</span>"),
    };

    private static string Ms(long? value) => value is { } ms ? $"{SuspensionWords.Number((int)ms)} ms" : "–";
}
