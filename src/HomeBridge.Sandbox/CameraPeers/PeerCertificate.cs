using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Security;

namespace HomeBridge.Sandbox.CameraPeers;

/// <summary>A certificate that nobody signed (RFC 8827 section 6.5): it is worth what the fingerprint in the answer is worth.</summary>
internal sealed class PeerCertificate
{
    private static readonly TimeSpan Backdated = TimeSpan.FromDays(1);
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    private PeerCertificate(byte[] encoded, AsymmetricKeyParameter key) =>
        (Encoded, Key, Fingerprint) = (encoded, key, SHA256.HashData(encoded));

    public byte[] Encoded { get; }

    public AsymmetricKeyParameter Key { get; }

    public byte[] Fingerprint { get; }

    public static PeerCertificate New(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=camera", key, HashAlgorithmName.SHA256).CreateSelfSigned(now - Backdated, now + Lifetime);
        return new(certificate.RawData, PrivateKeyFactory.CreateKey(key.ExportPkcs8PrivateKey()));
    }

    /// <summary>The value of <c>a=fingerprint</c> (RFC 8122 section 5), if it is SHA-256.</summary>
    public static byte[]? ReadFingerprint(string value)
    {
        const string Algorithm = "sha-256 ";
        if (!value.StartsWith(Algorithm, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        try
        {
            var hash = Convert.FromHexString(value[Algorithm.Length..].Replace(":", "", StringComparison.Ordinal));
            return hash.Length == SHA256.HashSizeInBytes ? hash : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    public static string WriteFingerprint(ReadOnlySpan<byte> hash) => BitConverter.ToString(hash.ToArray()).Replace('-', ':');
}
