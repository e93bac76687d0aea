using HomeBridge.AccountLinking.SignIn;
using HomeBridge.Devices;
using HomeBridge.Sandbox.OperatorDirectory;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.AccountLinking.SignIn;

/// <summary>Residents of a maker who uses Microsoft Entra External ID: MSAL for real, against a stand-in with Entra's paths and tokens.</summary>
public sealed class EntraSignInTests
{
    [Fact]
    public async Task Residents_sign_in_through_msal_are_renewed_and_need_attention_when_the_tenant_says_so()
    {
        var folder = Directory.CreateTempSubdirectory("homebridge-entra-");
        var bridgePort = SandboxProcess.FreePorts(1)[0];
        var certificateFile = Path.Combine(folder.FullName, "directory.pem");
        using var certificate = DirectoryOptions.NewCertificate(certificateFile, TimeProvider.System);
        var world = new SignInBridge { Port = bridgePort };
        await using var directory = DirectoryApplication.Build(
            new DirectoryOptions
            {
                Url = new Uri("https://127.0.0.1:0"),
                ConsoleClientSecret = "secret",
                ConsoleRedirectUri = $"http://127.0.0.1:{bridgePort}/oauth/signed-in",
                Certificate = certificate,
            },
            world.Clock);
        await directory.StartAsync();
        world.More["SignIn:Provider"] = "entra";
        world.More["SignIn:Issuer"] = $"{DirectoryApplication.Origin(directory.Services)}/{DirectoryOptions.TenantId}/v2.0";
        world.More["SignIn:ClientId"] = DirectoryOptions.ConsoleClientId;
        world.More["SignIn:ClientSecret"] = "secret";
        world.More["SignIn:AccountClaim"] = "oid";
        world.More["SignIn:Scopes"] = "openid profile offline_access";
        world.More["SignIn:CertificateFile"] = certificateFile;
        await world.InitializeAsync();
        try
        {
            using var browser = new Browser(certificate);
            var there = await browser.Get(world.SignInUrl);
            Assert.Equal(("https", "S256", "code"), (there.Url.Scheme, there.Query("code_challenge_method"), there.Query("response_type")));
            Assert.Contains("offline_access", there.Query("scope"), StringComparison.Ordinal);
            var wrong = await browser.Submit(there, "Sign in", fields => Fill(fields, "guess"));
            Assert.DoesNotContain("signed-in", wrong.Url.AbsolutePath, StringComparison.Ordinal);
            var back = await browser.Submit(there, "Sign in", fields => Fill(fields, "sandbox"));

            Assert.True(back.Url.AbsolutePath == SignInBridge.Next, back.Text);
            var resident = world.Service<ResidentSessions>().Find(SignInBridge.SessionOf(browser, world.Url))!;
            var account = DirectoryPerson.Find("anna", "sandbox")!.Id;
            Assert.Equal((account, "anna@sandbox.example"), (resident.Account, resident.Name));

            var tokens = world.Service<MakerTokens>();
            var first = await ((IResidentTokens)tokens).AccessToken(account, default);
            Assert.NotNull(first);
            world.Clock.Advance(TimeSpan.FromHours(7));
            await tokens.Renew("acme", account);
            Assert.False(tokens.NeedsAttention("acme", account));

            ((DirectoryGrants)directory.Services.GetService(typeof(DirectoryGrants))!).TakeBack(DirectoryPerson.Find("anna", "sandbox")!);
            world.Clock.Advance(TimeSpan.FromHours(7));
            await tokens.Renew("acme", account);
            Assert.True(tokens.NeedsAttention("acme", account));
            Assert.Null(await ((IResidentTokens)tokens).AccessToken(account, default));

            // Away is no word about the account.
            await browser.Get(new Uri(world.Url, "/account/signed-out"));
            world.Service<ResidentSessions>().End("acme", account, resident.SessionId);
            await browser.Submit(await browser.Get(world.SignInUrl), "Sign in", fields => Fill(fields, "sandbox"));
            Assert.False(tokens.NeedsAttention("acme", account));
            await directory.StopAsync();
            world.Clock.Advance(TimeSpan.FromHours(7));
            await tokens.Renew("acme", account);
            Assert.False(tokens.NeedsAttention("acme", account));
        }
        finally
        {
            await world.DisposeAsync();
            folder.Delete(recursive: true);
        }
    }

    private static void Fill(List<KeyValuePair<string, string>> fields, string password)
    {
        fields.RemoveAll(field => field.Key is "username" or "password");
        fields.AddRange([new("username", "anna"), new("password", password)]);
    }
}
