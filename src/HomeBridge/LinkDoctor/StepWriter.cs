namespace HomeBridge.LinkDoctor;

/// <summary>Writes steps in batches, behind everybody's back, and forgets old ones.</summary>
internal sealed class StepWriter(Steps steps, StepStore store, TimeProvider time, ILogger<StepWriter> log) : BackgroundService
{
    private static readonly TimeSpan WriteEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PruneEvery = TimeSpan.FromMinutes(1);

    /// <summary>Steps of one transaction: nobody else may write while it runs.</summary>
    private const int BatchMax = 256;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pruneAt = time.GetUtcNow();
        while (!stoppingToken.IsCancellationRequested)
        {
            Write();
            if (time.GetUtcNow() >= pruneAt)
            {
                pruneAt = time.GetUtcNow() + PruneEvery;
                Try(() => store.Prune((time.GetUtcNow() - StepStore.Retention).ToUnixTimeMilliseconds()));
            }

            await Task.Delay(WriteEvery, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Write();
    }

    private void Write()
    {
        var batch = new List<StepTaken>();
        for (var left = Steps.WaitingMax; left > 0 && steps.Waiting.TryRead(out var step); left--)
        {
            batch.Add(step);
            if (batch.Count == BatchMax)
            {
                Try(() => store.Write(batch));
                batch = [];
            }
        }

        if (batch.Count > 0)
        {
            Try(() => store.Write(batch));
        }
    }

    /// <summary>The doctor may be ill; the house goes on.</summary>
    private void Try(Action work)
    {
        try
        {
            work();
        }
        catch (Exception failed)
        {
            log.LogWarning(failed, "Steps of linking attempts and requests could not be written");
        }
    }
}
