using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace HomeBridge.Hbctl.Commands;

/// <summary><c>hbctl audit</c>: who did what, and whether the trail is what was recorded.</summary>
internal static class AuditCommand
{
    private const int ListedByDefault = 20;

    public static Command New()
    {
        var verify = new Command("verify", "Read the whole chain, and compare it with the signed heads. Exit code 5 when something is wrong.");
        verify.Asks(Verify);
        verify.With("hbctl audit verify");
        var command = new Command("audit", "Who did what.") { List(), verify };
        return command.With("hbctl audit list", "hbctl audit list --limit 200 --json", "hbctl audit verify");
    }

    private static Command List()
    {
        var limit = new Option<int>("--limit") { Description = "Rows, 1 to 1000.", DefaultValueFactory = _ => ListedByDefault };
        var before = new Option<long?>("--before") { Description = "Only rows before this one.", HelpName = "ROW" };
        var command = new Command("list", "The newest rows.") { limit, before };
        command.Asks(async (parsed, client, screen, cancel) =>
        {
            var answer = await client.Get(
                string.Create(CultureInfo.InvariantCulture, $"/audit?limit={parsed.GetValue(limit)}{(parsed.GetValue(before) is { } first ? $"&before={first}" : "")}"), cancel);
            if (screen.AsJson)
            {
                Screen.Json(answer);
                return ExitCodes.Done;
            }

            foreach (var row in answer.List("rows").Reverse())
            {
                var at = DateTimeOffset.FromUnixTimeMilliseconds((long)(row.Number("at") ?? 0)).ToString("d MMM HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
                Screen.Line($"{row.Text("seq"),6}  {at}  {row.Text("actor")}  {row.Text("action")}");
                screen.Note($"        {row.Text("subject")} {row.Text("detail")}".TrimEnd());
            }

            return ExitCodes.Done;
        });
        return command.With("hbctl audit list --limit 50", "hbctl audit list --before 1200");
    }

    private static async Task<int> Verify(ParseResult parsed, OpsClient client, Screen screen, CancellationToken cancel)
    {
        var answer = await client.Get("/audit/verify", cancel);
        var intact = answer.Flag("intact");
        if (screen.AsJson)
        {
            Screen.Json(answer);
        }
        else if (intact)
        {
            screen.Good($"INTACT, {answer.Count("rows")} rows");
            screen.Facts(("signed heads", Heads(answer)));
        }
        else
        {
            screen.Bad(answer.Text("first_bad_row") is { } row ? $"BROKEN, first bad row {row}" : "BROKEN");
            screen.Facts(("what", answer.Text("problem")), ("right", $"{answer.Count("rows")} rows before it"), ("signed heads", Heads(answer)));
            Screen.Line("Copy the database and the file of heads before anything else.");
        }

        return intact ? ExitCodes.Done : ExitCodes.Refused;
    }

    private static string Heads(JsonElement answer) => answer.Member("signed_heads") is null
        ? "none: whoever owns the database could have written it anew (Audit:HeadsFile)"
        : $"{answer.Count("signed_heads")}, up to row {answer.Text("signed_up_to")} at {answer.When("signed_at")}";
}
