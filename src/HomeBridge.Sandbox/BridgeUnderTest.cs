using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HomeBridge.Sandbox.Companion;
using HomeBridge.Sandbox.DeviceCloud;
using HomeBridge.Sandbox.HomeGraph;
using HomeBridge.Sandbox.Inboxes;
using HomeBridge.Sandbox.OperatorDirectory;

namespace HomeBridge.Sandbox;

/// <summary>
/// The configuration of the bridge in the sandbox: the same keys that a deployment sets, with the sandbox's identities
/// and room for tests.
/// </summary>
internal static class BridgeUnderTest
{
    public static IConfiguration Configure(SandboxOptions options, SandboxSecrets secrets, string homeGraphKeyPem, SandboxHomes homes, string directoryOrigin)
    {
        var bridge = Text(options.BridgeUrl);
        var keys = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Bridge:Name"] = "bridge-1",
            ["Bridge:PublicUrl"] = bridge,
            ["Bridge:ListenUrl"] = bridge,
            ["Ops:ListenUrl"] = Text(options.OpsUrl),
            ["Audit:HeadsFile"] = Path.Combine(options.DataFolder, "audit-heads.jsonl"),
            ["Audit:HeadsKey"] = secrets.AuditKeyPem,
            ["AzureAd:Instance"] = directoryOrigin,
            ["AzureAd:TenantId"] = DirectoryOptions.TenantId,
            ["AzureAd:Audience"] = DirectoryOptions.Audience,
            ["AzureAd:ClientId"] = DirectoryOptions.ConsoleClientId,
            ["AzureAd:ClientSecret"] = secrets.DirectorySecret,
            ["AzureAd:CliClientId"] = DirectoryOptions.CliClientId,
            ["AzureAd:CertificateFile"] = DirectoryCertificate(options),
            ["Database:Path"] = Path.Combine(options.DataFolder, "homebridge.db"),
            ["DeviceCloud:Vendor"] = "acme",
            ["DeviceCloud:Name"] = "Acme Home",
            ["DeviceCloud:BaseUrl"] = Text(options.CloudUrl),
            ["DeviceCloud:ApiKey"] = secrets.BridgeKey,
            ["DeviceCloud:EvidenceKeyId"] = SandboxSecrets.EvidenceKeyId,
            ["DeviceCloud:EvidenceKey"] = Convert.ToBase64String(secrets.EvidenceKey),
            ["DeviceCloud:EventKeys:0:Id"] = SandboxSecrets.EventKeyId,
            ["DeviceCloud:EventKeys:0:PublicKey"] = secrets.EventPublicKeyPem,
            ["SignIn:Issuer"] = Text(options.CloudUrl) + "/idp",
            ["SignIn:ClientId"] = SandboxSecrets.SignInClientId,
            ["SignIn:ClientSecret"] = secrets.SignInClientSecret,
            ["SignIn:RenewEvery"] = "00:00:10",
            ["SignIn:FailuresPerAddressMax"] = "10000",
            ["CameraStreams:GatewayUrl"] = Text(options.GatewayUrl),
            ["CameraStreams:TicketKey"] = secrets.TicketKeyPem,
            ["CameraStreams:GrantsPerMinuteMax"] = "1000",
            ["CameraStreams:SessionsPerCameraMax"] = "500",
            ["CameraStreams:HlsContainer"] = options.HlsContainer,
            ["CameraStreams:WebRtc"] = "true",
            ["CameraStreams:SignallingOrigins:0"] = Text(options.DisplayUrl),
            ["Gateways:EmbeddedRelayAddress"] = "127.0.0.1",
            ["Gateways:EmbeddedCandidates"] = "loopback",
            ["Gateways:Embedded"] = "true",
            ["Suspensions:BreakGlassFile"] = Path.Combine(options.DataFolder, "suspend.camera"),
            ["Gateways:EmbeddedListenUrl"] = Text(options.GatewayUrl),
            ["Notices:WebhookUrl"] = Text(options.DisplayUrl) + InboxApi.WebhookPath,
            ["Notices:WebhookKey"] = secrets.NoticesKey,
            ["Notices:RetryDelay"] = "00:00:01",
            ["Notices:SuspensionsToldAfter"] = "00:00:10",
            ["AccountLinking:LinksPerAccountMax"] = "1000",
            ["AccountLinking:ClientFailuresPerAddressMax"] = "100000",
            ["AccountLinking:AttemptsPerAddressMax"] = "100000",
            ["AccountLinking:RefreshesPerLinkMax"] = "100000",
            ["HomeGraph:ServiceAccountKey"] = ServiceAccount.KeyFile(homeGraphKeyPem, new Uri(options.DisplayUrl, HomeGraphOptions.TokenPath)),
            ["HomeGraph:BaseUrl"] = Text(options.DisplayUrl) + HomeGraphOptions.Path,
        };
        AddClient(keys, 0, "google-home", "google", "Google", "sandbox-google-secret",
            "https://oauth-redirect.googleusercontent.com/r/homebridge-sandbox",
            "https://oauth-redirect-sandbox.googleusercontent.com/r/homebridge-sandbox");
        AddClient(keys, 1, "sandbox-display", "google", "Sandbox display", "sandbox-display-secret", Text(options.DisplayUrl) + "/oauth/callback");
        AddClient(keys, 2, "second-platform", "second", "Second platform", "sandbox-second-secret", "https://second-platform.example/cb");
        keys["AccountLinking:Clients:3:ClientId"] = "companion-app";
        keys["AccountLinking:Clients:3:Public"] = "true";
        keys["AccountLinking:Clients:3:Name"] = "Acme Companion";
        keys["AccountLinking:Clients:3:RedirectUris:0"] = "http://127.0.0.1/cb";
        if (options.DisplayUrl.Host != "127.0.0.1")
        {
            keys["AccountLinking:Clients:3:RedirectUris:1"] = Text(options.DisplayUrl) + CompanionApp.CallbackPath;
        }

