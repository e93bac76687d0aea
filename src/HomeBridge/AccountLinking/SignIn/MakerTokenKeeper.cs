namespace HomeBridge.AccountLinking.SignIn;

/// <summary>
/// Asks the maker from time to time whether each account is still as its resident left it, by renewing its token. So an
/// account that was closed or locked is known before somebody needs it.
/// </summary>
internal sealed class MakerTokenKeeper(MakerTokens tokens, ResidentSignInOptions options, TimeProvider time, ILogger<MakerTokenKeeper> log) : BackgroundService
{
    private const int BatchMax = 200;

    /// <summary>Calls to the provider at one time.</summary>
    private const int AtOnce = 4;

    private static readonly TimeSpan LookEveryMax = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var every = options.RenewEvery < LookEveryMax ? options.RenewEvery : LookEveryMax;
        using var timer = new PeriodicTimer(every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            try
            {
                await Parallel.ForEachAsync(
                    tokens.Due(time.GetUtcNow() - options.RenewEvery, BatchMax),
                    new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken },
                    async (due, cancel) => await tokens.Renew(due.Vendor, due.Account).WaitAsync(cancel));
            }
            catch (Exception failed) when (failed is not OperationCanceledException)
            {
                log.LogError(failed, "Maker tokens could not be looked through");
            }
        }
    }
}
