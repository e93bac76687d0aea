using System.Globalization;
using HomeBridge.Streaming.Telemetry;

namespace HomeBridge.Hosting;

/// <summary>Section <c>Telemetry</c>: where traces, metrics and the log go besides this machine.</summary>
internal static class TelemetrySettings
{
    /// <summary>Percent of requests that are traced: enough to see where time goes, and little of what a collector stores.</summary>
    private const int TracePercentDefault = 10;

    /// <summary>Null when nobody is told.</summary>
    public static TelemetryOptions? Read(ConfigurationReader read)
    {
        const string example = "http://127.0.0.1:4318";
        var percent = read.Number("Telemetry:TracePercent", TracePercentDefault, 0, 100);
        var every = read.Duration("Telemetry:Every", TelemetryOptions.EveryDefault, TelemetryOptions.EveryMin, TelemetryOptions.EveryMax);
        var headers = read.HasSecret("Telemetry:OtlpHeaders") ? read.SecretText("Telemetry:OtlpHeaders", "Authorization=Bearer …") : null;
        if (read.OptionalText("Telemetry:OtlpEndpoint") is not { } text)
        {
            return null;
        }

        if (TelemetryOptions.ReadEndpoint(text) is not { } endpoint)
        {
            read.Problem("Telemetry:OtlpEndpoint", string.Create(CultureInfo.InvariantCulture, $"'{text}' is no http or https URL of an OTLP collector."), example);
            return null;
        }

        return new TelemetryOptions(endpoint, headers, percent / 100.0, every);
    }
}
