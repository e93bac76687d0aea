using HomeBridge.Canaries;
using HomeBridge.Hosting.Pages;

namespace HomeBridge.OpsConsole;

/// <summary>What watches the bridge without anybody asking.</summary>
internal static class CanariesPage
{
    public const string Path = "/canaries";
    private const int RefreshSeconds = 5;

    public static IResult Show(ConsoleFrame frame, CanaryBoard board, CanaryPictures pictures, TimeProvider time)
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
            """), every: RefreshSeconds);
    }
}
