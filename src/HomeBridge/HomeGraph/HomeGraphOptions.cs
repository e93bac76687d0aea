using System.Security.Cryptography;
using HomeBridge.Hosting;
using Newtonsoft.Json;

namespace HomeBridge.HomeGraph;

/// <summary>
/// Section <c>HomeGraph</c>. Without a service account nothing is reported, and SYNC says so.
/// </summary>
/// <param name="Account">Who calls; null when the section is absent.</param>
/// <param name="BaseUrl">Where the API is.</param>
/// <param name="CallTimeout">The longest one call may take.</param>
/// <param name="RequestsPerMinute">The project's quota, for all homes together.</param>
/// <param name="ReportInterval">The shortest time between two reports of one agent user.</param>
/// <param name="RequestSyncDelay">How long changes of a home are gathered before the platform is asked to SYNC.</param>
/// <param name="FirstReportDelay">How long after a SYNC states follow: the platform refuses earlier ones with 404.</param>
/// <param name="RetryDelay">The first wait after a failure; it doubles with each further one.</param>
internal sealed record HomeGraphOptions(
    ServiceAccount? Account,
    string BaseUrl,
    TimeSpan CallTimeout,
    int RequestsPerMinute,
    TimeSpan ReportInterval,
    TimeSpan RequestSyncDelay,
    TimeSpan FirstReportDelay,
    TimeSpan RetryDelay)
{
    private const string GoogleUrl = "https://homegraph.googleapis.com";

    public static HomeGraphOptions Read(ConfigurationReader read) => new(
        ServiceAccount.Read(read),
        read.OptionalText("HomeGraph:BaseUrl") is null ? GoogleUrl : read.PublicUrl("HomeGraph:BaseUrl", GoogleUrl),
        read.Duration("HomeGraph:CallTimeout", TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)),
        read.Number("HomeGraph:RequestsPerMinute", 6000, 60, 1_000_000),
        read.Duration("HomeGraph:ReportInterval", TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1)),
        read.Duration("HomeGraph:RequestSyncDelay", TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(5)),
        read.Duration("HomeGraph:FirstReportDelay", TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1)),
        read.Duration("HomeGraph:RetryDelay", TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1)));
}

/// <summary>A Google service account's key, as its JSON file has it. Its private key has no way into a log.</summary>
internal sealed record ServiceAccount(string Email, string KeyId, string PrivateKey, string TokenUrl)
{
    private const string Key = "HomeGraph:ServiceAccountKey";
    private const string Example = "the JSON key file of the service account";

    public static ServiceAccount? Read(ConfigurationReader read)
    {
        if (read.OptionalText(Key) is null && read.OptionalText(Key + "File") is null)
        {
            return null;
        }

        KeyFile? file;
        try
        {
            file = JsonConvert.DeserializeObject<KeyFile>(read.SecretText(Key, Example));
        }
        catch (JsonException)
        {
            // The exception quotes what it could not read.
            read.Problem(Key, "is not the JSON of a service account's key.", Example);
            return null;
        }

        if (file is not { Type: "service_account", Email.Length: > 0, PrivateKey.Length: > 0 })
        {
            read.Problem(Key, "must have type service_account, client_email and private_key.", Example);
            return null;
        }

        if (!Uri.TryCreate(file.TokenUrl, UriKind.Absolute, out var url)
            || (url.Scheme != Uri.UriSchemeHttps && !(read.IsSandbox && url.Scheme == Uri.UriSchemeHttp)))
        {
            read.Problem(Key, "must have a token_uri that is https.", Example);
            return null;
        }

        try
        {
            using var rsa = RSA.Create();
            rsa.ImportFromPem(file.PrivateKey);
        }
        catch (Exception wrong) when (wrong is ArgumentException or CryptographicException)
        {
            read.Problem(Key, "must have an RSA private_key in PEM form.", Example);
            return null;
        }

        return new ServiceAccount(file.Email, file.KeyId ?? "", file.PrivateKey, file.TokenUrl);
    }

    public override string ToString() => Email;

    private sealed class KeyFile
    {
        [JsonProperty("type")]
        public string? Type { get; set; }

        [JsonProperty("client_email")]
        public string? Email { get; set; }

        [JsonProperty("private_key_id")]
        public string? KeyId { get; set; }

        [JsonProperty("private_key")]
        public string? PrivateKey { get; set; }

        [JsonProperty("token_uri")]
        public string? TokenUrl { get; set; }
    }
}
