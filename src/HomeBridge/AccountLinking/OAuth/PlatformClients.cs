using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HomeBridge.Hosting;
using HomeBridge.Streaming;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>
/// An OAuth client (RFC 6749 section 2): a platform, confidential, or the companion app, public. A public one keeps no secret,
/// so that PKCE and rotation stand in for it, and its tokens open no fulfillment.
/// </summary>
internal sealed record PlatformClient
{
    public required string ClientId { get; init; }

    /// <summary>The platform whose fulfillment its tokens open.</summary>
    public required string Platform { get; init; }

    /// <summary>Whether it is an app on residents' devices (RFC 6749 section 2.1).</summary>
    public bool IsPublic { get; init; }

    /// <summary>Who asks, for residents. Google wants to be called "Google" and nothing else.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of the secrets that are live, in hexadecimal; two while one is being replaced.</summary>
    public required IReadOnlyList<string> SecretHashes { get; init; }

    /// <summary>Compared whole and exactly.</summary>
    public required IReadOnlyList<string> RedirectUris { get; init; }

    /// <summary>
    /// RFC 9700 section 4.1.3: no part of it is interpreted. An app on a device may choose the port of its loopback address
    /// (RFC 8252 section 7.3), and nothing else of it.
    /// </summary>
    public bool Owns(string redirectUri) => RedirectUris.Contains(redirectUri, StringComparer.Ordinal)
        || (IsPublic && RedirectUris.Any(own => LoopbackHosts.Any(host => own.StartsWith(host + "/", StringComparison.Ordinal)
            && IsWithPort(redirectUri, host, own[host.Length..]))));

    /// <summary>Numbers: <c>localhost</c> may be another machine (RFC 8252 section 8.3).</summary>
    internal static readonly string[] LoopbackHosts = ["http://127.0.0.1", "http://[::1]"];

    private static bool IsWithPort(string redirectUri, string host, string path) =>
        redirectUri.Length > host.Length + 1 + path.Length
        && redirectUri.StartsWith(host + ":", StringComparison.Ordinal)
        && redirectUri.EndsWith(path, StringComparison.Ordinal)
        && redirectUri.AsSpan((host.Length + 1)..^path.Length) is { Length: <= 5 } port
        && port[0] != '0' && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <summary>In constant time, whichever secret it is.</summary>
    public bool HasSecret(string secret)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(secret));
        var found = false;
        foreach (var live in SecretHashes)
        {
            found |= CryptographicOperations.FixedTimeEquals(hash, Convert.FromHexString(live));
        }

        return found;
    }
}

/// <summary>Section <c>AccountLinking</c>.</summary>
internal sealed record AccountLinkingOptions
{
    /// <summary>Ours: the bridge's public URL, without a trailing slash. Also the issuer (RFC 8414).</summary>
    public required string PublicUrl { get; init; }

    public required IReadOnlyDictionary<string, PlatformClient> Clients { get; init; }

    /// <summary>From consent to redemption. Default 60 s; RFC 6749 section 4.1.2 allows ten minutes at most.</summary>
    public required TimeSpan CodeLifetime { get; init; }

    /// <summary>Default one hour.</summary>
    public required TimeSpan AccessTokenLifetime { get; init; }

    /// <summary>A platform's refresh token ends when it was not used for so long; default 400 days.</summary>
    public required TimeSpan RefreshTokenIdleFor { get; init; }

    /// <summary>The companion app's does; default 90 days.</summary>
    public required TimeSpan CompanionRefreshTokenIdleFor { get; init; }

    /// <summary>Live access tokens of one link; beyond it the oldest is dropped.</summary>
    public required int AccessTokensPerLinkMax { get; init; }

    /// <summary>Links of one account that live at one time.</summary>
    public required int LinksPerAccountMax { get; init; }

    /// <summary>Wrong client authentications of one address in a minute; default 300.</summary>
    public required int ClientFailuresPerAddressMax { get; init; }

    /// <summary>Linking attempts that one address begins in a minute; default 120.</summary>
    public required int AttemptsPerAddressMax { get; init; }

    /// <summary>Refreshes of one link in a minute; default 3,000.</summary>
    public required int RefreshesPerLinkMax { get; init; }

    /// <summary>What stands in a public client's place for a platform: it has no fulfillment.</summary>
    public const string CompanionPlatform = "companion";

