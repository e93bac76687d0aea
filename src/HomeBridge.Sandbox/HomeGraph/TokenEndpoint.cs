using HomeBridge.Sandbox.Faults;

namespace HomeBridge.Sandbox.HomeGraph;

/// <summary>Where a service account gets its access token (RFC 7523 section 2.1).</summary>
internal static class TokenEndpoint
{
    public static async Task<IResult> Answer(HttpContext context, AccessTokens tokens, FaultBoard faults)
    {
        if (!context.Request.HasFormContentType)
        {
            return Refused("invalid_request");
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (form["grant_type"] != AccessTokens.GrantType)
        {
            return Refused("unsupported_grant_type");
        }

        return !faults.Hits(HomeGraphFaults.TokenRefused)
            && form["assertion"] is [{ Length: > 0 } assertion]
            && await tokens.Exchange(assertion) is { } token
                ? Results.Json(new { access_token = token, expires_in = (int)AccessTokens.Lifetime.TotalSeconds, token_type = "Bearer" })
                : Refused("invalid_grant");
    }

    private static IResult Refused(string error) => Results.Json(new { error }, statusCode: StatusCodes.Status400BadRequest);
}
