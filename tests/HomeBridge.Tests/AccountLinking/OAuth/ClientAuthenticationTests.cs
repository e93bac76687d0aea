using System.Net;
using System.Text;

namespace HomeBridge.Tests.AccountLinking.OAuth;

/// <summary>Who calls the token endpoint, and in which form.</summary>
[Collection(OAuthCollection.Name)]
public sealed class ClientAuthenticationTests(OAuthBridge bridge)
{
    private static List<KeyValuePair<string, string>> Grant(string code) =>
        [new("grant_type", "authorization_code"), new("code", code), new("redirect_uri", OAuthBridge.Redirect)];

    [Theory]
    [Rfc("6749 2.3.1", "A client authenticates in the body or by Basic; two secrets are live while one is replaced")]
    [Rfc("6749 2.3.1", "Both parts of Basic are form encoded")]
    [InlineData(OAuthBridge.Secret, true)]
    [InlineData(OAuthBridge.NextSecret, true)]
    [InlineData(OAuthBridge.Secret, false)]
    [InlineData(OAuthBridge.NextSecret, false)]
    public async Task Both_ways_and_both_secrets_work(string secret, bool byBasic)
    {
        var (code, _) = bridge.Agreed();

        var answer = byBasic
            ? await bridge.Post("/oauth/token", Grant(code), OAuthBridge.Basic(OAuthBridge.Google, secret))
            : await bridge.Exchange(code, secret: secret);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Fact]
    [Rfc("6749 2.3.1", "The scheme is spelt in any case")]
    public async Task Basic_in_any_case_with_the_same_name_in_the_body()
    {
        var (code, _) = bridge.Agreed();

        var answer = await bridge.Post(
            "/oauth/token", [.. Grant(code), new("client_id", OAuthBridge.Google)],
            OAuthBridge.Basic(OAuthBridge.Google, OAuthBridge.Secret).Replace("Basic", "bASIC", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Fact]
    [Rfc("6749 2.3", "One method of authentication in a request")]
    public async Task Authenticating_twice_is_refused()
    {
        var (code, _) = bridge.Agreed();

        var answer = await bridge.Post(
            "/oauth/token", OAuthBridge.Fields(OAuthBridge.Google, OAuthBridge.Secret, [.. Grant(code).Select(field => (field.Key, field.Value))]),
            OAuthBridge.Basic(OAuthBridge.Google, OAuthBridge.Secret));

        answer.IsError(HttpStatusCode.BadRequest, "invalid_request");
    }

    [Theory]
    [Rfc("6749 5.2", "A client that fails by Basic is asked for it again with 401")]
    [InlineData("google-home", "wrong")]
    [InlineData("google-home", "")]
    [InlineData("nobody", OAuthBridge.Secret)]
    [InlineData("second-platform", OAuthBridge.NextSecret)]
    [InlineData("companion-app", "")]
    [InlineData("", "")]
    public async Task Wrong_basic_is_challenged_and_burns_no_code(string id, string secret)
    {
        var (code, _) = bridge.Agreed();

        var answer = await bridge.Post("/oauth/token", Grant(code), OAuthBridge.Basic(id, secret));

        answer.IsError(HttpStatusCode.Unauthorized, "invalid_client");
        Assert.Equal("Basic", answer.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Equal(HttpStatusCode.OK, (await bridge.Exchange(code)).Status);
    }

    [Theory]
    [Rfc("6749 2.3.1", "What is no Basic is no authentication")]
    [InlineData("Basic")]
    [InlineData("Basic ")]
    [InlineData("Basic !!!")]
    [InlineData("Basic Z29vZ2xlLWhvbWU=")]
    [InlineData("Bearer hba_something")]
    [InlineData("Digest username=google-home")]
    [InlineData("Negotiate x")]
    public async Task Odd_headers_are_401(string authorization)
    {
        var (code, _) = bridge.Agreed();

        (await bridge.Post("/oauth/token", Grant(code), authorization)).IsError(HttpStatusCode.Unauthorized, "invalid_client");
    }

    [Fact]
    [Rfc("6749 5.2", "Unknown client and wrong secret are one answer")]
    public async Task It_is_not_told_which_clients_there_are()
    {
        var answers = new[]
        {
            await bridge.Exchange("code", OAuthBridge.Google, secret: "wrong"),
            await bridge.Post("/oauth/token", [.. Grant("code"), new("client_id", "nobody"), new("client_secret", "wrong")]),
            await bridge.Post("/oauth/token", [.. Grant("code"), new("client_id", OAuthBridge.Google)]),
            await bridge.Post("/oauth/token", Grant("code")),
        };

        Assert.All(answers, answer => answer.IsError(HttpStatusCode.Unauthorized, "invalid_client"));
        Assert.Single(answers.Select(answer => answer.Body).Distinct(StringComparer.Ordinal));
    }

    [Fact]
    [Rfc("6749 2.1", "A public client has no secret, so that one that sends a secret is not it")]
    public async Task A_public_client_with_a_secret_is_refused()
    {
        var (code, _) = bridge.Agreed(OAuthBridge.Companion);

        var answer = await bridge.Post("/oauth/token", [
            new("grant_type", "authorization_code"), new("code", code), new("redirect_uri", OAuthBridge.CompanionRedirect),
            new("code_verifier", OAuthBridge.Verifier), new("client_id", OAuthBridge.Companion), new("client_secret", "guess")]);

        answer.IsError(HttpStatusCode.Unauthorized, "invalid_client");
        Assert.Equal(HttpStatusCode.OK, (await bridge.Exchange(code, OAuthBridge.Companion)).Status);
    }

    [Theory]
    [Rfc("6749 3.2", "The token endpoint takes form bodies only, and says so")]
    [InlineData("application/json", "{\"grant_type\":\"refresh_token\"}")]
    [InlineData("text/plain", "grant_type=refresh_token")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nrefresh_token\r\n--x--\r\n")]
    [InlineData("application/xml", "<a/>")]
    [InlineData(null, "grant_type=refresh_token")]
    [InlineData(null, "")]
    public async Task A_body_that_is_no_form_is_refused_with_a_sentence_about_forms(string? type, string body)
    {
        foreach (var path in (string[])["/oauth/token", "/oauth/revoke"])
        {
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            if (type is not null)
            {
                content.Headers.TryAddWithoutValidation("Content-Type", type);
            }

            var answer = await bridge.Send(HttpMethod.Post, path, content);

            answer.IsError(HttpStatusCode.BadRequest, "invalid_request");
            Assert.Contains("form encoded", answer.Text("error_description"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [Rfc("6749 3.2", "A parameter that is there twice is refused")]
    [InlineData("grant_type")]
    [InlineData("code")]
    [InlineData("client_id")]
    [InlineData("client_secret")]
    [InlineData("something")]
    public async Task A_repeated_parameter_is_refused(string name)
    {
        var (code, _) = bridge.Agreed();
        var fields = OAuthBridge.Fields(OAuthBridge.Google, OAuthBridge.Secret, [.. Grant(code).Select(field => (field.Key, field.Value)), ("something", "x")]);

        (await bridge.Post("/oauth/token", [.. fields, fields.Single(field => field.Key == name)])).IsError(HttpStatusCode.BadRequest, "invalid_request");
    }

    [Theory]
    [Rfc("6749 5.2", "A grant that we don't know is unsupported_grant_type, none is invalid_request")]
    [InlineData("password", "unsupported_grant_type")]
    [InlineData("client_credentials", "unsupported_grant_type")]
    [InlineData("implicit", "unsupported_grant_type")]
    [InlineData("urn:ietf:params:oauth:grant-type:device_code", "unsupported_grant_type")]
    [InlineData("REFRESH_TOKEN", "unsupported_grant_type")]
    [InlineData("refresh_token\u0001", "unsupported_grant_type")]
    [InlineData("", "invalid_request")]
    [InlineData(null, "invalid_request")]
    public async Task Only_two_grants_are_spoken(string? grant, string error) =>
        (await bridge.Post("/oauth/token", OAuthBridge.Fields(OAuthBridge.Google, OAuthBridge.Secret, ("grant_type", grant)))).IsError(HttpStatusCode.BadRequest, error);

    [Theory]
    [Rfc("6749 2.3.1", "Credentials are never taken from a URL")]
    [Rfc("9700 4.3.2", "No secret in a URL")]
    [InlineData("?client_secret=the-first-secret")]
    [InlineData("?code=x")]
    [InlineData("?refresh_token=x")]
    [InlineData("?code_verifier=x")]
    public async Task What_is_secret_is_not_taken_from_the_url(string query)
    {
        var (code, _) = bridge.Agreed();

        (await bridge.Post("/oauth/token" + query, OAuthBridge.Fields(OAuthBridge.Google, OAuthBridge.Secret, [.. Grant(code).Select(field => (field.Key, field.Value))])))
            .IsError(HttpStatusCode.BadRequest, "invalid_request");
    }

    [Theory]
    [Rfc("6749 3.2", "The token endpoint takes POST only")]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("TRACE")]
    public async Task Other_methods_are_405(string method)
    {
        foreach (var path in (string[])["/oauth/token", "/oauth/revoke"])
        {
            var answer = await bridge.Send(new HttpMethod(method), path);

            Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.Status);
            Assert.Contains("POST", answer.ContentHeaders.Allow);
        }
    }
}
