using HomeBridge.Devices;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Traits;

namespace HomeBridge.Fulfillment.Challenges;

/// <summary>
/// Which commands a person must confirm first (platform page "Secondary user verification"): what the trait catalogue
/// says, stricter where configured.
/// </summary>
internal sealed class ChallengePolicy(ChallengeOptions options)
{
    /// <summary><c>pinNeeded</c>, <c>ackNeeded</c>, or null when the command may simply go.</summary>
    public string? Needed(Device device, TraitCommand command, JsonMap parameters)
    {
        if (Covers(options.Pin, device, command))
        {
            return PlatformCodes.PinNeeded;
        }

        var byDefault = command.ChallengeFor(device.Type, parameters, options.Region);
        if (byDefault is not null && !Covers(options.Waived, device, command))
        {
            return byDefault;
        }

        return Covers(options.Ack, device, command) ? PlatformCodes.AckNeeded : null;
    }

    private static bool Covers(IReadOnlyList<ChallengeOverride> overrides, Device device, TraitCommand command)
    {
        for (var index = 0; index < overrides.Count; index++)
        {
            if (overrides[index].Covers(device.Type, command.Name))
            {
                return true;
            }
        }

        return false;
    }
}
