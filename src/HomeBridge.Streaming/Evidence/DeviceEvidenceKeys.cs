using System.Security.Cryptography;
using System.Text;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// The keys of one camera that a session was granted. The derived ones come from the maker's key, so that a unit of another
/// camera can't verify here, and are apart from each other, so that an edge that makes fresh signatures can't make ingest
/// ones.
/// </summary>
/// <param name="Ingest">Signs what the camera sent, where the camera was authenticated. Empty where the camera signs itself.</param>
/// <param name="Fresh">Signs this very answer over our nonce.</param>
public sealed record DeviceEvidenceKeys(byte[] Ingest, byte[] Fresh)
{
    /// <summary>Bytes of a derived key.</summary>
    public const int KeyLength = 32;

    /// <summary>The key that the camera itself holds, where the binding pins one. Then it alone signs ingest.</summary>
    public DevicePublicKey? Device { get; init; }

    /// <summary>HKDF-SHA256 (RFC 5869) as <c>contracts/media-evidence.md</c> has it.</summary>
    public static DeviceEvidenceKeys Derive(ReadOnlySpan<byte> makerKey, DeviceRef device) =>
        new(Derive(makerKey, "ingest", device), Derive(makerKey, "fresh", device));

    /// <summary>Key bytes don't belong into a log line.</summary>
    public override string ToString() => nameof(DeviceEvidenceKeys);

    private static byte[] Derive(ReadOnlySpan<byte> makerKey, string purpose, DeviceRef device)
    {
        var key = new byte[KeyLength];
        var info = Encoding.UTF8.GetBytes(
            $"homebridge-evidence-v1\0{purpose}\0{device.Vendor}\0{device.VendorDeviceId}");
        HKDF.DeriveKey(HashAlgorithmName.SHA256, makerKey, key, salt: [], info);
        return key;
    }
}
