using System.CommandLine;
using System.Text.Json;

namespace HomeBridge.Hbctl.Commands;

/// <summary><c>hbctl rebase</c>: two people take the database's numbers after a restore.</summary>
internal static class RebaseCommand
{
    private const string Path = "/suspensions/rebase";

    public static Command New()
    {
        var command = new Command("rebase", "After a restore: what the database forgot, and how two people settle it.");
        command.Asks(async (_, client, screen, cancel) => Show(screen, await client.Get(Path, cancel)));
        command.Add(Propose());
        command.Add(Confirm());
        return command.With("hbctl rebase", "hbctl rebase propose --reason \"restored from the backup of 02:00; the lists were compared\"", "hbctl rebase confirm reb_0123");
    }

    private static Command Propose()
    {
        var reason = new Option<string>("--reason") { Description = "What was restored, and what was compared.", Required = true };
        var command = new Command("propose", "The first of two people. Holds for 15 minutes.") { reason };
        command.Asks(async (parsed, client, screen, cancel) => Show(screen, await client.Post(Path, new { reason = parsed.GetValue(reason) }, cancel)));
        return command.With("hbctl rebase propose --reason \"restored from the backup of 02:00\"");
    }

    private static Command Confirm()
    {
        var id = new Argument<string>("proposal") { Description = "Its id, like reb_0123." };
        var command = new Command("confirm", "The second: an Approver who is somebody else. There is no way back.") { id };
        command.Asks(async (parsed, client, screen, cancel) => Show(screen, await client.Post(Path, new { confirm = parsed.GetValue(id) }, cancel)));
        return command.With("hbctl rebase confirm reb_0123");
    }

    private static int Show(Screen screen, JsonElement answer)
    {
        if (screen.AsJson)
        {
            Screen.Json(answer);
            return ExitCodes.Done;
        }

        if (answer.Flag("went_back"))
        {
            var from = answer.Member("went_back_from");
            screen.Bad($"WENT BACK from {from?.Text("epoch")}.{from?.Text("version")} to {answer.Text("epoch")}.{answer.Text("version")}: nothing can be lifted before two people rebase");
        }
        else
        {
            screen.Good($"IN ORDER, epoch {answer.Text("epoch")}, version {answer.Text("version")}");
        }

        var ends = answer.List("ends_with_it").ToList();
        if (ends.Count > 0)
        {
            Screen.Line("A rebase ends these. Raise anew what must stay:");
            screen.Table(["Suspension", "Scope", "Effects"], ends.Select(one => new[] { one.Text("id") ?? "", one.Scope(), string.Join(", ", one.List("effects")) }));
        }

        if (answer.Member("proposal") is { ValueKind: JsonValueKind.Object } proposal)
        {
            screen.Facts(("proposal", proposal.Text("id")), ("by", $"{proposal.Text("proposed_by")}, {proposal.When("proposed_at")}"), ("why", proposal.Text("reason")));
        }

        return ExitCodes.Done;
    }
}
