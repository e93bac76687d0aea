using System.Net;

namespace HomeBridge.Tests.AccountLinking.OAuth;

/// <summary>What a client finds out by itself.</summary>
[Collection(OAuthCollection.Name)]
public sealed class MetadataTests(OAuthBridge bridge)
{
    private const string Path = "/.well-known/oauth-authorization-server";

    private async Task<System.Text.Json.JsonElement> Read() => (await bridge.Send(HttpMethod.Get, Path)).Json;

    private static IEnumerable<string?> Texts(System.Text.Json.JsonElement list) => list.EnumerateArray().Select(item => item.GetString());

    [Fact]
    [Rfc("8414 2", "The issuer is our URL, as it is, and every endpoint lies under it")]
    [Rfc("8414 3.3", "The issuer is the one that the metadata was asked of")]
    public async Task The_issuer_and_what_lies_under_it()
    {
        var metadata = await Read();

        Assert.Equal(bridge.Issuer, metadata.GetProperty("issuer").GetString());
        foreach (var (name, path) in new[] { ("authorization_endpoint", "/oauth/authorize"), ("token_endpoint", "/oauth/token"), ("revocation_endpoint", "/oauth/revoke") })
        {
            Assert.Equal(bridge.Issuer + path, metadata.GetProperty(name).GetString());
        }
    }

    [Fact]
    [Rfc("8414 2", "What is spoken: code by query, two grants, one scope, three ways to authenticate")]
    [Rfc("8414 2", "S256 is announced, and plain is not")]
    [Rfc("9207 3", "It is announced that answers name the issuer")]
    public async Task What_is_announced_is_what_is_spoken()
    {
        var metadata = await Read();

        Assert.Equal(["code"], Texts(metadata.GetProperty("response_types_supported")));
        Assert.Equal(["query"], Texts(metadata.GetProperty("response_modes_supported")));
        Assert.Equal(["authorization_code", "refresh_token"], Texts(metadata.GetProperty("grant_types_supported")));
        Assert.Equal(["devices"], Texts(metadata.GetProperty("scopes_supported")));
        Assert.Equal(["S256"], Texts(metadata.GetProperty("code_challenge_methods_supported")));
        Assert.Equal(["client_secret_post", "client_secret_basic", "none"], Texts(metadata.GetProperty("token_endpoint_auth_methods_supported")));
        Assert.Equal(["client_secret_post", "client_secret_basic", "none"], Texts(metadata.GetProperty("revocation_endpoint_auth_methods_supported")));
        Assert.True(metadata.GetProperty("authorization_response_iss_parameter_supported").GetBoolean());
        Assert.False(metadata.TryGetProperty("jwks_uri", out _));
        Assert.False(metadata.TryGetProperty("registration_endpoint", out _));
    }

    [Fact]
    [Rfc("8414 3.2", "JSON with 200, whoever asks and whatever Host header they send")]
    public async Task It_is_json_and_does_not_believe_the_host_header()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(bridge.Url, Path));
        request.Headers.Host = "evil.example";
        request.Headers.Add("X-Forwarded-Host", "evil.example");
        using var answer = await bridge.Http.SendAsync(request);

        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.DoesNotContain("evil", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [Rfc("8414 3.1", "It is read with GET")]
    [InlineData("HEAD", HttpStatusCode.OK)]
    [InlineData("POST", HttpStatusCode.MethodNotAllowed)]
    [InlineData("DELETE", HttpStatusCode.MethodNotAllowed)]
    public async Task Other_methods(string method, HttpStatusCode status) =>
        Assert.Equal(status, (await bridge.Send(new HttpMethod(method), Path)).Status);

    [Theory]
    [Rfc("8414 2", "OpenID Connect is not spoken here, nor registration, introspection, device or push")]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/oauth/introspect")]
    [InlineData("/oauth/register")]
    [InlineData("/oauth/device")]
    [InlineData("/oauth/par")]
    [InlineData("/oauth/jwks")]
    [InlineData("/oauth/userinfo")]
    public async Task What_is_not_spoken_is_not_there(string path) =>
        Assert.Equal(HttpStatusCode.NotFound, (await bridge.Send(HttpMethod.Get, path)).Status);
}
