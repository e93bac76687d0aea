using System.Diagnostics;

namespace HomeBridge.Streaming.Telemetry;

/// <summary>
/// The spans of one application. They are our own, and no framework's: those name paths, and ours carry tickets. What a
/// stranger sends as a trace is not heard, and none is sent to one: a trace goes from process to process inside the grant.
/// </summary>
public sealed class Tracing(string source) : IDisposable
{
    /// <summary>The bridge's spans.</summary>
    public const string Bridge = "HomeBridge.Bridge";

    /// <summary>The gateway's spans.</summary>
    public const string Gateway = "HomeBridge.Gateway";

    private readonly ActivitySource _source = new(source);

    /// <summary>The first span of a trace; null when nobody listens.</summary>
    public Activity? Begin(string name)
    {
        if (!_source.HasListeners())
        {
            return null;
        }

        // Whatever is current came from outside.
        var before = Activity.Current;
        Activity.Current = null;
        var span = _source.StartActivity(name, ActivityKind.Server, parentContext: default);
        if (span is null)
        {
            Activity.Current = before;
        }

        return span;
    }

    /// <summary>A part of what is under way; null when that isn't traced.</summary>
    public Activity? Step(string name, ActivityKind kind = ActivityKind.Internal) =>
        Activity.Current is { Recorded: true } current && ReferenceEquals(current.Source, _source) ? _source.StartActivity(name, kind, current.Context) : null;

    /// <summary>A part of a span that is at hand, whoever is current.</summary>
    public Activity? Step(Activity? of, string name, ActivityKind kind = ActivityKind.Internal) =>
        of is { Recorded: true } ? _source.StartActivity(name, kind, of.Context) : null;

    /// <summary>A part of a trace that began in another process; null when it isn't traced.</summary>
    /// <param name="carried">What <see cref="Carried"/> gave there.</param>
    /// <param name="name">What is done.</param>
    /// <param name="startedAt">If it began before it was known what it is a part of.</param>
    public Activity? Continue(string? carried, string name, DateTimeOffset startedAt = default) =>
        carried is not null && _source.HasListeners() && ActivityContext.TryParse(carried, null, isRemote: true, out var context)
            ? _source.StartActivity(name, ActivityKind.Server, context, tags: null, links: null, startedAt)
            : null;

    /// <summary>What another process needs to go on with the trace (W3C's traceparent); null when nothing is traced.</summary>
    public string? Carried => Activity.Current is { Recorded: true } current && ReferenceEquals(current.Source, _source) ? current.Id : null;

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();
}

/// <summary>What a span may say. All of them are words of closed lists: never an id, a name or an address.</summary>
public static class SpanTags
{
    /// <summary>The platform, e.g. <c>google</c>.</summary>
    public const string Platform = "homebridge.platform";

    /// <summary>The maker.</summary>
    public const string Vendor = "homebridge.vendor";

    /// <summary>The platform's intent.</summary>
    public const string Intent = "homebridge.intent";

    /// <summary>What came of it.</summary>
    public const string Outcome = "homebridge.outcome";

    /// <summary>How a stream is served.</summary>
    public const string Protocol = "homebridge.protocol";

    /// <summary><c>init</c> or <c>segment</c>.</summary>
    public const string Unit = "homebridge.unit";

    /// <summary>The gateway's name.</summary>
    public const string GatewayName = "homebridge.gateway";

    /// <summary>Says it on a span that may not be there.</summary>
    public static void Say(this Activity? span, string tag, string? value)
    {
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag(tag, value);
        }
    }
}
