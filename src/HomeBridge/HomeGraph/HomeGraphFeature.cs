namespace HomeBridge.HomeGraph;

/// <summary>What the platform's Home Graph is told. Without a service account: nothing.</summary>
internal static class HomeGraphFeature
{
    public static void AddHomeGraph(this IServiceCollection services, HomeGraphOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<HomeGraphOutbox>();
        services.AddSingleton<HomeGraphQueue>();
        services.AddSingleton<HomeGraphStatus>();
        services.AddSingleton<AccountLinking.IHangsOnLinks, OutboxOnLinks>();
        services.AddSingleton<AccuracyCheck>();
        if (options.Account is { } account)
        {
            services.AddSingleton(provider => new HomeGraphClient(
                options, account, provider.GetRequiredService<Vitals.QualityFigures>(), provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton<RequestQuota>();
            services.AddSingleton<Reporting>();
            services.AddSingleton<Linkage>();
            services.AddSingleton<LinkEnds>();
            services.AddHostedService<HomeGraphWorker>();
            services.AddHostedService(provider => provider.GetRequiredService<AccuracyCheck>());
        }
    }
}
