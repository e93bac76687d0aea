using System.CommandLine;
using System.CommandLine.Invocation;
using HomeBridge.Hbctl.Commands;

namespace HomeBridge.Hbctl;

/// <summary>The operators' command line.</summary>
public static class Program
{
    /// <summary>Every command with its options and examples. Parsing with it runs nothing.</summary>
    public static RootCommand Root()
    {
        var root = new RootCommand("""
            The switch of a HomeBridge, from a terminal.

            Where it is: --url or HBCTL_URL, the bridge's private listener
            (http://127.0.0.1:8081 by default).
            Who you are: hbctl login, or a bearer token in HBCTL_TOKEN, or name:secret
            in HBCTL_BREAKGLASS.
            Exit codes: 0 done, applied everywhere; 3 applied, with self-fenced
            replicas; 4 timeout; 5 refused; 1 other.
            """);
        root.Options.Add(Cli.Url);
        root.Options.Add(Cli.Json);
        foreach (var command in (Command[])
        [
            SuspendCommand.New(), StatusCommand.New(), LiftCommand.New(), ResumeCommand.New(), RebaseCommand.New(), ExplainCommand.New(), EffectiveCommand.New(),
            SessionsCommand.New(), LinksCommand.New(), AlarmsCommand.New(), DrillCommand.New(), AuditCommand.New(),
            LoginCommand.New(), LoginCommand.NewLogout(), BreakGlassCommand.New(), CompletionCommand.New(),
        ])
        {
            root.Subcommands.Add(command);
        }

        Examples.Show(root, "hbctl suspend --preset camera-leak --wait", "hbctl status --watch", "hbctl explain dev_8c1f");
        return root;
    }

    private static Task<int> Main(string[] args)
    {
        var parsed = Root().Parse(args);
        if (parsed.Action is ParseErrorAction wrong)
        {
            // The sentence is enough; a page of help would push it off the screen.
            wrong.ShowHelp = false;
        }

        return parsed.InvokeAsync();
    }
}