    public static AccountLinkingOptions Read(ConfigurationReader read)
    {
        var clients = new Dictionary<string, PlatformClient>(StringComparer.Ordinal);
        foreach (var key in read.Children("AccountLinking:Clients"))
        {
            var isPublic = read.Flag($"{key}:Public", false);
            var client = new PlatformClient
            {
                ClientId = read.Text($"{key}:ClientId", "google-home"),
                Platform = isPublic ? CompanionPlatform : read.Text($"{key}:Platform", "google"),
                IsPublic = isPublic,
                Name = read.Text($"{key}:Name", "Google"),
                SecretHashes = read.Texts($"{key}:SecretHashes"),
                RedirectUris = read.Texts($"{key}:RedirectUris"),
            };
            CheckSecretHashes(read, key, client);
            CheckRedirectUris(read, key, client);
            if (!isPublic && client.Platform == CompanionPlatform)
            {
                read.Problem($"{key}:Platform", $"'{CompanionPlatform}' is that of public clients.", "google");
            }

            if (client.Platform == CanaryPlatform.Id || client.ClientId == CanaryPlatform.Id)
            {
                read.Problem($"{key}:Platform", $"'{CanaryPlatform.Id}' is the bridge's own.", "google");
            }

            if (!clients.TryAdd(client.ClientId, client))
            {
                read.Problem($"{key}:ClientId", $"'{client.ClientId}' is there twice.", "google-home");
            }
        }

        if (clients.Count == 0)
        {
            read.Problem("AccountLinking:Clients:0:ClientId", "no platform client is configured: nobody could link.", "google-home");
        }

        return new AccountLinkingOptions
        {
            PublicUrl = read.PublicUrl("Bridge:PublicUrl", "https://bridge.maker.example"),
            Clients = clients,
            CodeLifetime = read.Duration("AccountLinking:CodeLifetime", TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
            AccessTokenLifetime = read.Duration("AccountLinking:AccessTokenLifetime", TimeSpan.FromHours(1), TimeSpan.FromSeconds(1), TimeSpan.FromHours(24)),
            RefreshTokenIdleFor = read.Duration("AccountLinking:RefreshTokenIdleFor", TimeSpan.FromDays(400), TimeSpan.FromDays(30), TimeSpan.FromDays(4000)),
            CompanionRefreshTokenIdleFor = read.Duration("AccountLinking:CompanionRefreshTokenIdleFor", TimeSpan.FromDays(90), TimeSpan.FromDays(1), TimeSpan.FromDays(400)),
            AccessTokensPerLinkMax = read.Number("AccountLinking:AccessTokensPerLinkMax", 2000, 10, 100_000),
            ClientFailuresPerAddressMax = read.Number("AccountLinking:ClientFailuresPerAddressMax", 300, 10, 10_000_000),
            AttemptsPerAddressMax = read.Number("AccountLinking:AttemptsPerAddressMax", 120, 10, 10_000_000),
            RefreshesPerLinkMax = read.Number("AccountLinking:RefreshesPerLinkMax", 3000, 60, 10_000_000),
            LinksPerAccountMax = read.Number("AccountLinking:LinksPerAccountMax", 50, 1, 10_000),
        };
    }

    private static void CheckSecretHashes(ConfigurationReader read, string key, PlatformClient client)
    {
        const string example = "the output of: printf %s \"$SECRET\" | sha256sum";
        if (client.IsPublic)
        {
            if (client.SecretHashes.Count > 0)
            {
                read.Problem($"{key}:SecretHashes", "is of no use to a public client, which can't keep a secret.", $"{key}:Public = false");
            }

            return;
        }

        if (client.SecretHashes.Count == 0)
        {
            read.Problem($"{key}:SecretHashes:0", "is missing: the SHA-256 of the client's secret in hexadecimal.", example);
        }

        foreach (var hash in client.SecretHashes.Where(hash => hash.Length != 64 || !hash.All(char.IsAsciiHexDigit)))
        {
            read.Problem($"{key}:SecretHashes", $"'{hash[..Math.Min(8, hash.Length)]}…' is not a SHA-256 in hexadecimal.", example);
        }
    }

    private static void CheckRedirectUris(ConfigurationReader read, string key, PlatformClient client)
    {
        const string example = "https://oauth-redirect.googleusercontent.com/r/my-project";
        if (client.RedirectUris.Count == 0)
        {
            read.Problem($"{key}:RedirectUris:0", "is missing.", example);
        }

        // RFC 9700 section 2.6: no plain http. RFC 6749 section 3.1.2: no fragment.
        foreach (var text in client.RedirectUris)
        {
            if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Fragment.Length > 0
                || (uri.Scheme != Uri.UriSchemeHttps && !((read.IsSandbox && uri is { Scheme: "http", IsLoopback: true })
                    || (client.IsPublic && PlatformClient.LoopbackHosts.Any(host => text.StartsWith(host + "/", StringComparison.Ordinal))))))
            {
                read.Problem($"{key}:RedirectUris", $"'{text}' is not an absolute https URL without fragment.", example);
            }
        }
    }
}
