using System.Security.Cryptography;
using System.Text;
using HomeBridge.Hosting;
using HomeBridge.Streaming;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>A platform's OAuth client (RFC 6749 section 2), confidential.</summary>
internal sealed record PlatformClient
{
    public required string ClientId { get; init; }

    /// <summary>The platform whose fulfillment its tokens open.</summary>
    public required string Platform { get; init; }

    /// <summary>Who asks, for residents. Google wants to be called "Google" and nothing else.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of the secrets that are live, in hexadecimal; two while one is being replaced.</summary>
    public required IReadOnlyList<string> SecretHashes { get; init; }

    /// <summary>Compared whole and exactly.</summary>
    public required IReadOnlyList<string> RedirectUris { get; init; }

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

    /// <summary>Default one hour. Refresh tokens of platforms do not expire.</summary>
    public required TimeSpan AccessTokenLifetime { get; init; }

    /// <summary>Links of one account that live at one time.</summary>
    public required int LinksPerAccountMax { get; init; }

    public static AccountLinkingOptions Read(ConfigurationReader read)
    {
        var clients = new Dictionary<string, PlatformClient>(StringComparer.Ordinal);
        foreach (var key in read.Children("AccountLinking:Clients"))
        {
            var client = new PlatformClient
            {
                ClientId = read.Text($"{key}:ClientId", "google-home"),
                Platform = read.Text($"{key}:Platform", "google"),
                Name = read.Text($"{key}:Name", "Google"),
                SecretHashes = read.Texts($"{key}:SecretHashes"),
                RedirectUris = read.Texts($"{key}:RedirectUris"),
            };
            CheckSecretHashes(read, key, client);
            CheckRedirectUris(read, key, client);
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
            LinksPerAccountMax = read.Number("AccountLinking:LinksPerAccountMax", 50, 1, 10_000),
        };
    }

    private static void CheckSecretHashes(ConfigurationReader read, string key, PlatformClient client)
    {
        const string example = "the output of: printf %s \"$SECRET\" | sha256sum";
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
                || (uri.Scheme != Uri.UriSchemeHttps && !(read.IsSandbox && uri is { Scheme: "http", IsLoopback: true })))
            {
                read.Problem($"{key}:RedirectUris", $"'{text}' is not an absolute https URL without fragment.", example);
            }
        }
    }
}
