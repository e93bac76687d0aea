using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using HomeBridge.Residents;
using HomeBridge.Tests.AccountLinking.SignIn;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Http;

namespace HomeBridge.Tests.Residents;

/// <summary>An account is deleted by somebody who signed in just now, not by whoever finds a browser open.</summary>
public sealed class FreshSignInTests(SignInBridge world) : IClassFixture<SignInBridge>
{
    private const string Path = "/account/data/delete";

    [Fact]
    public async Task An_old_sign_in_is_asked_for_the_password_first_and_deletes_nothing()
    {
        using var browser = new Browser();
        var fresh = await browser.Get(new Uri(world.Url, Path));
        Assert.NotNull(fresh.Document!.QuerySelector("input[name=understood]"));

        world.Clock.Advance(ResidentData.FreshFor + TimeSpan.FromSeconds(1));
        var stale = await browser.Get(new Uri(world.Url, Path));
        Assert.Null(stale.Document!.QuerySelector("input[name=understood]"));
        Assert.Contains("Sign in again first", stale.Text, StringComparison.Ordinal);

        // The button of the page that was open all the time.
        var refused = await browser.Post(new Uri(world.Url, Path), [Token(fresh), new("understood", "yes")]);
        Assert.Equal(Path, refused.Url.AbsolutePath);
        Assert.True(await world.IsSignedIn(browser));
        Assert.NotNull(world.Service<HomeBridge.AccountLinking.SignIn.ResidentProfiles>().Of("acme", "maple"));

        var asked = world.Provider.AskedFor("authorize");
        var back = await browser.Post(new Uri(world.Url, "/account/data/sign-in"), [Token(stale)]);
        Assert.Equal(asked + 1, world.Provider.AskedFor("authorize"));
        Assert.Equal(Path, back.Url.AbsolutePath);
        Assert.NotNull(back.Document!.QuerySelector("input[name=understood]"));

        // Twice at once: one deletes, and both are told that it is done. Whoever comes second may be asked to sign in, which would
        // make the account known anew.
        world.Provider.TokenInstead = _ => Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => browser.Post(new Uri(world.Url, Path), [Token(back), new("understood", "yes")])));
        Assert.Contains(both, page => page.Text.Contains("Browsers signed out", StringComparison.Ordinal));
        world.Provider.Reset();
        Assert.Null(world.Service<HomeBridge.AccountLinking.SignIn.ResidentProfiles>().Of("acme", "maple"));
        Assert.Null(world.Service<ResidentData>().Delete(new HomeAccount("acme", "maple")));
        Assert.Single(world.Service<HomeBridge.Audit.AuditTrail>().Of("account.deleted"));
    }

    [Fact]
    public async Task A_maker_who_says_that_he_asked_long_ago_has_not_asked_anew()
    {
        using var browser = new Browser();
        world.Provider.ChangeClaims = claims => claims["auth_time"] = world.Clock.GetUtcNow().AddHours(-1).ToUnixTimeSeconds();
        try
        {
            // To sign in as such, it doesn't matter when.
            var page = await browser.Get(new Uri(world.Url, Path));
            Assert.NotNull(page.Document!.QuerySelector("input[name=understood]"));
            world.Clock.Advance(ResidentData.FreshFor + TimeSpan.FromSeconds(1));
            var stale = await browser.Get(new Uri(world.Url, Path));
            var back = await browser.Post(new Uri(world.Url, "/account/data/sign-in"), [Token(stale)]);
            Assert.Equal("/oauth/signed-in", back.Url.AbsolutePath);
            Assert.Null((await browser.Get(new Uri(world.Url, Path))).Document!.QuerySelector("input[name=understood]"));
        }
        finally
        {
            world.Provider.Reset();
        }
    }

    private static KeyValuePair<string, string> Token(Page page)
    {
        var input = page.Document!.QuerySelectorAll<IHtmlInputElement>("main form input[type=hidden]").First();
        return new(input.Name!, input.Value);
    }
}
