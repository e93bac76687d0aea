using HomeBridge.AccountLinking.Consents;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.AccountLinking.SignIn;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.LinkDoctor;
using HomeBridge.Notices;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;

namespace HomeBridge.AccountLinking;

/// <summary>Linking: who asks, sign-in, consent, tokens.</summary>
internal static class AccountLinkingFeature
{
    /// <summary>Bytes of a form: a long state, or ten thousand ticked devices.</summary>
    private const int FormBytesMax = 1024 * 1024;

    public static void AddAccountLinking(this IServiceCollection services, AccountLinkingOptions options, ResidentSignInOptions signIn)
    {
        services.AddSingleton(options);
        services.AddSingleton(signIn);
        services.AddSingleton<AccountLinks>();
        services.AddSingleton<LinkNotices>();
        services.AddSingleton<LinkRecords>();
        services.AddSingleton<LinkUses>();
        services.AddHostedService(provider => provider.GetRequiredService<LinkUses>());
        services.AddSingleton<Tokens>();
        services.AddSingleton<CompanionTokens>();
        services.AddSingleton<AuthorizationCodes>();
        services.AddSingleton<LinkingAttempts>();
        services.AddSingleton<LinkingBrowser>();
        services.AddSingleton<LaterDevices>();
        services.AddSingleton<ClientAuthentication>();
        services.AddSingleton<Authorize>();
        services.AddSingleton<Consent>();
        services.AddSingleton<BatchWriter>();
        services.AddSingleton<OAuthInstruments>();
        services.AddSingleton<OAuthLimits>();
        services.AddSingleton<OAuthDoor>();
        services.AddSingleton<AuthorizationCodeGrant>();
        services.AddSingleton<RefreshTokenGrant>();
        services.AddSingleton<RotatingRefreshTokenGrant>();
        services.AddSingleton<CompanionConfirmation>();
        services.AddSingleton<TokenEndpoint>();
        services.AddSingleton<RevokeEndpoint>();
        services.AddSingleton<ResidentCookie>();
        services.AddSingleton<ResidentProfiles>();
        services.AddSingleton<INoticeRecipients>(profiles => profiles.GetRequiredService<ResidentProfiles>());
        services.AddSingleton<ResidentSessions>();
        services.AddSingleton<ResidentSignInLimits>();
        services.AddSingleton<ProviderDiscovery>();
        services.AddSingleton<IdTokenCheck>();
        if (signIn.IsEntra)
        {
            services.AddSingleton<IProviderTokens, EntraTokens>();
        }
        else
        {
            services.AddSingleton<IProviderTokens, OpenIdTokens>();
        }

        services.AddSingleton<MakerTokens>();
        services.AddSingleton<IResidentTokens>(tokens => tokens.GetRequiredService<MakerTokens>());
        services.AddHostedService<MakerTokenKeeper>();

        var isHttps = options.PublicUrl.StartsWith("https:", StringComparison.Ordinal);
        services.AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, ResidentSessionHandler>(ResidentSignIn.CookieScheme, null)
            .AddOAuth<ResidentSignIn.SchemeOptions, ResidentSignIn>(ResidentSignIn.ProviderScheme, oauth =>
            {
                oauth.SignInScheme = ResidentSignIn.CookieScheme;
                oauth.CallbackPath = ResidentSignIn.CallbackPath;
                oauth.ClientId = signIn.ClientId;
                oauth.ClientSecret = signIn.ClientSecret;
                oauth.UsePkce = true;
                oauth.Scope.Clear();
                foreach (var scope in signIn.Scopes)
                {
                    oauth.Scope.Add(scope);
                }

                // As long as somebody may look for a password and a second factor.
                oauth.RemoteAuthenticationTimeout = LinkingAttempts.Lifetime;
                if (isHttps)
                {
                    // No other host can plant one and so have somebody finish a sign-in that wasn't theirs.
                    (oauth.CorrelationCookie.Name, oauth.CorrelationCookie.Path) = ("__Host-homebridge.sign-in.", "/");
                }

                oauth.CorrelationCookie.SameSite = SameSiteMode.Lax;
                oauth.CorrelationCookie.SecurePolicy = isHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;

                // Discovery fills these in before the first use; the framework wants something at start.
                oauth.AuthorizationEndpoint = signIn.Issuer;
                oauth.TokenEndpoint = signIn.Issuer;
                oauth.Events.OnRemoteFailure = failed =>
                {
                    failed.HandleResponse();
                    return ResidentSignIn.Failed(failed.HttpContext.RequestServices.GetRequiredService<Steps>(), failed.Properties, failed.Failure)
                        .ExecuteAsync(failed.HttpContext);
                };
            });

        services.AddSingleton<IAntiforgeryAdditionalDataProvider, FormsOfOneResident>();
        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.Cookie.Name = isHttps ? "__Host-homebridge.form" : "homebridge.form";
            antiforgery.Cookie.SameSite = SameSiteMode.Lax;
            antiforgery.Cookie.SecurePolicy = isHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
            antiforgery.SuppressXFrameOptionsHeader = true;
        });
    }

    public static void MapAccountLinking(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").DisableAntiforgery().WithMetadata(new FormLimit(FormBytesMax));
        pages.MapGet(Authorize.Path, (HttpContext context, Authorize authorize, IAntiforgery antiforgery) => authorize.Show(context, antiforgery));
        pages.MapPost(Authorize.Path, (HttpContext context, Authorize authorize, IAntiforgery antiforgery) => authorize.Post(context, antiforgery));
        pages.MapGet(Consent.Path, (HttpContext context, Consent consent, IAntiforgery antiforgery) => consent.Show(context, antiforgery));
        pages.MapPost(Consent.Path, (HttpContext context, Consent consent, IAntiforgery antiforgery) => consent.Post(context, antiforgery));
        pages.MapPost(Consent.OtherAccountPath, (HttpContext context, Consent consent, IAntiforgery antiforgery) => consent.OtherAccount(context, antiforgery));
        pages.MapGet(CompanionConfirmation.Path, (HttpContext context, CompanionConfirmation confirmation, IAntiforgery antiforgery) => confirmation.Show(context, antiforgery));
        pages.MapPost(CompanionConfirmation.Path, (HttpContext context, CompanionConfirmation confirmation, IAntiforgery antiforgery) => confirmation.Post(context, antiforgery));
        pages.MapGet(ResidentSignIn.Path, (HttpContext context, string? next) => ResidentSignIn.Show(context, next));
        pages.MapPost(SignOut.Path, (HttpContext context, IAntiforgery antiforgery) => SignOut.Post(context, antiforgery));
        pages.MapPost(SignOut.OtherAccountPath, (HttpContext context, IAntiforgery antiforgery) => SignOut.OtherAccount(context, antiforgery));
        pages.MapGet(SignOut.DonePath, SignOut.Done);

        var tokens = endpoints.MapGroup("").DisableAntiforgery().WithMetadata(new FormLimit(OAuthForm.BytesMax));
        tokens.MapPost(TokenEndpoint.Path, (HttpContext context, TokenEndpoint token) => token.Answer(context));
        tokens.MapPost(RevokeEndpoint.Path, (HttpContext context, RevokeEndpoint revoke) => revoke.Answer(context));
        endpoints.MapMethods(OAuthMetadata.Path, [HttpMethods.Get, HttpMethods.Head], OAuthMetadata.Answer);
    }

    private sealed class FormLimit(long bytesMax) : Microsoft.AspNetCore.Http.Metadata.IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => bytesMax;
    }
}
