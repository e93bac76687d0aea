using System.Net;
using HomeBridge.AccountLinking.SignIn;
using HomeBridge.Hosting;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.AccountLinking.SignIn;

/// <summary>Sessions of residents: who is signed in where, how it ends, and how soon.</summary>
public sealed class ResidentSessionTests(SignInBridge world) : IClassFixture<SignInBridge>
{
    private ResidentSessions Sessions => world.Service<ResidentSessions>();

    [Fact]
    public async Task A_session_that_is_ended_is_over_at_its_next_use()
    {
        world.Service<Database>().Write(transaction => ResidentSessions.EndAll(transaction, "acme", "maple"));
        using var phone = await SignIn("maple");
        using var tablet = await SignIn("maple");
        using var laptop = await SignIn("maple");
        using var neighbour = await SignIn("harbor");
        var current = Id(laptop);

        var listed = Sessions.Of("acme", "maple", current);
        Assert.Equal(3, listed.Count);
        Assert.Equal(current, Assert.Single(listed, session => session.IsCurrent).Id);
        Assert.All(listed, session => Assert.Equal("Firefox, Linux", session.Browser));

        // Nobody ends what isn't theirs.
        Assert.False(Sessions.End("acme", "harbor", Id(phone)));
        Assert.True(Sessions.End("acme", "maple", Id(phone)));
        Assert.False(Sessions.End("acme", "maple", "unknown"));
        Assert.False(await world.IsSignedIn(phone));
        Assert.True(await world.IsSignedIn(tablet));

        Assert.Equal(1, Sessions.EndOthers("acme", "maple", current));
        Assert.Null(Sessions.Find(SignInBridge.SessionOf(tablet, world.Url)));
        Assert.True(await world.IsSignedIn(laptop));
        world.Service<Database>().Write(transaction => ResidentSessions.EndAll(transaction, "acme", "maple"));
        Assert.Empty(Sessions.Of("acme", "maple"));
        Assert.True(await world.IsSignedIn(neighbour));
    }

    [Fact]
    public async Task Signing_in_makes_a_new_session_and_signing_out_ends_it()
    {
        using var browser = await SignIn("maple");
        var first = SignInBridge.SessionOf(browser, world.Url)!;
        world.Provider.Account = "harbor";
        world.Service<ResidentSessions>().End("acme", "maple", Id(browser));
        await browser.Get(world.SignInUrl);
        var second = SignInBridge.SessionOf(browser, world.Url)!;

        Assert.NotEqual(first, second);
        Assert.StartsWith(ResidentSessions.TokenPrefix, second, StringComparison.Ordinal);
        Assert.Null(Sessions.Find(first));
        Assert.Equal("harbor", Sessions.Find(second)!.Account);
    }

