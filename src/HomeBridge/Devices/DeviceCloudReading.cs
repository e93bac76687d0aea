using System.Collections.Immutable;
using HomeBridge.Hosting;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Devices;

/// <summary>
/// Reads the device cloud's answers, member by member. A member that is not in the contract is skipped; one that is, and
/// has another shape, makes the whole answer unreadable.
/// </summary>
internal static class DeviceCloudReading
{
    /// <summary>Characters of a device's id; longer ones would not fit an address.</summary>
    private const int IdLengthMax = 64;

    /// <summary>Characters of a type, a model, a version: they stand in lists and in scopes.</summary>
    private const int WordLengthMax = 200;

    /// <summary>Traits and nicknames of one device.</summary>
    private const int NamesMax = 100;

    /// <summary>
    /// One device of a list. What can't be read in it is its own problem and not that of its home: null, and why.
    /// </summary>
    public static (DeviceDescription? Device, string? Problem) ReadDevice(JsonMap json)
    {
        if (Text(json, "id") is not { } id)
        {
            return (null, "has no id");
        }

        if (id.Length > IdLengthMax || id is "." or ".." || id.Any(character => character is <= ' ' or > '~'))
        {
            return (null, $"its id is not of 1 to {IdLengthMax} visible ASCII characters");
        }

        if (PlainText.Of(Text(json, "type"), WordLengthMax) is not { } type)
        {
            return (null, "has no type");
        }

        if (PlainText.Of(Text(json, "name")) is not { } name)
        {
            return (null, "has no name");
        }

        if (Texts(json, "traits") is not { } traits)
        {
            return (null, "its traits are no list of names");
        }

        if (Texts(json, "nicknames") is not { } nicknames)
        {
            return (null, "its nicknames are no list of names");
        }

        DevicePublicKey? evidenceKey = null;
        if (json.GetValueOrDefault("evidenceKey") is { } stated && !DevicePublicKey.TryRead(stated as string, out evidenceKey))
        {
            // Not taken for a camera without a key: that would be a weaker proof than its maker promised.
            return (null, "its evidenceKey is no P-256 public key (SubjectPublicKeyInfo, base64)");
        }

        return json.GetValueOrDefault("attributes") is not (null or JsonMap)
            ? (null, "its attributes are no object")
            : (new DeviceDescription
            {
                VendorDeviceId = id,
                Type = type,
                Name = name,
                Nicknames = nicknames,
                Home = PlainText.Of(Text(json, "home")),
                Room = PlainText.Of(Text(json, "room")),
                Manufacturer = PlainText.Of(Text(json, "manufacturer"), WordLengthMax),
                Model = PlainText.Of(Text(json, "model"), WordLengthMax),
                Firmware = PlainText.Of(Text(json, "firmware"), WordLengthMax),
                Hardware = PlainText.Of(Text(json, "hardware"), WordLengthMax),
                Traits = traits,
                Attributes = json.GetValueOrDefault("attributes") as JsonMap ?? [],
                EvidenceKey = evidenceKey,
            }, null);
    }

    public static DeviceOwner ReadOwner(JsonInput json)
    {
        string? account = null, error = null;
        var online = false;
        foreach (var name in json.Members())
        {
            switch (name)
            {
                case "accountId": account = json.Text(); break;
                case "online": online = json.Flag(); break;
                case "error": error = json.OptionalText(); break;
                default: json.Skip(); break;
            }
        }

        return new DeviceOwner(account ?? throw new JsonShapeException("No owner."), online, error);
    }

    public static (string? StreamId, string? MediaUrl, string? MediaToken, string? KeyId, string? Container, string? Codecs) ReadStream(JsonInput json)
    {
        string? streamId = null, mediaUrl = null, mediaToken = null, keyId = null, container = null, codecs = null;
        foreach (var name in json.Members())
        {
            switch (name)
            {
                case "streamId": streamId = json.Text(); break;
                case "mediaUrl": mediaUrl = json.Text(); break;
                case "mediaToken": mediaToken = json.Text(); break;
                case "evidenceKeyId": keyId = json.Text(); break;
                case "container": container = json.OptionalText(); break;
                case "codecs": codecs = json.OptionalText(); break;
                default: json.Skip(); break;
            }
        }

        return (streamId, mediaUrl, mediaToken, keyId, container, codecs);
    }

    /// <summary>One device's state; one that can't be read is that device's error, not its neighbours'.</summary>
    public static DeviceState ReadState(JsonMap json) =>
        json.GetValueOrDefault("online") is bool online && json.GetValueOrDefault("states") is null or JsonMap
            ? new DeviceState(
                online,
                json.GetValueOrDefault("states") as JsonMap ?? [],
                Text(json, "error"),
                Text(json, "exception"))
            : new DeviceState(Online: true, [], "transientError", null);

    public static CommandOutcome ReadOutcome(JsonInput json)
    {
        string? outcome = null, error = null, challenge = null, exception = null;
        var online = true;
        JsonMap states = [];
        foreach (var name in json.Members())
        {
            switch (name)
            {
                case "outcome": outcome = json.Text(); break;
                case "online": online = json.Flag(); break;
                case "states": states = json.Map(); break;
                case "error": error = json.OptionalText(); break;
                case "challenge": challenge = json.OptionalText(); break;
                case "exception": exception = json.OptionalText(); break;
                default: json.Skip(); break;
            }
        }

        return outcome switch
        {
            "success" => new CommandOutcome.Succeeded(online, states, exception),
            "pending" => new CommandOutcome.Pending(Accepted: true),
            "error" => new CommandOutcome.Refused(error ?? "transientError"),
            "challenge" => new CommandOutcome.Challenged(challenge ?? "pinNeeded"),
            _ => throw new JsonShapeException("An outcome that was not agreed."),
        };
    }

    private static string? Text(JsonMap json, string name) => json.GetValueOrDefault(name) is string { Length: > 0 } text ? text : null;

    /// <summary>Empty when absent; null when it is something else than a list of texts.</summary>
    private static ImmutableArray<string>? Texts(JsonMap json, string name) => json.GetValueOrDefault(name) switch
    {
        null => [],
        List<object?> { Count: <= NamesMax } list when list.TrueForAll(item => item is string { Length: <= WordLengthMax }) => [.. list.Cast<string>()],
        _ => null,
    };
}
