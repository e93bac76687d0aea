using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using HomeBridge.Hosting.StrangersJson;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>Who signed in, by a token that was checked.</summary>
/// <param name="Account">Who.</param>
/// <param name="Profile">What else the provider says of them.</param>
/// <param name="WasAskedJustNow">False when the provider says that it last asked for a password long ago.</param>
internal sealed record IdToken(string Account, ResidentProfile Profile, bool WasAskedJustNow);

/// <summary>An id_token is not one for this sign-in. The message is a word for operators.</summary>
/// <param name="wrong">What was wrong.</param>
/// <param name="account">Whose it is, when at least the signature was the provider's.</param>
internal sealed class IdTokenException(string wrong, string? account = null) : AuthenticationFailureException($"id_token: {wrong}")
{
    public string Wrong { get; } = wrong;

    public string? Account { get; } = account;
}

/// <summary>
/// Checks an id_token as OpenID Connect Core 1.0 section 3.1.3.7 has it: signed by a key that the provider publishes now,
/// with an algorithm of public keys, for us and only us, for this sign-in, now.
/// </summary>
internal sealed class IdTokenCheck(ResidentSignInOptions options, ProviderDiscovery discovery, TimeProvider time)
{
    /// <summary>Clocks of servers with NTP are closer.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    /// <summary>It was made for a sign-in that has just ended; older ones are somebody's collection.</summary>
    private static readonly TimeSpan AgeMax = TimeSpan.FromMinutes(10);

    private const int LengthMax = 64 * 1024;

