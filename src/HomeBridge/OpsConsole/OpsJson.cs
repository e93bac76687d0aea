using System.Text.Json;
using System.Text.Json.Serialization;
using HomeBridge.Gateways;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;

namespace HomeBridge.OpsConsole;

/// <summary>The ops API on the wire: snake_case, effects by name, absent members left out, unknown ones refused.</summary>
internal static class OpsJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,

        // A misspelt scope member would suspend more than was meant.
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        PropertyNameCaseInsensitive = false,
        AllowDuplicateProperties = false,
    };

    private static readonly (string Name, SuspensionEffects Effect)[] EffectNames =
    [
        ("cut_streams", SuspensionEffects.CutStreams),
        ("deny_commands", SuspensionEffects.DenyCommands),
        ("deny_state", SuspensionEffects.DenyState),
        ("freeze_linking", SuspensionEffects.FreezeLinking),
    ];

    public static string[] Names(SuspensionEffects effects) =>
        [.. EffectNames.Where(known => effects.HasFlag(known.Effect)).Select(known => known.Name)];

    /// <summary>Null when a name is none.</summary>
    public static SuspensionEffects? Effects(IEnumerable<string> names)
    {
        var effects = SuspensionEffects.None;
        foreach (var name in names)
        {
            var known = Array.Find(EffectNames, known => known.Name == name);
            if (known.Name is null)
            {
                return null;
            }

            effects |= known.Effect;
        }

        return effects == SuspensionEffects.None ? null : effects;
    }
}

/// <summary>What an operator sends to raise a suspension.</summary>
internal sealed record SuspensionRequest(string? Preset, SuspensionScope? Scope, string[]? Effects, string? Reason, string? Incident);

/// <summary>What an operator sends to lift one.</summary>
internal sealed record LiftRequest(string? Reason, bool Force = false);

/// <summary>What an operator sends to take a ticket key out of the ring.</summary>
internal sealed record RemoveTicketKeyRequest(string? Reason);

/// <summary>A suspension in an answer.</summary>
internal sealed record SuspensionAnswer(
    string Id, long Version, string State, string Origin, string? Preset, SuspensionScope Scope, string[] Effects, string Reason, string Incident,
    string Author, DateTimeOffset RaisedAt, DateTimeOffset ReviewAt, DateTimeOffset? LiftedAt, string? LiftedBy, string? LiftReason,
    IReadOnlyList<ReplicaConfirmation>? Replicas, string[]? Warnings)
{
    public static SuspensionAnswer Of(
        Suspension suspension, IReadOnlyList<ReplicaConfirmation>? replicas = null, string[]? warnings = null) => new(
        suspension.Id, suspension.Version, suspension.State, suspension.Origin, suspension.Preset, suspension.Scope, OpsJson.Names(suspension.Effects),
        suspension.Reason, suspension.Incident, suspension.Author, suspension.RaisedAt, suspension.ReviewAt, suspension.LiftedAt, suspension.LiftedBy,
        suspension.LiftReason, replicas, warnings);
}
