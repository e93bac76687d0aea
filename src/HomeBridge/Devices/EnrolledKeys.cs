using Dapper;
using HomeBridge.Audit;
using HomeBridge.Hosting;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;

namespace HomeBridge.Devices;

/// <summary>
/// The evidence keys that cameras are enrolled with. A key proves one camera: where two have it, whoever made them so, no
/// signature tells them apart any more, and both are quarantined.
/// </summary>
internal sealed class EnrolledKeys(Database database, SuspensionBoard suspensions, AuditTrail audit, ILogger<EnrolledKeys> log)
{
    /// <summary>The incident that such quarantines carry.</summary>
    public const string DuplicatedIncident = "evidence-key-duplicated";

    /// <summary>
    /// Looks at the keys of what was just described, each time: a quarantine that was lifted while the key is still
    /// another's too comes back.
    /// </summary>
    public void Review(IReadOnlyList<DeviceDescription> described)
    {
        HashSet<string>? thumbprints = null;
        foreach (var device in described)
        {
            if (device.EvidenceKey is { } key)
            {
                (thumbprints ??= new(StringComparer.Ordinal)).Add(key.Thumbprint);
            }
        }

        foreach (var thumbprint in thumbprints ?? [])
        {
            if (Holders(thumbprint) is { Count: > 1 } holders)
            {
                Quarantine(thumbprint, holders);
            }
        }
    }

    /// <summary>Whether another device is enrolled with this device's key.</summary>
    public bool IsShared(Device device) => device.EvidenceThumbprint is { } thumbprint && Holders(thumbprint).Count > 1;

    /// <summary>Of all makers and all accounts: a key knows neither.</summary>
    private List<string> Holders(string thumbprint)
    {
        using var connection = database.Open();
        return connection.Query<string>("SELECT id FROM devices WHERE evidence_thumbprint = @thumbprint ORDER BY id", new { thumbprint }).AsList();
    }

    private void Quarantine(string thumbprint, List<string> holders)
    {
        foreach (var holder in holders)
        {
            var (suspension, isNew) = suspensions.RaiseAutomatic(
                new SuspensionScope { Device = holder, Trait = "CameraStream" },
                SuspensionEffects.CutStreams,
                "Another camera is enrolled with the same evidence key: nothing tells their pictures apart. The maker must give each a key of its own.",
                DuplicatedIncident);
            if (isNew)
            {
                log.LogError("The evidence key of {Device} is enrolled for {Count} devices: quarantined by {Suspension}", holder, holders.Count, suspension.Id);
                audit.Append(Suspension.System, "evidence.key-duplicated", holder, $"key {thumbprint} of {string.Join(' ', holders)} {suspension.Id}");
            }
        }
    }
}
