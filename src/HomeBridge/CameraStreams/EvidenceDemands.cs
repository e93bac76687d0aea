using HomeBridge.AccountLinking;
using HomeBridge.Audit;
using HomeBridge.Devices;
using HomeBridge.EvidencePolicy;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;

namespace HomeBridge.CameraStreams;

/// <summary>What a session on one camera must see proven.</summary>
/// <param name="Grade">The least evidence of each unit.</param>
/// <param name="DeviceKey">The camera's own key, as the resident consented to it; null when the maker signs for it.</param>
/// <param name="SessionsMax">Sessions on this camera at one time; null means the usual limit.</param>
internal sealed record EvidenceDemand(EvidenceGrade Grade, string? DeviceKey, int? SessionsMax);

/// <summary>
/// What is demanded of a bound camera: the maker's grade, and the key that the binding pins. Asked anew at each grant,
/// redemption and renewal.
/// </summary>
internal sealed class EvidenceDemands(
    EvidenceGrades grades, EnrolledKeys keys, SuspensionBoard suspensions, AuditTrail audit, ILogger<EvidenceDemands> log)
{
    /// <summary>The incident that a quarantine for another key carries.</summary>
    public const string KeyChangedIncident = "evidence-key-changed";

    /// <summary>Null when no stream of this camera may run: another key than consented, a key that two have, or too weak a proof.</summary>
    public EvidenceDemand? Of(DeviceBinding binding)
    {
        var device = binding.Device;
        if (binding.HasOtherKey)
        {
            Quarantine(binding);
            return null;
        }

        if (keys.IsShared(device))
        {
            return null;
        }

        var minimum = grades.Minimum(device.Ref.Vendor);
        if (minimum is EvidenceGrade.G3 && device.EvidenceKey is null)
        {
            return null;
        }

        // A camera that signs by itself is held to it, unless an operator demands less of its maker.
        var grade = minimum is EvidenceGrade.G2 && device.EvidenceKey is not null ? EvidenceGrade.G3 : minimum;
        return new EvidenceDemand(grade, device.EvidenceKey, EvidenceGrades.SessionsPerCameraMax(minimum));
    }

    /// <summary>
    /// The camera through this link only: the resident who links anew consents to the new key, and that link is another one.
    /// </summary>
    private void Quarantine(DeviceBinding binding)
    {
        var device = binding.Device;
        var (suspension, isNew) = suspensions.RaiseAutomatic(
            new SuspensionScope { AccountLink = binding.Link.Value, Device = device.Id.Value, Trait = "CameraStream" },
            SuspensionEffects.CutStreams,
            "The camera has another evidence key than the resident consented to. Linking anew, with this camera ticked, confirms the new one.",
            KeyChangedIncident);
        if (isNew)
        {
            log.LogError("{Device} has another evidence key than link {Link} pins: quarantined by {Suspension}", device.Id, binding.Link, suspension.Id);
            audit.Append(
                Suspension.System, "evidence.key-changed", device.Id.Value,
                $"{binding.Link} pins {binding.EvidencePin}, now {device.EvidenceThumbprint ?? DeviceBinding.Derived} {suspension.Id}");
        }
    }
}
