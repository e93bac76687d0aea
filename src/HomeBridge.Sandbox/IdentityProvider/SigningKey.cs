using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace HomeBridge.Sandbox.IdentityProvider;

/// <summary>Signs id_tokens. The key is made at start and never leaves the process.</summary>
internal sealed class SigningKey : IDisposable
{
    public const string Algorithm = SecurityAlgorithms.EcdsaSha256;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string _id = Secrets.New();
    private readonly JsonWebTokenHandler _tokens = new() { SetDefaultTimesOnTokenCreation = false };

    public string IdToken(
        string issuer, string audience, ResidentAccount account, string scope, string? nonce, DateTimeOffset now)
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            [JwtRegisteredClaimNames.Sub] = account.Name,
            [JwtRegisteredClaimNames.AuthTime] = now.ToUnixTimeSeconds(),
        };

        // OpenID Connect Core 5.4: which scope gives which claims.
        var scopes = scope.Split(' ');
        if (scopes.Contains("profile", StringComparer.Ordinal))
        {
            claims[JwtRegisteredClaimNames.Name] = account.Title;
            claims["zoneinfo"] = account.TimeZone;
            claims["locale"] = account.Locale;
        }

        if (scopes.Contains("email", StringComparer.Ordinal))
        {
            claims[JwtRegisteredClaimNames.Email] = account.Email;
            claims["email_verified"] = true;
        }

        if (nonce is not null)
            claims[JwtRegisteredClaimNames.Nonce] = nonce;
        return _tokens.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            IssuedAt = now.UtcDateTime,
            Expires = (now + Lifetime).UtcDateTime,
            Claims = claims,
            SigningCredentials = new(new ECDsaSecurityKey(_key) { KeyId = _id }, Algorithm),
        });
    }

    /// <summary>The public half (RFC 7518 section 6.2).</summary>
    public object PublicSet()
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        return new
        {
            keys = new[]
            {
                new
                {
                    kty = "EC",
                    crv = "P-256",
                    use = "sig",
                    alg = Algorithm,
                    kid = _id,
                    x = Base64Url.EncodeToString(point.X),
                    y = Base64Url.EncodeToString(point.Y),
                },
            },
        };
    }

    public void Dispose() => _key.Dispose();
}
