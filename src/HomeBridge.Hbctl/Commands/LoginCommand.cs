using System.CommandLine;

namespace HomeBridge.Hbctl.Commands;

/// <summary><c>hbctl login</c> and <c>hbctl logout</c>.</summary>
internal static class LoginCommand
{
    public static Command New()
    {
        var command = new Command("login", "Sign in with a device code, on any browser.");
        command.Asks(async (_, client, screen, cancel) =>
        {
            await SignIn.Begin(client, Console.Error.WriteLine, cancel);
            var who = await client.Get("/who", cancel);
            if (screen.AsJson)
            {
                Screen.Json(who);
            }
            else
            {
                screen.Good($"SIGNED IN as {who.Text("name")} ({string.Join(", ", who.List("roles"))})");
            }

            return ExitCodes.Done;
        });
        return command.With("hbctl login", "HBCTL_URL=https://ops.example hbctl login");
    }

    public static Command NewLogout()
    {
        var command = new Command("logout", "Forget the sign-in at this bridge.");
        command.Asks((_, client, screen, _) =>
        {
            var forgotten = SignIn.Forget(client.Url);
            Screen.Line(forgotten ? "Forgotten. Tokens that were given out live on for an hour at most." : "You were not signed in.");
            return Task.FromResult(ExitCodes.Done);
        });
        return command.With("hbctl logout");
    }
}
