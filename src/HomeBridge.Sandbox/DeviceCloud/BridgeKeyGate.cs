namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>
/// Nothing of the maker's API is read, not even a body, before the caller showed the bridge's key.
/// </summary>
internal static class BridgeKeyGate
{
    public static void UseBridgeKey(this WebApplication app, string bridgeKey) => app.Use((http, next) =>
    {
        if (!http.Request.Path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase)
            || Secrets.Same(Secrets.Bearer(http.Request), bridgeKey))
        {
            return next(http);
        }

        http.Response.StatusCode = StatusCodes.Status401Unauthorized;
        http.Response.Headers.WWWAuthenticate = "Bearer";
        return Task.CompletedTask;
    });
}
