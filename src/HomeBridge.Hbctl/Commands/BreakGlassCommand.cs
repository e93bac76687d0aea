using System.CommandLine;
using System.Text.Json;
using HomeBridge.OpsConsole;

namespace HomeBridge.Hbctl.Commands;

/// <summary><c>hbctl breakglass new</c>: a credential for the night without an identity provider. Asks no bridge.</summary>
internal static class BreakGlassCommand
{
    private static readonly string[] Roles = ["Operator", "Approver", "Auditor"];

    public static Command New()
    {
        var name = new Argument<string>("name") { Description = "Whose it is: small letters, digits, - and ." };
        var roles = new Option<string>("--roles") { Description = "Operator, Approver, Auditor, with commas.", DefaultValueFactory = _ => "Operator" };
        var create = new Command("new", "Print a new secret, once, and the line for the bridge's file.") { name, roles };
        create.SetAction(parsed => Create(new Screen(parsed.GetValue(Cli.Json)), parsed.GetValue(name)!, parsed.GetValue(roles)!.Split(',', StringSplitOptions.TrimEntries)));
        create.With("hbctl breakglass new night-1 --roles Operator,Approver");
        return new Command("breakglass", "Credentials that need no identity provider.") { create }.With("hbctl breakglass new night-1 --roles Operator");
    }

    private static int Create(Screen screen, string name, string[] roles)
    {
        if (!BreakGlassSecret.IsName(name) || roles.Length == 0 || !roles.All(role => Roles.Contains(role, StringComparer.Ordinal)))
        {
            screen.Complain($"A name has up to {BreakGlassSecret.NameLengthMax} small letters, digits, - and . and roles are some of {string.Join(",", Roles)}.");
            return ExitCodes.Other;
        }

        var secret = BreakGlassSecret.New();
        var line = $"{name} {string.Join(',', roles)} {BreakGlassSecret.Hash(secret)}";
        if (screen.AsJson)
        {
            Screen.Json(JsonSerializer.SerializeToElement(new { name, roles, secret, line }));
            return ExitCodes.Done;
        }

        // Not through tables: nothing may be wrapped that is copied.
        Console.Out.WriteLine($"""
            The secret, shown this once. Print it, seal it, lock it away:

            {name}:{secret}

            The line for the file that Operators:BreakGlassFile names (chmod 600):

            {line}

            To use it: HBCTL_BREAKGLASS={name}:… hbctl suspend --preset camera-leak --wait
            """);
        return ExitCodes.Done;
    }
}
