using System.Net;

namespace HomeBridge.Tests.AccountLinking.OAuth;

/// <summary>The authorization endpoint.</summary>
[Collection(OAuthCollection.Name)]
public sealed class AuthorizeTests(OAuthBridge bridge)
{
    private static readonly string Good = $"response_type=code&client_id={OAuthBridge.Google}&redirect_uri={Uri.EscapeDataString(OAuthBridge.Redirect)}";

    private Task<Answer> Ask(string query) => bridge.Send(HttpMethod.Get, "/oauth/authorize?" + query);

    [Fact]
    [Rfc("6749 4.1.1", "A request with code, client and redirect URI is asked of the resident")]
    [Rfc("9700 4.16", "The page can't be framed, is not stored, sends no referrer and runs no script")]
    public async Task A_good_request_shows_a_page_that_nobody_frames_or_stores()
    {
        var page = await Ask(Good);

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Equal("text/html", page.ContentHeaders.ContentType!.MediaType);
        Assert.Equal("no-store", page.Headers.CacheControl!.ToString());
        Assert.Equal("DENY", page.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("no-referrer", page.Headers.GetValues("Referrer-Policy").Single());
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page.Body, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    [Rfc("9700 2.6", "No cross-origin access to the authorization endpoint")]
    public async Task Other_origins_are_allowed_nothing()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(bridge.Url, "/oauth/authorize?" + Good));
        request.Headers.Add("Origin", "https://evil.example");
        using var answer = await bridge.Http.SendAsync(request);

        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    [Rfc("6749 3.1", "The request may be posted as well")]
    public async Task A_posted_request_shows_the_same_page()
    {
        var page = await bridge.Post("/oauth/authorize", [
            new("response_type", "code"), new("client_id", OAuthBridge.Google), new("redirect_uri", OAuthBridge.Redirect)]);

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("Google", page.Body, StringComparison.Ordinal);
    }

    [Theory]
    [Rfc("6749 3.1.2.3", "With several registered URIs one must be named, and it is compared whole, character by character")]
    [Rfc("6749 4.1.2.1", "Without a client and a redirect URI that belong together nothing is redirected")]
    [Rfc("9700 4.1.3", "No pattern, no prefix, no normalisation")]
    [Rfc("9700 4.11.2", "No open redirector")]
    [InlineData("https://oauth-redirect.googleusercontent.com/r/test/")]
    [InlineData("https://oauth-redirect.googleusercontent.com/r/test?a=b")]
    [InlineData("https://oauth-redirect.googleusercontent.com/r/test#f")]
    [InlineData("https://oauth-redirect.googleusercontent.com/r/TEST")]
    [InlineData("HTTPS://oauth-redirect.googleusercontent.com/r/test")]
    [InlineData("https://oauth-redirect.googleusercontent.com:443/r/test")]
    [InlineData("https://oauth-redirect.googleusercontent.com/r/./test")]
    [InlineData("https://oauth-redirect.googleusercontent.com/r/%74est")]
    [InlineData("https://user@oauth-redirect.googleusercontent.com/r/test")]
    [InlineData("https://oauth-redirect.googleusercontent.com@evil.example/r/test")]
    [InlineData("https://oauth-redirect.googleusercontent.com.evil.example/r/test")]
    [InlineData("http://oauth-redirect.googleusercontent.com/r/test")]
    [InlineData(" https://oauth-redirect.googleusercontent.com/r/test")]
    [InlineData("https://oauth-redirect.googleusercontent.com/r/test\r\nSet-Cookie: a=b")]
    [InlineData("//evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,hello")]
    [InlineData(OAuthBridge.SecondRedirect)]
    [InlineData("")]
    public async Task A_redirect_uri_that_is_not_exactly_the_client_s_gets_a_page_and_no_redirect(string redirect)
    {
        var page = await Ask($"response_type=code&client_id={OAuthBridge.Google}&redirect_uri={Uri.EscapeDataString(redirect)}");

        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Null(page.Location);
        Assert.Contains("redirect_uri", page.Body, StringComparison.Ordinal);
    }

    [Theory]
    [Rfc("6749 4.1.2.1", "An unknown client gets a page and no redirect")]
    [InlineData("client_id=nobody")]
    [InlineData("client_id=GOOGLE-HOME")]
    [InlineData("client_id=google-home%00")]
    [InlineData("client_id=google-home&client_id=google-home")]
    [InlineData("client_id=")]
    [InlineData("a=b")]
    public async Task An_unknown_client_gets_a_page_and_no_redirect(string client)
    {
        var page = await Ask($"response_type=code&redirect_uri={Uri.EscapeDataString(OAuthBridge.Redirect)}&{client}");

        Assert.Equal((HttpStatusCode.BadRequest, null), (page.Status, page.Location));
    }

    [Theory]
    [Rfc("6749 4.1.2.1", "Every other mistake goes back to the platform as an error with the state")]
    [Rfc("6749 3.1", "A parameter that is there twice is a mistake, an empty one is absent, an unknown one is ignored")]
    [Rfc("7636 4.2", "A challenge has 43 to 128 unreserved characters")]
    [Rfc("7636 4.4.1", "A method that is not S256 is refused")]
    [InlineData("response_type=token", "unsupported_response_type")]
    [InlineData("response_type=code%20id_token", "unsupported_response_type")]
    [InlineData("response_type=CODE", "unsupported_response_type")]
    [InlineData("response_type=", "invalid_request")]
    [InlineData("response_type=code&response_type=code", "invalid_request")]
    [InlineData("response_type=code&scope=email", "invalid_scope")]
    [InlineData("response_type=code&scope=devices%20email", "invalid_scope")]
    [InlineData("response_type=code&scope=DEVICES", "invalid_scope")]
    [InlineData("response_type=code&scope=devices&scope=devices", "invalid_request")]
    [InlineData("response_type=code&code_challenge=short&code_challenge_method=S256", "invalid_request")]
    [InlineData("response_type=code&code_challenge=0123456789012345678901234567890123456789%2B%2B%2B&code_challenge_method=S256", "invalid_request")]
    [InlineData("response_type=code&code_challenge=0123456789012345678901234567890123456789012&code_challenge_method=plain", "invalid_request")]
    [InlineData("response_type=code&code_challenge=0123456789012345678901234567890123456789012", "invalid_request")]
    [InlineData("response_type=code&code_challenge_method=S256", "invalid_request")]
    [InlineData("response_type=code&code_challenge=a&code_challenge=b&code_challenge_method=S256", "invalid_request")]
    public async Task Any_other_mistake_goes_back_with_the_state_and_who_we_are(string query, string error)
    {
        var back = await Ask($"client_id={OAuthBridge.Google}&redirect_uri={Uri.EscapeDataString(OAuthBridge.Redirect)}&state=s1&{query}");

        Assert.Equal(HttpStatusCode.SeeOther, back.Status);
        Assert.StartsWith(OAuthBridge.Redirect + "?", back.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal((error, "s1", bridge.Issuer), (back.Query("error"), back.Query("state"), back.Query("iss")));
        Assert.Null(back.Query("code"));
    }

    [Theory]
    [Rfc("6749 3.1", "Unknown parameters are ignored and empty ones absent")]
    [Rfc("6749 3.3", "No scope means the one there is")]
    [Rfc("7636 4.3", "PKCE is taken from everybody")]
    [InlineData("&prompt=login&nonce=1&max_age=0&request=x&resource=y")]
    [InlineData("&scope=&state=&code_challenge=&code_challenge_method=")]
    [InlineData("&scope=devices")]
    [InlineData("&scope=devices%20devices")]
    [InlineData("&user_locale=xx-does-not-exist")]
    [InlineData("&code_challenge=0123456789012345678901234567890123456789012&code_challenge_method=S256")]
    public async Task What_is_unknown_or_empty_does_no_harm(string more) =>
        Assert.Equal(HttpStatusCode.OK, (await Ask(Good + more)).Status);

    [Theory]
    [Rfc("6749 4.1.2.1", "The state comes back byte for byte")]
    [InlineData("a b+c/%~ü<>\"'&=?#;")]
    [InlineData("日本語 🏠")]
    [InlineData("line\r\nbreak\ttab")]
    [InlineData("{\"json\":[1,2]}")]
    public async Task The_state_comes_back_as_it_was(string state)
    {
        var back = await Ask($"client_id={OAuthBridge.Google}&redirect_uri={Uri.EscapeDataString(OAuthBridge.Redirect)}&response_type=no&state={Uri.EscapeDataString(state)}");

        Assert.Equal(state, back.Query("state"));
        Assert.DoesNotContain('\n', back.Location!.OriginalString);
    }

    [Fact]
    [Rfc("6749 4.1.1", "A state may be long: platforms send several hundred characters")]
    public async Task A_long_state_is_fine_and_a_too_long_one_is_refused_on_a_page()
    {
        var back = await Ask($"{Good.Replace("=code", "=no", StringComparison.Ordinal)}&state={new string('s', 4096)}");
        var page = await Ask($"{Good}&state={new string('s', 4097)}");

        Assert.Equal(4096, back.Query("state")!.Length);
        Assert.Equal((HttpStatusCode.BadRequest, null), (page.Status, page.Location));
    }

    [Fact]
    [Rfc("6749 10.12", "The form on the page can't be sent from elsewhere")]
    public async Task The_form_needs_its_own_cookie()
    {
        var page = await Ask(Good);
        var document = await new AngleSharp.Html.Parser.HtmlParser().ParseDocumentAsync(page.Body, CancellationToken.None);
        var fields = document.QuerySelectorAll("input").Select(input => KeyValuePair.Create(input.GetAttribute("name")!, input.GetAttribute("value")!));

        var forged = await bridge.Post("/oauth/authorize", [.. fields, new("decision", "continue")]);

        Assert.Equal((HttpStatusCode.BadRequest, null), (forged.Status, forged.Location));
    }

    [Fact]
    [Rfc("9700 2.1.1", "A public client must use PKCE")]
    public async Task A_public_client_without_a_challenge_is_refused()
    {
        var query = $"response_type=code&client_id={OAuthBridge.Companion}&redirect_uri={Uri.EscapeDataString("http://127.0.0.1:5000/cb")}&state=s";

        var without = await Ask(query);
        var with = await Ask($"{query}&code_challenge={OAuthBridge.Challenge}&code_challenge_method=S256");

        Assert.Equal(("invalid_request", "s"), (without.Query("error"), without.Query("state")));
        Assert.Equal(HttpStatusCode.OK, with.Status);
    }
}
