namespace HomeBridge.Ledger;

/// <summary>Keeps the ledger within its bounds: looks when the bridge starts, and then every hour.</summary>
internal sealed class LedgerKeeper(ReleaseLedger ledger, LedgerOptions options, TimeProvider time, ILogger<LedgerKeeper> log) : BackgroundService
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
                var keptFrom = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(1 - options.DaysMax);
                if (ledger.Prune(keptFrom, options.MegabytesMax * 1024L * 1024) is > 0 and var days)
                {
                    log.LogInformation("Pruned {Days} days of the ledger of releases", days);
                }
            }
            catch (Exception failed) when (failed is not OperationCanceledException)
            {
                log.LogError(failed, "The ledger of releases could not be pruned");
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }
}
