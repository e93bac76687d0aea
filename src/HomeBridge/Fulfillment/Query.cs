using System.Buffers;
using HomeBridge.AccountLinking;
using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.HomeGraph;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.LinkDoctor;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using HomeBridge.Traits;
using Newtonsoft.Json;

namespace HomeBridge.Fulfillment;

/// <summary>QUERY: each asked id is answered, from what the device cloud says now and from nothing that was kept.</summary>
internal sealed class Query(
    DeviceCloud deviceCloud, AccountLinks links, DeviceRegister register, SuspensionBoard suspensions, AccuracyCheck accuracy, FulfillmentOptions options,
    TimeProvider time, ILogger<Query> log)
{
    /// <summary>The trait whose state tells about other devices.</summary>
    private const string StatusReport = "StatusReport";

    private long _saidAt;

    public async Task<ReadOnlySequence<byte>> Answer(Answering answering, Intent.Query query, CancellationToken cancel)
    {
        var link = answering.Link;
        if (suspensions.Current.Denies(SuspensionEffects.DenyState, new SuspensionFacts(link.Platform, null, null, null, null, null, null), out _))
        {
            return answering.Failed(PlatformCodes.TransientError);
        }

        var asked = query.Devices.Distinct(StringComparer.Ordinal).ToList();
        var bindings = links.Bindings(link.Id, asked);
        var speakable = bindings.Values.Where(binding => !IsSuspended(link, binding)).ToDictionary(binding => binding.Device.Id.Value, StringComparer.Ordinal);
        var states = await States(link, speakable.Values, cancel);
        var told = new List<(Device, JsonMap)>(bindings.Count);
        var answer = Fulfillment.Answer.Payload(answering.RequestId, writer =>
        {
            writer.WritePropertyName("devices");
            writer.WriteStartObject();
            foreach (var id in asked)
            {
                writer.WritePropertyName(id);
                writer.WriteStartObject();
                var device = bindings.GetValueOrDefault(id)?.Device;
                answering.Device(device, device is null ? Failed(writer, PlatformCodes.DeviceNotFound)
                    : speakable.ContainsKey(id) ? Write(writer, device, states, told)
                    : Offline(writer));
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        });
        accuracy.Answered(link, told);
        return answer;
    }

    /// <summary>Null when the device cloud didn't say in time: what isn't known is said to be unknown.</summary>
    private async Task<IReadOnlyDictionary<string, DeviceState>?> States(
        AccountLink link, Dictionary<string, DeviceBinding>.ValueCollection bindings, CancellationToken cancel)
    {
        if (bindings.Count == 0)
        {
            return new Dictionary<string, DeviceState>(StringComparer.Ordinal);
        }

        using var budget = new Deadline(options.QueryBudget, time, cancel);
        try
        {
            var ids = bindings.Select(binding => binding.Device.Ref.VendorDeviceId).ToHashSet(StringComparer.Ordinal);
            return await deviceCloud.QueryStates(link.Account, ids, budget);
        }
        catch (DeviceCloudUnavailableException)
        {
            return null;
        }
    }

    /// <summary>The status, or the error code where there is one.</summary>
    private string Write(
        JsonTextWriter writer, Device device, IReadOnlyDictionary<string, DeviceState>? states, List<(Device Device, JsonMap States)> told)
    {
        if (states is null)
        {
            return Failed(writer, PlatformCodes.TransientError);
        }

        // Bound once, but the device cloud may say that it is not this account's (any more).
        return !states.TryGetValue(device.Ref.VendorDeviceId, out var state) ? Failed(writer, PlatformCodes.DeviceNotFound)
            : state.Error is { } error ? Failed(writer, PlatformCodes.Error(error), state.Online)
            : !state.Online ? Offline(writer)
            : Known(writer, device, state, told);
    }

    private string Known(JsonTextWriter writer, Device device, DeviceState state, List<(Device Device, JsonMap States)> told)
    {
        var review = TraitCatalogue.Current.CheckStates(device.Traits.AsSpan(), device.Attributes, register.WithPlatformIds(device.Ref.Vendor, state.States));
        if (review.Problems.Count > 0 && IsTimeToSay())
        {
            log.LogWarning("The states of {Device} don't fit its traits: {Problems}", device.Ref.VendorDeviceId, string.Join("; ", review.Problems));
        }

        if (review.Problems.Any(problem => !problem.Dropped) || (review.Problems.Count > 0 && review.States.Count == 0))
        {
            // The platform refuses an answer in which a trait's states are not whole, with all devices in it. And a device
            // of which nothing can be believed was not read.
            return Failed(writer, PlatformCodes.HardError, online: true);
        }

        var tellsOfOthers = review.States.TryGetValue("currentStatusReport", out var report) && report is List<object?> { Count: > 0 } && device.Has(StatusReport);
        writer.Member("online", true);
        writer.Member("status", tellsOfOthers ? "EXCEPTIONS" : "SUCCESS");
        writer.Member("exceptionCode", PlatformCodes.Exception(state.Exception));
        writer.Members(review.States);
        told.Add((device, review.States));
        return AnswerOutcomes.Success;
    }

    /// <summary>One line a second, whatever a maker sends.</summary>
    private bool IsTimeToSay()
    {
        var (now, last) = (time.GetUtcNow().ToUnixTimeSeconds(), Volatile.Read(ref _saidAt));
        return now > last && Interlocked.CompareExchange(ref _saidAt, now, last) == last;
    }

    private bool IsSuspended(AccountLink link, DeviceBinding binding) =>
        suspensions.Current.Denies(SuspensionEffects.DenyState, GrantStream.Facts(link.Platform, link.Id, binding.Device, trait: null), out _)
        || binding.Device.Traits.Any(trait =>
            suspensions.Current.Denies(SuspensionEffects.DenyState, GrantStream.Facts(link.Platform, link.Id, binding.Device, trait), out _));

    private static string Offline(JsonTextWriter writer)
    {
        writer.Member("online", false);
        writer.Member("status", "OFFLINE");
        writer.Member("errorCode", PlatformCodes.DeviceOffline);
        return PlatformCodes.DeviceOffline;
    }

    private static string Failed(JsonTextWriter writer, string errorCode, bool online = false)
    {
        writer.Member("online", online);
        writer.Member("status", "ERROR");
        writer.Member("errorCode", errorCode);
        return errorCode;
    }
}
