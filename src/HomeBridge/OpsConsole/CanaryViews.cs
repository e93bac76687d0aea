using System.Globalization;
using HomeBridge.Canaries;
using HomeBridge.Hosting.Pages;

namespace HomeBridge.OpsConsole;

/// <summary>What the canaries said last, over the ops API and on the switch's page.</summary>
internal static class CanaryViews
{
    public static object Answer(CanaryBoard board, CanaryOptions options, CanaryPace pace, CanaryPictures pictures, TimeProvider time) => new
    {
        Enabled = options.All.Count > 0,
        Decoder = pictures.Name,
        EveryMs = pace.Every.TotalMilliseconds,
        Alarm = board.All.Any(one => one.Own is { IsAlarm: true } || one.Other is { IsAlarm: true }),
        board.Rounds,
        Canaries = board.All.Select(one => new
        {
            one.Canary.Account,
            VendorDeviceId = one.Canary.Device,
            one.Canary.CameraNumber,
            Own = Of(one.Own, time),
            Other = Of(one.Other, time),
        }),
    };

    public static Html Section(CanaryBoard board, CanaryPictures pictures, TimeProvider time)
    {
        var all = board.All;
        return Html.Of($"""
            <section>
            <h2>Canaries</h2>
            {(all.Count == 0
                ? Html.Of($"<p class=\"empty\">No canaries: a wrong picture under right evidence would be seen by nobody here. Configure two synthetic homes, <code>Canaries:0</code> and <code>Canaries:1</code>.</p>")
                : Html.Of($"""
                <p>Synthetic homes that the bridge watches like a display, decoder {pictures.Name}. One wrong picture stops the maker's cameras.</p>
                <table class="figures">
                <thead><tr><th>Home</th><th>Own camera</th><th>The other's</th><th>Probed (UTC)</th><th>Took</th></tr></thead>
                <tbody>
                {Html.Join(all.Select(one => Html.Of($"""
                    <tr><th scope="row">{one.Canary.Account}<small>camera {one.Canary.CameraNumber}</small></th><td data-label="Own camera">{Verdict(one.Own, "seen")}</td><td data-label="The other's">{Verdict(one.Other, "refused")}</td><td data-label="Probed">{(one.Own is { } own ? Html.Of($"{ConsoleFrame.When(own.At)}<small>{Age(own, time)} s ago</small>") : new Html("–"))}</td><td data-label="Took">{(one.Own is { } last ? Html.Of($"{Ms(last)} ms") : new Html("–"))}</td></tr>

                    """)))}
                </tbody></table>
                """))}
            </section>
            """);
    }

    private static Html Verdict(ProbeResult? result, string clean) => result is null
        ? new Html("<span class=\"verdict\">not yet</span>")
        : Html.Of($"<span class=\"verdict {Class(result)}\">{(result.Outcome is ProbeOutcome.Clean ? clean : CanaryWords.Of(result.Outcome).Replace('_', ' '))}{(result.IsAlarm ? $", {result.FailuresInARow} times" : "")}</span><small>{result.Detail}</small>");

    private static string Class(ProbeResult result) => result switch
    {
        { Outcome: ProbeOutcome.Clean } => "good",
        { Outcome: ProbeOutcome.Wrong } or { IsAlarm: true } => "poor",
        _ => "open",
    };

    private static object? Of(ProbeResult? result, TimeProvider time) => result is null ? null : new
    {
        Outcome = CanaryWords.Of(result.Outcome),
        result.Detail,
        result.At,
        AgeMs = (time.GetUtcNow() - result.At).TotalMilliseconds,
        LatencyMs = result.Latency.TotalMilliseconds,
        result.FramesRead,
        result.WrongFrames,
        result.FailuresInARow,
        Alarm = result.IsAlarm,
    };

    private static string Age(ProbeResult result, TimeProvider time) => (time.GetUtcNow() - result.At).TotalSeconds.ToString("0", CultureInfo.InvariantCulture);

    private static string Ms(ProbeResult result) => result.Latency.TotalMilliseconds.ToString("#,0", CultureInfo.InvariantCulture);
}
