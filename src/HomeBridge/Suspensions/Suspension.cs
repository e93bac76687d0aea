using System.Collections.Immutable;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Suspensions;

/// <summary>A suspension as it is recorded: what it stops, why, by whom, and what became of it.</summary>
internal sealed record Suspension
{
    /// <summary>Origin of what a person raised.</summary>
    public const string Human = "human";

    /// <summary>Origin of what the bridge raised by itself.</summary>
    public const string Automatic = "automatic";

    /// <summary>Origin of what somebody raised with a break-glass credential.</summary>
    public const string BreakGlass = "break-glass";

    /// <summary>Author of what the bridge raised by itself.</summary>
    public const string System = "system";

    public required string Id { get; init; }

    public required long Version { get; init; }

    /// <summary><c>active</c> or <c>lifted</c>.</summary>
    public required string State { get; init; }

    /// <summary><see cref="Human"/>, <see cref="BreakGlass"/> or <see cref="Automatic"/>.</summary>
    public required string Origin { get; init; }

    public string? Preset { get; init; }

    public required SuspensionScope Scope { get; init; }

    public required SuspensionEffects Effects { get; init; }

    public required string Reason { get; init; }

    public required string Incident { get; init; }

    public required string Author { get; init; }

    public required DateTimeOffset RaisedAt { get; init; }

    /// <summary>A reminder, never an end: suspensions do not lapse by themselves.</summary>
    public required DateTimeOffset ReviewAt { get; init; }

    public DateTimeOffset? LiftedAt { get; init; }

    public string? LiftedBy { get; init; }

    public string? LiftReason { get; init; }
}

/// <summary>The end of a suspension of camera streams: a person has looked at what there was until then.</summary>
internal sealed record SuspensionLift(SuspensionScope Scope, DateTimeOffset At)
{
    /// <summary>Whether evidence with these facts, received then, was there when somebody lifted, and was covered.</summary>
    public bool Settles(DateTimeOffset receivedAt, in SuspensionFacts facts) => receivedAt <= At && Scope.Covers(facts);
}

/// <summary>What an operator asks for.</summary>
internal sealed record SuspensionOrder(
    string? Preset, SuspensionScope Scope, SuspensionEffects Effects, string Reason, string Incident)
{
    /// <summary>Characters of a reason or incident.</summary>
    public const int TextLengthMax = 500;
}

/// <summary>Ready orders for 3 a.m.</summary>
internal static class SuspensionPresets
{
    /// <summary>Cuts every maker's camera streams and touches nothing else.</summary>
    public const string CameraLeak = "camera-leak";

    public static ImmutableArray<string> Names { get; } = [CameraLeak];

    /// <summary>A preset narrowed by the scope that came with it; null when there is no such preset.</summary>
    public static (SuspensionScope Scope, SuspensionEffects Effects)? Find(string name, SuspensionScope narrowed) => name switch
    {
        CameraLeak => (narrowed with { Trait = "CameraStream" }, SuspensionEffects.CutStreams),
        _ => null,
    };
}
