using System.CommandLine;
using System.Text.Json;

namespace HomeBridge.Hbctl.Commands;

/// <summary><c>hbctl suspend</c>: the one that matters at 3 a.m.</summary>
internal static class SuspendCommand
{
    private const string PlatformCompromise = "platform-compromise";
    private const string WaitByDefault = "5s";

    /// <summary>The longest that a bridge lets a caller wait.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);

    private static readonly Option<string?> Preset = new("--preset") { Description = "camera-leak cuts camera streams and nothing else; vendor-down; platform-compromise.", HelpName = "NAME" };
    private static readonly Option<string?> Platform = Part("--platform", "Only this platform, e.g. google.");
    private static readonly Option<string?> Vendor = Part("--vendor", "Only this maker, e.g. acme.");
    private static readonly Option<string?> Model = Part("--model", "Only this device model.");
    private static readonly Option<string?> Firmware = Part("--firmware", "Only this firmware.");
    private static readonly Option<string?> Trait = Part("--trait", "Only this trait, e.g. LockUnlock.");
    private static readonly Option<string?> Link = Part("--link", "Only this account link: hbctl links.");
    private static readonly Option<string?> Device = Part("--device", "Only this device.");
    private static readonly Option<string[]> Effects = new("--effects")
    {
        Description = "Some of cut_streams, deny_commands, deny_state, freeze_linking. Default: all.",
        HelpName = "NAMES",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Reason = new("--reason") { Description = "Why, for those who come after you." };
    private static readonly Option<string?> Incident = new("--incident") { Description = "Its number, or new." };
    private static readonly Option<string?> ReviewAt = new("--review-at") { Description = "When to be reminded, e.g. 2026-11-23T09:00:00Z. Nothing ends by itself.", HelpName = "TIME" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Say what it would touch, and touch nothing." };
    private static readonly Option<string?> Wait = new("--wait")
    {
        Description = $"Wait until every replica and gateway has applied it, {WaitByDefault} or as long as you say.",
        HelpName = "TIME",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<bool> Yes = new("--yes") { Description = "Don't ask, whatever the scope." };

    public static Command New()
    {
        Preset.CompletionSources.Add("camera-leak", "vendor-down", PlatformCompromise);
        Effects.CompletionSources.Add("cut_streams", "deny_commands", "deny_state", "freeze_linking");
        var command = new Command("suspend", "Stop something: a preset, a scope, or both. Without a scope it is everything.")
        {
            Preset, Platform, Vendor, Model, Firmware, Trait, Link, Device, Effects, Reason, Incident, ReviewAt, DryRun, Wait, Yes,
        };
        command.Asks(Run);
        return command.With(
            "hbctl suspend --preset camera-leak --wait",
            "hbctl suspend --preset camera-leak --vendor acme --incident INC-412 --dry-run",
            "hbctl suspend --trait LockUnlock --effects deny_commands --reason \"battery recall\" --wait=10s",
            "hbctl suspend --platform google --yes --wait");
    }

    private static Option<string?> Part(string name, string says) => new(name) { Description = says, HelpName = "ID" };

    private static async Task<int> Run(ParseResult parsed, OpsClient client, Screen screen, CancellationToken cancel)
    {
        string?[] scope = [.. new[] { Platform, Vendor, Model, Firmware, Trait, Link, Device }.Select(parsed.GetValue)];
        var preset = parsed.GetValue(Preset);
        var order = new
        {
            preset,
            scope = new { platform = scope[0], vendor = scope[1], device_model = scope[2], firmware = scope[3], trait = scope[4], account_link = scope[5], device = scope[6] },
            effects = parsed.GetValue(Effects) is { Length: > 0 } effects ? effects.SelectMany(one => one.Split(',')).ToArray() : null,
            reason = parsed.GetValue(Reason),
            incident = parsed.GetValue(Incident),
            review_at = parsed.GetValue(ReviewAt),
        };
        if (parsed.GetValue(DryRun))
        {
            var preview = await client.Post("/suspensions?dry_run=true", order, cancel);
            Preview(screen, preview);
            return ExitCodes.Done;
        }

        var isWide = preset is null or PlatformCompromise && scope[1..].All(part => part is null);
        if (isWide && !parsed.GetValue(Yes))
        {
            Confirm(scope[0]);
        }

        var wait = parsed.GetResult(Wait) is null ? null : parsed.GetValue(Wait) ?? WaitByDefault;
        var raised = await client.Post(wait is null ? "/suspensions" : $"/suspensions?wait={Uri.EscapeDataString(wait)}", order, cancel, wait is null ? TimeSpan.Zero : WaitMax);
        return wait is null ? Raised(screen, raised) : Confirmed(screen, raised, await Replicas(client, screen, cancel));
    }

    /// <summary>It is raised, whatever becomes of this question.</summary>
    private static async Task<JsonElement> Replicas(OpsClient client, Screen screen, CancellationToken cancel)
    {
        try
        {
            return await client.Get("/replicas", cancel);
        }
        catch (CommandEnds unknown)
        {
            screen.Complain($"It is raised. Which replicas are in contact could not be asked: {unknown.Message}");
            return default;
        }
    }

    /// <summary>Three words typed are slower than a slip.</summary>
    private static void Confirm(string? platform)
    {
        var (what, word) = platform is null ? ("EVERYTHING: every platform, every home", "everything") : ($"all of the platform {platform}", platform);
        if (Console.IsInputRedirected)
        {
            throw new CommandEnds(ExitCodes.Refused, $"This suspends {what}. Add --yes if that is what you mean, or a scope: --vendor, --trait, --device.");
        }

        Console.Error.Write($"This suspends {what}.\nType {word} to go on: ");
        if (Console.ReadLine()?.Trim() != word)
        {
            throw new CommandEnds(ExitCodes.Refused, "Nothing was suspended.");
        }
    }

    private static int Raised(Screen screen, JsonElement raised)
    {
        if (screen.AsJson)
        {
            Screen.Json(raised);
            return ExitCodes.Done;
        }

        Confirmations.Headline(screen, raised, $"RAISED {raised.Text("id")}", isGood: true);
        Show(screen, raised);
        Screen.Line("See who has applied it: hbctl status");
        return ExitCodes.Done;
    }

    private static int Confirmed(Screen screen, JsonElement raised, JsonElement replicas)
    {
        var (code, headline) = Confirmations.Judge(raised, replicas);
        if (screen.AsJson)
        {
            Screen.Json(raised);
            return code;
        }

        Confirmations.Show(screen, raised, code, headline);
        Screen.Line();
        Show(screen, raised);
        return code;
    }

    private static void Show(Screen screen, JsonElement raised)
    {
        screen.Facts(
            ("suspension", raised.Text("id")),
            ("scope", raised.Scope()),
            ("effects", string.Join(", ", raised.List("effects"))),
            ("incident", raised.Text("incident")),
            ("by", raised.Text("author")),
            ("look again", raised.When("review_at")),
            ("end it", $"hbctl lift {raised.Text("id")}"),
            ("", "by an Approver, who is not you"));
    }

    private static void Preview(Screen screen, JsonElement preview)
    {
        if (screen.AsJson)
        {
            Screen.Json(preview);
            return;
        }

        Screen.Line("DRY RUN, nothing was suspended. It would touch:");
        screen.Facts(
            ("scope", preview.Scope()),
            ("effects", string.Join(", ", preview.List("effects"))),
            ("links", preview.Count("links")),
            ("homes", preview.Count("homes")),
            ("devices", preview.Count("devices")),
            ("live streams", preview.Count("live_streams")),
            ("replicas", string.Join(", ", preview.List("replicas").Select(one => one.Flag("live") ? one.Text("name") : $"{one.Text("name")} (not in contact)"))),
            ("worst case", preview.Member("exposure") is { ValueKind: JsonValueKind.Object } exposure
                ? string.Join(", ", exposure.EnumerateObject().Select(part => $"{part.Name.Replace('_', ' ')} {part.Value}"))
                : null),
            ("overlaps", string.Join(", ", preview.List("overlaps").Select(one => one.ValueKind == JsonValueKind.String ? one.GetString() : $"{one.Text("id")} ({one.Text("covers")})"))));
        foreach (var warning in preview.List("warnings"))
        {
            screen.Bad(warning.ToString());
        }
    }
}
