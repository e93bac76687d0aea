using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages;
using HomeBridge.LinkDoctor;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>
/// Residents sign in at their maker: authorization code with PKCE, state bound to the browser by the framework's handler,
/// and what OpenID Connect adds: discovery, the answer's issuer (RFC 9207), nonce and id_token (src/decisions/0002).
/// </summary>
internal sealed class ResidentSignIn(
    IOptionsMonitor<ResidentSignIn.SchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, ResidentSignInOptions signIn,
    ProviderDiscovery discovery, IProviderTokens provider, IdTokenCheck check, MakerTokens makerTokens, ResidentSignInLimits limits,
    DeviceCloudOptions maker, Steps steps)
    : OAuthHandler<ResidentSignIn.SchemeOptions>(options, logger, encoder)
{
    public const string CookieScheme = "resident";
    public const string ProviderScheme = "maker-identity";
    public const string CallbackPath = "/oauth/signed-in";

    /// <summary>Signs in, if need be, and goes on to the page that <c>next</c> names.</summary>
    public const string Path = "/account/sign-in";

    /// <summary>The account at the device cloud, as the maker's id_token names it.</summary>
    public const string AccountClaim = "account";

    public const string EmailClaim = "email";
    public const string TimeZoneClaim = "zoneinfo";
    public const string LocaleClaim = "locale";

    private const string NonceItem = "nonce";
    private const string ReferenceItem = "reference";
    private const string PromptItem = "prompt";
    private const string AnewItem = "anew";

    /// <summary>Where a failure of this class says why, for the page and the link doctor.</summary>
    private const string StopKey = "stop";

    /// <summary>What an answer of the provider may have. Each at most once (RFC 6749 section 3.1).</summary>
    private static readonly string[] AnswerParameters = ["code", "state", "iss", "error", "error_description", "error_uri"];

    /// <summary>The handler's options; endpoints are filled in by discovery.</summary>
    internal sealed class SchemeOptions : OAuthOptions;

    /// <summary>Who is signed in, asked anew at each call; null when nobody is: answer with <see cref="Ask"/> then.</summary>
    public static Resident? Require(HttpContext context) => context.RequestServices.GetRequiredService<ResidentSessions>()
        .Find(context.RequestServices.GetRequiredService<ResidentCookie>().Read(context));

    /// <summary>
    /// Sends a browser away to sign in; it comes back to <paramref name="next"/>, if that is a page of ours.
    /// <paramref name="otherAccount"/> has the maker ask again even if it knows the browser.
    /// </summary>
    public static IResult Ask(string? next, string? reference = null, bool otherAccount = false)
    {
        var properties = new AuthenticationProperties { RedirectUri = ReturnPath.Of(next) };
        properties.Items[ReferenceItem] = reference;
        properties.Items[PromptItem] = otherAccount ? "login" : null;
        return Results.Challenge(properties, [ProviderScheme]);
    }

    public static IResult Show(HttpContext context, string? next) =>
        Require(context) is null ? Ask(next) : Redirects.SeeOther(ReturnPath.Of(next));

    /// <summary>Signing in came to nothing: what to show.</summary>
    public static IResult Failed(Steps steps, AuthenticationProperties? properties, Exception? failure)
    {
        var stop = failure?.Data[StopKey] as string
            ?? (failure?.Data["error"] as string == "access_denied" ? "denied_at_maker"
            : failure is ProviderUnavailableException ? "provider_unavailable"

            // The framework's words for a state that isn't ours, and for one of another browser.
            : failure?.Message is "The oauth state was missing or invalid." or "Correlation failed." ? "over_or_other_browser"
            : "sign_in_failed");
        var detail = failure switch
        {
            IdTokenException or CodeNotRedeemedException => failure.Message,
            { InnerException: CodeNotRedeemedException inner } => inner.Message,
            _ => null,
        };
        return SignInPages.Stopped(steps, ReferenceOf(properties), stop, detail);
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        try
        {
            await Discover();
        }
        catch (ProviderUnavailableException)
        {
            await SignInPages.Stopped(steps, ReferenceOf(properties), "provider_unavailable", null).ExecuteAsync(Context);
            return;
        }

        properties.Items[NonceItem] = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        PageHeaders.Set(Response.Headers);
        await base.HandleChallengeAsync(properties);
    }

    protected override string BuildChallengeUrl(AuthenticationProperties properties, string redirectUri)
    {
        var prompt = properties.Items.TryGetValue(PromptItem, out var asked) ? asked : null;
        properties.Items.Remove(PromptItem);
        properties.Items[AnewItem] = prompt;
        var url = QueryHelpers.AddQueryString(base.BuildChallengeUrl(properties, redirectUri), "nonce", properties.Items[NonceItem]!);
        return prompt is null ? url
            : QueryHelpers.AddQueryString(url, new Dictionary<string, string?>(StringComparer.Ordinal) { ["prompt"] = prompt, ["max_age"] = "0" });
    }

    protected override async Task<HandleRequestResult> HandleRemoteAuthenticateAsync()
    {
        if (limits.AddressMustWait(Context) is { } wait)
        {
            return await MustWait(wait, null);
        }

        var properties = Options.StateDataFormat.Unprotect(Request.Query["state"]);
        HandleRequestResult result;
        try
        {
            result = await CheckAnswer(properties);
        }
        catch (Exception failed) when (failed is AuthenticationFailureException or ProviderUnavailableException)
        {
            result = HandleRequestResult.Fail(failed, properties);
        }

        if (result.Failure is { } failure and not ProviderUnavailableException && failure.Data["error"] as string != "access_denied")
        {
            // Anybody can have a browser open an address of ours: only what was asked of the maker counts.
            if (failure is IdTokenException or { InnerException: CodeNotRedeemedException })
            {
                limits.Failed(Context, (failure as IdTokenException)?.Account);
                Logger.LogWarning("A sign-in at the maker came to nothing: {Problem}", (failure.InnerException ?? failure).Message);
            }
        }

        // The framework says who was tried, or it doesn't; the page wants to know which attempt it was.
        return result is { Failure: { } why, Properties: null } ? HandleRequestResult.Fail(why, properties) : result;
    }

    /// <summary>The code's exchange, which the framework would do as OAuth has it; the provider's client knows how it is done here.</summary>
    protected override async Task<OAuthTokenResponse> ExchangeCodeAsync(OAuthCodeExchangeContext context)
    {
        try
        {
            var verifier = context.Properties.Items[OAuthConstants.CodeVerifierKey]!;
            var tokens = await provider.Redeem(context.Code, verifier, context.RedirectUri, Context.RequestAborted);
            var json = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["id_token"] = tokens.IdToken,
                ["access_token"] = tokens.AccessToken,
                ["refresh_token"] = tokens.Kept,
                ["expires_in"] = tokens.AccessLifetime is { } lifetime ? (long)lifetime.TotalSeconds : null,
            };
            return OAuthTokenResponse.Success(JsonSerializer.SerializeToDocument(json));
        }
        catch (CodeNotRedeemedException refused)
        {
            return OAuthTokenResponse.Failed(new AuthenticationFailureException("The code was not redeemed.", refused));
        }
    }

    protected override async Task<AuthenticationTicket> CreateTicketAsync(
        ClaimsIdentity identity, AuthenticationProperties properties, OAuthTokenResponse tokens)
    {
        var idToken = tokens.Response!.RootElement.GetProperty("id_token").GetString()!;
        var who = await check.Check(idToken, tokens.AccessToken, properties.Items[NonceItem]!, Context.RequestAborted);
        if (limits.AccountMustWait(who.Account) is not null)
        {
            throw Stop("too_many_sign_ins");
        }

        // A provider that was told to ask again and tells when it last did has to have done so.
        if (properties.Items.TryGetValue(AnewItem, out var anew) && anew is { Length: > 0 } && !who.WasAskedJustNow)
        {
            throw new IdTokenException("signed in long ago, though it was to be asked anew", who.Account);
        }

        identity.AddClaim(new Claim(AccountClaim, who.Account));
        identity.AddClaim(new Claim(ClaimTypes.Name, who.Profile.Name));
        foreach (var (type, value) in (IEnumerable<(string, string?)>)[(EmailClaim, who.Profile.Email), (TimeZoneClaim, who.Profile.TimeZone), (LocaleClaim, who.Profile.Locale)])
        {
            if (value is not null)
            {
                identity.AddClaim(new Claim(type, value));
            }
        }

        var lifetime = int.TryParse(tokens.ExpiresIn, System.Globalization.CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        makerTokens.Keep(maker.Vendor, who.Account, new ProviderTokens(idToken, tokens.AccessToken!, lifetime, tokens.RefreshToken));
        steps.NoteSignedIn(ReferenceOf(properties) ?? "", maker.Vendor, who.Account);
        return new AuthenticationTicket(new ClaimsPrincipal(identity), properties, Scheme.Name);
    }

    private static string? ReferenceOf(AuthenticationProperties? properties) =>
        properties?.Items.TryGetValue(ReferenceItem, out var reference) == true ? reference : null;

    private static AuthenticationFailureException Stop(string stop)
    {
        var failure = new AuthenticationFailureException(stop);
        failure.Data[StopKey] = stop;
        return failure;
    }

    private async Task<HandleRequestResult> CheckAnswer(AuthenticationProperties? properties)
    {
        if (Array.Exists(AnswerParameters, name => Request.Query[name].Count > 1))
        {
            return HandleRequestResult.Fail(Stop("sign_in_failed"), properties);
        }

        // Another replica may have sent the browser away.
        var discovered = await Discover();

        // RFC 9207: a code that another provider gave must not be carried to this one's token endpoint. Asked before the
        // state is used up, so that such an answer ends nobody's sign-in.
        var issuer = Request.Query["iss"].ToString();
        if (issuer.Length > 0 ? issuer != signIn.Issuer : discovered.AuthorizationResponseIssParameterSupported)
        {
            return HandleRequestResult.Fail(Stop("other_provider"), properties);
        }

        return await base.HandleRemoteAuthenticateAsync();
    }

    private async Task<HandleRequestResult> MustWait(TimeSpan wait, AuthenticationProperties? properties)
    {
        FailureCounts.SetRetryAfter(Context, wait);
        await SignInPages.Stopped(steps, ReferenceOf(properties), "too_many_sign_ins", null).ExecuteAsync(Context);
        return HandleRequestResult.Handle();
    }

    private async Task<OpenIdConnectConfiguration> Discover()
    {
        var discovered = await discovery.Get(Context.RequestAborted);
        Options.AuthorizationEndpoint = discovered.AuthorizationEndpoint;
        Options.TokenEndpoint = discovered.TokenEndpoint;
        return discovered;
    }
}
