using HomeBridge.Canaries;
using HomeBridge.Hosting.Replicas;

namespace HomeBridge.Drills;

/// <summary>Runs a drill at its pace, for as long as there are canaries; of many replicas, one does.</summary>
internal sealed class DrillSchedule(SwitchDrill drill, DrillOptions options, CanaryOptions canaries, ReplicaTurns turns, TimeProvider time, ILogger<DrillSchedule> log)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (canaries.All.Count > 0 && !stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(options.Every, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            if (!turns.Holds(Turn.Watch))
            {
                continue;
            }

            try
            {
                await drill.Run("system", stoppingToken);
            }
            catch (Exception failed) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogError(failed, "A drill could not be run");
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}

/// <summary>Drills: the switch is tried while nobody needs it.</summary>
internal static class DrillsFeature
{
    public static void AddDrills(this IServiceCollection services, DrillOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<DrillStore>();
        services.AddSingleton<SwitchDrill>();
        services.AddHostedService<DrillSchedule>();
    }
}
