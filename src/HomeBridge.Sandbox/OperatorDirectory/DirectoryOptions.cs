using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HomeBridge.Sandbox.OperatorDirectory;

/// <summary>What the stand-in for Microsoft Entra ID is told. It speaks https: MSAL takes nothing else.</summary>
internal sealed record DirectoryOptions
{
    public const string TenantId = "5a9d0c0e-1111-4222-8333-000000000001";

    /// <summary>The bridge's confidential client, for sign-in at the console.</summary>
    public const string ConsoleClientId = "5a9d0c0e-1111-4222-8333-000000000002";

    /// <summary>The public client of command line tools.</summary>
    public const string CliClientId = "5a9d0c0e-1111-4222-8333-000000000003";

    /// <summary>The API that access tokens are for.</summary>
    public const string Audience = "api://homebridge-ops";

    /// <summary>Port 0 takes a free one.</summary>
    public required Uri Url { get; init; }

    public required string ConsoleClientSecret { get; init; }

    public required string ConsoleRedirectUri { get; init; }

    public required X509Certificate2 Certificate { get; init; }

    /// <summary>A certificate for loopback, made at each start; its public half stands in a file for those who shall trust it.</summary>
    public static X509Certificate2 NewCertificate(string publicHalf, TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=HomeBridge sandbox directory", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        var now = time.GetUtcNow();
        var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        File.WriteAllText(publicHalf, certificate.ExportCertificatePem());
        return certificate;
    }
}

/// <summary>Somebody in the directory.</summary>
/// <param name="Id">The object id.</param>
/// <param name="Name">What one signs in with; <c>@sandbox.example</c> follows in tokens.</param>
/// <param name="Roles">App roles.</param>
internal sealed record DirectoryPerson(string Id, string Name, string[] Roles)
{
    public const string Password = "sandbox";

    /// <summary>One who raises and reads, one who raises and lifts, one without a role.</summary>
    public static DirectoryPerson[] All { get; } =
    [
        new("5a9d0c0e-2222-4222-8333-000000000001", "anna", ["Operator", "Auditor"]),
        new("5a9d0c0e-2222-4222-8333-000000000002", "ben", ["Operator", "Approver"]),
        new("5a9d0c0e-2222-4222-8333-000000000003", "carla", []),
    ];

    public string Username => $"{Name}@sandbox.example";

    public static DirectoryPerson? Find(string name, string password) =>
        Secrets.Same(password, Password) ? Array.Find(All, person => person.Name == name || person.Username == name) : null;
}
