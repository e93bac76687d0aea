namespace HomeBridge.OpsConsole;

/// <summary>
/// Stands around the ops API: what was refused for its credentials is counted and answered 429 beyond the limit, and what
/// somebody known was denied is written down.
/// </summary>
internal sealed class SignInGuard(RequestDelegate next, SignInLimits limits, RefusalTrail trail)
{
    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        if (context.GetEndpoint() is not RouteEndpoint endpoint)
        {
            return;
        }

        var response = context.Response;
        if (response.StatusCode == StatusCodes.Status403Forbidden && context.User.Identity is { IsAuthenticated: true, Name: { } who })
        {
            trail.Denied(who, $"{context.Request.Method} {endpoint.RoutePattern.RawText}");
        }
        else if (response.StatusCode == StatusCodes.Status401Unauthorized
            && endpoint.RoutePattern.RawText is { } pattern && pattern.StartsWith(OpsApi.Path, StringComparison.Ordinal)
            && context.Request.Headers.Authorization.Count > 0)
        {
            var address = SignInLimits.AddressOf(context);
            var isBreakGlass = BreakGlassHandler.IsMeant(context);
            trail.SignInFailed(address, isBreakGlass ? "a wrong break-glass credential" : "a bearer token that is none");
            if (limits.Failed(address, isBreakGlass ? BreakGlassName(context) : null) is { } wait && !response.HasStarted)
            {
                response.StatusCode = StatusCodes.Status429TooManyRequests;
                response.Headers.Remove("WWW-Authenticate");
                SignInLimits.SetRetryAfter(context, wait);
                await Results.Problem(
                    $"Too many failed sign-ins. Wait {Math.Ceiling(wait.TotalSeconds):0} s, and look at the credential.", statusCode: response.StatusCode).ExecuteAsync(context);
            }
        }
    }

    private static string BreakGlassName(HttpContext context)
    {
        var name = context.Request.Headers.Authorization.ToString().Split(' ', 2)[^1].Split(':', 2)[0].Trim();
        return BreakGlassSecret.IsName(name) ? name : "";
    }
}
