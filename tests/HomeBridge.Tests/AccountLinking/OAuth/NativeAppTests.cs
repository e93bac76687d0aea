using System.Net;
using HomeBridge.AccountLinking.OAuth;

namespace HomeBridge.Tests.AccountLinking.OAuth;

/// <summary>The companion app: an app on a resident's device (RFC 8252).</summary>
[Collection(OAuthCollection.Name)]
public sealed class NativeAppTests(OAuthBridge bridge)
{
    private Task<Answer> Ask(string redirect, string client = OAuthBridge.Companion) => bridge.Send(
        HttpMethod.Get,
        $"/oauth/authorize?response_type=code&client_id={client}&redirect_uri={Uri.EscapeDataString(redirect)}&code_challenge={OAuthBridge.Challenge}&code_challenge_method=S256");

    [Theory]
    [Rfc("8252 7.3", "The app chooses the port of its loopback address, and nothing else of it")]
    [Rfc("8252 7.2", "A claimed https address is compared whole")]
    [InlineData("http://127.0.0.1/cb", true)]
    [InlineData("http://127.0.0.1:1/cb", true)]
    [InlineData("http://127.0.0.1:51234/cb", true)]
    [InlineData("http://127.0.0.1:65535/cb", true)]
    [InlineData("https://companion.example/cb", true)]
    [InlineData("https://companion.example:444/cb", false)]
    [InlineData("http://127.0.0.1:65536/cb", false)]
    [InlineData("http://127.0.0.1:0/cb", false)]
    [InlineData("http://127.0.0.1:080/cb", false)]
    [InlineData("http://127.0.0.1:/cb", false)]
    [InlineData("http://127.0.0.1:-1/cb", false)]
    [InlineData("http://127.0.0.1:5000/cb/", false)]
    [InlineData("http://127.0.0.1:5000/CB", false)]
    [InlineData("http://127.0.0.1:5000/cb?a=b", false)]
    [InlineData("http://127.0.0.1:5000/x/cb", false)]
    [InlineData("http://127.0.0.1:5000@evil.example/cb", false)]
    [InlineData("http://127.0.0.1.evil.example:5000/cb", false)]
    [InlineData("http://127.0.0.2:5000/cb", false)]
    [InlineData("http://127.1:5000/cb", false)]
    [InlineData("http://localhost:5000/cb", false)]
    [InlineData("http://[::1]:5000/cb", false)]
    [InlineData("https://127.0.0.1:5000/cb", false)]
    [InlineData("com.example.app:/cb", false)]
    public async Task The_port_of_its_loopback_address_is_the_app_s_choice(string redirect, bool isOwn) =>
        Assert.Equal((isOwn ? HttpStatusCode.OK : HttpStatusCode.BadRequest, null), ((await Ask(redirect)).Status, (await Ask(redirect)).Location));

    [Fact]
    [Rfc("8252 8.4", "A platform has no such choice")]
    public async Task A_platform_s_port_is_compared() =>
        Assert.Equal(HttpStatusCode.BadRequest, (await Ask("https://oauth-redirect.googleusercontent.com:8443/r/test", OAuthBridge.Google)).Status);

    [Fact]
    [Rfc("8252 7.3", "The token request names the port that the app had")]
    public async Task The_code_is_bound_to_the_port_that_the_app_had()
    {
        var (code, _) = bridge.Agreed(OAuthBridge.Companion, "http://127.0.0.1:5000/cb");

        (await bridge.Exchange(code, OAuthBridge.Companion, "http://127.0.0.1:5001/cb")).IsError(HttpStatusCode.BadRequest, "invalid_grant");
        Assert.Equal(HttpStatusCode.OK, (await bridge.Exchange(code, OAuthBridge.Companion, "http://127.0.0.1:5000/cb")).Status);
    }

    [Fact]
    [Rfc("8252 8.1", "A public client's code is of no use without its verifier")]
    [Rfc("8252 8.5", "A public client is not told by a secret")]
    public async Task A_stolen_code_is_of_no_use_and_its_thief_ends_nothing()
    {
        var (code, _) = bridge.Agreed(OAuthBridge.Companion);
        Task<Answer> Steal(string? verifier) => bridge.Post("/oauth/token", OAuthBridge.Fields(
            OAuthBridge.Companion, "", ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", OAuthBridge.CompanionRedirect), ("code_verifier", verifier)));

        (await Steal(null)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
        (await Steal(new string('a', 43))).IsError(HttpStatusCode.BadRequest, "invalid_grant");
        var own = await bridge.Exchange(code, OAuthBridge.Companion);
        (await Steal(null)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
        Assert.True(bridge.LetsIn(own.Text("access_token")!));

        (await bridge.Exchange(code, OAuthBridge.Companion)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
        Assert.False(bridge.LetsIn(own.Text("access_token")!));
    }

    [Fact]
    [Rfc("8252 8.6", "The resident is asked each time, even one who is signed in")]
    public async Task The_app_s_first_page_says_what_it_is_for_and_may_lead_back_to_its_port()
    {
        var page = await Ask("http://127.0.0.1:5123/cb");

        Assert.Contains("Connect Companion?", page.Body, StringComparison.Ordinal);
        Assert.Contains("http://127.0.0.1:5123", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    [Rfc("ours", "Tokens begin so that scanners for secrets find them")]
    public async Task Its_tokens_can_be_found_by_a_scanner()
    {
        var given = await bridge.Link(OAuthBridge.Companion);

        Assert.StartsWith(Secrets.CompanionAccessTokenPrefix, given.AccessToken, StringComparison.Ordinal);
        Assert.StartsWith(Secrets.CompanionRefreshTokenPrefix, given.RefreshToken, StringComparison.Ordinal);
    }
}
