using HomeBridge.Hosting;
using HomeBridge.Hosting.Replicas;

namespace HomeBridge.Resumption;

/// <summary>Looks at running plans. Everything it needs is in the database, so a restart goes on where it was.</summary>
internal sealed class ResumeWorker(ResumeStore plans, StagedResume resume, HomesAfterResume homes, Signal signal, ReplicaTurns turns, TimeProvider time, ILogger<ResumeWorker> log)
    : BackgroundService
{
    /// <summary>From one look at a running plan to the next.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>With no plan running: another replica may have begun one.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            var next = signal.Next;
            var isBusy = true;
            try
            {
                // Of many replicas the one that looks at canaries goes on; the others look whether the turn is theirs.
                isBusy = (turns.Holds(Turn.Watch) && Look()) || turns.AreShared;
            }
            catch (Exception failed)
            {
                log.LogError(failed, "Resumes could not be looked after");
            }

            using var pause = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            var due = Task.Delay(isBusy ? Every : Idle, time, pause.Token);
            await (isBusy ? due : (Task)Task.WhenAny(next, due)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await pause.CancelAsync();
        }
    }

    /// <summary>One round; whether there is more to look after.</summary>
    public bool Look()
    {
        var running = plans.Running();
        foreach (var plan in running)
        {
            resume.Step(plan);
        }

        return homes.AskSome() || running.Count > 0;
    }
}
