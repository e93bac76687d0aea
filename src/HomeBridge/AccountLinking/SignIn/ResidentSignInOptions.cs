using System.Security.Cryptography.X509Certificates;
using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>Section <c>SignIn</c>: the maker's OpenID Connect provider, where residents have their accounts.</summary>
internal sealed record ResidentSignInOptions
{
    private const string OpenId = "openid";
    private const string Entra = "entra";

    private static readonly TimeSpan CallEveryMax = TimeSpan.FromSeconds(30);

    public required string Issuer { get; init; }

    public required string ClientId { get; init; }

    public required string ClientSecret { get; init; }

    /// <summary>Tokens are fetched through MSAL: the provider is Microsoft Entra External ID.</summary>
    public required bool IsEntra { get; init; }

    /// <summary>What is asked for. <c>openid</c> is the least, <c>offline_access</c> asks for a refresh token.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>The claim that is the account at the device cloud: <c>sub</c>, or <c>oid</c> where Entra's is.</summary>
    public required string AccountClaim { get; init; }

    /// <summary>In the sandbox, the certificate of a stand-in.</summary>
    public required X509Certificate2? Certificate { get; init; }

    /// <summary>How long a resident who does nothing stays signed in. Default one hour.</summary>
    public required TimeSpan SessionIdle { get; init; }

    /// <summary>How long a resident stays signed in at most. Default twelve hours.</summary>
    public required TimeSpan SessionLifetime { get; init; }

    /// <summary>How old the maker's answer about an account may get before it is asked again. Default six hours.</summary>
    public required TimeSpan RenewEvery { get; init; }

    /// <summary>The least time between two calls to the provider for one account.</summary>
    public TimeSpan CallEvery => RenewEvery < CallEveryMax ? RenewEvery : CallEveryMax;

    /// <summary>Failed sign-ins of one address within five minutes before it has to wait. Default 30.</summary>
    public required int FailuresPerAddressMax { get; init; }

    /// <summary>Scheme, host, port: a form of ours may end up there.</summary>
    public string Origin => new Uri(Issuer).GetLeftPart(UriPartial.Authority);

    public bool IsHttps => Issuer.StartsWith("https:", StringComparison.Ordinal);

    public static ResidentSignInOptions Read(ConfigurationReader read)
    {
        var issuer = read.PublicUrl("SignIn:Issuer", "https://login.maker.example");
        var provider = read.OptionalText("SignIn:Provider") ?? OpenId;
        if (provider is not (OpenId or Entra))
        {
            read.Problem("SignIn:Provider", $"'{provider}' is neither {OpenId} nor {Entra}.", OpenId);
        }

        if (provider == Entra && issuer.Length > 0 && !issuer.StartsWith("https:", StringComparison.Ordinal))
        {
            read.Problem("SignIn:Issuer", $"'{issuer}' must be https for Entra: MSAL takes nothing else.", "https://TENANT.ciamlogin.com/TENANT/v2.0");
        }

        var account = read.OptionalText("SignIn:AccountClaim") ?? "sub";
        if (account is not ("sub" or "oid"))
        {
            read.Problem("SignIn:AccountClaim", $"'{account}' may change or be chosen by the resident: only sub and oid name an account for good.", "sub");
        }

        var scopes = (read.OptionalText("SignIn:Scopes") ?? "openid profile email offline_access").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (!scopes.Contains("openid", StringComparer.Ordinal))
        {
            read.Problem("SignIn:Scopes", "lacks openid: without it there is no id_token.", "openid profile email offline_access");
        }

        return new ResidentSignInOptions
        {
            Issuer = issuer,
            ClientId = read.Text("SignIn:ClientId", "homebridge"),
            ClientSecret = read.SecretText("SignIn:ClientSecret", "the secret that the identity provider gave out"),
            IsEntra = provider == Entra,
            Scopes = scopes,
            AccountClaim = account,
            Certificate = OutsideHttps.ReadStandInCertificate(read, "SignIn:CertificateFile"),
            SessionIdle = read.Duration("SignIn:SessionIdle", TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), TimeSpan.FromDays(30)),
            SessionLifetime = read.Duration("SignIn:SessionLifetime", TimeSpan.FromHours(12), TimeSpan.FromMinutes(1), TimeSpan.FromDays(90)),
            RenewEvery = read.Duration("SignIn:RenewEvery", TimeSpan.FromHours(6), TimeSpan.FromSeconds(1), TimeSpan.FromDays(30)),
            FailuresPerAddressMax = read.Number("SignIn:FailuresPerAddressMax", 30, 1, 1_000_000),
        };
    }

    public override string ToString() => $"sign-in at {Issuer}";
}
