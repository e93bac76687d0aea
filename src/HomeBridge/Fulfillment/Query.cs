using System.Buffers;
using HomeBridge.AccountLinking;
using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.HomeGraph;
using HomeBridge.Hosting;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.LinkDoctor;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using HomeBridge.Traits;

namespace HomeBridge.Fulfillment;

/// <summary>QUERY: each asked id is answered, from what the device cloud says now and from nothing that was kept.</summary>
internal sealed class Query(
    DeviceCloud deviceCloud, AccountLinks links, DeviceRegister register, SuspensionBoard suspensions, AccuracyCheck accuracy, FulfillmentOptions options,
    TimeProvider time, ILogger<Query> log)
{
    /// <summary>The trait whose state tells about other devices.</summary>
    private const string StatusReport = "StatusReport";

    private long _saidAt;

    public async Task<ReadOnlySequence<byte>> Answer(Answering answering, Intent.Query query, RequestView view, CancellationToken cancel)
    {
        var link = answering.Link;
        if (IsPlatformSuspended(link))
        {
            return answering.Failed(PlatformCodes.TransientError);
        }

        var asked = new DistinctIds(query.Devices);
        var bound = links.BoundDevices(view, link.Id, asked);
        view.LetGo();
        var states = new DeviceState?[asked.Count];
        var isSuspended = Suspended(link, bound);
        var isKnown = await Ask(link, bound, isSuspended, states, cancel);
        var told = accuracy.IsWanted(link) ? new List<(Device, JsonMap)>(asked.Count) : null;
        var answer = Fulfillment.Answer.Payload(answering.RequestId, writer =>
        {
            writer.WriteName("\"devices\":"u8);
            writer.WriteStartObject();
            for (var place = 0; place < asked.Count; place++)
            {
                writer.WritePropertyName(asked[place]);
                writer.WriteStartObject();
                var device = bound[place];
                answering.Device(device, device is null ? Failed(writer, PlatformCodes.DeviceNotFound)
                    : isSuspended?[place] is true ? Offline(writer)
                    : !isKnown ? Failed(writer, PlatformCodes.TransientError)
                    : Write(writer, device, states[place], told));
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        });
        if (isSuspended?.Count(suspended => suspended) is > 0 and var denied)
        {
            answering.Denied(denied);
        }

        if (told is not null)
        {
            accuracy.Answered(link, told);
        }

        return answer;
    }

    /// <summary>Of which devices nothing is said; null when that is none.</summary>
    private bool[]? Suspended(AccountLink link, Device?[] bound)
    {
        var snapshot = suspensions.Current;
        return snapshot.InForce.IsEmpty
            ? null
            : Array.ConvertAll(bound, device => device is not null && GrantStream.IsStateDenied(link.Platform, link.Id, device, snapshot));
    }

    /// <summary>False when the device cloud didn't say in time: what isn't known is said to be unknown.</summary>
    private async ValueTask<bool> Ask(AccountLink link, Device?[] bound, bool[]? isSuspended, DeviceState?[] states, CancellationToken cancel)
    {
        var (ids, places) = (new List<string>(bound.Length), new List<int>(bound.Length));
        for (var place = 0; place < bound.Length; place++)
        {
            if (bound[place] is { } device && isSuspended?[place] is not true)
            {
                ids.Add(device.Ref.VendorDeviceId);
                places.Add(place);
            }
        }

        if (ids.Count == 0)
        {
            return true;
        }

        using var budget = new Deadline(options.QueryBudget, time, cancel);
        try
        {
            var answered = await deviceCloud.QueryStates(link.Account, ids, budget);
            for (var index = 0; index < places.Count; index++)
            {
                states[places[index]] = answered[index];
            }

            return true;
        }
        catch (DeviceCloudUnavailableException)
        {
            return false;
        }
    }

    /// <summary>The status, or the error code where there is one. Bound once, but the device cloud may say that it is not this account's (any more).</summary>
    private string Write(JsonWriter writer, Device device, DeviceState? state, List<(Device Device, JsonMap States)>? told) =>
        state is null ? Failed(writer, PlatformCodes.DeviceNotFound)
        : state.Error is { } error ? Failed(writer, PlatformCodes.Error(error), state.Online)
        : !state.Online ? Offline(writer)
        : Known(writer, device, state, told);

    private string Known(JsonWriter writer, Device device, DeviceState state, List<(Device Device, JsonMap States)>? told)
    {
        var review = TraitCatalogue.Current.CheckStates(device.Traits.AsSpan(), device.Attributes, register.WithPlatformIds(device.Ref.Vendor, state.States));
        if (review.Problems.Count > 0 && IsTimeToSay())
        {
            log.LogWarning("The states of {Device} don't fit its traits: {Problems}", device.Ref.VendorDeviceId, string.Join("; ", review.Problems));
        }

        if (review.Problems.Count > 0 && (review.States.Count == 0 || review.Problems.Any(problem => !problem.Dropped)))
        {
            // The platform refuses an answer in which a trait's states are not whole, with all devices in it. And a device
            // of which nothing can be believed was not read.
            return Failed(writer, PlatformCodes.HardError, online: true);
        }

        var tellsOfOthers = review.States.TryGetValue("currentStatusReport", out var report) && report is List<object?> { Count: > 0 } && device.Has(StatusReport);
        writer.Member("\"online\":"u8, true);
        writer.Member("\"status\":"u8, tellsOfOthers ? "EXCEPTIONS" : "SUCCESS");
        writer.Member("\"exceptionCode\":"u8, PlatformCodes.Exception(state.Exception));
        writer.Members(review.States);
        told?.Add((device, review.States));
        return AnswerOutcomes.Success;
    }

    /// <summary>One line a second, whatever a maker sends.</summary>
    private bool IsTimeToSay()
    {
        var (now, last) = (time.GetUtcNow().ToUnixTimeSeconds(), Volatile.Read(ref _saidAt));
        return now > last && Interlocked.CompareExchange(ref _saidAt, now, last) == last;
    }

    /// <summary>The platform as a whole, or everything; a link that is spared while it is resumed is answered device by device.</summary>
    private bool IsPlatformSuspended(AccountLink link) =>
        suspensions.Current.Denies(SuspensionEffects.DenyState, new SuspensionFacts(link.Platform, null, null, null, null, null, null), out var by)
        && by.Spared?.Includes(new SuspensionFacts(link.Platform, null, null, null, null, link.Id.Value, null)) is not true;

    private static string Offline(JsonWriter writer)
    {
        writer.Member("\"online\":"u8, false);
        writer.Member("\"status\":"u8, "OFFLINE");
        writer.Member("\"errorCode\":"u8, PlatformCodes.DeviceOffline);
        return PlatformCodes.DeviceOffline;
    }

    private static string Failed(JsonWriter writer, string errorCode, bool online = false)
    {
        writer.Member("\"online\":"u8, online);
        writer.Member("\"status\":"u8, "ERROR");
        writer.Member("\"errorCode\":"u8, errorCode);
        return errorCode;
    }
}
