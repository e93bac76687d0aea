namespace HomeBridge.AccountLinking.OAuth;

/// <summary>Answers of the token and revocation endpoints: JSON, never stored (RFC 6749 sections 5.1 and 5.2).</summary>
internal sealed class TokenAnswer(int status, Dictionary<string, object>? body) : IResult
{
    private const string BasicChallenge = "Basic realm=\"homebridge\"";

    /// <summary>From the catalogue of errors; empty when there is none.</summary>
    public string ErrorCode => body?.GetValueOrDefault("error") as string ?? "";

    private string? Challenge { get; init; }

    private string? RetryAfter { get; init; }

    public static IResult Of(IssuedTokens tokens)
    {
        var body = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["token_type"] = "Bearer",
            ["access_token"] = tokens.AccessToken,
            ["expires_in"] = (long)tokens.Lifetime.TotalSeconds,
            ["scope"] = AuthorizationRequest.Scope,
        };
        if (tokens.RefreshToken is { } refreshToken)
        {
            body["refresh_token"] = refreshToken;
        }

        return new TokenAnswer(StatusCodes.Status200OK, body);
    }

    /// <summary>RFC 7009 section 2.2: done, or there was nothing to do.</summary>
    public static IResult Revoked() => new TokenAnswer(StatusCodes.Status200OK, null);

    /// <param name="error">From the catalogue.</param>
    /// <param name="byBasic">A client that tried Basic is asked for it again (section 5.2).</param>
    /// <param name="retryAfter">Seconds.</param>
    public static IResult Error(OAuthError error, bool byBasic = false, string? retryAfter = null) => new TokenAnswer(
        error.Status,
        new(StringComparer.Ordinal) { ["error"] = error.Code, ["error_description"] = error.Description })
    {
        Challenge = byBasic && error.Status == StatusCodes.Status401Unauthorized ? BasicChallenge : null,
        RetryAfter = retryAfter,
    };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.Headers.CacheControl = "no-store";
        response.Headers.Pragma = "no-cache";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.WWWAuthenticate = Challenge;
        response.Headers.RetryAfter = RetryAfter;
        return body is null ? Task.CompletedTask : response.WriteAsJsonAsync(body, httpContext.RequestAborted);
    }
}
