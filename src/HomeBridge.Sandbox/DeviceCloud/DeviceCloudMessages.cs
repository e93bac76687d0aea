using System.Text.Json;
using System.Text.Json.Nodes;
using HomeBridge.Streaming;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>
/// A device as <c>listDevices</c> describes it. This file is the contract's schemas, no more.
/// </summary>
internal sealed record DeviceMessage(
    string Id, string Type, string Name, string Room, string Model, string Firmware, string Hardware,
    string[] Traits, JsonObject Attributes)
{
    public string? EvidenceKey { get; init; }
}

internal sealed record DeviceListMessage(IReadOnlyList<DeviceMessage> Devices);

internal sealed record StatesRequest
{
    /// <summary>The contract's limit.</summary>
    public const int MostDevices = 10_000;

    public required IReadOnlyList<string> DeviceIds { get; init; }
}

internal sealed record DeviceStateMessage(bool Online, JsonObject? States = null, string? Error = null, string? Exception = null);

internal sealed record StatesMessage(IReadOnlyDictionary<string, DeviceStateMessage> Devices);

internal sealed record CommandMessage
{
    /// <summary>Long enough for any id that a bridge could make up.</summary>
    public const int LongestId = 128;

    public required string CommandId { get; init; }

    public required string Command { get; init; }

    public required JsonElement Params { get; init; }

    public ChallengeMessage? Challenge { get; init; }
}

/// <summary>Not a record: a record prints its members, and a PIN must never be printed.</summary>
internal sealed class ChallengeMessage
{
    public bool? Ack { get; init; }

    public string? Pin { get; init; }
}

internal sealed record CommandOutcomeMessage(string Outcome)
{
    public const string PinNeeded = "pinNeeded";
    public const string AckNeeded = "ackNeeded";

    /// <summary>The resulting states, and beside them what the command results in.</summary>
    public JsonObject? States { get; init; }

    public bool? Online { get; init; }

    public string? Error { get; init; }

    public string? Challenge { get; init; }

    public string? Exception { get; init; }

    public static CommandOutcomeMessage Pending { get; } = new("pending");

    public static CommandOutcomeMessage Failed(string error) => new("error") { Error = error };

    public static CommandOutcomeMessage Challenged(string challenge) =>
        new("challenge") { Challenge = challenge };
}

internal sealed record OwnerMessage(string AccountId, bool Online, string? Error);

internal sealed record OpenStreamRequest
{
    public const string Units = "units";
    public const string WebRtc = "webrtc";

    public required string AccountId { get; init; }

    public required string SessionId { get; init; }

    /// <summary>Whether the viewer fetches units, or wants a peer connection.</summary>
    public string Protocol { get; init; } = Units;

    /// <summary>How the bridge would like units to be packed.</summary>
    public string Container { get; init; } = MediaContainers.Fmp4;

    /// <summary>Whether the viewer may hear it. The sandbox's cameras have no microphone, but for a fault.</summary>
    public bool Sound { get; init; } = true;
}

internal sealed record OpenStreamMessage(
    string StreamId, string MediaUrl, string MediaToken, string EvidenceKeyId, string Container, string? Codecs);
