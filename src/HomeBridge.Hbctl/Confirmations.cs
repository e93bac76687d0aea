using System.Globalization;
using System.Text.Json;

namespace HomeBridge.Hbctl;

/// <summary>Who has applied a flip, as a headline, a table and an exit code.</summary>
internal static class Confirmations
{
    /// <param name="suspension">The bridge's answer to a flip that waited.</param>
    /// <param name="replicas">Its list of replicas: one that lost its feed has closed its cameras by itself.</param>
    public static (int Code, string Headline) Judge(JsonElement suspension, JsonElement replicas)
    {
        var all = suspension.List("replicas").ToList();
        var applied = all.Where(one => one.Number("applied_ms") is not null).ToList();
        var left = applied.Sum(one => one.Number("streams_left") ?? 0);
        var away = replicas.List("replicas").Where(one => one.Member("live") is not null && !one.Flag("live")).Select(one => one.Text("name")).ToHashSet(StringComparer.Ordinal);
        var fenced = all.Count(one => one.Number("applied_ms") is null && away.Contains(one.Text("name")));
        var (code, word) = applied.Count + fenced < all.Count || left > 0 ? (ExitCodes.Timeout, "NOT CONFIRMED")
            : fenced > 0 ? (ExitCodes.SelfFenced, "CONFIRMED")
            : (ExitCodes.Done, "CONFIRMED");
        return (code, string.Create(
            CultureInfo.InvariantCulture, $"{word} {applied.Count}/{all.Count}, {(fenced > 0 ? $"{fenced} self-fenced, " : "")}{left:0} stream{(left == 1 ? "" : "s")} left"));
    }

    /// <summary>What is applied everywhere and names nothing there is must not look like a success: its warnings stand right below.</summary>
    public static void Headline(Screen screen, JsonElement suspension, string headline, bool isGood)
    {
        var warnings = suspension.List("warnings").Select(warning => warning.ToString()).ToList();
        if (isGood && warnings.Count == 0)
        {
            screen.Good(headline);
        }
        else
        {
            screen.Bad(warnings.Count == 0 ? headline : $"{headline}, BUT LOOK AT THE SCOPE");
        }

        warnings.ForEach(screen.Bad);
    }

    public static void Show(Screen screen, JsonElement suspension, int code, string headline)
    {
        Headline(screen, suspension, headline, isGood: code != ExitCodes.Timeout);
        screen.Table(
            ["Replica", "Applied", "Cut", "Left"],
            suspension.List("replicas").Select(one => new[]
            {
                one.Text("name") ?? "",
                one.Number("applied_ms") is { } ms ? string.Create(CultureInfo.InvariantCulture, $"{ms:0.#} ms") : "not confirmed",
                one.Text("streams_cut") ?? "?",
                one.Text("streams_left") ?? "?",
            }));
        if (code == ExitCodes.Timeout)
        {
            Screen.Line("Watch it with: hbctl status --watch. A gateway that does not confirm and is not in contact closes its cameras by itself.");
        }
    }
}
