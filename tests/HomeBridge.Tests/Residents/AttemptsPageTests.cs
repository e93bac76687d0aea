using System.Net;
using System.Text.RegularExpressions;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Residents;

/// <summary>A resident sees how far each linking attempt of theirs came, and nobody else's.</summary>
[Collection(SandboxCollection.Name)]
public sealed partial class AttemptsPageTests(SandboxFixture sandbox)
{
    [Fact]
    public async Task An_attempt_that_stopped_says_what_to_do_and_is_shown_to_its_resident_only()
    {
        using var stopped = new Browser();
        await LinkedHome.Consent(stopped, sandbox.Process, "hill", "google-home", _ => false);
        var linked = await sandbox.Link("hill", "second-platform");
        using var resident = await ResidentBrowser.SignIn(sandbox, "hill");
        using var neighbour = await ResidentBrowser.SignIn(sandbox, "harbor");

        // Steps are written behind the answers, once a second.
        string shown;
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30)))
        {
            while (!(shown = await Text(resident)).Contains("No device was ticked.", StringComparison.Ordinal)
                || !shown.Contains("It is Second platform’s turn.", StringComparison.Ordinal))
            {
                Assert.False(patience.IsCancellationRequested, shown);
                await Task.Delay(100);
            }
        }

        Assert.Contains("Your agreement Stopped", shown, StringComparison.Ordinal);
        Assert.Contains("The platform asked for your devices Not reached", shown, StringComparison.Ordinal);
        var references = Reference().Matches(shown).Select(match => match.Value).ToList();
        Assert.True(references.Count >= 2);
        var others = await Text(neighbour);
        Assert.DoesNotContain(references, reference => others.Contains(reference, StringComparison.Ordinal));
        Assert.Contains("/account/attempts", (await resident.Get("/account")).Document!.Body!.InnerHtml, StringComparison.Ordinal);
        var (revoked, _) = await LinkedHome.Token(sandbox.Process, sandbox.Http, linked.Client, new() { ["token"] = linked.RefreshToken }, "/oauth/revoke");
        Assert.Equal(HttpStatusCode.OK, revoked);
    }

    private static async Task<string> Text(ResidentBrowser resident) =>
        Spaces().Replace((await resident.Get("/account/attempts")).Document!.Body!.TextContent, " ");

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b", RegexOptions.None, 1000)]
    private static partial Regex Reference();
}
