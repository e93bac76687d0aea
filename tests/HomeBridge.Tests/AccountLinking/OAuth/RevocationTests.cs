using System.Net;

namespace HomeBridge.Tests.AccountLinking.OAuth;

/// <summary>The revocation endpoint.</summary>
[Collection(OAuthCollection.Name)]
public sealed class RevocationTests(OAuthBridge bridge)
{
    [Theory]
    [Rfc("7009 2.1", "Revoking a refresh token ends the grant with its access tokens; the hint is only a hint")]
    [InlineData(null)]
    [InlineData("refresh_token")]
    [InlineData("access_token")]
    [InlineData("something_else")]
    public async Task A_refresh_token_ends_its_whole_grant(string? hint)
    {
        var given = await bridge.Link();
        var more = (await bridge.Refresh(given.RefreshToken)).Text("access_token")!;
        var other = await bridge.Link();

        var answer = await bridge.Revoke(given.RefreshToken, hint: hint);

        Assert.Equal((HttpStatusCode.OK, ""), (answer.Status, answer.Body));
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
        Assert.False(await bridge.Opens(given.AccessToken));
        Assert.False(await bridge.Opens(more));
        (await bridge.Refresh(given.RefreshToken)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
        Assert.True(await bridge.Opens(other.AccessToken));
    }

    [Fact]
    [Rfc("7009 2.1", "Revoking an access token ends that one")]
    public async Task An_access_token_ends_alone()
    {
        var given = await bridge.Link();
        var more = (await bridge.Refresh(given.RefreshToken)).Text("access_token")!;

        Assert.Equal(HttpStatusCode.OK, (await bridge.Revoke(given.AccessToken, hint: "refresh_token")).Status);

        Assert.False(await bridge.Opens(given.AccessToken));
        Assert.True(await bridge.Opens(more));
        Assert.Equal(HttpStatusCode.OK, (await bridge.Refresh(given.RefreshToken)).Status);
    }

    [Fact]
    [Rfc("7009 2.2", "Unknown, revoked twice, too long: done, says 200")]
    public async Task What_is_no_token_any_more_is_done()
    {
        var given = await bridge.Link();
        foreach (var token in (string[])[given.RefreshToken, given.RefreshToken, given.AccessToken, "nothing", new string('t', 9000), "🏠"])
        {
            Assert.Equal(HttpStatusCode.OK, (await bridge.Revoke(token)).Status);
        }
    }

    [Fact]
    [Rfc("7009 2.1", "Another client's token is left alone")]
    public async Task Another_client_s_tokens_stay()
    {
        var given = await bridge.Link();
        var app = await bridge.Link(OAuthBridge.Companion);

        Assert.Equal(HttpStatusCode.OK, (await bridge.Revoke(given.RefreshToken, OAuthBridge.Second)).Status);
        Assert.Equal(HttpStatusCode.OK, (await bridge.Revoke(given.AccessToken, OAuthBridge.Companion)).Status);
        Assert.Equal(HttpStatusCode.OK, (await bridge.Revoke(given.RefreshToken, OAuthBridge.Companion)).Status);
        Assert.Equal(HttpStatusCode.OK, (await bridge.Revoke(app.RefreshToken)).Status);

        Assert.True(await bridge.Opens(given.AccessToken));
        Assert.True(bridge.LetsIn(app.AccessToken));
        Assert.Equal(HttpStatusCode.OK, (await bridge.Refresh(given.RefreshToken)).Status);
        Assert.Equal(HttpStatusCode.OK, (await bridge.Refresh(app.RefreshToken, OAuthBridge.Companion)).Status);
    }

    [Fact]
    [Rfc("7009 2.1", "The client is authenticated")]
    public async Task A_wrong_client_revokes_nothing()
    {
        var given = await bridge.Link();

        (await bridge.Post("/oauth/revoke", OAuthBridge.Fields(OAuthBridge.Google, "wrong", ("token", given.RefreshToken)))).IsError(HttpStatusCode.Unauthorized, "invalid_client");
        (await bridge.Post("/oauth/revoke", [new("token", given.RefreshToken)])).IsError(HttpStatusCode.Unauthorized, "invalid_client");
        (await bridge.Post("/oauth/revoke", [new("token", given.RefreshToken)], "Bearer " + given.AccessToken)).IsError(HttpStatusCode.Unauthorized, "invalid_client");
        Assert.True(await bridge.Opens(given.AccessToken));

        Assert.Equal(HttpStatusCode.OK, (await bridge.Post("/oauth/revoke", [new("token", given.RefreshToken)], OAuthBridge.Basic(OAuthBridge.Google, OAuthBridge.Secret))).Status);
        Assert.False(await bridge.Opens(given.AccessToken));
    }

    [Theory]
    [Rfc("7009 2.1", "The token is in the body, once")]
    [InlineData("")]
    [InlineData(null)]
    public async Task Without_a_token_it_is_an_invalid_request(string? token) =>
        (await bridge.Post("/oauth/revoke", OAuthBridge.Fields(OAuthBridge.Google, OAuthBridge.Secret, ("token", token)))).IsError(HttpStatusCode.BadRequest, "invalid_request");

    [Fact]
    [Rfc("7009 2.1", "A token in the URL or there twice is refused")]
    public async Task A_token_in_the_url_or_twice_is_refused()
    {
        var given = await bridge.Link();
        var fields = OAuthBridge.Fields(OAuthBridge.Google, OAuthBridge.Secret, ("token", given.RefreshToken));

        (await bridge.Post("/oauth/revoke?token=" + given.RefreshToken, fields)).IsError(HttpStatusCode.BadRequest, "invalid_request");
        (await bridge.Post("/oauth/revoke", [.. fields, new("token", "x")])).IsError(HttpStatusCode.BadRequest, "invalid_request");

        Assert.True(await bridge.Opens(given.AccessToken));
    }

    [Fact]
    [Rfc("7009 2.1", "The companion app ends its session, or one access token, by its name alone")]
    public async Task The_companion_app_revokes_what_is_its_own()
    {
        var given = await bridge.Link(OAuthBridge.Companion);
        var more = await bridge.Refresh(given.RefreshToken, OAuthBridge.Companion);

        Assert.Equal(HttpStatusCode.OK, (await bridge.Revoke(given.AccessToken, OAuthBridge.Companion)).Status);
        Assert.False(bridge.LetsIn(given.AccessToken));
        Assert.True(bridge.LetsIn(more.Text("access_token")!));
        Assert.Equal(HttpStatusCode.OK, (await bridge.Revoke(more.Text("refresh_token")!, OAuthBridge.Companion)).Status);

        Assert.False(bridge.LetsIn(more.Text("access_token")!));
        (await bridge.Refresh(more.Text("refresh_token")!, OAuthBridge.Companion)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
    }
}
