using System.Globalization;
using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.DeviceCloudEvents;

/// <summary>What happened, in the words of <c>contracts/device-cloud-events.md</c>.</summary>
internal enum EventKind
{
    StateChanged,
    DeviceAdded,
    DeviceRemoved,
    DeviceChanged,
    DeviceMoved,
    AccountClosed,
    CameraPressed,
    Notification,
}

/// <summary>What became of one event.</summary>
internal enum EventResult
{
    Applied,

    /// <summary>Applied before.</summary>
    Duplicate,

    /// <summary>Overtaken by a newer one, or too late to tell anybody.</summary>
    Outdated,

    /// <summary>No link of that account has this device.</summary>
    UnknownDevice,

    /// <summary>Not an event as agreed, or about a device that is somebody else's.</summary>
    Invalid,
}

/// <summary>The answer to one event.</summary>
internal sealed record EventAnswer(string EventId, EventResult Result, string? Detail = null);

/// <summary>One event, read. Members that its kind has not are empty.</summary>
internal sealed record DeviceCloudEvent
{
    private const int EventIdLengthMax = 128;
    private const int AccountLengthMax = 128;
    private const int DeviceLengthMin = 16;
    private const int DeviceLengthMax = 64;

    /// <summary>The largest whole number that JSON readers agree on.</summary>
    private const long SequenceMax = (1L << 53) - 1;

    private static readonly Dictionary<string, EventKind> Kinds = new(StringComparer.Ordinal)
    {
        ["stateChanged"] = EventKind.StateChanged,
        ["deviceAdded"] = EventKind.DeviceAdded,
        ["deviceRemoved"] = EventKind.DeviceRemoved,
        ["deviceChanged"] = EventKind.DeviceChanged,
        ["deviceMoved"] = EventKind.DeviceMoved,
        ["accountClosed"] = EventKind.AccountClosed,
        ["cameraPressed"] = EventKind.CameraPressed,
        ["notification"] = EventKind.Notification,
    };

    public required string EventId { get; init; }

    public required EventKind Kind { get; init; }

    public required string Account { get; init; }

    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>The maker's id; empty for <see cref="EventKind.AccountClosed"/>.</summary>
    public string VendorDeviceId { get; init; } = "";

    public long Sequence { get; init; }

    /// <summary>The new owner of a device that moved.</summary>
    public string ToAccount { get; init; } = "";

    public bool Online { get; init; }

    public JsonMap States { get; init; } = [];

    /// <summary>By trait, as the platform takes them.</summary>
    public JsonMap Notifications { get; init; } = [];

    /// <summary>
    /// Reads a call's events: each is an event or the answer that it isn't one. What has no readable id has nothing to be
    /// answered under, and makes the whole call unreadable.
    /// </summary>
    public static List<(DeviceCloudEvent? Event, EventAnswer? Refused)> ReadCall(JsonInput json)
    {
        List<(DeviceCloudEvent?, EventAnswer?)>? events = null;
        foreach (var name in json.Members())
        {
            if (name != "events")
            {
                json.Skip();
                continue;
            }

            events = [];
            foreach (var _ in json.Items())
            {
                if (events.Count == DeviceCloudEventsOptions.EventsPerCallMax)
                {
                    throw new JsonShapeException("More events than one call may have.");
                }

                events.Add(Read(json.Map()));
            }
        }

        return events is { Count: > 0 } ? events : throw new JsonShapeException("There are no events.");
    }

    private static (DeviceCloudEvent? Event, EventAnswer? Refused) Read(JsonMap map)
    {
        var id = Text(map, "eventId");
        if (!IsId(id, 1, EventIdLengthMax))
        {
            throw new JsonShapeException("An event without an eventId.");
        }

        EventAnswer Wrong(string what) => new(id, EventResult.Invalid, what);
        if (!Kinds.TryGetValue(Text(map, "kind"), out var kind))
        {
            return (null, Wrong("kind is not one that was agreed"));
        }

        var account = Text(map, "accountId");
        if (account.Length is 0 or > AccountLengthMax)
        {
            return (null, Wrong("accountId is missing"));
        }

        if (!TryTime(Text(map, "occurredAt"), out var at))
        {
            return (null, Wrong("occurredAt is not a time in UTC"));
        }

        var read = new DeviceCloudEvent { EventId = id, Kind = kind, Account = account, OccurredAt = at };
        if (kind is EventKind.AccountClosed)
        {
            return (read, null);
        }

        var device = Text(map, "deviceId");
        if (!IsId(device, DeviceLengthMin, DeviceLengthMax))
        {
            return (null, Wrong("deviceId is missing"));
        }

        if (map.GetValueOrDefault("sequence") is not (long and > 0L and <= SequenceMax))
        {
            return (null, Wrong("sequence is not a whole number above 0"));
        }

        read = read with { VendorDeviceId = device, Sequence = (long)map["sequence"]! };
        switch (kind)
        {
            case EventKind.StateChanged:
                var states = map.GetValueOrDefault("states") as JsonMap;
                return map.GetValueOrDefault("online") is bool online && (states is not null || !online)
                    ? (read with { Online = online, States = states ?? [] }, null)
                    : (null, Wrong("online or states are missing"));
            case EventKind.DeviceMoved:
                var to = Text(map, "toAccountId");
                return to.Length is > 0 and <= AccountLengthMax && to != account
                    ? (read with { ToAccount = to }, null)
                    : (null, Wrong("toAccountId is missing or the same account"));
            case EventKind.CameraPressed:
                return (read with { Notifications = Pressed(at, map.GetValueOrDefault("objects") as JsonMap) }, null);
            case EventKind.Notification:
                return map.GetValueOrDefault("notifications") is JsonMap { Count: > 0 } told && told.Values.All(value => value is JsonMap)
                    ? (read with { Notifications = told }, null)
                    : (null, Wrong("notifications are not one object for each trait"));
            default:
                return (read, null);
        }
    }

    /// <summary>The platform has no bell: a press is somebody who was seen at the door.</summary>
    private static JsonMap Pressed(DateTimeOffset at, JsonMap? objects) => new()
    {
        ["ObjectDetection"] = new JsonMap
        {
            ["priority"] = 0L,
            ["detectionTimestamp"] = at.ToUnixTimeMilliseconds(),
            ["objects"] = objects is { Count: > 0 } ? objects : new JsonMap { ["unclassified"] = 1L },
        },
    };

    private static string Text(JsonMap map, string name) => map.GetValueOrDefault(name) as string ?? "";

    private static bool IsId(string text, int lengthMin, int lengthMax) =>
        text.Length >= lengthMin && text.Length <= lengthMax && text.All(character => character is > ' ' and <= '~');

    private static bool TryTime(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out time)
        && text.EndsWith('Z') && text.Contains('T', StringComparison.Ordinal);
}
