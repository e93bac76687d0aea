using System.CommandLine;
using System.Text.Json;
using Microsoft.Identity.Client;

namespace HomeBridge.Hbctl;

/// <summary>What every command has: where the bridge is, how to print, and how it ends.</summary>
internal static class Cli
{
    private const string DefaultUrl = "http://127.0.0.1:8081";

    public static readonly Option<string?> Url = new("--url")
    {
        Description = "The bridge's private listener. Plain http only to this machine.",
        HelpName = "URL",
        Recursive = true,
    };

    public static readonly Option<bool> Json = new("--json") { Description = "Print the bridge's answer as JSON.", Recursive = true };

    /// <summary>Runs a command that asks the bridge; every end has a sentence.</summary>
    public static void Asks(this Command command, Func<ParseResult, OpsClient, Screen, CancellationToken, Task<int>> run) => command.SetAction(async (parsed, cancel) =>
    {
        var screen = new Screen(parsed.GetValue(Json));
        try
        {
            using var client = new OpsClient(ReadUrl(parsed.GetValue(Url)));
            return await run(parsed, client, screen, cancel);
        }
        catch (CommandEnds end)
        {
            screen.Complain(end.Message);
            return end.Code;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return ExitCodes.Other;
        }
        catch (JsonException unreadable)
        {
            screen.Complain($"The bridge's answer can't be read ({unreadable.Message}). Does --url lead to its private listener?");
            return ExitCodes.Other;
        }
        catch (MsalException failed)
        {
            screen.Complain($"Signing in did not work: {failed.Message.Split('\n')[0].Trim()} Try again, or set HBCTL_TOKEN or HBCTL_BREAKGLASS.");
            return ExitCodes.Other;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            screen.Complain(failed.Message);
            return ExitCodes.Other;
        }
    });

    public static Uri ReadUrl(string? given)
    {
        var text = given ?? Environment.GetEnvironmentVariable("HBCTL_URL") ?? DefaultUrl;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.AbsolutePath != "/" || url.Query.Length > 0 || url.UserInfo.Length > 0)
        {
            throw new CommandEnds(ExitCodes.Other, $"'{text}' is not the address of a bridge. It looks like https://ops.example or {DefaultUrl}.");
        }

        return url.Scheme == "https" || url.IsLoopback
            ? url
            : throw new CommandEnds(ExitCodes.Other, $"{text} is plain http to another machine: your token would be read on the way. Use https, or a tunnel to {DefaultUrl}.");
    }
}
