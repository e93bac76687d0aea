namespace HomeBridge.AccountLinking.OAuth;

/// <summary>What a client can find out by itself (RFC 8414 section 3).</summary>
internal static class OAuthMetadata
{
    public const string Path = "/.well-known/oauth-authorization-server";

    private static readonly string[] ClientAuthenticationMethods = ["client_secret_post", "client_secret_basic", "none"];

    public static IResult Answer(AccountLinkingOptions options, HttpContext context)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Json(new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["issuer"] = options.PublicUrl,
            ["authorization_endpoint"] = options.PublicUrl + Authorize.Path,
            ["token_endpoint"] = options.PublicUrl + TokenEndpoint.Path,
            ["revocation_endpoint"] = options.PublicUrl + RevokeEndpoint.Path,
            ["scopes_supported"] = new[] { AuthorizationRequest.Scope },
            ["response_types_supported"] = new[] { "code" },
            ["response_modes_supported"] = new[] { "query" },
            ["grant_types_supported"] = new[] { "authorization_code", "refresh_token" },
            ["token_endpoint_auth_methods_supported"] = ClientAuthenticationMethods,
            ["revocation_endpoint_auth_methods_supported"] = ClientAuthenticationMethods,
            ["code_challenge_methods_supported"] = new[] { Pkce.Method },
            ["authorization_response_iss_parameter_supported"] = true,
        });
    }
}