    /// <summary>No "none", and no secret-key algorithm: with one, our client secret or their public key could sign.</summary>
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JsonWebTokenHandler _tokens = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = LengthMax };

    /// <summary><paramref name="nonce"/> is that of the sign-in; null for a renewal, which has none.</summary>
    /// <exception cref="IdTokenException">It is not one for this sign-in.</exception>
    public async Task<IdToken> Check(string? idToken, string? accessToken, string? nonce, CancellationToken cancel)
    {
        if (idToken is null or { Length: > LengthMax })
        {
            throw new IdTokenException("missing or too long");
        }

        var read = await ValidateSignature(idToken, await discovery.Get(cancel));
        if (read.Exception is SecurityTokenInvalidSignatureException)
        {
            // Keys rotate.
            read = await ValidateSignature(idToken, await discovery.Again(cancel));
        }

        if (!read.IsValid || read.SecurityToken is not JsonWebToken token)
        {
            throw new IdTokenException(Describe(read.Exception));
        }

        if (token.TryGetHeaderValue<object>("crit", out _) || (token.Typ is { Length: > 0 } type && !type.Equals("JWT", StringComparison.OrdinalIgnoreCase)))
        {
            throw new IdTokenException("another kind of token");
        }

        var claims = Claims(token);
        CheckClaims(claims, token.Alg, accessToken, nonce);
        return new IdToken(
            AccountOf(claims)!, ProfileClaims.Read(claims, AccountOf(claims)!),
            !claims.ContainsKey("auth_time") || (Moment(claims, "auth_time", out var asked) && asked + AgeMax > time.GetUtcNow()));
    }

    private void CheckClaims(JsonMap token, string algorithm, string? accessToken, string? nonce)
    {
        void Refuse(string wrong) => throw new IdTokenException(wrong, AccountOf(token));
        if (Text(token, "iss") != options.Issuer)
        {
            Refuse("issuer");
        }

        // Several audiences: it was made for others, too, so it must say that it was made at our request.
        var audiences = token.GetValueOrDefault("aud") switch { string one => [one], List<object?> several => several.OfType<string>().ToList(), _ => [] };
        var authorized = Text(token, "azp");
        if (!audiences.Contains(options.ClientId, StringComparer.Ordinal))
        {
            Refuse("audience");
        }

        if (authorized is null ? audiences.Count > 1 || token.ContainsKey("azp") : authorized != options.ClientId)
        {
            Refuse("authorized party");
        }

        var now = time.GetUtcNow();
        if (!Moment(token, "exp", out var expires) || !Moment(token, "iat", out var issued))
        {
            Refuse("times missing");
        }
        else if (expires + ClockSkew <= now || issued + AgeMax <= now)
        {
            Refuse("expired");
        }
        else if (issued - ClockSkew > now || (token.ContainsKey("nbf") && (!Moment(token, "nbf", out var notBefore) || notBefore - ClockSkew > now)))
        {
            Refuse("not yet valid");
        }

        if (nonce is not null && (Text(token, "nonce") is not { } said || !Same(said, nonce)))
        {
            Refuse("nonce");
        }

        if (AccountOf(token) is null)
        {
            Refuse("account missing or too long");
        }

        if (Text(token, "at_hash") is { } hash && (accessToken is null || !Same(hash, HalfHash(algorithm, accessToken))))
        {
            Refuse("access token of another answer");
        }
    }

    private Task<TokenValidationResult> ValidateSignature(string idToken, OpenIdConnectConfiguration discovered)
    {
        var announced = discovered.IdTokenSigningAlgValuesSupported;
        return _tokens.ValidateTokenAsync(idToken, new TokenValidationParameters
        {
            IssuerSigningKeys = discovered.SigningKeys.Where(key => key is not SymmetricSecurityKey),
            ValidAlgorithms = announced.Count == 0 ? Algorithms : Algorithms.Intersect(announced, StringComparer.Ordinal),
            RequireSignedTokens = true,

            // The rest is checked below, by our clock and with our words.
            ValidateIssuer = false,
            ValidateAudience = false,
            ValidateLifetime = false,
        });
    }

    private string? AccountOf(JsonMap token) => Text(token, options.AccountClaim) is { Length: > 0 and <= 128 } account ? account : null;

    /// <summary>What was signed, read once more as strangers' JSON is: a claim that stands there twice, or as another type, is none.</summary>
    private static JsonMap Claims(JsonWebToken token)
    {
        try
        {
            var payload = Base64Url.DecodeFromChars(token.EncodedPayload);
            return JsonInput.Open(payload, payload.Length).Map();
        }
        catch (Exception unreadable) when (unreadable is NotJsonException or JsonShapeException or FormatException)
        {
            throw new IdTokenException("unreadable");
        }
    }

    private static string? Text(JsonMap token, string claim) => token.GetValueOrDefault(claim) as string;

    /// <summary>Seconds since 1970 (RFC 7519 section 2), with a fraction or without.</summary>
    private static bool Moment(JsonMap token, string claim, out DateTimeOffset moment)
    {
        moment = default;
        var seconds = token.GetValueOrDefault(claim) switch { long whole => whole, double part => part, _ => 0 };
        if (seconds is not (> 0 and < 253_402_300_799))
        {
            return false;
        }

        moment = DateTimeOffset.UnixEpoch.AddSeconds(seconds);
        return true;
    }

    private static string Describe(Exception? refused) => refused switch
    {
        SecurityTokenInvalidAlgorithmException => "algorithm",
        SecurityTokenInvalidSignatureException { Message: var message } when message.Contains("IDX10504", StringComparison.Ordinal) => "not signed",
        SecurityTokenInvalidSignatureException => "signature or algorithm",
        _ => "unreadable",
    };

    private static bool Same(string one, string other) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));

    /// <summary>OpenID Connect Core 1.0 section 3.1.3.6: the left half of the hash that the signature's algorithm uses.</summary>
    private static string HalfHash(string algorithm, string accessToken)
    {
        var bytes = Encoding.ASCII.GetBytes(accessToken);
        var hash = algorithm[^3..] switch
        {
            "384" => SHA384.HashData(bytes),
            "512" => SHA512.HashData(bytes),
            _ => SHA256.HashData(bytes),
        };
        return Base64Url.EncodeToString(hash.AsSpan(0, hash.Length / 2));
    }
}
