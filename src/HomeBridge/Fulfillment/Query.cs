using HomeBridge.AccountLinking;
using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using Newtonsoft.Json;

namespace HomeBridge.Fulfillment;

/// <summary>QUERY: each asked id is answered, from what the device cloud says now and from nothing that was kept.</summary>
internal sealed class Query(DeviceCloud deviceCloud, AccountLinks links, SuspensionBoard suspensions, FulfillmentOptions options, TimeProvider time)
{
    public async Task<IResult> Answer(string requestId, AccountLink link, Intent.Query query, CancellationToken cancel)
    {
        if (suspensions.Current.Denies(SuspensionEffects.DenyState, new SuspensionFacts(link.Platform, null, null, null, null, null, null), out _))
        {
            return Fulfillment.Answer.Error(requestId, "transientError");
        }

        var bindings = links.Bindings(link.Id);
        var bound = query.Devices.Distinct(StringComparer.Ordinal)
            .Select(id => bindings.GetValueOrDefault(id))
            .OfType<DeviceBinding>()
            .Where(binding => !IsSuspended(link, binding))
            .ToList();
        IReadOnlyDictionary<string, DeviceState>? states = null;
        try
        {
            using var budget = new Deadline(options.QueryBudget, time, cancel);
            states = bound.Count == 0
                ? new Dictionary<string, DeviceState>(StringComparer.Ordinal)
                : await deviceCloud.QueryStates(link.Account, bound.Select(binding => binding.Device.Ref.VendorDeviceId).ToHashSet(StringComparer.Ordinal), budget);
        }
        catch (DeviceCloudUnavailableException)
        {
            // What isn't known in time is said to be unknown, below.
        }

        return Fulfillment.Answer.Payload(requestId, writer =>
        {
            writer.WritePropertyName("devices");
            writer.WriteStartObject();
            foreach (var id in query.Devices.Distinct(StringComparer.Ordinal))
            {
                writer.WritePropertyName(id);
                writer.WriteStartObject();
                Write(writer, link, bindings.GetValueOrDefault(id), states);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        });
    }

    private void Write(
        JsonTextWriter writer, AccountLink link, DeviceBinding? binding, IReadOnlyDictionary<string, DeviceState>? states)
    {
        if (binding is null)
        {
            Failed(writer, "ERROR", "deviceNotFound");
        }
        else if (IsSuspended(link, binding))
        {
            Failed(writer, "OFFLINE", "deviceOffline");
        }
        else if (states is null)
        {
            Failed(writer, "ERROR", "transientError");
        }
        else if (!states.TryGetValue(binding.Device.Ref.VendorDeviceId, out var state))
        {
            // Bound once, but the device cloud says it is not this account's (any more).
            Failed(writer, "ERROR", "deviceNotFound");
        }
        else if (state.Error is { } error)
        {
            Failed(writer, "ERROR", error);
        }
        else if (!state.Online)
        {
            Failed(writer, "OFFLINE", "deviceOffline");
        }
        else
        {
            writer.Member("online", true);
            writer.Member("status", "SUCCESS");
            foreach (var (name, value) in state.States.Where(pair => pair.Key is not ("online" or "status" or "errorCode")))
            {
                writer.WritePropertyName(name);
                writer.Any(value);
            }
        }
    }

    private bool IsSuspended(AccountLink link, DeviceBinding binding) =>
        suspensions.Current.Denies(SuspensionEffects.DenyState, GrantStream.Facts(link.Platform, link.Id, binding.Device, trait: null), out _)
        || binding.Device.Traits.Any(trait =>
            suspensions.Current.Denies(SuspensionEffects.DenyState, GrantStream.Facts(link.Platform, link.Id, binding.Device, trait), out _));

    private static void Failed(JsonTextWriter writer, string status, string errorCode)
    {
        writer.Member("online", false);
        writer.Member("status", status);
        writer.Member("errorCode", errorCode);
    }
}
