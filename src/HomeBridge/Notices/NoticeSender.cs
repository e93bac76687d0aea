using System.Security.Cryptography;

namespace HomeBridge.Notices;

/// <summary>
/// Delivers what the outbox holds, each at least once: a receiver tells by the notice's id what it has. Waits longer after each
/// failure, and gives up after <see cref="NoticeOptions.GiveUpAfter"/>.
/// </summary>
internal sealed class NoticeSender(
    NoticeOutbox outbox, ResidentNotices notices, IEnumerable<INoticeChannel> channels, NoticeOptions options, NoticeInstruments instruments, TimeProvider time,
    ILogger<NoticeSender> log) : BackgroundService
{
    /// <summary>Deliveries under way at one time.</summary>
    private const int AtOnce = 4;

    private const int BatchMax = 32;
    private const int DoublingsMax = 20;

    /// <summary>The longest wait between two attempts.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromHours(1);

    /// <summary>A notice wakes the sender before its commit: so long that takes.</summary>
    private static readonly TimeSpan CommittedAfter = TimeSpan.FromMilliseconds(100);

    /// <summary>A wake-up that was lost, and an attempt that became due, cost at most this much.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan PruneEvery = TimeSpan.FromHours(1);

    private readonly Dictionary<string, INoticeChannel> _channels = channels.ToDictionary(channel => channel.Name, StringComparer.Ordinal);

    /// <summary>Longer than a whole batch takes, if each attempt takes as long as it may.</summary>
    private TimeSpan Lease => (options.Timeout * (BatchMax / AtOnce)) + TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var prune = time.GetUtcNow();
        while (!stoppingToken.IsCancellationRequested)
        {
            var next = notices.Next;
            try
            {
                if (time.GetUtcNow() >= prune)
                {
                    outbox.Prune(time.GetUtcNow() - TimeSpan.FromDays(options.KeptDays));
                    prune = time.GetUtcNow() + PruneEvery;
                }

                var due = outbox.Take(Lease, BatchMax);
                await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken }, async (one, cancel) => await Deliver(one, cancel));
                if (due.Count == BatchMax)
                {
                    continue;
                }
            }
            catch (Exception failed) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogError(failed, "Notices to residents can't be read or written");
            }

            try
            {
                await next.WaitAsync(options.RetryDelay < LookAgain ? options.RetryDelay : LookAgain, time, stoppingToken);
                await Task.Delay(CommittedAfter, time, stoppingToken);
            }
            catch (Exception over) when (over is TimeoutException or OperationCanceledException)
            {
                // Time to look again, or to stop.
            }
        }
    }

    private async Task Deliver(NoticeDelivery delivery, CancellationToken cancel)
    {
        var problem = _channels.TryGetValue(delivery.Channel, out var channel) ? await Attempt(channel, delivery, cancel) : "not configured any more";
        if (problem is null)
        {
            instruments.Sent(delivery.Channel);
            outbox.Done(delivery);
            return;
        }

        instruments.Failed(delivery.Channel);
        var wait = Wait(delivery.Failures);
        if (time.GetUtcNow() + wait < delivery.Notice.At + options.GiveUpAfter)
        {
            log.LogInformation("Notice {Notice} was not delivered by {Channel} ({Problem}); tried again later", delivery.Notice.Id, delivery.Channel, problem);
            outbox.Later(delivery, wait);
            return;
        }

        instruments.GaveUp(delivery.Channel);
        log.LogWarning(
            "Notice {Notice} was not delivered by {Channel} ({Problem}) within {GiveUpAfter}: nobody tries any more. Its resident was not told; look at the keys Notices:… and at what receives there",
            delivery.Notice.Id, delivery.Channel, problem, options.GiveUpAfter);
        outbox.Done(delivery);
    }

    /// <summary>Null when it arrived. What goes wrong is told by its kind: messages may quote addresses.</summary>
    private async Task<string?> Attempt(INoticeChannel channel, NoticeDelivery delivery, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        try
        {
            // Mail doesn't hear a cancellation at every step.
            return await channel.Send(delivery.Notice, delivery.Address, either.Token).WaitAsync(either.Token);
        }
        catch (Exception failed) when (!cancel.IsCancellationRequested)
        {
            return failed is OperationCanceledException ? "no answer in time" : (failed.InnerException ?? failed).GetType().Name;
        }
    }

    /// <summary>Doubling, with jitter so that those who failed together don't come back together.</summary>
    private TimeSpan Wait(long failures)
    {
        var full = Math.Min(WaitMax.TotalMilliseconds, options.RetryDelay.TotalMilliseconds * (1L << (int)Math.Min(failures, DoublingsMax)));
        return TimeSpan.FromMilliseconds((full / 2) + RandomNumberGenerator.GetInt32((int)(full / 2) + 1));
    }
}
