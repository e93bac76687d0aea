using System.Text.Json;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;

namespace HomeBridge.AccountLinking;

/// <summary>
/// The authorization endpoint (RFC 6749 section 3.1): checks the request, shows who asks, and sends the resident on to
/// sign in and choose devices. Nothing is stored before somebody presses Continue.
/// </summary>
internal sealed class Authorize(
    AccountLinkingOptions options, DeviceCloudOptions maker, LinkingAttempts attempts, SuspensionBoard suspensions,
    ResidentSignInOptions signIn, IDataProtectionProvider protection)
{
    public const string Path = "/oauth/authorize";
    public const string BrowserCookie = "homebridge.linking";
    public const string Continue = "continue";
    public const string Cancel = "cancel";

    private readonly ITimeLimitedDataProtector _protector =
        protection.CreateProtector("authorization-request").ToTimeLimitedDataProtector();

    public IResult Show(HttpContext context, IAntiforgery antiforgery) =>
        ShowFor(AuthorizationRequest.Read(context.Request.Query, options.Clients), context, antiforgery);

    /// <summary>The form of page one; or an authorization request that was posted, which RFC 6749 allows.</summary>
    public async Task<IResult> Post(HttpContext context, IAntiforgery antiforgery)
    {
        if (await Forms.Read(context.Request) is not { } form)
        {
            return LinkingPages.Problem("The form did not arrive as one. Go back to the app that sent you here and start again.");
        }

        if (!form.ContainsKey("request"))
        {
            return ShowFor(AuthorizationRequest.Read(form.Concat(context.Request.Query), options.Clients), context, antiforgery);
        }

        if (!await antiforgery.IsRequestValidAsync(context) || Unprotect(form["request"]) is not { } request
            || !options.Clients.TryGetValue(request.ClientId, out var client))
        {
            return LinkingPages.Problem("This page was open for too long. Go back to the app that sent you here and start again.");
        }

        if (form["decision"] != Continue)
        {
            return Redirects.SeeOther(request.RedirectWithError(OAuthError.AccessDenied, options.PublicUrl));
        }

        if (IsFrozen(client))
        {
            return Redirects.SeeOther(request.RedirectWithError(OAuthError.TemporarilyUnavailable, options.PublicUrl));
        }

        var browser = context.Request.Cookies[BrowserCookie] is { Length: > 0 and <= Secrets.LengthMax } known ? known : Secrets.New("hbw_");
        context.Response.Cookies.Append(BrowserCookie, browser, new CookieOptions
        {
            HttpOnly = true,
            IsEssential = true,
            MaxAge = LinkingAttempts.Lifetime,
            Path = "/oauth",
            SameSite = SameSiteMode.Lax,
            Secure = context.Request.IsHttps || options.PublicUrl.StartsWith("https:", StringComparison.Ordinal),
        });
        if (attempts.Begin(request, browser) is not { } attempt)
        {
            return Redirects.SeeOther(request.RedirectWithError(OAuthError.TemporarilyUnavailable, options.PublicUrl));
        }

        var next = $"{Consent.Path}?attempt={attempt}";
        var resident = await context.AuthenticateAsync(ResidentSignIn.CookieScheme);
        return resident.Succeeded
            ? Redirects.SeeOther(next)
            : Results.Challenge(new AuthenticationProperties { RedirectUri = next }, [ResidentSignIn.ProviderScheme]);
    }

    private IResult ShowFor(AuthorizationRequest.Reading reading, HttpContext context, IAntiforgery antiforgery)
    {
        switch (reading)
        {
            case AuthorizationRequest.Reading.Problem problem:
                return LinkingPages.Problem(problem.Sentence);
            case AuthorizationRequest.Reading.Refused refused:
                return Redirects.SeeOther(refused.Request.RedirectWithError(refused.Error, options.PublicUrl));
            case AuthorizationRequest.Reading.Good good when IsFrozen(good.Client):
                return Redirects.SeeOther(good.Request.RedirectWithError(OAuthError.TemporarilyUnavailable, options.PublicUrl));
            case AuthorizationRequest.Reading.Good good:
                var sealedRequest = _protector.Protect(JsonSerializer.Serialize(good.Request), LinkingAttempts.Lifetime);
                return LinkingPages.WhoAsks(
                    good.Client, maker.Name, sealedRequest, antiforgery.GetAndStoreTokens(context), [signIn.Origin, .. Origins(good.Client)]);
            default:
                throw new InvalidOperationException("A reading that does not exist.");
        }
    }

    /// <summary>Whether nobody may link to this platform now.</summary>
    private bool IsFrozen(PlatformClient client) => IsFrozen(client, maker, suspensions);

    internal static bool IsFrozen(PlatformClient client, DeviceCloudOptions maker, SuspensionBoard suspensions) => suspensions.Current.Denies(
        SuspensionEffects.FreezeLinking, new SuspensionFacts(client.Platform, maker.Vendor, null, null, null, null, null), out _);

    internal static IEnumerable<string> Origins(PlatformClient client) =>
        client.RedirectUris.Select(uri => new Uri(uri).GetLeftPart(UriPartial.Authority)).Distinct(StringComparer.Ordinal);

    private AuthorizationRequest? Unprotect(string? text)
    {
        try
        {
            return text is null ? null : JsonSerializer.Deserialize<AuthorizationRequest>(_protector.Unprotect(text));
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return null;
        }
    }
}
