using System.Net;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.AccountLinking.OAuth;

/// <summary>Somebody with two accounts of their own, a second platform's client and somebody else's link in reach, through the real pages.</summary>
[Collection(SandboxCollection.Name)]
public sealed class AttackerTests(SandboxFixture sandbox)
{
    private async Task<Answer> Token(IEnumerable<KeyValuePair<string, string>> fields, string path = "/oauth/token")
    {
        using var answer = await sandbox.Http.PostAsync(new Uri(sandbox.Bridge, path), new FormUrlEncodedContent(fields));
        return await Answer.Of(answer);
    }

    private Task<Answer> ExchangeApp(string code) => Token(OAuthBridge.Fields(
        AppInBrowser.ClientId, "", ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", AppInBrowser.RedirectUri(sandbox)),
        ("code_verifier", OAuthBridge.Verifier)));

    [Fact]
    [Rfc("8252 8.1", "The app's way: who asks, sign-in, a yes without devices, tokens that open no fulfillment")]
    public async Task The_companion_app_is_let_in_without_devices_and_gets_no_fulfillment()
    {
        using var browser = new Browser();
        var confirmation = await AppInBrowser.Confirmation(browser, AppInBrowser.Authorize(sandbox), "maple");
        Assert.Equal(HttpStatusCode.OK, confirmation.Status);
        Assert.Empty(confirmation.Choices);
        Assert.Equal(["Agree and link", "Cancel"], confirmation.Document!.QuerySelectorAll("form:first-of-type button").Select(button => button.TextContent.Trim()));

        var back = await browser.Submit(confirmation, "Agree and link");
        var twice = await browser.Submit(confirmation, "Agree and link");
        var tokens = await ExchangeApp(back.Query("code")!);

        Assert.Equal(("app", sandbox.Bridge.GetLeftPart(UriPartial.Authority)), (back.Query("state"), back.Query("iss")));
        Assert.Equal(HttpStatusCode.BadRequest, twice.Status);
        Assert.Equal(HttpStatusCode.OK, tokens.Status);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(sandbox.Bridge, "/fulfillment/google")) { Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new("Bearer", tokens.Text("access_token"));
        using var refused = await sandbox.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    [Rfc("6749 4.1.2.1", "Saying no to the app goes back to it as access_denied")]
    public async Task Cancel_ends_in_access_denied_on_both_pages()
    {
        using var browser = new Browser();
        var first = await browser.Submit(await browser.Get(AppInBrowser.Authorize(sandbox)), "Cancel");
        var second = await browser.Submit(await AppInBrowser.Confirmation(browser, AppInBrowser.Authorize(sandbox), "maple"), "Cancel");

        Assert.All([first, second], back => Assert.Equal(("access_denied", "app", null), (back.Query("error"), back.Query("state"), back.Query("code"))));
    }

    [Fact]
    [Rfc("6749 10.12", "An attempt of the app can't be finished on the platforms' page, nor the other way round")]
    public async Task An_attempt_is_finished_only_on_its_own_page()
    {
        using var browser = new Browser();
        var confirmation = await AppInBrowser.Confirmation(browser, AppInBrowser.Authorize(sandbox), "maple");
        var devices = await browser.Submit(
            await browser.Get(new Uri(sandbox.Bridge, $"/oauth/authorize?response_type=code&client_id=google-home&redirect_uri={Uri.EscapeDataString(LinkedHome.Clients["google-home"].Redirect)}")), "Continue");

        var crossed = await browser.Get(new Uri(sandbox.Bridge, "/oauth/consent" + confirmation.Url.Query));
        var otherWay = await browser.Get(new Uri(sandbox.Bridge, "/oauth/consent/app" + devices.Url.Query));

        Assert.Equal([HttpStatusCode.BadRequest, HttpStatusCode.BadRequest], [crossed.Status, otherWay.Status]);
    }

    [Fact]
    [Rfc("9700 4.7", "An attempt, its page or its code in another browser or for another account is of no use")]
    [Rfc("6749 10.12", "Nobody is linked to somebody else's account by a link they were sent")]
    public async Task A_page_of_one_browser_is_of_no_use_in_another()
    {
        using var attacker = new Browser();
        using var victim = new Browser();
        var own = await AppInBrowser.Confirmation(attacker, AppInBrowser.Authorize(sandbox), "harbor");
        await AppInBrowser.Confirmation(victim, AppInBrowser.Authorize(sandbox), "maple");

        var opened = await victim.Get(own.Url);
        var sent = await victim.Submit(new Page(own.Url, own.Status, own.Text, own.Document, ""), "Agree and link");

        Assert.Equal(HttpStatusCode.BadRequest, opened.Status);
        Assert.Equal(HttpStatusCode.BadRequest, sent.Status);
        Assert.Null(sent.Query("code"));
    }

    [Fact]
    [Rfc("9700 4.5.3", "A code that is injected into another app's session does not fit its verifier")]
    public async Task An_injected_code_does_not_fit()
    {
        using var browser = new Browser();
        var back = await AppInBrowser.Agree(browser, AppInBrowser.Authorize(sandbox), "maple");

        var injected = await Token(OAuthBridge.Fields(
            AppInBrowser.ClientId, "", ("grant_type", "authorization_code"), ("code", back.Query("code")), ("redirect_uri", AppInBrowser.RedirectUri(sandbox)),
            ("code_verifier", new string('v', 43))));

        injected.IsError(HttpStatusCode.BadRequest, "invalid_grant");
        Assert.Equal(HttpStatusCode.OK, (await ExchangeApp(back.Query("code")!)).Status);
    }

    [Fact]
    [Rfc("9700 2.3", "With two accounts and another client nothing of a third person is reached")]
    public async Task Two_accounts_and_another_client_get_nowhere()
    {
        var (victim, own) = (await sandbox.Link("maple"), await sandbox.Link("harbor"));
        var other = await sandbox.Link("harbor", "second-platform");
        var camera = await victim.Device("Front door camera");

        // The victim's device by the attacker's token, the victim's tokens by the attacker's client.
        var seen = await own.Query(camera);
        var opened = await own.OpenCamera(camera);
        Assert.Equal("deviceNotFound", seen.GetProperty(camera).GetProperty("errorCode").GetString());
        Assert.Equal("deviceNotFound", opened.GetProperty("errorCode").GetString());
        foreach (var token in (string[])[victim.RefreshToken, victim.AccessToken])
        {
            var (refreshed, _) = await LinkedHome.Token(sandbox.Process, sandbox.Http, "second-platform", new() { ["grant_type"] = "refresh_token", ["refresh_token"] = token });
            var (revoked, _) = await LinkedHome.Token(sandbox.Process, sandbox.Http, "second-platform", new() { ["token"] = token }, "/oauth/revoke");
            Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.OK), (refreshed, revoked));
        }

