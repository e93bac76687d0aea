using System.Data.Common;
using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.AccountLinking.SignIn;
using HomeBridge.Audit;
using HomeBridge.Devices;
using HomeBridge.HomeGraph;
using HomeBridge.Hosting;
using HomeBridge.Revocations;
using HomeBridge.Streaming.Events;
using HomeBridge.Traits;

namespace HomeBridge.DeviceCloudEvents;

/// <summary>
/// What events do. An event is the maker's claim: it reaches nobody but the account whose bindings say that the device is
/// theirs. Where it takes something away it is believed at once and nobody is asked.
/// </summary>
internal sealed class ApplyEvents(
    Database database, DeviceRegister register, AccountLinks links, CompanionTokens companions, RevocationLog revocations, HomeGraphOutbox homeGraph, AuditTrail audit,
    DeviceCloudOptions maker, TimeProvider time, ILogger<ApplyEvents> log)
{
    /// <summary>A bell that rang longer ago is not announced any more.</summary>
    public static readonly TimeSpan NotificationAgeMax = TimeSpan.FromMinutes(5);

    private readonly EventMemory _memory = new(maker.Vendor, time);
    private readonly string _actor = $"device-cloud:{maker.Vendor}";

    /// <summary>
    /// Applies a call's events in their order, all in one transaction. Null when the call's signature was used before:
    /// then nothing is done.
    /// </summary>
    public IReadOnlyList<EventAnswer>? Apply(
        EventSignature signature, IReadOnlyList<(DeviceCloudEvent? Event, EventAnswer? Refused)> events)
    {
        var devices = register.Find(maker.Vendor, events.Select(one => one.Event?.VendorDeviceId).OfType<string>());
        var answers = database.Write(transaction =>
        {
            if (!_memory.TryUse(transaction, signature))
            {
                return null;
            }

            var call = new Call(transaction, devices)
            {
                Applied = _memory.Applied(transaction, events.Select(one => one.Event?.EventId).OfType<string>()),
            };
            var done = events.Select(one => one.Refused ?? Apply(call, one.Event!)).ToList();
            _memory.Remember(transaction, done.Where(answer => answer.Result is EventResult.Applied).Select(answer => answer.EventId));
            return done;
        });
        if (answers?.Exists(answer => answer.Result is EventResult.Applied) is true)
        {
            revocations.Announce();
            homeGraph.Wake();
        }

        return answers;
    }

    private EventAnswer Apply(Call call, DeviceCloudEvent happened)
    {
        if (call.Applied.Contains(happened.EventId))
        {
            return new EventAnswer(happened.EventId, EventResult.Duplicate);
        }

        var device = call.Devices.GetValueOrDefault(happened.VendorDeviceId);
        var owners = device is null ? [] : call.OwnersOf(device);
        var answer = happened.Kind switch
        {
            EventKind.StateChanged => StateChanged(call, happened, device, owners),
            EventKind.CameraPressed or EventKind.Notification => Notified(call, happened, device, owners),
            EventKind.DeviceRemoved or EventKind.DeviceMoved => Ended(call, happened, device, owners),
            EventKind.AccountClosed => Closed(call, happened),
            _ => DevicesChanged(call, happened, owners),
        };
        if (answer.Result is EventResult.Applied)
        {
            call.Applied.Add(happened.EventId);
        }

        return answer;
    }

    private EventAnswer StateChanged(Call call, DeviceCloudEvent happened, Device? device, IReadOnlyList<string> owners)
    {
        if (RefusedFor(call, happened, device, owners) is { } refused)
        {
            return refused;
        }

        if (!_memory.Advance(call.Transaction, happened))
        {
            return new EventAnswer(happened.EventId, EventResult.Outdated, "a newer one is known");
        }

        homeGraph.Report(call.Transaction, device!, happened.Online, happened.States);
        return Applied(happened);
    }

    private EventAnswer Notified(Call call, DeviceCloudEvent happened, Device? device, IReadOnlyList<string> owners)
    {
        if (RefusedFor(call, happened, device, owners) is { } refused)
        {
            return refused;
        }

        if (!happened.Notifications.Keys.All(device!.Has))
        {
            return new EventAnswer(happened.EventId, EventResult.Invalid, "the device lacks the trait");
        }

        foreach (var (trait, payload) in happened.Notifications)
        {
            if (TraitCatalogue.Current.CheckAnyNotification(trait, payload) is { } wrong)
            {
                return new EventAnswer(happened.EventId, EventResult.Invalid, $"{trait}.{wrong.Member}: {wrong.Fault}");
            }
        }

        if ((time.GetUtcNow() - happened.OccurredAt).Duration() > NotificationAgeMax)
        {
            return new EventAnswer(happened.EventId, EventResult.Outdated, "not of now");
        }

        homeGraph.Notify(call.Transaction, device, happened.EventId, happened.Notifications);
        return Applied(happened);
    }

    private EventAnswer DevicesChanged(Call call, DeviceCloudEvent happened, IReadOnlyList<string> owners)
    {
        if (owners.Any(owner => owner != happened.Account))
        {
            return Misrouted(call, happened);
        }

        homeGraph.RequestSync(call.Transaction, maker.Vendor, happened.Account);
        return Applied(happened);
    }

    /// <summary>
    /// A device left an account. Never outdated: an end that comes late is better than none, and what was bound since is
    /// bound again by a new consent.
    /// </summary>
    private EventAnswer Ended(Call call, DeviceCloudEvent happened, Device? device, IReadOnlyList<string> owners)
    {
        var moved = happened.Kind is EventKind.DeviceMoved;
        var ended = device is null ? 0 : links.EndBindings(
            call.Transaction, maker.Vendor, happened.Account, device.Id, moved ? "device moved to another account" : "device removed", _actor);
        call.Owners.Clear();
        if (ended == 0 && owners.Any(owner => owner != happened.Account && owner != happened.ToAccount))
        {
            return Misrouted(call, happened);
        }

        _memory.Advance(call.Transaction, happened);
        homeGraph.RequestSync(call.Transaction, maker.Vendor, happened.Account);
        if (moved)
        {
            homeGraph.RequestSync(call.Transaction, maker.Vendor, happened.ToAccount);
        }

        log.LogInformation("{Kind}: {Count} bindings of {Device} ended", happened.Kind, ended, device?.Id.Value ?? "an unknown device");
        return Applied(happened);
    }

    /// <summary>
    /// Links and phones alike: who gets an account of that name next, at a maker who gives names out again, must not find somebody
    /// else's phone in it. A browser's session ends by itself, and until then its resident can read what ended and why.
    /// </summary>
    private EventAnswer Closed(Call call, DeviceCloudEvent happened)
    {
        var ended = links.EndAll(call.Transaction, maker.Vendor, happened.Account, AccountLinks.ClosedAtMaker, _actor).Count;
        var sessions = companions.EndAll(call.Transaction, maker.Vendor, happened.Account);
        MakerTokens.Forget(call.Transaction, maker.Vendor, happened.Account);
        call.Owners.Clear();
        log.LogInformation("An account was closed at the maker: {Count} links and {Sessions} app sessions ended", ended, sessions);
        return Applied(happened);
    }

    /// <summary>Why an event may not be shown to its account's platforms; null when it may.</summary>
    private EventAnswer? RefusedFor(Call call, DeviceCloudEvent happened, Device? device, IReadOnlyList<string> owners)
    {
        if (owners.Any(owner => owner != happened.Account))
        {
            return Misrouted(call, happened);
        }

        return device is null || owners.Count == 0 ? new EventAnswer(happened.EventId, EventResult.UnknownDevice) : null;
    }

    /// <summary>
    /// The event names one account and the device is bound by another: somebody's home would be told to a stranger. It
    /// happened to a maker in 2020. Nothing is applied, and somebody should look.
    /// </summary>
    private EventAnswer Misrouted(Call call, DeviceCloudEvent happened)
    {
        var device = call.Devices[happened.VendorDeviceId];
        log.LogError("The device cloud's {Kind} event {Event} names an account that does not hold {Device}: not applied", happened.Kind, happened.EventId, device.Id);
        if (call.Misrouted.Add(device.Id))
        {
            audit.Append(call.Transaction, _actor, "event.misrouted", device.Id.Value, $"{happened.Kind} {happened.EventId}: another account's device");
        }

        return new EventAnswer(happened.EventId, EventResult.Invalid, "not this account's device");
    }

    private static EventAnswer Applied(DeviceCloudEvent happened) => new(happened.EventId, EventResult.Applied);

    /// <summary>What one call has in hand while it writes.</summary>
    private sealed record Call(DbTransaction Transaction, IReadOnlyDictionary<string, Device> Devices)
    {
        /// <summary>Event ids of this call that count no more: applied before, or earlier in it.</summary>
        public required HashSet<string> Applied { get; init; }

        /// <summary>Read once for a call, under its write lock, and again after something in it ended.</summary>
        public Dictionary<DeviceId, IReadOnlyList<string>> Owners { get; } = [];

        /// <summary>One row in the trail for each device of a call: a storm of them tells nothing more.</summary>
        public HashSet<DeviceId> Misrouted { get; } = [];

        public IReadOnlyList<string> OwnersOf(Device device)
        {
            if (!Owners.TryGetValue(device.Id, out var owners))
            {
                Owners[device.Id] = owners = AccountLinks.BoundAccounts(Transaction, device);
            }

            return owners;
        }
    }
}
