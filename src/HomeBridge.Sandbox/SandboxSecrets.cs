using System.Security.Cryptography;
using HomeBridge.Sandbox.HomeGraph;

namespace HomeBridge.Sandbox;

/// <summary>
/// What bridge and maker share in the sandbox, made at the first start and kept in the data folder: a restart finds the
/// same keys.
/// </summary>
internal sealed record SandboxSecrets(string BridgeKey, byte[] EvidenceKey, string SignInClientSecret, string TicketKeyPem, string EventKeyPem, string AuditKeyPem, string DirectorySecret, string NoticesKey)
{
    public const string EvidenceKeyId = "acme-1";
    public const string EventKeyId = "acme-events-1";
    public const string SignInClientId = "homebridge";

    public static SandboxSecrets In(string folder)
    {
        Directory.CreateDirectory(folder);
        return new SandboxSecrets(
            Kept(folder, "bridge.key", NewText),
            Convert.FromBase64String(Kept(folder, "evidence.key", NewText)),
            Kept(folder, "sign-in.key", NewText),
            Kept(folder, "ticket-key.pem", NewPem),
            Kept(folder, "events-key.pem", NewPem),
            Kept(folder, "audit-key.pem", NewPem),
            Kept(folder, "directory.key", NewText),
            Kept(folder, "notices.key", NewText));
    }

    /// <summary>What the maker gives to the bridge.</summary>
    public string EventPublicKeyPem
    {
        get
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(EventKeyPem);
            return key.ExportSubjectPublicKeyInfoPem();
        }
    }

    /// <summary>The service account's key, apart from the others: making one takes a moment, in which other parts start.</summary>
    public static Task<string> HomeGraphKey(string folder) => Task.Run(() => Kept(folder, "home-graph-key.pem", ServiceAccount.NewKeyPem));

    private static string Kept(string folder, string name, Func<string> make)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using var writer = new StreamWriter(path, options);
            writer.Write(make());
        }

        return File.ReadAllText(path);
    }

    private static string NewText() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private static string NewPem()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportECPrivateKeyPem();
    }

    public override string ToString() => nameof(SandboxSecrets);
}
