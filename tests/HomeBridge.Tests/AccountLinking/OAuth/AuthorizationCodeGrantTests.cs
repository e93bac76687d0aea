using System.Net;
using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace HomeBridge.Tests.AccountLinking.OAuth;

/// <summary><c>grant_type=authorization_code</c>.</summary>
[Collection(OAuthCollection.Name)]
public sealed partial class AuthorizationCodeGrantTests(OAuthBridge bridge, ITestOutputHelper output)
{
    [Fact]
    [Rfc("6749 5.1", "The answer is JSON that is not stored, with a bearer token, whole seconds and a refresh token")]
    [Rfc("6749 10.10", "Codes and tokens have 256 random bits")]
    public async Task A_code_gives_tokens()
    {
        var (code, _) = bridge.Agreed();

        var answer = await bridge.Exchange(code);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(["access_token", "expires_in", "refresh_token", "scope", "token_type"], answer.Json.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        Assert.Equal("Bearer", answer.Text("token_type"), ignoreCase: true);
        Assert.Equal("3600", answer.Json.GetProperty("expires_in").GetRawText());
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
        Assert.Equal("no-cache", answer.Headers.Pragma.ToString());
        Assert.Equal("application/json", answer.ContentHeaders.ContentType!.MediaType);
        Assert.All([code, answer.Text("access_token")!, answer.Text("refresh_token")!], secret => Assert.Matches(Opaque(), secret));
        Assert.True(await bridge.Opens(answer.Text("access_token")!));
    }

    [Fact]
    [Rfc("6749 4.1.2", "A code works once; a second use is refused and ends what the first gave")]
    [Rfc("9700 4.5", "A replayed code is of no use, and its tokens neither")]
    public async Task A_replayed_code_ends_what_it_gave()
    {
        var (code, _) = bridge.Agreed();
        var first = await bridge.Exchange(code);

        var second = await bridge.Exchange(code);

        second.IsError(HttpStatusCode.BadRequest, "invalid_grant");
        Assert.False(await bridge.Opens(first.Text("access_token")!));
        (await bridge.Refresh(first.Text("refresh_token")!)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
    }

    [Fact]
    [Rfc("6749 4.1.2", "A replay long after is refused, too")]
    public async Task A_code_that_comes_back_after_its_time_still_ends_what_it_gave()
    {
        var (code, _) = bridge.Agreed();
        var first = await bridge.Exchange(code);
        bridge.Clock.Advance(TimeSpan.FromMinutes(30));

        (await bridge.Exchange(code)).IsError(HttpStatusCode.BadRequest, "invalid_grant");

        Assert.False(await bridge.Opens(first.Text("access_token")!));
    }

    [Fact]
    [Rfc("6749 4.1.2", "A code ends after a minute")]
    public async Task A_code_ends_after_its_time()
    {
        var (early, _) = bridge.Agreed();
        bridge.Clock.Advance(TimeSpan.FromSeconds(59));
        var inTime = await bridge.Exchange(early);
        var (late, _) = bridge.Agreed();
        bridge.Clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal(HttpStatusCode.OK, inTime.Status);
        (await bridge.Exchange(late)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
    }

    [Fact]
    [Rfc("6749 4.1.3", "Of two hundred redemptions at once exactly one succeeds")]
    public async Task Two_hundred_redemptions_at_once_give_tokens_once()
    {
        var (code, _) = bridge.Agreed();
        var started = System.Diagnostics.Stopwatch.GetTimestamp();

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => bridge.Exchange(code)));

        output.WriteLine($"200 redemptions in {System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms");
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => answer.IsError(HttpStatusCode.BadRequest, "invalid_grant"));
    }

    [Fact]
    [Rfc("6749 4.1.3", "The redirect URI is the same as in the request for the code")]
    public async Task Another_redirect_uri_is_refused_and_burns_nothing()
    {
        var (code, _) = bridge.Agreed();

        foreach (var other in (string[])[OAuthBridge.OtherRedirect, OAuthBridge.Redirect + "/", ""])
        {
            (await bridge.Exchange(code, redirect: other)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
        }

        Assert.Equal(HttpStatusCode.OK, (await bridge.Exchange(code)).Status);
    }

    [Fact]
    [Rfc("6749 4.1.3", "A code is of no use to another client, and its attempt ends nothing")]
    [Rfc("6749 10.5", "A code is bound to its client")]
    public async Task Another_client_gets_nothing_for_it()
    {
        var (code, _) = bridge.Agreed();

        (await bridge.Exchange(code, OAuthBridge.Second, OAuthBridge.Redirect)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
        (await bridge.Exchange(code, OAuthBridge.Companion, OAuthBridge.Redirect)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
        var own = await bridge.Exchange(code);
        (await bridge.Exchange(code, OAuthBridge.Second, OAuthBridge.Redirect)).IsError(HttpStatusCode.BadRequest, "invalid_grant");

        Assert.True(await bridge.Opens(own.Text("access_token")!));
    }

    [Theory]
    [Rfc("7636 4.6", "The verifier must hash to the challenge")]
    [Rfc("9700 4.8.2", "A verifier without a challenge is refused: nobody took the challenge away on the way")]
    [InlineData(true, OAuthBridge.Verifier, true)]
    [InlineData(true, null, false)]
    [InlineData(true, "0123456789-._~abcdefghijklmnopqrstuvwxyzABD", false)]
    [InlineData(true, "short", false)]
    [InlineData(true, "0123456789-._~abcdefghijklmnopqrstuvwxyzABC ", false)]
    [InlineData(false, OAuthBridge.Verifier, false)]
    [InlineData(false, null, true)]
    public async Task A_verifier_is_needed_exactly_when_there_was_a_challenge(bool challenged, string? verifier, bool works)
    {
        var (code, _) = bridge.Agreed(challenged: challenged);

        var answer = await bridge.Exchange(code, verifier: verifier);

        Assert.Equal(works ? HttpStatusCode.OK : HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(works ? null : "invalid_grant", works ? null : answer.Error);
    }

    [Fact]
    [Rfc("7636 4.6", "The challenge itself is no verifier")]
    public async Task Plain_is_not_spoken()
    {
        var (code, _) = bridge.Agreed(challenged: true);

        (await bridge.Exchange(code, verifier: OAuthBridge.Challenge)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
    }

    [Fact]
    [Rfc("6749 5.2", "Unknown, cut short, too long: one sentence for all of them")]
    public async Task Every_wrong_code_gets_the_same_answer()
    {
        var (code, _) = bridge.Agreed();
        var answers = new List<string>();
        foreach (var wrong in (string[])["hbc_unknown", code[..^1], code + "x", code.ToUpperInvariant(), new string('c', 10_000), "\u0001", "ü🏠", "' OR 1=1 --"])
        {
            var answer = await bridge.Exchange(wrong);
            answer.IsError(HttpStatusCode.BadRequest, "invalid_grant");
            answers.Add(answer.Body);
        }

        Assert.Single(answers.Distinct(StringComparer.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await bridge.Exchange(code)).Status);
    }

    [Fact]
    [Rfc("6749 4.1.3", "A code of a link that has ended opens nothing")]
    public async Task A_link_that_ended_before_its_code_came_is_not_opened()
    {
        var (code, opens) = bridge.Agreed();
        bridge.Get<HomeBridge.AccountLinking.AccountLinks>().End(new(opens), "account closed", "maker");

        (await bridge.Exchange(code)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
    }

    [GeneratedRegex(@"\Ahb[acr]_[A-Za-z0-9_-]{43}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Opaque();
}
