using System.Text.Json;
using System.Text.Json.Serialization;

namespace HomeBridge.Streaming.Feed;

/// <summary>Whether a gateway may stream, as far as it sees itself through its public URL.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SelfProbeState>))]
public enum SelfProbeState
{
    /// <summary>It has not looked yet, and does not stream.</summary>
    Pending,

    /// <summary>Its answers arrive as they left, each of them once.</summary>
    Passed,

    /// <summary>They don't, or nothing arrives: it does not stream.</summary>
    Refused,

    /// <summary>Somebody said that it shall stream without looking.</summary>
    Off,
}

/// <summary>What a gateway found when it fetched its own answers through its public URL.</summary>
/// <param name="State">The conclusion.</param>
/// <param name="Why">One sentence for whoever has to put it right; null when it passed.</param>
public sealed record SelfProbeReport(SelfProbeState State, string? Why)
{
    /// <summary>POST <see cref="SelfProbeReport"/> → 204.</summary>
    public const string Path = "/internal/v1/self-probe";
}

/// <summary>Compiled ahead, like the rest of what gateways and bridge tell each other.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SelfProbeReport))]
public sealed partial class SelfProbeJson : JsonSerializerContext;
