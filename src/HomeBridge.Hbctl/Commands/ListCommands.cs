using System.CommandLine;

namespace HomeBridge.Hbctl.Commands;

/// <summary><c>hbctl sessions</c>: who watches now.</summary>
internal static class SessionsCommand
{
    public static Command New()
    {
        var command = new Command("sessions", "Streams that run now. That you asked is written to the audit trail.");
        command.Asks(async (_, client, screen, cancel) =>
        {
            var answer = await client.Get("/sessions", cancel);
            if (screen.AsJson)
            {
                Screen.Json(answer);
                return ExitCodes.Done;
            }

            Screen.Line($"{answer.Count("count")} running");
            screen.Table(
                ["Device", "Link", "Platform"],
                answer.List("sessions").Select(one => new[] { one.Text("device") ?? "", one.Text("link") ?? "", one.Text("platform") ?? "" }));
            return ExitCodes.Done;
        });
        return command.With("hbctl sessions", "hbctl sessions --json");
    }
}

/// <summary><c>hbctl links</c>: live account links, for scopes.</summary>
internal static class LinksCommand
{
    public static Command New()
    {
        var command = new Command("links", "Live account links. That you asked is written to the audit trail.");
        command.Asks(async (_, client, screen, cancel) =>
        {
            var answer = await client.Get("/links", cancel);
            if (screen.AsJson)
            {
                Screen.Json(answer);
                return ExitCodes.Done;
            }

            screen.Table(
                ["Link", "Platform", "Maker", "Account", "Devices"],
                answer.List("links").Select(one => new[]
                {
                    one.Text("id") ?? "", one.Text("platform") ?? "", one.Text("vendor") ?? "", one.Text("account") ?? "",
                    one.List("devices").Count().ToString(System.Globalization.CultureInfo.InvariantCulture),
                }));
            return ExitCodes.Done;
        });
        return command.With("hbctl links", "hbctl suspend --link lnk_77aa --dry-run");
    }
}

/// <summary><c>hbctl alarms</c>: what rings now.</summary>
internal static class AlarmsCommand
{
    public static Command New()
    {
        var command = new Command("alarms", "What rings now, and the page that says what to do.");
        command.Asks(async (_, client, screen, cancel) =>
        {
            var answer = await client.Get("/alarms", cancel);
            if (screen.AsJson)
            {
                Screen.Json(answer);
                return ExitCodes.Done;
            }

            var alarms = answer.List("alarms").ToList();
            if (alarms.Count == 0)
            {
                screen.Good("QUIET, nothing rings");
            }

            foreach (var alarm in alarms)
            {
                screen.Bad($"ALARM {alarm.Text("name")}");
                screen.Facts(("says", alarm.Text("says")), ("since", alarm.When("since")), ("runbook", alarm.Text("runbook")));
            }

            return ExitCodes.Done;
        });
        return command.With("hbctl alarms", "hbctl alarms --json");
    }
}

/// <summary><c>hbctl drill</c>: flip a drill scope now and measure.</summary>
internal static class DrillCommand
{
    /// <summary>A drill watches a stream before and after.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(60);

    public static Command New()
    {
        var history = new Command("history", "The last drills.");
        history.Asks(async (_, client, screen, cancel) =>
        {
            var answer = await client.Get("/drills", cancel);
            if (screen.AsJson)
            {
                Screen.Json(answer);
                return ExitCodes.Done;
            }

            screen.Table(
                ["When", "Outcome", "Home", "By", "Says"],
                answer.List("drills").Select(drill => new[] { drill.When("at"), Outcome(drill), drill.Text("account") ?? "", drill.Text("by") ?? "", drill.Text("detail") ?? "" }));
            return ExitCodes.Done;
        });
        history.With("hbctl drill history");
        var command = new Command("drill", "Suspend a drill's camera now, and measure until its last byte. Exit code 1 if it did not pass.") { history };
        command.Asks(async (_, client, screen, cancel) =>
        {
            var drill = await client.Post("/drills", new { }, cancel, Within);
            var passed = drill.Text("outcome") == "passed";
            if (screen.AsJson)
            {
                Screen.Json(drill);
            }
            else
            {
                var line = $"{Outcome(drill)}  {drill.Text("account")}: {drill.Text("detail")}";
                (passed ? screen.Good : (Action<string>)screen.Bad)(line);
            }

            return passed ? ExitCodes.Done : ExitCodes.Other;
        });
        return command.With("hbctl drill", "hbctl drill history");
    }

    private static string Outcome(System.Text.Json.JsonElement drill) => (drill.Text("outcome") ?? "").Replace('_', ' ').ToUpperInvariant();
}
