using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace HomeBridge.HomeGraph;

/// <summary>
/// A service account's credential whose assertion is for the token endpoint that its key names (RFC 7523 section 3).
/// Google's own always names Google's, and trips over a token endpoint that fails without a JSON body.
/// </summary>
internal sealed class ServiceAccountToken(ServiceAccountCredential.Initializer initializer) : ServiceAccountCredential(initializer)
{
    /// <summary>The longest that Google allows.</summary>
    private static readonly TimeSpan AssertionLifetime = TimeSpan.FromHours(1);

    public override async Task<bool> RequestAccessTokenAsync(CancellationToken taskCancellationToken)
    {
        var now = Clock.UtcNow;
        var assertion = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Id,
            Audience = TokenServerUrl,
            Claims = new Dictionary<string, object>(StringComparer.Ordinal) { ["scope"] = string.Join(' ', Scopes) },
            IssuedAt = now,
            Expires = now + AssertionLifetime,
            SigningCredentials = new SigningCredentials(new RsaSecurityKey(Key) { KeyId = KeyId }, SecurityAlgorithms.RsaSha256)
            {
                CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
            },
        });
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = "urn:ietf:params:oauth:grant-type:jwt-bearer",
            ["assertion"] = assertion,
        });
        using var response = await HttpClient.PostAsync(new Uri(TokenServerUrl), form, taskCancellationToken);
        if ((int)response.StatusCode >= 500 || response.Content.Headers.ContentType?.MediaType != "application/json")
        {
            throw new HttpRequestException($"The token endpoint answered {(int)response.StatusCode}.", null, response.StatusCode);
        }

        Token = await TokenResponse.FromHttpResponseAsync(response, Clock, Logger);
        return true;
    }
}
