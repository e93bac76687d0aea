using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.EvidencePolicy;
using HomeBridge.Gateways;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Replicas;
using HomeBridge.Isolation;
using HomeBridge.Suspensions;

namespace HomeBridge.Canaries;

/// <summary>
/// Probes all canaries, one after the other: right after start, at its pace, and when a suspension of them was lifted. Its
/// streams end with each round.
/// </summary>
internal sealed class CanaryProber(
    CanaryOptions options, CanaryPace pace, CanaryProbe probe, CanaryBoard board, IsolationMonitor monitor, CanaryHomes homes,
    SuspensionBoard suspensions, ClosedStreams closed, Signal signal, ReplicaTurns turns, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<CanaryProber> log)
    : BackgroundService
{
    /// <summary>After start the gateway may not have its bridge's first word yet, nor the maker be up.</summary>
    private static readonly TimeSpan SoonAgain = TimeSpan.FromMilliseconds(250);

    private const int SoonTriesMax = 40;
    private static readonly TimeSpan TurnAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RoundWithin = TimeSpan.FromSeconds(60);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Started(stoppingToken);
        var isBegun = false;
        IReadOnlyList<LinkedCanary> linked = [];
        for (var rounds = 0; options.All.Count > 0 && !stoppingToken.IsCancellationRequested; rounds++)
        {
            var next = signal.Next;
            if (!turns.Holds(Turn.Watch))
            {
                // Another replica looks. What was seen here before says nothing any more.
                isBegun = false;
                board.Begin();
                await Task.Delay(TurnAgain, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            try
            {
                if (!isBegun)
                {
                    homes.EndForgotten();
                    isBegun = true;
                }

                linked = await homes.Linked(stoppingToken);
                using var turn = await homes.Turn(stoppingToken);
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                using var timer = time.CreateTimer(static end => ((CancellationTokenSource)end!).Cancel(), limit, RoundWithin, Timeout.InfiniteTimeSpan);
                if (await Round(linked, isFirst: rounds < SoonTriesMax && board.Rounds == 0, limit.Token))
                {
                    board.RoundIsOver();
                }
            }
            catch (Exception failed) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogError(failed, "A round of canaries failed");
                foreach (var canary in options.All)
                {
                    board.Record(canary, ProbeDirection.Own, new ProbeResult(ProbeOutcome.Unavailable, "the round failed: " + failed.GetType().Name, 0, 0, TimeSpan.Zero));
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Pause(board.Rounds == 0 && rounds < SoonTriesMax ? SoonAgain : pace.Every, IsSuspended(linked), linked, next, stoppingToken);
        }
    }

    /// <summary>False when nothing can be said yet, right after start.</summary>
    private async Task<bool> Round(IReadOnlyList<LinkedCanary> canaries, bool isFirst, CancellationToken cancel)
    {
        var streams = new CanaryStream?[canaries.Count];
        try
        {
            for (var index = 0; index < canaries.Count; index++)
            {
                (var result, streams[index]) = await probe.Own(canaries[index], cancel);
                if (isFirst && result.Outcome is ProbeOutcome.Unavailable)
                {
                    return false;
                }

                Conclude(canaries[index], ProbeDirection.Own, result);
            }

            for (var index = 0; index < canaries.Count; index++)
            {
                var next = (index + 1) % canaries.Count;
                Conclude(canaries[index], ProbeDirection.Other, await probe.Other(canaries[index], streams[index], canaries[next], streams[next], cancel));
            }

            return true;
        }
        finally
        {
            foreach (var canary in canaries)
            {
                closed.CloseAll(canary.Link.Id);
            }
        }
    }

    private void Conclude(LinkedCanary canary, ProbeDirection direction, ProbeResult result)
    {
        board.Record(canary.Canary, direction, result);
        if (result.Outcome is ProbeOutcome.Wrong)
        {
            log.LogCritical("A canary of {Vendor} saw a wrong picture on {Device}: {Detail}", canary.Device.Ref.Vendor, canary.Device.Id, result.Detail);
            monitor.WrongFrame(canary.Device.Ref.Vendor, canary.Device.Id.Value, $"{canary.Canary.Account}: {result.Detail}");
        }
    }

    private bool IsSuspended(IEnumerable<LinkedCanary> canaries) =>
        canaries.Any(one => GrantStream.IsSuspended(one.Link.Platform, one.Link.Id, one.Device, suspensions.Current));

    /// <summary>Until the next round is due, or until what stopped a canary is lifted.</summary>
    private async Task Pause(TimeSpan until, bool wasSuspended, IReadOnlyList<LinkedCanary> canaries, Task next, CancellationToken stopping)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var due = Task.Delay(until, time, pause.Token);
        while (!due.IsCompleted)
        {
            await Task.WhenAny(due, next);
            next = signal.Next;
            var isSuspended = IsSuspended(canaries);
            if (wasSuspended && !isSuspended)
            {
                break;
            }

            wasSuspended = isSuspended;
        }

        await pause.CancelAsync();
    }

    private async Task Started(CancellationToken stopping)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registered = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

/// <summary>Canaries: synthetic homes through whose eyes the bridge looks at itself.</summary>
internal static class CanariesFeature
{
    public static void AddCanaries(this IServiceCollection services, CanaryOptions options, IPictureReader? ownReader)
    {
        services.AddSingleton(options);
        services.AddSingleton(provider => new CanaryPace(
            options,
            weakEvidenceIsLetThrough: () => provider.GetRequiredService<EvidenceGrades>().Minimum(provider.GetRequiredService<DeviceCloudOptions>().Vendor) < EvidenceGrades.Default));
        services.AddSingleton(provider => new CanaryPictures(options, ownReader, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<CanaryInstruments>();
        services.AddSingleton<CanaryBoard>();
        services.AddSingleton<CanaryViewer>();
        services.AddSingleton<CanaryProbe>();
        services.AddSingleton<CanaryHomes>();
        services.AddHostedService<CanaryProber>();
    }
}
