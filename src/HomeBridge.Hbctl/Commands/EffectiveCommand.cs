using System.CommandLine;

namespace HomeBridge.Hbctl.Commands;

/// <summary><c>hbctl effective</c>: which suspensions decide for a device of a link.</summary>
internal static class EffectiveCommand
{
    public static Command New()
    {
        var link = new Option<string?>("--link") { Description = "An account link.", HelpName = "ID" };
        var device = new Option<string?>("--device") { Description = "A device.", HelpName = "ID" };
        var command = new Command("effective", "Which suspensions decide for a device, a link, or both.") { link, device };
        command.Asks(async (parsed, client, screen, cancel) =>
        {
            var query = string.Join('&', new[] { (Name: "link", Value: parsed.GetValue(link)), (Name: "device", Value: parsed.GetValue(device)) }
                .Where(part => part.Value is not null).Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value!)}"));
            var answer = await client.Get($"/effective?{query}", cancel);
            if (screen.AsJson)
            {
                Screen.Json(answer);
                return ExitCodes.Done;
            }

            var entries = answer.List("suspensions").ToList();
            if (entries.Count == 0)
            {
                screen.Good("NOTHING is suspended for it");
                return ExitCodes.Done;
            }

            screen.Bad($"{entries.Count} SUSPENSION{(entries.Count == 1 ? "" : "S")} DECIDE");
            foreach (var entry in entries)
            {
                Screen.Line(entry.Text("id") ?? "");
                screen.Facts(("scope", entry.Scope()), ("effects", string.Join(", ", entry.List("effects"))));
            }

            return ExitCodes.Done;
        });
        return command.With("hbctl effective --device dev_8c1f", "hbctl effective --link lnk_77aa --device dev_8c1f");
    }
}
