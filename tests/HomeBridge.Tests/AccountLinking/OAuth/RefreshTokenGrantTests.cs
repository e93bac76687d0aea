using System.Diagnostics;
using System.Net;
using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Hosting;
using Xunit.Abstractions;

namespace HomeBridge.Tests.AccountLinking.OAuth;

/// <summary><c>grant_type=refresh_token</c> of platforms: the token stays the same.</summary>
[Collection(OAuthCollection.Name)]
public sealed class RefreshTokenGrantTests(OAuthBridge bridge, ITestOutputHelper output)
{
    [Fact]
    [Rfc("6749 6", "A refresh gives another access token; a platform keeps its refresh token and its earlier access tokens")]
    public async Task A_refresh_gives_another_access_token_and_leaves_everything_else_alone()
    {
        var given = await bridge.Link();

        var first = await bridge.Refresh(given.RefreshToken);
        var second = await bridge.Refresh(given.RefreshToken);

        Assert.Equal(["access_token", "expires_in", "scope", "token_type"], first.Json.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        string[] tokens = [given.AccessToken, first.Text("access_token")!, second.Text("access_token")!];
        Assert.Equal(3, tokens.Distinct(StringComparer.Ordinal).Count());
        foreach (var token in tokens)
        {
            Assert.True(await bridge.Opens(token));
        }
    }

    [Theory]
    [Rfc("6749 6", "The scope may be named again and not be widened")]
    [InlineData("devices", true)]
    [InlineData("devices email", false)]
    [InlineData("account", false)]
    public async Task The_scope_stays(string scope, bool works)
    {
        var given = await bridge.Link();

        var answer = await bridge.Refresh(given.RefreshToken, scope: scope);

        Assert.Equal(works ? (HttpStatusCode.OK, null) : (HttpStatusCode.BadRequest, "invalid_scope"), (answer.Status, works ? null : answer.Error));
    }

    [Fact]
    [Rfc("6749 6", "A refresh token is bound to its client")]
    [Rfc("6749 10.4", "A refresh token is of no use to another client")]
    public async Task Another_client_gets_nothing_for_it_and_ends_nothing()
    {
        var given = await bridge.Link();

        (await bridge.Refresh(given.RefreshToken, OAuthBridge.Second)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
        (await bridge.Refresh(given.RefreshToken, OAuthBridge.Companion)).IsError(HttpStatusCode.BadRequest, "invalid_grant");

        Assert.Equal(HttpStatusCode.OK, (await bridge.Refresh(given.RefreshToken)).Status);
    }

    [Fact]
    [Rfc("6749 5.2", "Whatever is wrong with a refresh token, the answer is the same")]
    public async Task Every_wrong_refresh_token_gets_the_same_answer()
    {
        var given = await bridge.Link();
        var (code, _) = bridge.Agreed();
        var bodies = new List<string>();
        foreach (var wrong in (string[])["nothing", given.AccessToken, code, given.RefreshToken + " ", given.RefreshToken.ToUpperInvariant(), new string('r', 5000), "\u0001\r\n", "ü"])
        {
            var answer = await bridge.Refresh(wrong);
            answer.IsError(HttpStatusCode.BadRequest, "invalid_grant");
            bodies.Add(answer.Body);
        }

        Assert.Single(bodies.Distinct(StringComparer.Ordinal));
    }

    [Fact]
    [Rfc("9700 4.14.2", "A platform's refresh token ends after 400 days without use, and each use begins them anew")]
    public async Task It_lives_as_long_as_it_is_used()
    {
        var given = await bridge.Link();
        for (var use = 0; use < 3; use++)
        {
            bridge.Clock.Advance(TimeSpan.FromDays(399));
            Assert.Equal(HttpStatusCode.OK, (await bridge.Refresh(given.RefreshToken)).Status);
        }

        bridge.Clock.Advance(TimeSpan.FromDays(400));
        (await bridge.Refresh(given.RefreshToken)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
    }

    [Fact]
    [Rfc("6749 6", "A thousand refreshes of one token at once all succeed")]
    public async Task A_thousand_refreshes_at_once_all_succeed()
    {
        var given = await bridge.Link();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => bridge.Refresh(given.RefreshToken)));

        var started = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(async _ =>
        {
            var asked = Stopwatch.GetTimestamp();
            var answer = await bridge.Refresh(given.RefreshToken);
            return (Answer: answer, Took: Stopwatch.GetElapsedTime(asked));
        }));

        var took = answers.Select(answer => answer.Took.TotalMilliseconds).Order().ToArray();
        output.WriteLine(
            $"1,000 refreshes at once: p50 {took[500]:0} ms, p99 {took[990]:0} ms, all after {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms, the client's part included");
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Answer.Status));
        Assert.Equal(1000, answers.Select(answer => answer.Answer.Text("access_token")).Distinct(StringComparer.Ordinal).Count());
        Assert.True(await bridge.Opens(answers[^1].Answer.Text("access_token")!));
        Assert.True(await bridge.Opens(given.AccessToken));
    }

    [Fact]
    [Rfc("ours", "At most two thousand access tokens of a link live; the oldest gives way")]
    public async Task The_oldest_access_token_gives_way_beyond_two_thousand()
    {
        var given = await bridge.Link();
        bridge.Clock.Advance(TimeSpan.FromSeconds(1));
        var second = (await bridge.Refresh(given.RefreshToken)).Text("access_token")!;
        bridge.Clock.Advance(TimeSpan.FromSeconds(1));
        var tokens = bridge.Get<Tokens>();
        var found = tokens.FindRefresh(given.RefreshToken, OAuthBridge.Google)!;
        bridge.Get<Database>().Write(transaction =>
        {
            for (var more = 2; more < 2000; more++)
            {
                Assert.NotNull(tokens.Renew(transaction, found, OAuthBridge.Google));
            }

            return true;
        });
        Assert.True(await bridge.Opens(given.AccessToken));

        var newest = (await bridge.Refresh(given.RefreshToken)).Text("access_token")!;

        Assert.False(await bridge.Opens(given.AccessToken));
        Assert.True(await bridge.Opens(second));
        Assert.True(await bridge.Opens(newest));
        Assert.Equal(HttpStatusCode.OK, (await bridge.Refresh(given.RefreshToken)).Status);
    }

    [Fact]
    [Rfc("6749 6", "A refresh that meets a revocation leaves no living token")]
    [Rfc("7009 2.1", "Nothing that is issued at the same time survives a revocation")]
    public async Task A_refresh_that_was_looked_up_before_the_end_is_not_written_after_it()
    {
        var given = await bridge.Link();
        var tokens = bridge.Get<Tokens>();
        var found = tokens.FindRefresh(given.RefreshToken, OAuthBridge.Google)!;

        bridge.Get<AccountLinks>().End(new AccountLinkId(given.Opens), AccountLinks.RevokedByPlatform, "test");

        Assert.Null(await bridge.Get<BatchWriter>().Write(transaction => tokens.Renew(transaction, found, OAuthBridge.Google)));
    }

    [Fact]
    [Rfc("7009 2.1", "Refreshes and a revocation at once: what was given is dead afterwards")]
    public async Task Refreshes_and_a_revocation_at_once_leave_nothing_alive()
    {
        var given = await bridge.Link();

        var refreshes = Enumerable.Range(0, 60).Select(_ => bridge.Refresh(given.RefreshToken)).ToArray();
        var revoked = await bridge.Revoke(given.RefreshToken);
        var answers = await Task.WhenAll(refreshes);

        Assert.Equal(HttpStatusCode.OK, revoked.Status);
        foreach (var answer in answers)
        {
            if (answer.Status == HttpStatusCode.OK)
            {
                Assert.False(await bridge.Opens(answer.Text("access_token")!));
            }
            else
            {
                answer.IsError(HttpStatusCode.BadRequest, "invalid_grant");
            }
        }
    }
}
