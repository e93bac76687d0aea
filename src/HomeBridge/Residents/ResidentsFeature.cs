using HomeBridge.AccountLinking;
using HomeBridge.CameraStreams;
using HomeBridge.Hosting;
using HomeBridge.Residents.Api;
using HomeBridge.Residents.Pages;

namespace HomeBridge.Residents;

/// <summary>Section <c>Residents</c>.</summary>
internal sealed record ResidentsOptions
{
    /// <summary>Days for which residents can see who viewed their cameras. Default 90.</summary>
    public required int ViewsKeptDays { get; init; }

    public static ResidentsOptions Read(ConfigurationReader read) => new() { ViewsKeptDays = read.Number("Residents:ViewsKeptDays", 90, 1, 3660) };
}

/// <summary>What residents see and change about their links and cameras.</summary>
internal static class ResidentsFeature
{
    public static void AddResidents(this IServiceCollection services, ResidentsOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<ResidentDevices>();
        services.AddSingleton<IDeviceNames>(residents => residents.GetRequiredService<ResidentDevices>());
        services.AddSingleton<ResidentNoticeChoices>();
        services.AddSingleton<NoticesPage>();
        services.AddSingleton<SuspensionNotices>();
        services.AddSingleton<ResidentLinks>();
        services.AddSingleton<ResidentNewDevices>();
        services.AddSingleton<ResidentControls>();
        services.AddSingleton<ViewingRecord>();
        services.AddSingleton<ResidentExport>();
        services.AddSingleton<ResidentData>();
        services.AddSingleton<HomePage>();
        services.AddSingleton<LinkPages>();
        services.AddSingleton<CamerasPage>();
        services.AddSingleton<ViewsPage>();
        services.AddSingleton<SessionsPage>();
        services.AddSingleton<ReceiptPages>();
        services.AddSingleton<AttemptsPage>();
        services.AddSingleton<DataPages>();
        services.AddSingleton<CallLimits>();
        services.AddHostedService<ViewKeeper>();
        services.AddHostedService<SuspensionTeller>();
    }
}

/// <summary>Forgets views that are older than residents are promised: looks when the bridge starts, and then every hour.</summary>
internal sealed class ViewKeeper(StreamViews views, ResidentsOptions options, TimeProvider time, ILogger<ViewKeeper> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                views.Prune(time.GetUtcNow() - TimeSpan.FromDays(options.ViewsKeptDays));
            }
            catch (Exception failed) when (failed is not OperationCanceledException)
            {
                log.LogError(failed, "Views could not be pruned");
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }
}