    [Fact]
    public async Task The_cookie_is_for_the_server_alone_and_the_database_has_only_its_hash()
    {
        using var browser = await SignIn("maple");
        var cookie = browser.Cookies.GetCookies(world.Url)["homebridge.resident"]!;

        Assert.True(cookie is { HttpOnly: true, Path: "/", Domain: "127.0.0.1" });
        Assert.Equal(DateTime.MinValue, cookie.Expires);
        Assert.DoesNotContain(cookie.Value, TestDatabase.Everything(world.DatabasePath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_ends_by_itself_after_an_idle_hour_and_after_half_a_day()
    {
        using var browser = await SignIn("maple");
        var token = SignInBridge.SessionOf(browser, world.Url);
        world.Clock.Advance(TimeSpan.FromMinutes(59));
        Assert.NotNull(Sessions.Find(token));
        world.Clock.Advance(TimeSpan.FromMinutes(59));
        Assert.NotNull(Sessions.Find(token));
        world.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Null(Sessions.Find(token));
        Assert.DoesNotContain(Sessions.Of("acme", "maple"), session => session.LastUsedAt < world.Clock.GetUtcNow() - TimeSpan.FromHours(1));

        using var busy = await SignIn("maple");
        token = SignInBridge.SessionOf(busy, world.Url);
        for (var time = 0; time < 14; time++)
        {
            world.Clock.Advance(TimeSpan.FromMinutes(50));
            Assert.NotNull(Sessions.Find(token));
        }

        world.Clock.Advance(TimeSpan.FromMinutes(50));
        Assert.Null(Sessions.Find(token));
    }

    [Fact]
    public async Task An_account_has_a_bounded_number_of_sessions()
    {
        using var browser = await SignIn("hill");
        for (var number = 0; number < 120; number++)
        {
            world.Service<Database>().Write(transaction => Sessions.Begin(transaction, "acme", "hill", "Browser"));
            world.Clock.Advance(TimeSpan.FromMilliseconds(2));
        }

        Assert.Equal(100, Sessions.Of("acme", "hill").Count);
        Assert.False(await world.IsSignedIn(browser));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("hbs_")]
    [InlineData("hba_0000000000000000000000000000000000000000000")]
    [InlineData("hbs_0000000000000000000000000000000000000000000")]
    public void A_made_up_session_is_nobodys(string? token) => Assert.Null(Sessions.Find(token));

    [Fact]
    public async Task A_form_of_another_site_signs_nobody_out()
    {
        using var browser = await SignIn("maple");
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = browser.Cookies, UseProxy = false });
        foreach (var path in (string[])["/account/sign-out", "/account/other-account"])
        {
            using var answer = await http.PostAsync(new Uri(world.Url, path), new FormUrlEncodedContent([]));
            Assert.Equal((HttpStatusCode.SeeOther, "/account"), (answer.StatusCode, answer.Headers.Location!.OriginalString));
        }

        Assert.True(await world.IsSignedIn(browser));
    }

    [Fact]
    public async Task Failures_make_an_address_wait_and_nobody_who_signs_in_rightly()
    {
        var small = new SignInBridge { More = new(StringComparer.Ordinal) { ["SignIn:FailuresPerAddressMax"] = "3" } };
        await small.InitializeAsync();
        try
        {
            for (var time = 0; time < 10; time++)
            {
                using var browser = new Browser();
                Assert.Equal(SignInBridge.Next, (await browser.Get(small.SignInUrl)).Url.AbsolutePath);
            }

            var before = small.Provider.AskedFor("token");
            small.Provider.ChangeAnswer = answer => answer["code"] = "guessed";
            var statuses = new List<HttpStatusCode>();
            Page? last = null;
            for (var time = 0; time < 6; time++)
            {
                using var browser = new Browser();
                last = await browser.Get(small.SignInUrl);
                statuses.Add(last.Status);
            }

            // A limit is told, and the provider is left alone.
            Assert.Equal([.. Enumerable.Repeat(HttpStatusCode.BadRequest, 4), .. Enumerable.Repeat(HttpStatusCode.TooManyRequests, 2)], statuses);
            Assert.Contains("Retry-After", last!.Headers, StringComparison.Ordinal);
            Assert.Equal(4, small.Provider.AskedFor("token") - before);
            small.Provider.Reset();
            small.Clock.Advance(TimeSpan.FromMinutes(6));
            using var later = new Browser();
            Assert.Equal(SignInBridge.Next, (await later.Get(small.SignInUrl)).Url.AbsolutePath);
        }
        finally
        {
            await small.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1", "Chrome, iPhone")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows")]
    [InlineData("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15", "Safari, Mac")]
    [InlineData("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36", "Chrome, Android")]
    [InlineData("<script>alert(1)</script>", "Browser")]
    [InlineData("", "Browser")]
    public void A_browser_is_named_as_people_know_it(string userAgent, string name) => Assert.Equal(name, Browsers.NameOf(userAgent));

    private async Task<Browser> SignIn(string account)
    {
        world.Provider.Reset();
        world.Provider.Account = account;
        var browser = new Browser { UserAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" };
        await browser.Get(world.SignInUrl);
        return browser;
    }

    private string Id(Browser browser) => Sessions.Find(SignInBridge.SessionOf(browser, world.Url))!.SessionId;
}
