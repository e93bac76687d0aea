using System.Diagnostics;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.AccountLinking.OAuth;

/// <summary>Other people's OAuth clients, which know the RFCs and not us, through the real pages.</summary>
[Collection(SandboxCollection.Name)]
public sealed class StrictClientsTests(SandboxFixture sandbox)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly Lazy<Task<string>> Installed = new(Install);

    [Theory]
    [Rfc("8414 3", "oauth4webapi and openid-client, strict: discovery, PKCE, exchange, refresh, revoke, for a platform and the app")]
    [Rfc("9207 2.4", "They check that the answer names the issuer")]
    [InlineData("oauth4webapi", "google-home")]
    [InlineData("openid-client", "google-home")]
    [InlineData("oauth4webapi", "companion-app")]
    [InlineData("openid-client", "companion-app")]
    public async Task A_strict_client_goes_the_whole_way(string library, string client)
    {
        var isApp = client == "companion-app";
        var redirect = isApp ? AppInBrowser.RedirectUri(sandbox) : LinkedHome.Clients[client].Redirect;
        List<string> arguments = ["strict.js", sandbox.Bridge.GetLeftPart(UriPartial.Authority), library, client, redirect];
        if (!isApp)
        {
            arguments.Add(LinkedHome.Clients[client].Secret);
        }

        using var cancel = new CancellationTokenSource(Deadline);
        using var node = Process.Start(new ProcessStartInfo("node", arguments)
        {
            UseShellExecute = false,
            WorkingDirectory = await Installed.Value,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var errors = node.StandardError.ReadToEndAsync(cancel.Token);
            var asked = await node.StandardOutput.ReadLineAsync(cancel.Token);
            Assert.True(asked is not null, await Errors(errors, asked));
            Assert.StartsWith("authorize ", asked, StringComparison.Ordinal);
            using var browser = new Browser();
            var back = isApp
                ? await AppInBrowser.Agree(browser, new Uri(asked["authorize ".Length..]), "maple")
                : await LinkedHome.Agree(browser, await browser.Get(new Uri(asked["authorize ".Length..])), "maple", _ => true);
            await node.StandardInput.WriteLineAsync(back.Url.AbsoluteUri);
            var done = await node.StandardOutput.ReadLineAsync(cancel.Token);

            Assert.True(done is not null, await Errors(errors, done));
            Assert.Equal($$"""done {"lifetime":3600,"rotated":{{(isApp ? "true" : "false")}},"renewed":true}""", done);
        }
        finally
        {
            node.Kill();
        }
    }

    /// <summary>Why there was no line; a client that goes on has nothing to say.</summary>
    private static async Task<string> Errors(Task<string> errors, string? line) => line is null ? await errors : "";

    private static async Task<string> Install()
    {
        var folder = Directory.CreateTempSubdirectory("homebridge-clients-").FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "AccountLinking", "OAuth", "npm")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        using var npm = Process.Start(new ProcessStartInfo("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]) { WorkingDirectory = folder })!;
        await npm.WaitForExitAsync();
        return npm.ExitCode == 0 ? folder : throw new InvalidOperationException("npm ci failed: the clients of other people could not be installed.");
    }
}
