using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace HomeBridge.Sandbox.HomeGraph;

/// <summary>
/// The platform's token endpoint for service accounts (RFC 7523): a signed assertion becomes an opaque token that lives
/// for minutes.
/// </summary>
internal sealed class AccessTokens : IDisposable
{
    public const string GrantType = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    public const string Scope = "https://www.googleapis.com/auth/homegraph";

    /// <summary>Shorter than the platform's hour, so that renewal is part of every long run.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan AssertionLifetimeMax = TimeSpan.FromHours(1);
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(60);

    /// <summary>Tokens at one time; beyond it the oldest ends early.</summary>
    private const int TokensMax = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _issued = new(StringComparer.Ordinal);
    private readonly RSA _key = RSA.Create();
    private readonly string _audience;
    private readonly TimeProvider _time;

    public AccessTokens(HomeGraphOptions options, string audience, TimeProvider time)
    {
        _key.ImportFromPem(options.ServiceAccountKeyPem);
        (_audience, _time) = (audience, time);
    }

    /// <summary>A new token, or null when the assertion isn't this service account's, for this endpoint, and timely.</summary>
    public async Task<string?> Exchange(string assertion)
    {
        var checking = new TokenValidationParameters
        {
            ValidIssuer = ServiceAccount.Email,
            ValidAudience = _audience,
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
            IssuerSigningKey = new RsaSecurityKey(_key.ExportParameters(includePrivateParameters: false)),
            RequireSignedTokens = true,
            LifetimeValidator = (_, expires, token, _) => InTime(expires, token),
        };
        var checked_ = await new JsonWebTokenHandler().ValidateTokenAsync(assertion, checking);
        return checked_.IsValid && HasScope(checked_.SecurityToken) ? Issue() : null;
    }

    public bool Valid(string token)
    {
        lock (_gate)
        {
            return _issued.TryGetValue(token, out var until) && _time.GetUtcNow() < until;
        }
    }

    public void Dispose() => _key.Dispose();

    private bool InTime(DateTime? expires, SecurityToken token)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        var issued = ((JsonWebToken)token).IssuedAt;
        return expires is { } until
            && issued != default
            && issued <= now + ClockSkew
            && now - ClockSkew < until
            && until - issued <= AssertionLifetimeMax;
    }

    private static bool HasScope(SecurityToken token) =>
        ((JsonWebToken)token).TryGetPayloadValue<string>("scope", out var scopes)
        && scopes.Split(' ').Contains(Scope, StringComparer.Ordinal);

    private string Issue()
    {
        var token = "ya29." + Secrets.New();
        var now = _time.GetUtcNow();
        lock (_gate)
        {
            foreach (var (ended, _) in _issued.Where(kept => kept.Value <= now).ToList())
            {
                _issued.Remove(ended);
            }

            if (_issued.Count >= TokensMax)
            {
                _issued.Remove(_issued.MinBy(kept => kept.Value).Key);
            }

            _issued[token] = now + Lifetime;
        }

        return token;
    }
}