        // Ending what is the attacker's own ends nothing else.
        await LinkedHome.Token(sandbox.Process, sandbox.Http, "second-platform", new() { ["token"] = other.RefreshToken }, "/oauth/revoke");
        await own.Disconnect();
        Assert.True((await victim.Sync()).TryGetProperty("devices", out _));
        await victim.Refresh();
    }

    [Fact]
    [Rfc("ours", "No token, code, verifier or secret is in a log")]
    public async Task Nothing_secret_is_in_the_log()
    {
        var home = await sandbox.Link("maple");
        using var browser = new Browser();
        var back = await AppInBrowser.Agree(browser, AppInBrowser.Authorize(sandbox), "maple");
        var app = await ExchangeApp(back.Query("code")!);
        await ExchangeApp(back.Query("code")!);
        await Token([new("grant_type", "authorization_code"), new("code", back.Query("code")!), new("client_id", "google-home"), new("client_secret", "guessed-secret-4711")]);
        await Token([new("token", home.AccessToken), new("client_id", "google-home"), new("client_secret", "guessed-secret-4711")], "/oauth/revoke");
        await Token([new("grant_type", "refresh_token"), new("refresh_token", home.RefreshToken), new("client_id", "second-platform"), new("client_secret", "sandbox-second-secret")]);
        await Token(OAuthBridge.Fields(AppInBrowser.ClientId, "", ("grant_type", "refresh_token"), ("refresh_token", app.Text("refresh_token"))), "/oauth/token?refresh_token=" + home.RefreshToken);

        string[] secrets =
        [
            home.AccessToken, home.RefreshToken, back.Query("code")!, app.Text("access_token")!, app.Text("refresh_token")!, "guessed-secret-4711",
            "sandbox-second-secret", OAuthBridge.Verifier,
        ];
        var log = sandbox.Process.Output;
        log = log[log.IndexOf("\nready", StringComparison.Ordinal)..];
        Assert.Contains("A client could not be authenticated", log, StringComparison.Ordinal);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, log, StringComparison.Ordinal));
        Assert.DoesNotMatch(@"hb(a|r|c|ca|cr|l|w)_[A-Za-z0-9_-]{20}", log);
    }
}
