using System.CommandLine;

namespace HomeBridge.Hbctl.Commands;

/// <summary><c>hbctl lift</c>: begins the staged resume, or ends a suspension at once by force.</summary>
internal static class LiftCommand
{
    public static Command New()
    {
        var id = Arguments.Suspension();
        var reason = new Option<string?>("--reason") { Description = "What has changed since it was raised." };
        var force = new Option<bool>("--force") { Description = "Skip the stages and end it now; the trail says that you did." };
        var command = new Command("lift", "Bring back what was suspended, in stages. An Approver does, not the one who raised it.") { id, reason, force };
        command.Asks(async (parsed, client, screen, cancel) =>
        {
            var lifted = await client.Post(
                $"/suspensions/{Uri.EscapeDataString(parsed.GetValue(id)!)}/lift", new { reason = parsed.GetValue(reason), force = parsed.GetValue(force) }, cancel);
            if (screen.AsJson)
            {
                Screen.Json(lifted);
                return ExitCodes.Done;
            }

            if (lifted.Text("state") == "lifted")
            {
                screen.Good($"LIFTED {lifted.Text("id")}");
            }
            else
            {
                screen.Good($"RESUMING {lifted.Text("id") ?? parsed.GetValue(id)}");
                ResumeCommand.Show(screen, lifted.Member("resume") ?? lifted);
            }

            return ExitCodes.Done;
        });
        return command.With("hbctl lift sus_4f1c --reason \"the maker fixed its cache, INC-412\"", "hbctl lift sus_4f1c --force --reason \"raised by mistake\"");
    }
}

/// <summary>Arguments that several commands take.</summary>
internal static class Arguments
{
    public static Argument<string> Suspension() => new("suspension") { Description = "Its id: hbctl status lists them." };
}