        AddOperator(keys, 0, "sandbox-operator", "Operator", "Auditor");
        AddOperator(keys, 1, "sandbox-operator-2", "Operator", "Approver");
        if (options.CanaryInterval > TimeSpan.Zero)
        {
            keys["Drills:Every"] = options.DrillInterval.ToString("c", CultureInfo.InvariantCulture);
            keys["Canaries:Every"] = options.CanaryInterval.ToString("c", CultureInfo.InvariantCulture);
            foreach (var (index, camera) in homes.All.Where(device => SandboxHomes.CanaryAccounts.Contains(device.Home)).Index())
            {
                keys[$"Canaries:{index}:Account"] = camera.Home;
                keys[$"Canaries:{index}:Device"] = camera.Id;
                keys[$"Canaries:{index}:CameraNumber"] = camera.CameraNumber!.Value.ToString(CultureInfo.InvariantCulture);
            }
        }

        // Whoever wants to try one puts it there before the start: hbctl breakglass new.
        if (Path.Combine(options.DataFolder, "break-glass") is var breakGlass && File.Exists(breakGlass))
        {
            keys["Operators:BreakGlassFile"] = breakGlass;
        }

        if (options.CodeLifetime is { } code)
        {
            keys["AccountLinking:CodeLifetime"] = code.ToString("c", CultureInfo.InvariantCulture);
        }

        if (options.AccessTokenLifetime is { } token)
        {
            keys["AccountLinking:AccessTokenLifetime"] = token.ToString("c", CultureInfo.InvariantCulture);
        }

        if (options.ResumeStage is { } stage)
        {
            foreach (var key in (string[])["AllowListFor", "OnePercentFor", "TenPercentFor", "FiftyPercentFor", "RequestSyncWindow"])
            {
                keys["Resumption:" + key] = stage.ToString("c", CultureInfo.InvariantCulture);
            }
        }

        return new ConfigurationBuilder().AddInMemoryCollection(keys).Build();
    }

    /// <summary>What must be trusted to speak with the stand-in for Entra ID, also by <c>hbctl</c> in <c>SSL_CERT_FILE</c>.</summary>
    public static string DirectoryCertificate(SandboxOptions options) => Path.Combine(options.DataFolder, "directory.pem");

    public static string Text(Uri url) => url.GetLeftPart(UriPartial.Authority);

    private static void AddClient(
        Dictionary<string, string?> keys, int index, string id, string platform, string name, string secret, params string[] redirectUris)
    {
        var key = $"AccountLinking:Clients:{index}";
        keys[$"{key}:ClientId"] = id;
        keys[$"{key}:Platform"] = platform;
        keys[$"{key}:Name"] = name;
        keys[$"{key}:SecretHashes:0"] = Hash(secret);
        for (var number = 0; number < redirectUris.Length; number++)
        {
            keys[$"{key}:RedirectUris:{number}"] = redirectUris[number];
        }
    }

    private static void AddOperator(Dictionary<string, string?> keys, int index, string token, params string[] roles)
    {
        var key = $"Operators:Sandbox:{index}";
        keys[$"{key}:Name"] = token;
        keys[$"{key}:TokenHash"] = Hash(token);
        for (var number = 0; number < roles.Length; number++)
        {
            keys[$"{key}:Roles:{number}"] = roles[number];
        }
    }

    private static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
