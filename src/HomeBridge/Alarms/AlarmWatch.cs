using System.Diagnostics.Metrics;
using HomeBridge.Audit;
using HomeBridge.Canaries;
using HomeBridge.Devices;
using HomeBridge.Drills;
using HomeBridge.Gateways;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using HomeBridge.Vitals;

namespace HomeBridge.Alarms;

/// <summary>Looks once a second at everything that can be wrong for a while.</summary>
internal sealed class AlarmWatch(
    AlarmBoard alarms, SuspensionBoard board, SuspensionStore suspensions, Replicas replicas, CanaryBoard canaries, CanaryPace pace, DrillStore drills,
    DeviceCloudHealth deviceCloud, AuditTrail audit, AuditHeads heads, IMeterFactory meters, TimeProvider time, ILogger<AlarmWatch> log)
    : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>A gateway that is connected has this long to apply a version.</summary>
    private static readonly TimeSpan ConfirmsWithin = TimeSpan.FromSeconds(3);

    /// <summary>A gateway that has been away for longer was taken down.</summary>
    private static readonly TimeSpan MissedFor = TimeSpan.FromHours(24);

    /// <summary>A maker may be away for a moment.</summary>
    private static readonly TimeSpan BreakerOpenFor = TimeSpan.FromMinutes(1);

    /// <summary>Canaries that are asked more seldom than this by configuration are given two rounds.</summary>
    private static readonly TimeSpan CanarySilence = TimeSpan.FromMinutes(2);

    /// <summary>Reading the whole trail takes a while, and what was written is not changed every minute.</summary>
    private static readonly TimeSpan AuditEvery = TimeSpan.FromHours(24);

    private const int SuspensionsLookedAt = 1000;

    private readonly long _started = time.GetTimestamp();
    private readonly Dictionary<string, long> _since = new(StringComparer.Ordinal);
    private IReadOnlyList<Suspension> _inForce = [];
    private long _inForceOf = -1;
    private long _auditLooked;
    private Task? _auditCheck;
    private volatile bool _auditRead;
    private volatile string? _auditProblem;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        meters.Create(VitalsFeature.MeterName).CreateObservableGauge(
            "homebridge.audit.verify",
            () => _auditRead ? [new Measurement<int>(_auditProblem is null ? 1 : 0)] : Array.Empty<Measurement<int>>(),
            description: "Whether the audit trail was found whole when it was read last: 1 or 0");
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                alarms.Look([.. Wrong()]);
            }
            catch (Exception failed)
            {
                log.LogError(failed, "Alarms could not be looked after");
            }

            await Task.Delay(Every, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private IEnumerable<(Alarm Alarm, string Says)> Wrong() =>
        Suspended().Concat(Gateways()).Concat(Canaries()).Concat(Drills()).Concat(DeviceCloud()).Concat(Audit());

    private IEnumerable<(Alarm Alarm, string Says)> Suspended()
    {
        if (_inForceOf != board.Current.Version)
        {
            (_inForceOf, _inForce) = (board.Current.Version, [.. suspensions.All(SuspensionsLookedAt).Where(one => one.State != Suspension.Lifted)]);
        }

        var automatic = _inForce.Where(one => one.Origin == Suspension.Automatic && one.Effects.HasFlag(SuspensionEffects.CutStreams)).ToList();
        if (automatic.Count > 0)
        {
            yield return (Alarm.CameraLeakSuspected, $"{automatic.Count} automatic suspensions in force, the first: {automatic[^1].Reason}");
        }

        var now = time.GetUtcNow();
        var late = _inForce.Where(one => one.Origin != Suspension.Drill && one.ReviewAt < now).ToList();
        if (late.Count > 0)
        {
            yield return (Alarm.SuspensionPastReview, $"{late.Count} to look at, the first: {late[^1].Id}, raised by {late[^1].Author}");
        }
    }

    private IEnumerable<(Alarm Alarm, string Says)> Gateways()
    {
        var version = board.Current.Version;
        foreach (var replica in replicas.All)
        {
            var isGateway = replica.Kind == "gateway";
            if (For($"behind {replica.Name}", isGateway && !replica.SelfFenced && replica.Version < version) > ConfirmsWithin)
            {
                yield return (Alarm.SwitchNotConfirmed, $"{replica.Name} is at version {replica.Version} of {version}");
            }

            var away = For($"away {replica.Name}", isGateway && replica.SelfFenced);
            if (away > TimeSpan.Zero && away < MissedFor)
            {
                yield return (Alarm.GatewaySelfFenced, $"{replica.Name} was last heard of {(replica.HeardMs ?? 0) / 1000} s ago");
            }

            if (!isGateway && replica.SelfFenced && time.GetElapsedTime(_started) > ConfirmsWithin)
            {
                yield return (Alarm.DatabaseUnreachable, $"{replica.Name} last read suspensions {(replica.HeardMs ?? 0) / 1000} s ago");
            }

            if (replica.WentBack)
            {
                yield return (Alarm.VersionWentBack, $"{replica.Name} keeps the stricter union until two people rebase");
            }

            if (replica.SnapshotRefused)
            {
                yield return (Alarm.SnapshotRefused, $"{replica.Name} refused the last one");
            }

            if (replica.BreakGlass is { } reason)
            {
                yield return (Alarm.BreakGlassUsed, $"{replica.Name}: cameras are stopped by a file on the node ({reason})");
            }

            if (replica.SelfProbe is { State: SelfProbeState.Refused } probe)
            {
                yield return (Alarm.GatewayNotStreaming, $"{replica.Name}: {probe.Why}");
            }
        }
    }

    private IEnumerable<(Alarm Alarm, string Says)> Canaries()
    {
        var silence = TimeSpan.FromTicks(Math.Max(CanarySilence.Ticks, 2 * pace.Every.Ticks));
        foreach (var (canary, own, other) in canaries.All)
        {
            if (own is { IsAlarm: true } || other is { IsAlarm: true })
            {
                yield return (Alarm.CanarySilent, $"{canary.Account}: {(own is { IsAlarm: true } ? own : other)!.Detail}");
            }
            else if ((own is null ? time.GetElapsedTime(Math.Max(_started, canaries.Since)) : time.GetUtcNow() - own.At) > silence)
            {
                yield return (Alarm.CanarySilent, $"{canary.Account} was not asked for {silence.TotalMinutes:0.#} min");
            }
        }
    }

    private IEnumerable<(Alarm Alarm, string Says)> Drills() => drills.Newest(1) is [{ Outcome: DrillOutcome.Failed } failed]
        ? [(Alarm.DrillFailed, $"{failed.Id}: {failed.Detail}")]
        : [];

    private IEnumerable<(Alarm Alarm, string Says)> DeviceCloud() =>
        For("breaker", deviceCloud.Read() is { Breaker: "open" or "half-open" }) > BreakerOpenFor
            ? [(Alarm.DeviceCloudDown, "its breaker is open")]
            : [];

    /// <summary>Reading the whole trail takes as long as it takes; the other alarms don't wait for it.</summary>
    private IEnumerable<(Alarm Alarm, string Says)> Audit()
    {
        if (_auditCheck is null || (_auditCheck.IsCompleted && time.GetElapsedTime(_auditLooked) > AuditEvery))
        {
            _auditLooked = time.GetTimestamp();
            _auditCheck = Task.Run(CheckAudit);
        }

        return _auditProblem is { } problem ? [(Alarm.AuditChainBroken, problem)] : [];
    }

    private void CheckAudit()
    {
        try
        {
            _auditRead = true;
            _auditProblem = AuditVerification.Of(audit, heads) is { Intact: false } broken ? broken.Problem ?? "it does not hold" : null;
        }
        catch (Exception failed)
        {
            log.LogError(failed, "The audit trail could not be verified");
        }
    }

    /// <summary>For how long something has been so; zero when it isn't.</summary>
    private TimeSpan For(string what, bool isSo)
    {
        if (!isSo)
        {
            _since.Remove(what);
            return TimeSpan.Zero;
        }

        if (!_since.TryGetValue(what, out var since))
        {
            _since[what] = since = time.GetTimestamp();
        }

        return time.GetElapsedTime(since) + TimeSpan.FromTicks(1);
    }
}

/// <summary>Alarms: what somebody on call must be told, each with its page.</summary>
internal static class AlarmsFeature
{
    public static void AddAlarms(this IServiceCollection services)
    {
        services.AddSingleton<AlarmBoard>();
        services.AddSingleton<ILoggerProvider, AlarmLog>();
        services.AddHostedService<AlarmWatch>();
    }
}
