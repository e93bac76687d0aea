using System.Security.Cryptography;
using System.Text;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Sandbox.CameraIngest;

/// <summary>
/// What a camera's units are signed with when they come in: the maker's key for the camera, or one that the camera itself
/// holds.
/// </summary>
internal sealed class IngestKey
{
    /// <summary>How a camera names its own key.</summary>
    private const string HeldKeyId = "camera";

    private readonly Lock _gate = new();
    private readonly byte[] _derived = [];
    private readonly ECDsa? _held;

    private IngestKey(byte[] derived) => _derived = derived;

    private IngestKey(ECDsa held)
    {
        _held = held;
        EnrolledAs = Convert.ToBase64String(held.ExportSubjectPublicKeyInfo());
    }

    /// <summary>The public key that the maker's list of devices has; null where the camera holds none.</summary>
    public string? EnrolledAs { get; }

    public static IngestKey Derived(byte[] key) => new(key);

    /// <summary>The same camera holds the same key after each start, as a camera does: the key follows from a secret.</summary>
    public static IngestKey Held(byte[] makerKey, string name)
    {
        for (var attempt = 0; ; attempt++)
        {
            var number = HKDF.DeriveKey(
                HashAlgorithmName.SHA256, makerKey, DeviceEvidenceKeys.KeyLength, info: Encoding.UTF8.GetBytes($"sandbox-camera\0{name}\0{attempt}"));
            try
            {
                return new(ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = number }));
            }
            catch (CryptographicException)
            {
                // One number in four billion is no private key.
            }
        }
    }

    /// <summary>A key of the same kind that is nobody's.</summary>
    public IngestKey Nobodys() => _held is null
        ? new(RandomNumberGenerator.GetBytes(DeviceEvidenceKeys.KeyLength))
        : new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    public EvidenceSigner.Signature Sign(string makerKeyId, string mediaUnit, string contentDigest, long created)
    {
        if (_held is null)
            return EvidenceSigner.SignIngest(_derived, makerKeyId, mediaUnit, contentDigest, created);
        lock (_gate)
            return EvidenceSigner.SignIngest(_held, HeldKeyId, mediaUnit, contentDigest, created);
    }

    /// <summary>An answer to an offer, by the same key as the camera's units.</summary>
    public EvidenceSigner.Signature SignAnswer(string makerKeyId, string statement, string contentDigest, string nonce, long created, long expires)
    {
        if (_held is null)
            return PeerAnswerSigner.Sign(_derived, makerKeyId, statement, contentDigest, nonce, created, expires);
        lock (_gate)
            return PeerAnswerSigner.Sign(_held, HeldKeyId, statement, contentDigest, nonce, created, expires);
    }
}
