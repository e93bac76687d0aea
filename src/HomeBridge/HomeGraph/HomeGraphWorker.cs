using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Replicas;
using HomeBridge.Suspensions;

namespace HomeBridge.HomeGraph;

/// <summary>
/// Empties the outbox. Whoever has been due longest is served first, with one call, and then is due again no sooner than
/// its interval: a home that storms has its turn as often as any other. For one agent user one thing is done at a time,
/// so order holds.
/// </summary>
internal sealed class HomeGraphWorker(
    HomeGraphOutbox outbox, HomeGraphQueue queue, Reporting reporting, Linkage linkage, LinkEnds ends, SuspensionBoard suspensions,
    Signal signal, ReplicaTurns turns, HomeGraphOptions options, TimeProvider time, ILogger<HomeGraphWorker> log) : BackgroundService
{
    /// <summary>Calls to the platform at a time.</summary>
    private const int PlatformCallsMax = 8;

    /// <summary>Homes at a time whose maker is asked first. Apart, so that a slow maker delays no report.</summary>
    private const int MakerCallsMax = 4;

    /// <summary>Rows of one look into the outbox.</summary>
    private const int DueAtOnce = 64;

    /// <summary>A wake-up that was lost costs this much.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    /// <summary>What other replicas wrote wakes nobody here.</summary>
    private static readonly TimeSpan LookAgainShared = TimeSpan.FromMilliseconds(500);

    private static readonly string[] ForPlatform = [WorkKind.Delete, WorkKind.Probe, WorkKind.Notifications, WorkKind.States];
    private static readonly string[] ForMaker = [WorkKind.Sync, WorkKind.Refresh];

    private static readonly TimeSpan RecoverAgainAfter = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, bool> _busy = new(StringComparer.Ordinal);
    private readonly BackOff _backOff = new(options);
    private readonly HashSet<string> _recovered = new(StringComparer.Ordinal);

    /// <summary>Before anybody is served: what ends from then on is told, though it may take a moment until it is looked for.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            ends.Begin();
        }
        catch (DbException notNow)
        {
            log.LogWarning(notNow, "The Home Graph's queue can't be read yet");
        }

        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!turns.AreShared)
        {
            await Recover(stoppingToken);
        }

        await Task.WhenAll(Watch(stoppingToken), Serve(ForPlatform, PlatformCallsMax, stoppingToken), Serve(ForMaker, MakerCallsMax, stoppingToken));
    }

    /// <summary>Before anything is sent: what was under way when the process ended is not known to have arrived.</summary>
    private async Task Recover(CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                queue.Recover();
                return;
            }
            catch (Exception notNow) when (!cancel.IsCancellationRequested)
            {
                log.LogWarning(notNow, "The Home Graph's queue can't be read yet");
                await Task.Delay(RecoverAgainAfter, time, cancel);
            }
        }
    }

    /// <summary>Links that end and suspensions that change.</summary>
    private Task Watch(CancellationToken cancel)
    {
        long? seen = null;
        return Again(async () =>
        {
            var next = signal.Next;
            if (!turns.Holds(Turn.Home(0)))
            {
                await Wait(next, LookAgainShared, cancel);
                return;
            }

            ends.CatchUp();
            var version = suspensions.Current.Version;
            if (seen != version)
            {
                queue.Release();
                seen = version;
            }

            outbox.Wake();
            await Wait(next, turns.AreShared ? LookAgainShared : LookAgain, cancel);
        }, cancel);
    }

    private async Task Serve(string[] kinds, int atOnce, CancellationToken cancel)
    {
        using var slots = new SemaphoreSlim(atOnce);
        await Again(async () =>
        {
            var next = outbox.Next;
            var served = 0;
            var homes = Mine();
            foreach (var work in homes is [] ? [] : queue.Due(kinds, DueAtOnce + _busy.Count, homes))
            {
                await slots.WaitAsync(cancel);
                if (_busy.TryAdd(work.AgentUserId, true))
                {
                    served++;
                    _ = Serve(work, slots, cancel);
                }
                else
                {
                    slots.Release();
                }
            }

            if (served == 0)
            {
                var longest = turns.AreShared ? LookAgainShared : LookAgain;
                var due = homes is [] ? longest : queue.NextDue(kinds) ?? longest;
                await Wait(next, due < longest ? due : longest, cancel);
            }
        }, cancel);
        for (var slot = 0; slot < atOnce; slot++)
        {
            await slots.WaitAsync(CancellationToken.None);
        }
    }

    /// <summary>The shares of homes whose turn is here; null for all of them. What was under way elsewhere when one was taken may not have arrived.</summary>
    private string[]? Mine()
    {
        if (!turns.AreShared)
        {
            return null;
        }

        var mine = turns.Homes;
        lock (_recovered)
        {
            _recovered.IntersectWith(mine);
            if (mine.Where(share => !_recovered.Contains(share)).ToArray() is { Length: > 0 } taken)
            {
                queue.Recover(taken);
                _recovered.UnionWith(taken);
            }
        }

        return mine;
    }

    private async Task Serve(Work due, SemaphoreSlim slots, CancellationToken cancel)
    {
        await Task.Yield();
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancel, turns.Life);
        try
        {
            if (!turns.Holds(Turn.Home(HomeShare.Of(due.AgentUserId))) || queue.Still(due) is not { } work)
            {
                return;
            }

            if (queue.User(work.AgentUserId) is not { } user)
            {
                // Nobody would ever do it, and it would be due for ever.
                queue.Write(outcome => outcome.DropOrphan(work));
                return;
            }

            try
            {
                await Do(work, user, life.Token);
            }
            catch (Exception broken) when (broken is not OperationCanceledException)
            {
                // A bug of ours: it must not stop the others, nor come back at once.
                log.LogError(broken, "{Kind} broke", work.Kind);
                queue.Write(outcome => outcome.Failed(work, broken.GetType().Name, _backOff.After(work.Failures)));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping, or no more this replica's turn: what waits, waits for the next start.
        }
        catch (Exception broken)
        {
            log.LogError(broken, "The outbox can't be read or written");
            await Wait(Task.Delay(Timeout.Infinite, cancel), options.RetryDelay, cancel);
        }
        finally
        {
            _busy.TryRemove(due.AgentUserId, out _);
            slots.Release();
            outbox.Wake();
        }
    }

    private Task Do(Work work, AgentUser user, CancellationToken cancel) => work.Kind switch
    {
        WorkKind.Delete => linkage.Delete(work, user, cancel),
        WorkKind.Probe => linkage.Probe(work, user, cancel),
        WorkKind.Sync => linkage.Sync(work, user, cancel),
        WorkKind.Refresh => linkage.Refresh(work, user, cancel),
        WorkKind.Notifications => reporting.Notifications(work, user, cancel),
        WorkKind.States => reporting.States(work, user, cancel),
        _ => throw new UnreachableException(),
    };

    /// <summary>Until it is stopped; what breaks is logged, and begun again after a moment.</summary>
    private async Task Again(Func<Task> round, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await round();
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception broken)
            {
                log.LogError(broken, "The outbox can't be read or written");
                await Wait(Task.Delay(Timeout.Infinite, cancel), options.RetryDelay, cancel);
            }
        }
    }

    /// <summary>Until something happens, or for so long.</summary>
    private async Task Wait(Task next, TimeSpan atMost, CancellationToken cancel)
    {
        try
        {
            await next.WaitAsync(atMost, time, cancel);
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            // Time to look again, or to stop.
        }
    }
}
