using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace HomeBridge.Streaming.Telemetry;

/// <summary>Who tells.</summary>
/// <param name="Service"><c>homebridge-bridge</c> or <c>homebridge-gateway</c>.</param>
/// <param name="Name">This process among them.</param>
/// <param name="Source">Its spans.</param>
public sealed record TelemetrySource(string Service, string Name, string Source);

/// <summary>
/// Sends one application's spans and metrics to a collector. What it sends is gathered and sent in the background; a
/// collector that is away costs nothing but what it would have been told.
/// </summary>
public sealed class OtlpExport : IDisposable
{
    /// <summary>Meters of ours, each made by the application's own factory: two applications in one process never mix.</summary>
    private const string OwnMeters = "HomeBridge*";

    private static readonly System.Collections.Immutable.ImmutableArray<string> FrameworkMeters =
        ["Microsoft.AspNetCore.*", "System.Net.Http", "System.Runtime"];

    /// <summary>What a metric of the framework may be told apart by; the rest would be addresses and versions.</summary>
    private static readonly System.Collections.Immutable.ImmutableArray<string> FrameworkTags =
    [
        "http.route", "http.request.method", "http.response.status_code", "error.type", "aspnetcore.authentication.result", "aspnetcore.authentication.scheme",
        "gc.heap.generation", "http.connection.state", "cpu.mode",
    ];

    private readonly TracerProvider _traces;
    private readonly MeterProvider _metrics;

    /// <summary>Begins.</summary>
    public OtlpExport(TelemetryOptions options, TelemetrySource who, IMeterFactory meters)
    {
        var resource = Resource(who);
        _traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(who.Source)
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.TraceShare)))
            .AddProcessor(new SpanRedaction())
            .AddOtlpExporter(otlp =>
            {
                To(otlp, options, "traces");
                otlp.BatchExportProcessorOptions.ScheduledDelayMilliseconds = (int)options.Every.TotalMilliseconds;
            })
            .Build();
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter([OwnMeters, .. FrameworkMeters])
            .AddView(instrument => View(instrument, meters))
            .AddOtlpExporter((otlp, reader) =>
            {
                To(otlp, options, "metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.Every.TotalMilliseconds;
            })
            .Build();
    }

    /// <summary>Lets a process tell its log as well, redacted.</summary>
    public static void AddLogs(ILoggingBuilder logging, TelemetryOptions options, TelemetrySource who) => logging.AddOpenTelemetry(log =>
    {
        log.IncludeFormattedMessage = false;
        log.IncludeScopes = false;
        log.ParseStateValues = true;
        log.SetResourceBuilder(Resource(who));
        log.AddProcessor(new LogRedaction());
        log.AddOtlpExporter((otlp, processor) =>
        {
            To(otlp, options, "logs");
            processor.BatchExportProcessorOptions.ScheduledDelayMilliseconds = (int)options.Every.TotalMilliseconds;
        });
    });

    /// <summary>What is gathered is sent, for some seconds at most.</summary>
    public void Dispose()
    {
        _traces.Dispose();
        _metrics.Dispose();
    }

    private static MetricStreamConfiguration? View(Instrument instrument, IMeterFactory meters) =>
        !ReferenceEquals(instrument.Meter.Scope, meters) && instrument.Meter.Scope is not null ? MetricStreamConfiguration.Drop
        : instrument.Meter.Name.StartsWith("HomeBridge", StringComparison.Ordinal) ? null
        : new MetricStreamConfiguration { TagKeys = [.. FrameworkTags] };

    private static ResourceBuilder Resource(TelemetrySource who) => ResourceBuilder.CreateEmpty().AddService(
        who.Service, serviceVersion: typeof(OtlpExport).Assembly.GetName().Version?.ToString(3), autoGenerateServiceInstanceId: false, serviceInstanceId: who.Name);

    private static void To(OtlpExporterOptions otlp, TelemetryOptions options, string signal)
    {
        otlp.Protocol = OtlpExportProtocol.HttpProtobuf;
        otlp.Endpoint = options.Of(signal);
        otlp.Headers = options.Headers;
    }
}
