using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HomeBridge.Hosting;

/// <summary>
/// Section <c>DataProtection</c>: the certificate around the keys that stand in the database. With the database alone,
/// without its private key, nothing that is sealed can be opened.
/// </summary>
/// <param name="Certificate">Seals new keys; null in the sandbox only.</param>
/// <param name="Old">Those before it: what they sealed still opens.</param>
internal sealed record KeyProtectionOptions(X509Certificate2? Certificate, IReadOnlyList<X509Certificate2> Old)
{
    private const string Example = "/run/secrets/data-protection.pem, with certificate and private key";

    public static KeyProtectionOptions Read(ConfigurationReader read)
    {
        const string key = "DataProtection:CertificateFile";
        if (read.OptionalText(key) is null && !read.IsSandbox)
        {
            read.Problem(key, "is missing: the keys that seal residents' tokens and cookies would stand open in the database.", Example);
        }

        var old = read.Texts("DataProtection:OldCertificateFiles").Index().Select(file => Load(read, $"DataProtection:OldCertificateFiles:{file.Index}", file.Item));
        return new KeyProtectionOptions(read.OptionalText(key) is { } path ? Load(read, key, path) : null, [.. old.OfType<X509Certificate2>()]);
    }

    private static X509Certificate2? Load(ConfigurationReader read, string key, string path)
    {
        try
        {
            var certificate = X509Certificate2.CreateFromPemFile(path);
            using var rsa = certificate.GetRSAPrivateKey();
            if (rsa is not null)
            {
                return certificate;
            }

            read.Problem(key, $"the key in '{path}' is not RSA: other kinds can't encrypt.", "the output of: openssl req -x509 -newkey rsa:3072 -nodes -subj /CN=homebridge -days 3650 -keyout dp.pem -out dp.pem");
        }
        catch (Exception unreadable) when (unreadable is CryptographicException or IOException or UnauthorizedAccessException)
        {
            read.Problem(key, $"'{path}' is not a PEM file with a certificate and its private key ({unreadable.Message}).", Example);
        }

        return null;
    }

    public override string ToString() => Certificate?.Thumbprint ?? "no certificate";
}
