using HomeBridge.AccountLinking.OAuth;

namespace HomeBridge.AccountLinking.Consents;

/// <summary>
/// Which browser links: the one that pressed Continue goes on, and no other. <c>__Host-</c>: no other host, and no page without TLS,
/// can plant the cookie.
/// </summary>
internal sealed class LinkingBrowser(AccountLinkingOptions options)
{
    private readonly bool _isHttps = options.PublicUrl.StartsWith("https:", StringComparison.Ordinal);

    private string Name => _isHttps ? "__Host-homebridge.linking" : "homebridge.linking";

    public string? Find(HttpContext context) => context.Request.Cookies[Name] is { Length: > 0 and <= Secrets.LengthMax } known ? known : null;

    /// <summary>The same browser as before, for as long as an attempt lives from now on.</summary>
    public string FindOrBegin(HttpContext context)
    {
        var browser = Find(context) ?? Secrets.New("hbw_");
        context.Response.Cookies.Append(Name, browser, new CookieOptions
        {
            HttpOnly = true,
            IsEssential = true,
            MaxAge = LinkingAttempts.Lifetime,
            Path = "/",
            SameSite = SameSiteMode.Lax,
            Secure = _isHttps,
        });
        return browser;
    }
}
