using System.Text;

namespace HomeBridge.Sandbox.IdentityProvider;

/// <summary>
/// The maker's OpenID Connect provider: code flow with PKCE, refresh tokens, one client, three accounts. It keeps no session:
/// it asks each time, and the bridge remembers who signed in there.
/// </summary>
internal static class IdentityProviderEndpoints
{
    public static void AddIdentityProvider(this IServiceCollection services) => services
        .AddSingleton<ResidentAccounts>()
        .AddSingleton<AuthorizationCodes>()
        .AddSingleton<RefreshTokens>()
        .AddSingleton<RequestSeal>()
        .AddSingleton<SigningKey>();

    public static void MapIdentityProvider(this IEndpointRouteBuilder app)
    {
        var idp = app.MapGroup("/idp");
        idp.MapGet(
            "/.well-known/openid-configuration",
            (CloudAddress address) =>
                Results.Json(new ProviderMetadata(address.Issuer), ProviderMetadata.Wire));
        idp.MapGet("/jwks", (SigningKey key) => Results.Json(key.PublicSet()));
        idp.MapGet("/authorize", SignIn.Ask);
        idp.MapPost("/authorize", SignIn.AnswerAsync);
        idp.MapPost("/token", TokenExchange.AnswerAsync);
        idp.MapGet("/acme.css", () => Results.Text(SignInStyle.Css, "text/css", Encoding.UTF8));
    }
}
