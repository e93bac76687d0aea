using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace HomeBridge.Sandbox.OperatorDirectory;

/// <summary>Signs what Entra signs, in its shape: RS256, <c>tid</c>, <c>oid</c>, app roles in <c>roles</c>.</summary>
internal sealed class DirectoryTokens(TimeProvider time) : IDisposable
{
    private const int KeyBits = 2048;
    private const string KeyId = "sandbox-directory-1";

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(60);

    // Made when somebody signs in: most sandboxes never see that.
    private readonly Lazy<RSA> _key = new(() => RSA.Create(KeyBits));
    private readonly JsonWebTokenHandler _tokens = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>Seconds that a token lives.</summary>
    public static int LifetimeSeconds => (int)Lifetime.TotalSeconds;

    public string IdToken(string issuer, string client, DirectoryPerson person, string? nonce)
    {
        var claims = Claims(person);
        if (nonce is not null)
            claims[JwtRegisteredClaimNames.Nonce] = nonce;
        return Sign(issuer, client, claims);
    }

    public string AccessToken(string issuer, string client, DirectoryPerson person)
    {
        var claims = Claims(person);
        claims["azp"] = client;
        claims["scp"] = "ops";
        return Sign(issuer, DirectoryOptions.Audience, claims);
    }

    /// <summary>What MSAL tells accounts apart by.</summary>
    public static string ClientInfo(DirectoryPerson person) => Base64Url.EncodeToString(
        JsonSerializer.SerializeToUtf8Bytes(new { uid = person.Id, utid = DirectoryOptions.TenantId }));

    /// <summary>The public half (RFC 7518 section 6.3).</summary>
    public object PublicSet()
    {
        var key = _key.Value.ExportParameters(includePrivateParameters: false);
        return new
        {
            keys = new[] { new { kty = "RSA", use = "sig", alg = "RS256", kid = KeyId, n = Base64Url.EncodeToString(key.Modulus), e = Base64Url.EncodeToString(key.Exponent) } },
        };
    }

    public void Dispose()
    {
        if (_key.IsValueCreated)
            _key.Value.Dispose();
    }

    private static Dictionary<string, object> Claims(DirectoryPerson person)
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["ver"] = "2.0",
            ["tid"] = DirectoryOptions.TenantId,
            ["oid"] = person.Id,
            [JwtRegisteredClaimNames.Sub] = person.Id,
            ["preferred_username"] = person.Username,
        };
        if (person.Roles.Length > 0)
            claims["roles"] = person.Roles;
        return claims;
    }

    private string Sign(string issuer, string audience, Dictionary<string, object> claims)
    {
        var now = time.GetUtcNow();
        return _tokens.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = (now + Lifetime).UtcDateTime,
            Claims = claims,
            SigningCredentials = new(new RsaSecurityKey(_key.Value) { KeyId = KeyId }, SecurityAlgorithms.RsaSha256),
        });
    }
}
