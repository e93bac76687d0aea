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

    /// <summary>Origin of what a person raised with the local credentials that need no identity provider.</summary>
    public const string BreakGlass = "break-glass";

    /// <summary>Origin of what is raised to see whether the switch works.</summary>
    public const string Drill = "drill";

    /// <summary>All of its scope is stopped.</summary>
    public const string Active = "active";

    /// <summary>A part of its scope goes on again, in stages.</summary>
    public const string Resuming = "resuming";

    /// <summary>Over.</summary>
    public const string Lifted = "lifted";

    /// <summary>Author of what the bridge raised by itself.</summary>
    public const string System = "system";

    public required string Id { get; init; }

    public required long Version { get; init; }

    /// <summary><see cref="Active"/>, <see cref="Resuming"/> or <see cref="Lifted"/>.</summary>
    public required string State { get; init; }

    /// <summary><see cref="Human"/>, <see cref="Automatic"/>, <see cref="BreakGlass"/> or <see cref="Drill"/>.</summary>
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

    /// <summary>When a drill ends by itself; null for all others.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What it stops no more while it is resumed.</summary>
    public SparedPart? Spared { get; init; }

    public DateTimeOffset? LiftedAt { get; init; }

    public string? LiftedBy { get; init; }

    public string? LiftReason { get; init; }

    /// <summary>Whether somebody was to look at it by now.</summary>
    public bool IsReviewDue(DateTimeOffset now) => State != Lifted && ReviewAt <= now;
}

/// <summary>The end of a suspension of camera streams: a person has looked at what there was until then.</summary>
internal sealed record SuspensionLift(SuspensionScope Scope, DateTimeOffset At)
{
    /// <summary>Whether evidence with these facts, received then, was there when somebody lifted, and was covered.</summary>
    public bool Settles(DateTimeOffset receivedAt, in SuspensionFacts facts) => receivedAt <= At && Scope.Covers(facts);
}

/// <summary>What an operator asks for.</summary>
/// <param name="Preset">The ready order it was made of.</param>
/// <param name="Scope">What to stop.</param>
/// <param name="Effects">And how.</param>
/// <param name="Reason">For people.</param>
/// <param name="Incident">Where more is written.</param>
/// <param name="ReviewAt">When to remind; null for <see cref="ReviewAfter"/>.</param>
internal sealed record SuspensionOrder(
    string? Preset, SuspensionScope Scope, SuspensionEffects Effects, string Reason, string Incident, DateTimeOffset? ReviewAt = null)
{
    /// <summary>Characters of a reason or incident.</summary>
    public const int TextLengthMax = 500;

    /// <summary>When somebody is reminded of a suspension, if the order doesn't say.</summary>
    public static readonly TimeSpan ReviewAfter = TimeSpan.FromHours(4);

    /// <summary>A reminder comes no sooner and no later than this after the raise.</summary>
    public static readonly TimeSpan ReviewAfterMin = TimeSpan.FromMinutes(1);

    public static readonly TimeSpan ReviewAfterMax = TimeSpan.FromDays(30);
}

/// <summary>A caller's own name for an order, so that an order sent again is not a second one.</summary>
/// <param name="Key">The caller's.</param>
/// <param name="BodyHash">SHA-256 of what was ordered, in hexadecimal.</param>
internal sealed record RequestKey(string Key, string BodyHash)
{
    /// <summary>Characters of a key.</summary>
    public const int LengthMax = 255;

    /// <summary>How long an order is known by its key.</summary>
    public static readonly TimeSpan RememberedFor = TimeSpan.FromHours(24);
}

/// <summary>Ready orders for 3 a.m.</summary>
internal static class SuspensionPresets
{
    /// <summary>Cuts every maker's camera streams and touches nothing else.</summary>
    public const string CameraLeak = "camera-leak";

    /// <summary>One maker is out of order: his devices are answered as offline at once, and cameras stream on as far as they can.</summary>
    public const string VendorDown = "vendor-down";

    /// <summary>Somebody else speaks as the platform: nothing is done for it any more, and nobody links.</summary>
    public const string PlatformCompromise = "platform-compromise";

    public static ImmutableArray<string> Names { get; } = [CameraLeak, VendorDown, PlatformCompromise];

    /// <summary>A preset narrowed by the scope that came with it; null when there is no such preset.</summary>
    public static (SuspensionScope Scope, SuspensionEffects Effects)? Find(string name, SuspensionScope narrowed) => name switch
    {
        CameraLeak => (narrowed with { Trait = "CameraStream" }, SuspensionEffects.CutStreams),
        VendorDown => (narrowed, SuspensionEffects.DenyCommands | SuspensionEffects.DenyState),
        PlatformCompromise => (narrowed, SuspensionEffects.All),
        _ => null,
    };

    /// <summary>What a preset's scope must name, in a sentence, where it does not.</summary>
    public static string? Wrong(string name, SuspensionScope narrowed) => name switch
    {
        CameraLeak when narrowed.Trait is not null => "The preset camera-leak brings its own trait: leave \"trait\" out of the scope, or the preset.",
        VendorDown when narrowed.Vendor is null => "The preset vendor-down is for one maker: name him in \"scope\": {\"vendor\": …}.",
        PlatformCompromise when narrowed.Platform is null => "The preset platform-compromise is for one platform: name it in \"scope\": {\"platform\": …}.",
        _ => null,
    };
}
