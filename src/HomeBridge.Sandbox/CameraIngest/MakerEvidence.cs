using System.Collections.Concurrent;
using HomeBridge.Sandbox.DeviceCloud;
using HomeBridge.Sandbox.Faults;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Sandbox.CameraIngest;

/// <summary>
/// The maker's signing side of <c>contracts/media-evidence.md</c>. The cameras of home <c>hill</c> hold keys of their own,
/// for the others the maker derives one.
/// </summary>
internal sealed class MakerEvidence(
    SandboxCloudOptions options, SandboxHomes homes, FaultBoard faults, TimeProvider time)
{
    private const string HomeWithHeldKeys = "hill";
    private const string AfterRepair = "/repaired";

    private readonly ConcurrentDictionary<string, IngestKey> _held = new(StringComparer.Ordinal);

    public DeviceEvidenceKeys KeysOf(string deviceId) =>
        DeviceEvidenceKeys.Derive(options.MakerEvidenceKey, new DeviceRef(SandboxHomes.Vendor, deviceId));

    /// <summary>What this camera's units are signed with as they come in, now.</summary>
    public IngestKey IngestKeyOf(SandboxDevice camera)
    {
        if (faults.Hits(KeyFaults.Duplicated, camera))
            return Held(homes.All.First(device => device.FirstHome == HomeWithHeldKeys && device.CameraNumber is not null).Id);
        if (faults.Hits(KeyFaults.Changed, camera))
            return Held(camera.Id + AfterRepair);
        return camera.FirstHome == HomeWithHeldKeys ? Held(camera.Id) : DerivedKeyOf(camera);
    }

    /// <summary>The key that the maker has for this camera, whatever the camera itself holds.</summary>
    public IngestKey DerivedKeyOf(SandboxDevice camera) => IngestKey.Derived(KeysOf(camera.Id).Ingest);

    private IngestKey Held(string name) => _held.GetOrAdd(name, _ => IngestKey.Held(options.MakerEvidenceKey, name));

    /// <summary>
    /// What ingest does with bytes that arrived on a camera's own connection: sign, then store together.
    /// </summary>
    public StoredUnit Store(MediaUnit unit, byte[] bytes, IngestKey ingestKey, DateTimeOffset created)
    {
        var header = unit.ToHeader();
        var digest = EvidenceSigner.ContentDigest(bytes);
        var signature = ingestKey.Sign(options.EvidenceKeyId, header, digest, created.ToUnixTimeSeconds());
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
