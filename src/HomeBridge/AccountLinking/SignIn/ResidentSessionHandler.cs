using System.Security.Claims;
using System.Text.Encodings.Web;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>
/// The scheme that residents are signed in with: a cookie that names a session of <see cref="ResidentSessions"/>. Signing in
/// always makes a new one, and ends what that browser had, so nobody goes on with a session that somebody else planted.
/// </summary>
internal sealed class ResidentSessionHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, ResidentSessions sessions,
    ResidentProfiles profiles, ResidentCookie cookie, DeviceCloudOptions maker, Database database)
    : SignInAuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (sessions.Find(cookie.Read(Context)) is not { } resident)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        var identity = new ClaimsIdentity(
            [new Claim(ResidentSignIn.AccountClaim, resident.Account), new Claim(ClaimTypes.Name, resident.Name)], Scheme.Name);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name)));
    }

    protected override Task HandleSignInAsync(ClaimsPrincipal user, AuthenticationProperties? properties)
    {
        string? Claim(string type) => user.FindFirst(type)?.Value;
        var account = Claim(ResidentSignIn.AccountClaim) ?? throw new InvalidOperationException("A sign-in without an account.");
        var profile = new ResidentProfile(
            Claim(ClaimTypes.Name) ?? account, Claim(ResidentSignIn.EmailClaim), Claim(ResidentSignIn.TimeZoneClaim), Claim(ResidentSignIn.LocaleClaim));
        if (cookie.Read(Context) is { } before)
        {
            sessions.EndThis(before);
        }

        cookie.Write(Context, database.Write(transaction =>
        {
            profiles.Keep(transaction, maker.Vendor, account, profile);
            return sessions.Begin(transaction, maker.Vendor, account, Browsers.NameOf(Context.Request.Headers.UserAgent.ToString()));
        }));
        return Task.CompletedTask;
    }

    protected override Task HandleSignOutAsync(AuthenticationProperties? properties)
    {
        if (cookie.Read(Context) is { } token)
        {
            sessions.EndThis(token);
        }

        cookie.Delete(Context);
        return Task.CompletedTask;
    }
}

/// <summary>The cookie that names a session. <c>__Host-</c>: no other host, and no page without TLS, can plant one.</summary>
internal sealed class ResidentCookie(OAuth.AccountLinkingOptions options)
{
    private readonly bool _isHttps = options.PublicUrl.StartsWith("https:", StringComparison.Ordinal);

    private string Name => _isHttps ? "__Host-homebridge.resident" : "homebridge.resident";

    public string? Read(HttpContext context) => context.Request.Cookies[Name] is { Length: > 0 } token ? token : null;

    public void Write(HttpContext context, string token) => context.Response.Cookies.Append(Name, token, Options());

    public void Delete(HttpContext context) => context.Response.Cookies.Delete(Name, Options());

    /// <summary>Lax: the platform and the identity provider send the browser here from elsewhere.</summary>
    private CookieOptions Options() => new() { HttpOnly = true, Secure = _isHttps, SameSite = SameSiteMode.Lax, Path = "/", IsEssential = true };
}
