using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>Section <c>SignIn</c>: the maker's OpenID Connect provider, where residents have their accounts.</summary>
internal sealed record ResidentSignInOptions
{
    public required string Issuer { get; init; }

    public required string ClientId { get; init; }

    public required string ClientSecret { get; init; }

    /// <summary>How long a resident who does nothing stays signed in. Default one hour.</summary>
    public required TimeSpan SessionIdle { get; init; }

    /// <summary>How long a resident stays signed in at most. Default twelve hours.</summary>
    public required TimeSpan SessionLifetime { get; init; }

    /// <summary>Scheme, host, port: a form of ours may end up there.</summary>
    public string Origin => new Uri(Issuer).GetLeftPart(UriPartial.Authority);

    public static ResidentSignInOptions Read(ConfigurationReader read) => new()
    {
        Issuer = read.PublicUrl("SignIn:Issuer", "https://login.maker.example"),
        ClientId = read.Text("SignIn:ClientId", "homebridge"),
        ClientSecret = read.SecretText("SignIn:ClientSecret", "the secret that the identity provider gave out"),
        SessionIdle = read.Duration("SignIn:SessionIdle", TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), TimeSpan.FromDays(30)),
        SessionLifetime = read.Duration("SignIn:SessionLifetime", TimeSpan.FromHours(12), TimeSpan.FromMinutes(1), TimeSpan.FromDays(90)),
    };

    public override string ToString() => $"sign-in at {Issuer}";
}
