using System.CommandLine;
using System.Text.Json;

namespace HomeBridge.Hbctl.Commands;

/// <summary><c>hbctl explain</c>: why something is refused, in words.</summary>
internal static class ExplainCommand
{
    public static Command New()
    {
        var id = new Argument<string?>("id") { Description = "A device, an account link, a request id or a suspension.", Arity = ArgumentArity.ZeroOrOne };
        var device = new Option<string?>("--device") { Description = "The same, for a device.", HelpName = "ID" };
        var link = new Option<string?>("--link") { Description = "The same, for an account link.", HelpName = "ID" };
        var command = new Command("explain", "Why a device, link or request is refused.") { id, device, link };
        command.Asks(async (parsed, client, screen, cancel) =>
        {
            var what = parsed.GetValue(id) ?? parsed.GetValue(device) ?? parsed.GetValue(link)
                ?? throw new CommandEnds(ExitCodes.Other, "Say what to explain: the id of a device, an account link, a request or a suspension.");
            var answer = await client.Get($"/explain?id={Uri.EscapeDataString(what)}", cancel);
            if (screen.AsJson)
            {
                Screen.Json(answer);
            }
            else
            {
                Show(screen, answer);
            }

            return ExitCodes.Done;
        });
        return command.With("hbctl explain dev_8c1f", "hbctl explain --link lnk_77aa", "hbctl explain 6894439706274654512");
    }

    private static void Show(Screen screen, JsonElement answer)
    {
        var suspensions = answer.List("suspensions").ToList();
        foreach (var sentence in answer.List("says"))
        {
            if (suspensions.Count > 0)
            {
                screen.Bad(sentence.ToString());
            }
            else
            {
                screen.Good(sentence.ToString());
            }
        }

        foreach (var suspension in suspensions)
        {
            Screen.Line();
            Screen.Line($"{suspension.Text("id")}  {suspension.Text("state")}");
            screen.Facts(
                ("says", suspension.Text("says")),
                ("scope", suspension.Scope()),
                ("effects", string.Join(", ", suspension.List("effects"))),
                ("why", string.Join(", ", new[] { suspension.Text("reason"), suspension.Text("incident") }.Where(text => !string.IsNullOrEmpty(text)))),
                ("by", $"{suspension.Text("author")}, {suspension.When("raised_at")}"));
        }

        foreach (var step in answer.List("steps"))
        {
            Screen.Line();
            Screen.Line($"{step.When("at")}  {step.Text("name")}");
            screen.Facts(("step", step.Text("step")), ("outcome", step.Text("outcome")), ("means", step.Text("means")), ("detail", step.Text("detail")));
        }
    }
}

/// <summary>Prints an answer whose sentences are the bridge's: each member with its name, lists line by line.</summary>
internal static class Words
{
    private const int DepthMax = 4;

    public static void Show(Screen screen, JsonElement answer, int depth = 0)
    {
        var indent = new string(' ', depth * 2);
        foreach (var member in answer.EnumerateObject())
        {
            var name = member.Name.Replace('_', ' ');
            switch (member.Value.ValueKind)
            {
                case JsonValueKind.Null:
                    break;
                case JsonValueKind.Object when depth < DepthMax:
                    Screen.Line($"{indent}{name}:");
                    Show(screen, member.Value, depth + 1);
                    break;
                case JsonValueKind.Array when member.Value.GetArrayLength() == 0:
                    Screen.Line($"{indent}{name}: none");
                    break;
                case JsonValueKind.Array when depth < DepthMax:
                    Screen.Line($"{indent}{name}:");
                    foreach (var item in member.Value.EnumerateArray())
                    {
                        if (item.ValueKind == JsonValueKind.Object)
                        {
                            Show(screen, item, depth + 1);
                            Screen.Line();
                        }
                        else
                        {
                            Screen.Line($"{indent}  {item}");
                        }
                    }

                    break;
                default:
                    Screen.Line($"{indent}{name}: {member.Value}");
                    break;
            }
        }
    }
}
