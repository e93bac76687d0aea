using System.Data.Common;
using HomeBridge.AccountLinking;
using HomeBridge.Hosting;
using HomeBridge.Notices;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;

namespace HomeBridge.Residents;

/// <summary>
/// Tells residents of suspensions that stop something of theirs: once it has lasted a while, and once it is over. Home after
/// home in the background, however wide it is; never drills, and no more than a few to one home in a day.
/// </summary>
internal sealed class SuspensionTeller(
    SuspensionBoard board, SuspensionStore store, AccountLinks links, ResidentNotices notices, NoticeRounds rounds, Database database, NoticeOptions options, Signal signal,
    TimeProvider time, ILogger<SuspensionTeller> log) : BackgroundService
{
    /// <summary>Homes of one transaction: other writers wait that long.</summary>
    private const int HomesAtOnce = 50;

    /// <summary>Suspensions that a home is told of in a day; each may be told to be over as well.</summary>
    private const int PerDayMax = 4;

    private const string Camera = "CameraStream";
    private const string Prefix = "suspension ";

    private const SuspensionEffects Told = SuspensionEffects.CutStreams | SuspensionEffects.DenyCommands | SuspensionEffects.DenyState;

    /// <summary>A wake-up that was lost, and a suspension that has lasted long enough, cost at most this much.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    /// <summary>As long as a suspension may last and still be told to be over.</summary>
    private static readonly TimeSpan RememberedFor = TimeSpan.FromDays(400);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            var next = signal.Next;
            try
            {
                Look(stoppingToken);
            }
            catch (Exception failed) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogError(failed, "Residents could not be told of suspensions; tried again soon");
            }

            try
            {
                await next.WaitAsync(LookAgain, time, stoppingToken);

                // What changes together is looked at together.
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, stoppingToken);
            }
            catch (Exception over) when (over is TimeoutException or OperationCanceledException)
            {
                // Time to look again, or to stop.
            }
        }
    }

    private void Look(CancellationToken cancel)
    {
        var open = rounds.Open();
        foreach (var entry in board.Current.InForce.Where(entry => (entry.Effects & Told) != 0))
        {
            if (open.TryGetValue(Prefix + entry.Id, out var isWhole) && isWhole)
            {
                continue;
            }

            if (store.Find(entry.Id) is { Origin: not Suspension.Drill, State: not Suspension.Lifted } suspension
                && suspension.RaisedAt + options.SuspensionsToldAfter <= time.GetUtcNow() && Visible(suspension) is { } scope)
            {
                Begun(Prefix + entry.Id, scope, cancel);
            }
        }

        foreach (var occasion in open.Keys.Where(occasion => occasion.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            if (store.Find(occasion[Prefix.Length..]) is null or { State: Suspension.Lifted })
            {
                Over(occasion, cancel);
            }
        }
    }

    /// <summary>What residents see of it: cut streams are nothing to who has no camera. Null when that is nothing.</summary>
    private static SuspensionScope? Visible(Suspension suspension) =>
        (suspension.Effects & Told) != SuspensionEffects.CutStreams ? suspension.Scope
        : suspension.Scope.Trait is null or Camera ? suspension.Scope with { Trait = Camera }
        : null;

    private void Begun(string occasion, SuspensionScope scope, CancellationToken cancel)
    {
        rounds.Begin(occasion);
        Page(
            after => links.HomesCovered(scope, after, HomesAtOnce),
            (transaction, home) =>
            {
                if (ResidentNotices.CountSince(transaction, home.Vendor, home.Account, [NoticeKinds.Suspended], time.GetUtcNow() - TimeSpan.FromDays(1)) < PerDayMax)
                {
                    notices.Tell(transaction, new Notice(home.Vendor, home.Account, NoticeKinds.Suspended) { Occasion = occasion, OccasionFor = RememberedFor });
                }
            },
            cancel);
        rounds.Complete(occasion);
    }

    private void Over(string occasion, CancellationToken cancel)
    {
        Page(
            after => rounds.Told(occasion, after, HomesAtOnce),
            (transaction, home) =>
            {
                // Two that overlap are over with the second.
                if (!NoticeRounds.IsAnotherOpen(transaction, home.Vendor, home.Account, occasion))
                {
                    notices.Tell(transaction, new Notice(home.Vendor, home.Account, NoticeKinds.Restored) { Occasion = "end of " + occasion, OccasionFor = RememberedFor });
                }
            },
            cancel);
        rounds.End(occasion);
    }

    private void Page(
        Func<(string Vendor, string Account)?, IReadOnlyList<(string Vendor, string Account)>> read,
        Action<DbTransaction, (string Vendor, string Account)> tell, CancellationToken cancel)
    {
        (string, string)? after = null;
        while (read(after) is { Count: > 0 } homes)
        {
            cancel.ThrowIfCancellationRequested();
            database.Write(transaction =>
            {
                foreach (var home in homes)
                {
                    tell(transaction, home);
                }

                return true;
            });
            after = homes[^1];
        }
    }
}
