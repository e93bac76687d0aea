using System.Buffers.Text;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using Microsoft.Identity.Client;
using Microsoft.IdentityModel.JsonWebTokens;

namespace HomeBridge.OpsConsole;

/// <summary>
/// People sign in at the console with Microsoft Entra ID: authorization code with PKCE by MSAL, state and nonce bound to
/// the browser by a cookie that nobody else can make, and the id_token checked here, which MSAL leaves to its caller.
/// </summary>
internal sealed class EntraSignIn : IDisposable
{
    public const string BeginPath = "/sign-in/entra";
    public const string BackPath = "/sign-in/entra/back";

    private const string CookieName = "homebridge.operator.sign-in";

    /// <summary>As long as somebody may look for their second factor.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly OperatorOptions _options;
    private readonly IOptionsMonitor<JwtBearerOptions> _jwt;
    private readonly ITimeLimitedDataProtector _protector;
    private readonly ILogger<EntraSignIn> _log;
    private readonly HttpClient? _http;

    public EntraSignIn(OperatorOptions options, IOptionsMonitor<JwtBearerOptions> jwt, IDataProtectionProvider protection, ILogger<EntraSignIn> log)
    {
        (_options, _jwt, _log) = (options, jwt, log);
        _protector = protection.CreateProtector("operator sign-in").ToTimeLimitedDataProtector();
        _http = options.Entra is { } entra ? new HttpClient(entra.NewHandler()) { Timeout = TimeSpan.FromSeconds(10) } : null;
    }

    /// <summary>Without a client there, nobody is offered to sign in by it.</summary>
    public bool Configured => _options.Entra?.ClientId is not null;

    /// <summary>What the browser must bring back.</summary>
    private sealed record Attempt(string State, string Nonce, string Verifier);

    /// <summary>The address at the identity provider; null when it can't be had.</summary>
    public async Task<Uri?> Begin(HttpContext context)
    {
        var (state, nonce) = (Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)), Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));
        try
        {
            var address = await NewClient().GetAuthorizationRequestUrl([])
                .WithPkce(out var verifier)
                .WithExtraQueryParameters(new Dictionary<string, (string, bool)>(StringComparer.Ordinal) { ["state"] = (state, false), ["nonce"] = (nonce, false) })
                .ExecuteAsync(context.RequestAborted);
            context.Response.Cookies.Append(CookieName, _protector.Protect(JsonSerializer.Serialize(new Attempt(state, nonce, verifier)), Lifetime), Cookie());
            return address;
        }
        catch (Exception unreachable) when (unreachable is MsalException or HttpRequestException)
        {
            _log.LogWarning("The operators' identity provider can't be reached: {Problem}", unreachable.Message);
            return null;
        }
    }

    /// <summary>Who came back, or the sentence that says why nobody did.</summary>
    public async Task<(ClaimsPrincipal? Who, string? Wrong)> Finish(HttpContext context)
    {
        const string again = "This sign-in did not begin in this browser, or it took too long. Try again.";
        var query = context.Request.Query;
        var attempt = Open(context.Request.Cookies[CookieName]);

        // One use, whatever comes of it.
        context.Response.Cookies.Delete(CookieName, Cookie());
        if (attempt is null || query["state"] is not [{ } state]
            || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(state), Encoding.UTF8.GetBytes(attempt.State)))
        {
            return (null, again);
        }

        if (query["code"] is not [{ Length: > 0 } code])
        {
            return (null, query["error"] == "access_denied" ? "You were not let in there, or you cancelled." : "Your identity provider sent you back without an answer. Try again.");
        }

        try
        {
            // A client of its own for each sign-in: it would keep tokens that nobody here needs.
            var result = await NewClient().AcquireTokenByAuthorizationCode([], code).WithPkceCodeVerifier(attempt.Verifier).ExecuteAsync(context.RequestAborted);
            return await Check(result.IdToken, attempt.Nonce, context.RequestAborted);
        }
        catch (Exception failed) when (failed is MsalException or HttpRequestException or InvalidOperationException)
        {
            // MSAL's message may quote the answer, and the answer is the provider's: its code says enough.
            _log.LogWarning("An operator's code was not redeemed: {Problem}", (failed as MsalException)?.ErrorCode ?? failed.GetType().Name);
            return (null, "Your identity provider did not confirm who you are. Try again, or use a break-glass credential.");
        }
    }

    public void Dispose() => _http?.Dispose();

    private async Task<(ClaimsPrincipal? Who, string? Wrong)> Check(string idToken, string nonce, CancellationToken cancel)
    {
        var entra = _options.Entra!;
        var discovery = _jwt.Get(JwtBearerDefaults.AuthenticationScheme).ConfigurationManager!;
        var parameters = EntraTokens.Parameters(entra, entra.ClientId!);
        parameters.IssuerSigningKeys = (await discovery.GetConfigurationAsync(cancel)).SigningKeys;
        var read = await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(idToken, parameters);
        if (!read.IsValid || read.ClaimsIdentity.FindFirst("nonce")?.Value != nonce
            || EntraTokens.Identify(read.ClaimsIdentity.Claims, entra, OpsConsoleFeature.CookieScheme) is not { } who)
        {
            _log.LogWarning("An operator's id_token is not one for this sign-in: {Problem}", read.Exception?.GetType().Name ?? "nonce, tenant or name");
            return (null, "Your identity provider's answer is not one for this sign-in. Try again.");
        }

        return who.Roles().Any() ? (who, null) : (null, $"{who.Identity!.Name} has none of the app roles {string.Join(", ", OperatorRoles.All)}. Ask who runs the tenant.");
    }

    private IConfidentialClientApplication NewClient() => ConfidentialClientApplicationBuilder.Create(_options.Entra!.ClientId)
        .WithClientSecret(_options.Entra.ClientSecret)
        .WithAuthority(new Uri($"{_options.Entra.Instance}/{_options.Entra.TenantId}"), validateAuthority: false)
        .WithInstanceDiscovery(false)
        .WithRedirectUri(_options.PublicUrl + BackPath)
        .WithHttpClientFactory(new OneClient(_http!))
        .Build();

    private Attempt? Open(string? cookie)
    {
        try
        {
            return cookie is null ? null : JsonSerializer.Deserialize<Attempt>(_protector.Unprotect(cookie));
        }
        catch (Exception forged) when (forged is CryptographicException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Lax: the provider sends the browser back from elsewhere.</summary>
    private CookieOptions Cookie() => new()
    {
        HttpOnly = true,
        Secure = _options.SecureCookies,
        SameSite = SameSiteMode.Lax,
        Path = BeginPath,
        MaxAge = Lifetime,
        IsEssential = true,
    };

    private sealed class OneClient(HttpClient http) : IMsalHttpClientFactory
    {
        public HttpClient GetHttpClient() => http;
    }
}
