namespace HomeBridge.Isolation;

/// <summary>The isolation monitor and what it is made of.</summary>
internal static class IsolationFeature
{
    public static void AddIsolation(this IServiceCollection services, IsolationOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<IsolationStore>();
        services.AddSingleton<IsolationInstruments>();
        services.AddSingleton<CameraPrints>();
        services.AddSingleton<PeerMarks>();
        services.AddSingleton<PeerAnswers>();
        services.AddSingleton<IsolationMonitor>();
    }
}
