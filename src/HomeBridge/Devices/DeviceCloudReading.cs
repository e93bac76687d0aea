using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.Devices;

/// <summary>
/// Reads the device cloud's answers, member by member. A member that is not in the contract is skipped; one that is, and
/// has another shape, makes the whole answer unreadable.
/// </summary>
internal static class DeviceCloudReading
{
    public static DeviceDescription ReadDevice(JsonInput json)
    {
        string? id = null, type = null, title = null, room = null, model = null, firmware = null, hardware = null;
        List<string> traits = [];
        JsonMap attributes = [];
        foreach (var name in json.Members())
        {
            switch (name)
            {
                case "id": id = json.Text(); break;
                case "type": type = json.Text(); break;
                case "name": title = json.Text(); break;
                case "room": room = json.OptionalText(); break;
                case "model": model = json.OptionalText(); break;
                case "firmware": firmware = json.OptionalText(); break;
                case "hardware": hardware = json.OptionalText(); break;
                case "traits": traits = json.Texts(); break;
                case "attributes": attributes = json.Map(); break;
                default: json.Skip(); break;
            }
        }

        if (id is null || type is null || title is null)
        {
            throw new JsonShapeException("A device without id, type or name.");
        }

        return new DeviceDescription
        {
            VendorDeviceId = id,
            Type = type,
            Name = title,
            Room = room,
            Model = model,
            Firmware = firmware,
            Hardware = hardware,
            Traits = [.. traits],
            Attributes = attributes,
        };
    }

    public static DeviceOwner ReadOwner(JsonInput json)
    {
        string? account = null;
        var online = false;
        foreach (var name in json.Members())
        {
            switch (name)
            {
                case "accountId": account = json.Text(); break;
                case "online": online = json.Flag(); break;
                default: json.Skip(); break;
            }
        }

        return new DeviceOwner(account ?? throw new JsonShapeException("No owner."), online);
    }

    public static (string? StreamId, string? MediaUrl, string? MediaToken, string? KeyId) ReadStream(JsonInput json)
    {
        string? streamId = null, mediaUrl = null, mediaToken = null, keyId = null;
        foreach (var name in json.Members())
        {
            switch (name)
            {
                case "streamId": streamId = json.Text(); break;
                case "mediaUrl": mediaUrl = json.Text(); break;
                case "mediaToken": mediaToken = json.Text(); break;
                case "evidenceKeyId": keyId = json.Text(); break;
                default: json.Skip(); break;
            }
        }

        return (streamId, mediaUrl, mediaToken, keyId);
    }

    public static DeviceState ReadState(JsonInput json)
    {
        var online = false;
        JsonMap states = [];
        string? error = null;
        foreach (var name in json.Members())
        {
            switch (name)
            {
                case "online": online = json.Flag(); break;
                case "states": states = json.Map(); break;
                case "error": error = json.OptionalText(); break;
                default: json.Skip(); break;
            }
        }

        return new DeviceState(online, states, error);
    }

    public static CommandOutcome ReadOutcome(JsonInput json)
    {
        string? outcome = null, error = null, challenge = null;
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
                default: json.Skip(); break;
            }
        }

        return outcome switch
        {
            "success" => new CommandOutcome.Succeeded(online, states),
            "pending" => new CommandOutcome.Pending(),
            "error" => new CommandOutcome.Refused(error ?? "transientError"),
            "challenge" => new CommandOutcome.Challenged(challenge ?? "pinNeeded"),
            _ => throw new JsonShapeException("An outcome that was not agreed."),
        };
    }
}
