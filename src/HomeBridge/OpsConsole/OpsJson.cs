using System.Text.Json;
using System.Text.Json.Serialization;
using HomeBridge.Gateways;
using HomeBridge.Resumption;
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
        Converters = { new MomentConverter() },
    };

    /// <summary>A time without a zone would be taken for one at the server, wherever that stands.</summary>
    private sealed class MomentConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType is JsonTokenType.String && reader.TryGetDateTimeOffset(out var at) && HasZone(reader.GetString()!)
                ? at
                : throw new JsonException("a time is written with its zone, like 2026-11-23T09:00:00Z or 2026-11-23T10:00:00+01:00.");

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value);

        private static bool HasZone(string text) => text.IndexOf('T') is > 0 and var time && (text.EndsWith('Z') || text.AsSpan(time).IndexOfAny('+', '-') >= 0);
    }

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
internal sealed record SuspensionRequest(string? Preset, SuspensionScope? Scope, string[]? Effects, string? Reason, string? Incident, DateTimeOffset? ReviewAt = null);

/// <summary>What an operator sends to lift one: in stages, by the default plan or one of their own, or at once.</summary>
internal sealed record LiftRequest(string? Reason, bool Force = false, PlanRequest? Plan = null);

/// <summary>What a resume plan shall be; absent members are the default's.</summary>
internal sealed record PlanRequest(string[]? AllowLinks = null, string[]? AllowDevices = null, StageRequest[]? Stages = null);

/// <summary>A stage of a plan: this share of all links, for at least so many minutes.</summary>
internal sealed record StageRequest(int Percent, double Minutes);

/// <summary>What an operator sends to go on before the time.</summary>
internal sealed record AdvanceRequest(string? Reason, bool Force = false);

/// <summary>What an operator sends to go back a stage, or back to the beginning.</summary>
internal sealed record BackRequest(string? Reason, bool All = false);

/// <summary>What an operator sends to take a ticket key out of the ring.</summary>
internal sealed record RemoveTicketKeyRequest(string? Reason);

/// <summary>A suspension in an answer.</summary>
internal sealed record SuspensionAnswer(
    string Id, long Version, string State, string Origin, string? Preset, SuspensionScope Scope, string[] Effects, string Reason, string Incident,
    string Author, DateTimeOffset RaisedAt, DateTimeOffset ReviewAt, bool ReviewDue, DateTimeOffset? ExpiresAt, DateTimeOffset? LiftedAt, string? LiftedBy,
    string? LiftReason, IReadOnlyList<ReplicaConfirmation>? Replicas, string[]? Warnings)
{
    /// <summary>How it is brought back; null while nobody began.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ResumeView? Resume { get; init; }

    public static SuspensionAnswer Of(
        Suspension suspension, DateTimeOffset now, ResumeView? resume, IReadOnlyList<ReplicaConfirmation>? replicas = null, string[]? warnings = null) => new(
        suspension.Id, suspension.Version, suspension.State, suspension.Origin, suspension.Preset, suspension.Scope, OpsJson.Names(suspension.Effects),
        suspension.Reason, suspension.Incident, suspension.Author, suspension.RaisedAt, suspension.ReviewAt, suspension.IsReviewDue(now), suspension.ExpiresAt,
        suspension.LiftedAt, suspension.LiftedBy, suspension.LiftReason, replicas, warnings)
        {
            Resume = resume,
        };
}
