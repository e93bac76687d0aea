namespace HomeBridge.AccountLinking.OAuth;

/// <summary>Answers of the token endpoint: JSON, never stored (RFC 6749 sections 5.1 and 5.2).</summary>
internal sealed class TokenAnswer(int status, object body, string? challenge = null) : IResult
{
    public static IResult Of(IssuedTokens tokens) => new TokenAnswer(StatusCodes.Status200OK, new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["token_type"] = "Bearer",
        ["access_token"] = tokens.AccessToken,
        ["expires_in"] = (long)tokens.Lifetime.TotalSeconds,
        ["scope"] = AuthorizationRequest.Scope,
    }.With("refresh_token", tokens.RefreshToken));

    public static IResult Error(OAuthError error) => new TokenAnswer(StatusCodes.Status400BadRequest, Body(error));

    public static IResult WrongClient(bool byBasic) => new TokenAnswer(
        StatusCodes.Status401Unauthorized, Body(OAuthError.InvalidClient), byBasic ? "Basic realm=\"homebridge\"" : null);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.Headers.CacheControl = "no-store";
        response.Headers.Pragma = "no-cache";
        response.Headers.XContentTypeOptions = "nosniff";
        if (challenge is not null)
        {
            response.Headers.WWWAuthenticate = challenge;
        }

        response.StatusCode = status;
        return response.WriteAsJsonAsync(body, httpContext.RequestAborted);
    }

    private static Dictionary<string, object> Body(OAuthError error) => new(StringComparer.Ordinal)
    {
        ["error"] = error.Code,
        ["error_description"] = error.Description,
    };
}

file static class Members
{
    public static Dictionary<string, object> With(this Dictionary<string, object> members, string name, string? value)
    {
        if (value is not null)
        {
            members[name] = value;
        }

        return members;
    }
}
