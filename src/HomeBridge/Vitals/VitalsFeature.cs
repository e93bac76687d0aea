namespace HomeBridge.Vitals;

/// <summary>How well the integration does, in the platform's own terms and as metrics.</summary>
internal static class VitalsFeature
{
    /// <summary>The meter of all instruments of ours.</summary>
    public const string MeterName = "HomeBridge";

    public static void AddVitals(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<QualityFigures>();
    }
}
