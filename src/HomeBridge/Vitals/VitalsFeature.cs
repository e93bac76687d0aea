using Microsoft.AspNetCore.Http.Metadata;

namespace HomeBridge.Vitals;

/// <summary>How well the integration does, in the platform's own terms and as metrics.</summary>
internal static class VitalsFeature
{
    /// <summary>The meter of all instruments of ours.</summary>
    public const string MeterName = "HomeBridge";

    public const string MetricsPath = "/metrics";

    public static void AddVitals(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<QualityFigures>();
        services.AddSingleton<Measurements>();
    }

    /// <summary>
    /// For the private listener only. Open to whoever reaches it, as Prometheus expects: there are no ids, no names and
    /// no secrets in it, and that listener is kept off the internet.
    /// </summary>
    public static void MapMetrics(this IEndpointRouteBuilder endpoints)
    {
        // From now on, and not from the first reading on, it is counted.
        endpoints.ServiceProvider.GetRequiredService<Measurements>();
        endpoints.ServiceProvider.GetRequiredService<QualityFigures>();
        endpoints.MapGet(MetricsPath, (HttpContext context, Measurements measurements) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            return Results.Text(measurements.Text(), PrometheusText.ContentType);
        }).WithMetadata(new NotMeasured());
    }

    /// <summary>Scrapes are not what the request metrics are about.</summary>
    private sealed class NotMeasured : IDisableHttpMetricsMetadata;
}
