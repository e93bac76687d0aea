namespace HomeBridge.Sandbox.Display;

/// <summary>What every answer of the display says to the browser, and whom it answers at all.</summary>
internal static class DisplayHeaders
{
    /// <summary>
    /// Scripts and styles are ours and come from here; the only foreign thing on a page is video from the gateway.
    /// The page is told not to keep anything: what a home looks like is asked anew.
    /// </summary>
    public static void UseDisplayHeaders(this WebApplication app, DisplayOptions options)
    {
        var policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' " + options.GatewayUrl + "; "
            + $"media-src 'self' {options.GatewayUrl} blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            + "require-trusted-types-for 'script'; trusted-types 'none'";
        app.Use((context, next) =>
        {
            var headers = context.Response.Headers;
            headers.CacheControl = "no-store";
            headers.ContentSecurityPolicy = policy;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            return next(context);
        });
    }

    /// <summary>
    /// One name only. A page opened under another name of this machine would keep its cookie there and never see the
    /// callback; and a stranger's name that was made to point here (DNS rebinding) gets nothing.
    /// </summary>
    public static void UseOwnAddressOnly(this WebApplication app, DisplayOptions options)
    {
        var own = new Uri(options.Url).Authority;
        app.Use((context, next) =>
        {
            if (string.Equals(context.Request.Host.Value, own, StringComparison.OrdinalIgnoreCase))
            {
                return next(context);
            }

            if (HttpMethods.IsGet(context.Request.Method) && context.Request.Path == "/")
            {
                context.Response.Redirect(options.Url + "/");
                return Task.CompletedTask;
            }

            context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
            return Task.CompletedTask;
        });
    }
}
