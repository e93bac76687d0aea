using HomeBridge.Sandbox.DeviceCloud;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Sandbox.CameraIngest;

/// <summary>The maker's signing side of <c>contracts/media-evidence.md</c>.</summary>
internal sealed class MakerEvidence(SandboxCloudOptions options, TimeProvider time)
{
    public DeviceEvidenceKeys KeysOf(string deviceId) =>
        DeviceEvidenceKeys.Derive(options.MakerEvidenceKey, new DeviceRef(SandboxHomes.Vendor, deviceId));

    /// <summary>
    /// What ingest does with bytes that arrived on a camera's own connection: sign, then store together.
    /// </summary>
    public StoredUnit Store(MediaUnit unit, byte[] bytes, byte[] ingestKey, DateTimeOffset created)
    {
        var header = unit.ToHeader();
        var digest = EvidenceSigner.ContentDigest(bytes);
        var signature = EvidenceSigner.SignIngest(
            ingestKey, options.EvidenceKeyId, header, digest, created.ToUnixTimeSeconds());
        return new(header, digest, signature, bytes);
    }

    /// <summary>What an edge does when somebody asks: prove that this answer is for this request.</summary>
    public UnitAnswer Answer(StoredUnit unit, byte[] freshKey, string nonce)
    {
        var fresh = EvidenceSigner.SignFresh(
            freshKey, options.EvidenceKeyId, StatusCodes.Status200OK, unit.MediaUnit, unit.ContentDigest,
            unit.Ingest, nonce, time.GetUtcNow().ToUnixTimeSeconds());
        return new(unit.Bytes)
        {
            Headers =
            [
                new("Media-Unit", unit.MediaUnit),
                new("Content-Digest", unit.ContentDigest),
                new("Signature-Input", $"{unit.Ingest.Input}, {fresh.Input}"),
                new("Signature", $"{unit.Ingest.Value}, {fresh.Value}"),
            ],
        };
    }
}

/// <summary>
/// A unit as ingest left it: the statement, the digest and the signature stay with the bytes for good.
/// </summary>
internal sealed record StoredUnit(
    string MediaUnit, string ContentDigest, EvidenceSigner.Signature Ingest, byte[] Bytes);
