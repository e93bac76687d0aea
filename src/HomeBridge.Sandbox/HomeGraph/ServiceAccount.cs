using System.Security.Cryptography;
using System.Text.Json;

namespace HomeBridge.Sandbox.HomeGraph;

/// <summary>
/// The service account by which the bridge calls the Home Graph: a key pair that the sandbox makes at its first start.
/// The bridge gets the private key in the platform's file format; the stand-in keeps the public one.
/// </summary>
public static class ServiceAccount
{
    public const string Email = "bridge@homebridge-sandbox.iam.gserviceaccount.com";

    private const string ProjectId = "homebridge-sandbox";
    private const int KeyBits = 2048;

    /// <summary>A private key as PKCS#8 PEM, the only form that the platform's files have.</summary>
    public static string NewKeyPem()
    {
        using var key = RSA.Create(KeyBits);
        return key.ExportPkcs8PrivateKeyPem();
    }

    /// <summary>The JSON that the platform's console offers for download.</summary>
    public static string KeyFile(string privateKeyPem, Uri tokenUrl) => JsonSerializer.Serialize(new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["type"] = "service_account",
        ["project_id"] = ProjectId,
        ["private_key_id"] = "sandbox",
        ["private_key"] = privateKeyPem,
        ["client_email"] = Email,
        ["token_uri"] = tokenUrl.AbsoluteUri,
    });
}
