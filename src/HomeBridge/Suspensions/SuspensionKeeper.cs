using HomeBridge.Hosting;

namespace HomeBridge.Suspensions;

/// <summary>
/// Ends drills on time, also those that a restart fell into, and reminds of suspensions that somebody was to look at.
/// Nothing else ends by itself.
/// </summary>
internal sealed class SuspensionKeeper(SuspensionStore store, SuspensionBoard board, Signal signal, TimeProvider time, ILogger<SuspensionKeeper> log)
    : BackgroundService
{
    /// <summary>The longest time between two looks: another replica may have raised something.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private static readonly EventId PastReview = new(1, "suspension-past-review");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The rest of the bridge starts meanwhile.
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            var next = signal.Next;
            TimeSpan wait;
            try
            {
                Keep();
                wait = store.NextDue() - time.GetUtcNow() is { } due && due < LookAgain ? due : LookAgain;
            }
            catch (Exception failed)
            {
                log.LogError(failed, "Drills and reminders could not be looked after");
                wait = AfterFailure;
            }

            using var pause = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            await Task.WhenAny(next, Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, time, pause.Token));
            await pause.CancelAsync();
        }
    }

    /// <summary>One look. The service makes one when something is due and when suspensions changed.</summary>
    public void Keep()
    {
        foreach (var drill in store.ExpiredDrills())
        {
            if (board.EndDrill(drill, "the drill's time is over"))
            {
                log.LogWarning("The drill {Suspension} was ended because its time was over", drill);
            }
        }

        foreach (var suspension in store.TakeReminders())
        {
            log.LogWarning(
                PastReview, "The suspension {Suspension} by {Author} was to be looked at by {ReviewAt:O}: it stays in force until a person lifts it",
                suspension.Id, suspension.Author, suspension.ReviewAt);
        }
    }
}
