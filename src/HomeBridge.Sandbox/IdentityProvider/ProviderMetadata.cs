using System.Text.Json;

namespace HomeBridge.Sandbox.IdentityProvider;

/// <summary>What the provider says about itself (OpenID Connect Discovery 1.0 section 3).</summary>
internal sealed record ProviderMetadata(string Issuer)
{
    public static JsonSerializerOptions Wire { get; } =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static string[] Scopes { get; } = ["openid", "profile", "email", "offline_access"];

    public string AuthorizationEndpoint => Issuer + "/authorize";

    public string TokenEndpoint => Issuer + "/token";

    public string JwksUri => Issuer + "/jwks";

    public string[] ScopesSupported { get; } = Scopes;

    public string[] ResponseTypesSupported { get; } = ["code"];

    public string[] ResponseModesSupported { get; } = ["query"];

    public string[] GrantTypesSupported { get; } = ["authorization_code", "refresh_token"];

    public string[] SubjectTypesSupported { get; } = ["public"];

    public string[] IdTokenSigningAlgValuesSupported { get; } = [SigningKey.Algorithm];

    public string[] TokenEndpointAuthMethodsSupported { get; } =
        ["client_secret_post", "client_secret_basic"];

    public string[] CodeChallengeMethodsSupported { get; } = ["S256"];

    public string[] ClaimsSupported { get; } = ["sub", "name", "zoneinfo", "locale", "email", "email_verified"];

    public bool AuthorizationResponseIssParameterSupported { get; } = true;
}
