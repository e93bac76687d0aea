using HomeBridge.Tests.World;

namespace HomeBridge.Tests.AccountLinking.OAuth;

/// <summary>The companion app's way through the pages.</summary>
internal static class AppInBrowser
{
    public const string ClientId = "companion-app";

    /// <summary>Somebody must listen there, or the browser shows no page: the bridge itself says 404 and the address stays.</summary>
    public static string RedirectUri(SandboxFixture sandbox) => $"http://127.0.0.1:{sandbox.Bridge.Port}/cb";

    public static Uri Authorize(SandboxFixture sandbox, string more = "") => new(
        sandbox.Bridge,
        $"/oauth/authorize?response_type=code&client_id={ClientId}&redirect_uri={Uri.EscapeDataString(RedirectUri(sandbox))}&state=app"
        + $"&code_challenge={OAuthBridge.Challenge}&code_challenge_method=S256{more}");

    /// <summary>To the page that asks for a yes; a resident who isn't signed in signs in.</summary>
    public static async Task<Page> Confirmation(Browser browser, Uri authorize, string account)
    {
        var page = await browser.Submit(await browser.Get(authorize), "Continue");
        return page.Document?.QuerySelector("input[name=username]") is null ? page : await browser.Submit(page, "Sign in", fields =>
        {
            fields.RemoveAll(field => field.Key is "username" or "password");
            fields.Add(new("username", account));
            fields.Add(new("password", "sandbox"));
        });
    }

    public static async Task<Page> Agree(Browser browser, Uri authorize, string account) =>
        await browser.Submit(await Confirmation(browser, authorize, account), "Agree and link");
}
