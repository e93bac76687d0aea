using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using HomeBridge.Sandbox.DeviceCloud;

namespace HomeBridge.Sandbox.MakerEvents;

/// <summary>Where events go and what signs them.</summary>
/// <param name="Url">The bridge's events address, as it knows it itself: it is signed.</param>
/// <param name="KeyId">The key's name at the bridge.</param>
/// <param name="KeyPem">The maker's private key, P-256.</param>
public sealed record EventTarget(Uri Url, string KeyId, string KeyPem)
{
    /// <summary>Its key doesn't belong into a log line.</summary>
    public override string ToString() => nameof(EventTarget);
}

/// <summary>An event as <c>contracts/device-cloud-events.md</c> has it; what a kind has not is left out.</summary>
internal sealed record EventMessage
{
    public required string EventId { get; init; }

    public required string Kind { get; init; }

    public required string AccountId { get; init; }

    public string? DeviceId { get; init; }

    public long? Sequence { get; init; }

    public required DateTime OccurredAt { get; init; }

    public bool? Online { get; init; }

    public JsonObject? States { get; init; }

    public string? ToAccountId { get; init; }

    public JsonObject? Objects { get; init; }

    public JsonObject? Notifications { get; init; }

    /// <summary>For the knobs, which hit devices; null when it is about an account.</summary>
    [JsonIgnore]
    public SandboxDevice? Subject { get; init; }
}

internal sealed record EventCallMessage(IReadOnlyList<EventMessage> Events);

internal sealed record EventResultMessage(string EventId, string Result, string? Detail);

internal sealed record EventResultsMessage(IReadOnlyList<EventResultMessage> Results);

/// <summary>An event that was sent, and what the bridge said to it.</summary>
internal sealed record ToldEvent(
    string EventId, string Kind, string AccountId, string? DeviceId, long? Sequence, string Result, string? Detail, int Attempts);
