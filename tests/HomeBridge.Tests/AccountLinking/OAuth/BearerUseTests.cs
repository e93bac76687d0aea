using System.Net;

namespace HomeBridge.Tests.AccountLinking.OAuth;

/// <summary>What an access token opens, and what nothing else does.</summary>
[Collection(OAuthCollection.Name)]
public sealed class BearerUseTests(OAuthBridge bridge)
{
    [Fact]
    [Rfc("6750 3", "Who sends no token is asked for one, without an error code")]
    public async Task Nothing_sent_is_asked_for_a_token()
    {
        var answer = await bridge.Fulfill(null);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().ToString());
    }

    [Theory]
    [Rfc("6750 3.1", "A token that is no good is invalid_token with 401")]
    [InlineData("Bearer nothing")]
    [InlineData("Bearer hba_0123456789012345678901234567890123456789012")]
    [InlineData("Bearer ")]
    [InlineData("Bearer")]
    [InlineData("Bearer a b")]
    [InlineData("Basic Z29vZ2xlLWhvbWU6c2VjcmV0")]
    [InlineData("hba_without_a_scheme")]
    public async Task What_is_no_token_of_ours_is_invalid(string authorization)
    {
        var answer = await bridge.Fulfill(authorization);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
        Assert.Equal("Bearer error=\"invalid_token\"", answer.Headers.WwwAuthenticate.Single().ToString());
    }

    [Theory]
    [Rfc("6750 2.1", "The scheme is spelt in any case")]
    [InlineData("Bearer ")]
    [InlineData("bearer ")]
    [InlineData("BEARER ")]
    public async Task The_scheme_is_spelt_in_any_case(string scheme)
    {
        var given = await bridge.Link();

        Assert.Equal(HttpStatusCode.OK, (await bridge.Fulfill(scheme + given.AccessToken)).Status);
    }

    [Fact]
    [Rfc("6749 1.5", "A refresh token and a code are no bearer tokens")]
    public async Task Refresh_tokens_and_codes_open_nothing()
    {
        var given = await bridge.Link();
        var (code, _) = bridge.Agreed();

        Assert.False(await bridge.Opens(given.RefreshToken));
        Assert.False(await bridge.Opens(code));
    }

    [Theory]
    [Rfc("9700 4.3.2", "A token in the query or in a form is not looked at")]
    [Rfc("6750 2.3", "No token in a URL")]
    [InlineData("?access_token=")]
    [InlineData("?token=")]
    public async Task A_token_in_the_url_opens_nothing(string query)
    {
        var given = await bridge.Link();

        Assert.Equal(HttpStatusCode.Unauthorized, (await bridge.Fulfill(null, query + given.AccessToken)).Status);
    }

    [Fact]
    [Rfc("6750 2", "Two tokens in one request open nothing")]
    public async Task Two_headers_open_nothing()
    {
        var (one, other) = (await bridge.Link(), await bridge.Link());

        Assert.Equal(HttpStatusCode.Unauthorized, (await bridge.Fulfill($"Bearer {one.AccessToken}, Bearer {other.AccessToken}")).Status);
    }

    [Fact]
    [Rfc("9700 2.3", "A token opens the fulfillment of its own platform only")]
    public async Task Another_platform_s_token_opens_nothing()
    {
        var given = await bridge.Link(OAuthBridge.Second);

        Assert.False(await bridge.Opens(given.AccessToken));
    }

    [Fact]
    [Rfc("9700 2.3", "The companion app's tokens open no fulfillment, and a platform's don't let the app in")]
    public async Task The_companion_s_tokens_and_platforms_are_kept_apart()
    {
        var (app, platform) = (await bridge.Link(OAuthBridge.Companion, "both"), await bridge.Link(account: "both"));

        Assert.True(bridge.LetsIn(app.AccessToken));
        Assert.False(await bridge.Opens(app.AccessToken));
        Assert.False(bridge.LetsIn(platform.AccessToken));
        Assert.True(await bridge.Opens(platform.AccessToken));
    }

    [Fact]
    [Rfc("6749 1.4", "An access token ends after an hour")]
    public async Task An_access_token_ends_after_an_hour()
    {
        var given = await bridge.Link();
        var app = await bridge.Link(OAuthBridge.Companion);
        bridge.Clock.Advance(TimeSpan.FromSeconds(3599));
        Assert.True(await bridge.Opens(given.AccessToken));
        Assert.True(bridge.LetsIn(app.AccessToken));

        bridge.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.False(await bridge.Opens(given.AccessToken));
        Assert.False(bridge.LetsIn(app.AccessToken));
    }
}
