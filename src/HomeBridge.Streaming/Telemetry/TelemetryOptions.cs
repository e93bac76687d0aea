namespace HomeBridge.Streaming.Telemetry;

/// <summary>Where a process tells what it measures. Without one nothing is told, and nothing is spent on it.</summary>
/// <param name="Endpoint">The collector, e.g. <c>http://127.0.0.1:4318</c>: OTLP over HTTP, with <c>/v1/traces</c> and its siblings.</param>
/// <param name="Headers">What the collector wants to see, like <c>Authorization=Bearer …</c>; several separated by commas.</param>
/// <param name="TraceShare">Of requests, the share that is traced: 0 to 1. A stream is traced if the request that asked for it is.</param>
/// <param name="Every">How often it is told.</param>
public sealed record TelemetryOptions(Uri Endpoint, string? Headers, double TraceShare, TimeSpan Every)
{
    /// <summary>How often, if nobody says.</summary>
    public static readonly TimeSpan EveryDefault = TimeSpan.FromSeconds(15);

    /// <summary>As often as it may be.</summary>
    public static readonly TimeSpan EveryMin = TimeSpan.FromMilliseconds(100);

    /// <summary>As seldom as it may be.</summary>
    public static readonly TimeSpan EveryMax = TimeSpan.FromMinutes(5);

    /// <summary>Null when it is no address of a collector.</summary>
    public static Uri? ReadEndpoint(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url is { Query: "", Fragment: "", UserInfo: "" } ? url : null;

    /// <summary>Where one kind of data goes.</summary>
    internal Uri Of(string signal) => new($"{Endpoint.AbsoluteUri.TrimEnd('/')}/v1/{signal}");

    /// <summary>Headers may be secrets, and don't belong into a log line.</summary>
    public override string ToString() => $"telemetry to {Endpoint}";
}
