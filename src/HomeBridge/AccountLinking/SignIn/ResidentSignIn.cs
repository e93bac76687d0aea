using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using HomeBridge.AccountLinking.Consents;
using HomeBridge.LinkDoctor;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>
/// Residents sign in at their maker: authorization code with PKCE, state bound to the browser by the framework's
/// handler, nonce and id_token checked here. The handler for OpenID Connect is not to be had for this framework; this is
/// the framework's OAuth handler plus what OpenID Connect adds (src/decisions/0002).
/// </summary>
internal sealed class ResidentSignIn(
    IOptionsMonitor<ResidentSignIn.SchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, Steps steps)
    : OAuthHandler<ResidentSignIn.SchemeOptions>(options, logger, encoder)
{
    public const string CookieScheme = "resident";
    public const string ProviderScheme = "maker-identity";
    public const string CallbackPath = "/oauth/signed-in";

    /// <summary>The account at the device cloud: the <c>sub</c> of the maker's id_token.</summary>
    public const string AccountClaim = "account";

    public const string EmailClaim = "email";
    public const string TimeZoneClaim = "zoneinfo";
    public const string LocaleClaim = "locale";

    private const string NonceItem = "nonce";
    private const string ReferenceItem = "reference";
    private const string PromptItem = "prompt";

    /// <summary>The handler's options; endpoints are filled in by discovery.</summary>
    internal sealed class SchemeOptions : OAuthOptions
    {
        public IConfigurationManager<OpenIdConnectConfiguration> Discovery { get; set; } = null!;

        public string Issuer { get; set; } = "";
    }

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

    /// <summary>Signing in came to nothing: what to show.</summary>
    public static IResult Failed(Steps steps, AuthenticationProperties? properties, Exception? failure)
    {
        var stop = failure?.Data["error"] as string == "access_denied" ? "denied_at_maker"
            : failure?.Message.Contains("Correlation", StringComparison.Ordinal) == true ? "over_or_other_browser"
            : "sign_in_failed";
        return LinkingPages.Stopped(
            steps, properties?.Items.TryGetValue(ReferenceItem, out var reference) == true ? reference : null, LinkingSteps.SignedIn, stop,
            "Signing in at your maker did not work. Go back to the app that sent you here and start again.");
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        try
        {
            await Discover();
        }
        catch (InvalidOperationException unreachable)
        {
            Logger.LogWarning(unreachable, "The identity provider's discovery document can't be had");
            await LinkingPages.Stopped(
                steps, properties.Items.TryGetValue(ReferenceItem, out var reference) ? reference : null, LinkingSteps.SignedIn, "provider_unavailable",
                "Your maker's sign-in page can't be reached right now. Try again later.", status: StatusCodes.Status503ServiceUnavailable).ExecuteAsync(Context);
            return;
        }

        properties.Items[NonceItem] = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        await base.HandleChallengeAsync(properties);
    }

    protected override string BuildChallengeUrl(AuthenticationProperties properties, string redirectUri) =>
        QueryHelpers.AddQueryString(base.BuildChallengeUrl(properties, redirectUri), "nonce", properties.Items[NonceItem]!);

    protected override async Task<HandleRequestResult> HandleRemoteAuthenticateAsync()
    {
        // Another replica may have sent the browser away.
        await Discover();
        return await base.HandleRemoteAuthenticateAsync();
    }

    protected override async Task<AuthenticationTicket> CreateTicketAsync(
        ClaimsIdentity identity, AuthenticationProperties properties, OAuthTokenResponse tokens)
    {
        var discovered = await Discover();
        var idToken = tokens.Response!.RootElement.TryGetProperty("id_token", out var value) ? value.GetString() : null;
        var checkedToken = await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(idToken, new TokenValidationParameters
        {
            ValidIssuer = Options.Issuer,
            ValidAudience = Options.ClientId,
            IssuerSigningKeys = discovered.SigningKeys,
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.RsaSha256],
            RequireExpirationTime = true,
            RequireSignedTokens = true,
        });
        if (!checkedToken.IsValid
            || !checkedToken.Claims.TryGetValue("nonce", out var nonce) || nonce as string != properties.Items[NonceItem]
            || !checkedToken.Claims.TryGetValue("sub", out var sub) || sub is not string { Length: > 0 and <= 128 } account)
        {
            throw new AuthenticationFailureException("The maker's id_token is not one for this sign-in.", checkedToken.Exception);
        }

        identity.AddClaim(new Claim(AccountClaim, account));
        identity.AddClaim(new Claim(ClaimTypes.Name, checkedToken.Claims.TryGetValue("name", out var name) && name is string text ? text : account));

        // What the cookie carries is who somebody is; the maker's tokens are not needed and not kept.
        steps.Note(properties.Items.TryGetValue(ReferenceItem, out var reference) ? reference ?? "" : "", LinkingSteps.SignedIn, Steps.Ok);
        properties.Items.Remove(NonceItem);
        properties.Items.Remove(ReferenceItem);
        return new AuthenticationTicket(new ClaimsPrincipal(identity), properties, Scheme.Name);
    }

    private async Task<OpenIdConnectConfiguration> Discover()
    {
        var discovered = await Options.Discovery.GetConfigurationAsync(Context.RequestAborted);
        if (discovered.Issuer != Options.Issuer)
        {
            throw new InvalidOperationException("The identity provider's discovery document names another issuer (OpenID Connect Discovery 4.3).");
        }

        Options.AuthorizationEndpoint = discovered.AuthorizationEndpoint;
        Options.TokenEndpoint = discovered.TokenEndpoint;
        return discovered;
    }
}
