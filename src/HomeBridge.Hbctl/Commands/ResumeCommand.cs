using System.CommandLine;
using System.Text.Json;

namespace HomeBridge.Hbctl.Commands;

/// <summary><c>hbctl resume</c>: the stages on the way back, and the gates between them.</summary>
internal static class ResumeCommand
{
    private const string Force = "force";
    private const string Whole = "all";

    public static Command New()
    {
        var show = Step("show", "Where the resume stands and what it waits for.", HttpMethod.Get, "");
        var command = new Command("resume", "The staged way back of a suspension.")
        {
            show,
            Start(),
            Step("advance", "Go to the next stage now. Its gates must hold.", HttpMethod.Post, "/advance", Force),
            Step("back", "Go back a stage, or to fully suspended. An Operator may, too.", HttpMethod.Post, "/back", Whole),
        };
        return command.With("hbctl resume start sus_4f1c --reason \"fixed, INC-412\" --stages 1:10,10:15,50:30", "hbctl resume show sus_4f1c", "hbctl resume back sus_4f1c --reason \"errors rise\"");
    }

    public static void Show(Screen screen, JsonElement plan)
    {
        screen.Facts(("stage", plan.Text("stage")), ("since", plan.When("since")), ("next at", plan.When("next_at")));
        var stages = plan.List("stages").ToList();
        if (stages.Count > 0)
        {
            screen.Table(
                ["Stage", "Links", "At least", ""],
                stages.Select(stage => new[] { stage.Text("name") ?? "", $"{stage.Text("percent")} %", $"{stage.Text("minutes")} min", stage.Text("state") ?? "" }));
        }

        var gates = plan.List("gates").ToList();
        if (gates.Count > 0)
        {
            screen.Table(["Gate", "Holds", "Says"], gates.Select(gate => new[] { gate.Text("name") ?? "", gate.Flag("ok") ? "yes" : "NO", gate.Text("says") ?? "" }));
        }

        var history = plan.List("history").ToList();
        if (history.Count > 0)
        {
            Screen.Line();
            foreach (var step in history)
            {
                Screen.Line(step.ValueKind == JsonValueKind.String
                    ? step.GetString()!
                    : string.Join("  ", step.EnumerateObject().Select(member => member.Name is "at" ? step.When("at") : member.Value.ToString()).Where(text => text.Length > 0)));
            }
        }
    }

    private static Command Start()
    {
        var id = Arguments.Suspension();
        var reason = new Option<string?>("--reason") { Description = "What has changed since it was raised." };
        var links = new Option<string[]>("--allow-link") { Description = "A link that comes back first: staff, canaries.", HelpName = "ID" };
        var devices = new Option<string[]>("--allow-device") { Description = "A device that comes back first.", HelpName = "ID" };
        var stages = new Option<string?>("--stages") { Description = "Percent and minutes of each, like 1:10,10:15,50:30. Default: the bridge's.", HelpName = "LIST" };
        var command = new Command("start", "Begin the way back. An Approver does, not the one who raised it.") { id, reason, links, devices, stages };
        command.Asks(async (parsed, client, screen, cancel) =>
        {
            var (allowLinks, allowDevices, list) = (parsed.GetValue(links), parsed.GetValue(devices), Stages(parsed.GetValue(stages)));
            var plan = allowLinks is null or [] && allowDevices is null or [] && list is null
                ? null
                : new { allow_links = allowLinks is [] ? null : allowLinks, allow_devices = allowDevices is [] ? null : allowDevices, stages = list };
            var started = await client.Post(
                $"/suspensions/{Uri.EscapeDataString(parsed.GetValue(id)!)}/lift", new { reason = parsed.GetValue(reason), force = false, plan }, cancel);
            return Done(screen, started, $"RESUMING {parsed.GetValue(id)}");
        });
        return command.With("hbctl resume start sus_4f1c --reason \"fixed, INC-412\"");
    }

    private static Command Step(string name, string says, HttpMethod method, string path, string? flag = null)
    {
        var id = Arguments.Suspension();
        var reason = new Option<string?>("--reason") { Description = "Why." };
        var more = new Option<bool>($"--{flag}") { Description = flag == Force ? "Although a gate does not hold; the trail says so." : "All the way, to fully suspended." };
        var command = new Command(name, says) { id };
        if (method == HttpMethod.Post)
        {
            command.Options.Add(reason);
        }

        if (flag is not null)
        {
            command.Options.Add(more);
        }

        command.Asks(async (parsed, client, screen, cancel) =>
        {
            var route = $"/suspensions/{Uri.EscapeDataString(parsed.GetValue(id)!)}/resume{path}";
            var answer = method == HttpMethod.Get
                ? await client.Get(route, cancel)
                : await client.Post(route, new { reason = parsed.GetValue(reason), force = Given(Force), all = Given(Whole) }, cancel);
            return Done(screen, answer, null);

            bool? Given(string name) => name == flag && parsed.GetValue(more) ? true : null;
        });
        return command.With($"hbctl resume {name} sus_4f1c{(method == HttpMethod.Post ? " --reason \"…\"" : "")}");
    }

    private static int Done(Screen screen, JsonElement answer, string? headline)
    {
        if (screen.AsJson)
        {
            Screen.Json(answer);
            return ExitCodes.Done;
        }

        if (headline is not null)
        {
            screen.Good(headline);
        }

        Show(screen, answer.Member("resume") ?? answer);
        return ExitCodes.Done;
    }

    private static object[]? Stages(string? text)
    {
        try
        {
            return text?.Split(',').Select(stage => stage.Split(':')).Select(parts => (object)new
            {
                percent = int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture),
                minutes = int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture),
            }).ToArray();
        }
        catch (Exception wrong) when (wrong is FormatException or OverflowException or IndexOutOfRangeException)
        {
            throw new CommandEnds(ExitCodes.Other, $"'{text}' is no list of stages: percent and minutes of each, like 1:10,10:15,50:30.");
        }
    }
}
