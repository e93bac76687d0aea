using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace HomeBridge.Hbctl.Commands;

/// <summary><c>hbctl status</c>: what is suspended, who follows the switch, what rings.</summary>
internal static class StatusCommand
{
    /// <summary>Often enough to see a stream end, seldom enough to cost nothing.</summary>
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);

    public static Command New()
    {
        var watch = new Option<bool>("--watch") { Description = "Go on showing it until Ctrl-C." };
        var all = new Option<bool>("--all") { Description = "Lifted suspensions, too." };
        var command = new Command("status", "What is suspended, who follows the switch, what rings.") { watch, all };
        command.Asks(async (parsed, client, screen, cancel) =>
        {
            if (!parsed.GetValue(watch))
            {
                Print(screen, await Look(client, cancel), parsed.GetValue(all), client.Url);
                return ExitCodes.Done;
            }

            while (true)
            {
                Seen? look = null;
                string? away = null;
                try
                {
                    look = await Look(client, cancel);
                }
                catch (CommandEnds end) when (end.Code == ExitCodes.Other)
                {
                    // A watch outlives a bridge that restarts.
                    away = end.Message;
                }

                screen.Clear();
                if (look is not null)
                {
                    Print(screen, look, parsed.GetValue(all), client.Url);
                }
                else
                {
                    screen.Bad("AWAY");
                    Screen.Line(away!);
                }

                if (screen.IsTerminal)
                {
                    screen.Note($"{TimeProvider.System.GetUtcNow().ToString("HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)}, every {LookAgainAfter.TotalSeconds:0} s, Ctrl-C ends it");
                }

                await Task.Delay(LookAgainAfter, TimeProvider.System, cancel);
            }
        });
        return command.With("hbctl status", "hbctl status --watch", "hbctl status --json | jq '.suspensions[].id'");
    }

    private sealed record Seen(JsonElement Suspensions, JsonElement Replicas, JsonElement? Alarms);

    private static async Task<Seen> Look(OpsClient client, CancellationToken cancel) => new(
        await client.Get("/suspensions", cancel), await client.Get("/replicas", cancel), await client.GetIfKnown("/alarms", cancel));

    private static void Print(Screen screen, Seen look, bool all, Uri url)
    {
        var shown = look.Suspensions.List("suspensions").Where(one => all || one.Text("state") != "lifted").ToList();
        if (screen.AsJson)
        {
            Screen.Json(JsonSerializer.SerializeToElement(new
            {
                version = look.Replicas.Member("version"),
                suspensions = shown,
                replicas = look.Replicas.List("replicas"),
                alarms = look.Alarms?.List("alarms"),
            }));
            return;
        }

        var inForce = shown.Count(one => one.Text("state") != "lifted");
        var alarms = look.Alarms?.List("alarms").ToList() ?? [];
        if (inForce == 0)
        {
            screen.Good("SERVING, nothing is suspended");
        }
        else
        {
            screen.Bad($"{inForce} SUSPENDED");
        }

        foreach (var suspension in shown)
        {
            Screen.Line();
            Screen.Line($"{suspension.Text("id")}  {suspension.Text("state")}");
            screen.Facts(
                ("scope", suspension.Scope()),
                ("effects", string.Join(", ", suspension.List("effects"))),
                ("why", string.Join(", ", new[] { suspension.Text("reason"), suspension.Text("incident") }.Where(text => !string.IsNullOrEmpty(text)))),
                ("by", $"{suspension.Text("author")} ({suspension.Text("origin")}), {suspension.When("raised_at")}"),
                ("look again", suspension.Text("state") == "lifted" ? null : suspension.When("review_at")),
                ("lifted", suspension.Text("lifted_by") is { } by ? $"{by}, {suspension.When("lifted_at")}" : null));
        }

        foreach (var alarm in alarms)
        {
            Screen.Line();
            screen.Bad($"ALARM {alarm.Text("name")}");
            screen.Facts(("says", alarm.Text("says")), ("since", alarm.When("since")), ("runbook", alarm.Text("runbook")));
        }

        var version = look.Replicas.Number("version");
        Screen.Line();
        screen.Table(
            ["Replica", "Kind", "Version", "In contact", "Streams"],
            look.Replicas.List("replicas").Select(one => new[]
            {
                one.Text("name") ?? "",
                one.Text("kind") ?? "",
                one.Number("version") is { } has && has < version ? string.Create(CultureInfo.InvariantCulture, $"{has} of {version}") : one.Text("version") ?? "",
                one.Flag("live") ? "yes" : "NO, self-fenced",
                one.Text("streams_running") ?? "0",
            }));
        screen.Note($"at {url.GetLeftPart(UriPartial.Authority)}");
    }
}
