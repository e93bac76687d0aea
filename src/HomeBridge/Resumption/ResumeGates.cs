using System.Globalization;
using HomeBridge.AccountLinking;
using HomeBridge.CameraStreams;
using HomeBridge.Canaries;
using HomeBridge.Gateways;
using HomeBridge.Isolation;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using HomeBridge.Vitals;

namespace HomeBridge.Resumption;

/// <summary>How a gate stands.</summary>
internal enum GateState
{
    Holds,

    /// <summary>Not known yet: the stage lasts longer.</summary>
    Waits,

    /// <summary>All is suspended again.</summary>
    Fails,
}

/// <summary>One condition of going on.</summary>
/// <param name="Name">For tools.</param>
/// <param name="State">How it stands.</param>
/// <param name="Says">What it saw.</param>
internal sealed record ResumeGate(string Name, GateState State, string Says)
{
    public bool Ok => State is GateState.Holds;
}

/// <summary>Looks whether a stage may end. What it can't see it doesn't let through.</summary>
internal sealed class ResumeGates(
    IsolationMonitor isolation, CanaryBoard canaries, AccountLinks links, QualityFigures figures, Replicas replicas, SuspensionBoard board,
    ResumptionOptions options, TimeProvider time)
{
    /// <summary>The figures that are compared, and the answers from which on they say something.</summary>
    private static readonly QualityWindow Window = QualityWindow.Last15Minutes;

    private const int AnswersMin = 50;

    /// <summary>A replica that follows the feed has a new version within milliseconds; one that takes so long is broken.</summary>
    private static readonly TimeSpan BehindMax = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private long? _behindSince;

    /// <summary>What is kept of the time before the first stage, to compare with.</summary>
    public RateFigure Before => figures.Service(Window);

    public IReadOnlyList<ResumeGate> Look(Suspension suspension, ResumeRecord plan) =>
        [Time(plan), Isolation(suspension, plan), Canaries(suspension, plan), Errors(plan), Versions()];

    private ResumeGate Time(ResumeRecord plan)
    {
        var left = plan.DueAt - time.GetUtcNow();
        return left > TimeSpan.Zero
            ? new ResumeGate("time", GateState.Waits, $"This stage lasts {Text(left)} more at least.")
            : new ResumeGate("time", GateState.Holds, $"This stage lasted {Text(plan.Plan.Stages[plan.Stage].AtLeast)}.");
    }

    private ResumeGate Isolation(Suspension suspension, ResumeRecord plan)
    {
        var found = isolation.FoundWithin(suspension.Scope, plan.Since);
        return found.Count == 0
            ? new ResumeGate("isolation", GateState.Holds, "Nothing wrong was found in the scope since this stage began.")
            : new ResumeGate("isolation", GateState.Fails, Invariant($"{found.Count} findings in the scope since this stage began; the last: {found[0].Verdict} at {found[0].Device}."));
    }

    private ResumeGate Canaries(Suspension suspension, ResumeRecord plan)
    {
        const string name = "canaries";
        var covered = links.Canaries()
            .SelectMany(link => links.BoundDevices(link.Id), (link, device) => (Link: link, Device: device))
            .Where(one => suspension.Scope.Covers(GrantStream.Facts(CanaryPlatform.Id, one.Link.Id, one.Device, "CameraStream")))
            .Select(one => one.Device.Ref.VendorDeviceId).ToHashSet(StringComparer.Ordinal);
        var probed = (suspension.Effects & (SuspensionEffects.CutStreams | SuspensionEffects.DenyCommands)) == 0
            ? []
            : canaries.All.Where(one => covered.Contains(one.Canary.Device)).ToList();
        if (probed.Count == 0)
        {
            return new ResumeGate(name, GateState.Holds, "There is no canary in the scope: nobody looked at pictures.");
        }

        foreach (var (canary, own, other) in probed)
        {
            foreach (var result in (ProbeResult?[])[own, other])
            {
                if (result is { Outcome: ProbeOutcome.Wrong } or { IsAlarm: true } && result.At >= plan.Since)
                {
                    return new ResumeGate(name, GateState.Fails, $"The canary {canary.Account}: {result.Outcome}, {result.Detail}.");
                }
            }
        }

        var open = probed.Where(one => !IsClean(one.Own, plan.Since) || !IsClean(one.Other, plan.Since)).ToList();
        return open.Count == 0
            ? new ResumeGate(name, GateState.Holds, Invariant($"{probed.Count} canaries were clean since this stage began{(probed.Exists(one => one.Own!.Outcome is ProbeOutcome.PixelsUnread) ? ", by the name in the bytes only: nobody can decode pictures here" : "")}."))
            : new ResumeGate(name, GateState.Waits, $"The canary {open[0].Canary.Account} was not seen clean since this stage began{(open[0].Own is { Outcome: ProbeOutcome.Suspended } ? ": another suspension covers it" : "")}.");
    }

    private static bool IsClean(ProbeResult? result, DateTimeOffset since) =>
        result is { Outcome: ProbeOutcome.Clean or ProbeOutcome.PixelsUnread } && result.At >= since;

    /// <summary>
    /// All answers of this process in the last 15 minutes against those in the 15 minutes before the first stage: not only
    /// the scope's, since a maker who breaks under what comes back breaks for everybody. What a suspension refused is in
    /// neither.
    /// </summary>
    private ResumeGate Errors(ResumeRecord plan)
    {
        const string name = "errors";
        var now = figures.Service(Window);
        if (now.Total < AnswersMin)
        {
            return new ResumeGate(name, GateState.Holds, Invariant($"{now.Total} answers in the last 15 minutes are too few to judge ({AnswersMin})."));
        }

        var (failed, before) = (1000 * (1 - now.Rate!.Value), plan.AnswersTotal < AnswersMin ? 0 : 1000.0 * (plan.AnswersTotal - plan.AnswersGood) / plan.AnswersTotal);
        var allowed = Math.Max(before, 1000 - QualityRules.GoodThousandthsMin) + options.WorsePerThousandMax;
        var says = Invariant($"Of 1,000 answers of this process {failed:0.0} failed in the last 15 minutes, {(plan.AnswersTotal < AnswersMin ? "too few were given before to compare" : Invariant($"{before:0.0} before the resume began"))}; up to {allowed:0.0} are let through. Refusals by suspensions are in neither.");
        return new ResumeGate(name, failed > allowed ? GateState.Fails : GateState.Holds, says);
    }

    private ResumeGate Versions()
    {
        const string name = "version";
        if (board.WentBack)
        {
            return new ResumeGate(name, GateState.Waits, "The database's numbers went back: everything that is known stays in force until two people rebase.");
        }

        var version = board.Current.Version;
        var all = replicas.All;
        var behind = all.Where(one => one.Live && one.Version < version).Select(one => one.Name).ToList();
        var away = all.Where(one => !one.Live).Select(one => one.Name).ToList();
        lock (_gate)
        {
            _behindSince = behind.Count == 0 ? null : _behindSince ?? time.GetTimestamp();
            return behind.Count == 0
                ? new ResumeGate(name, GateState.Holds, Invariant($"All that follow the switch have version {version}{(away.Count == 0 ? "" : $"; {string.Join(", ", away)} can't be reached and closed by itself")}."))
                : new ResumeGate(
                    name, time.GetElapsedTime(_behindSince!.Value) > BehindMax ? GateState.Fails : GateState.Waits,
                    Invariant($"{string.Join(", ", behind)} does not have version {version}."));
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Text(TimeSpan time) => time.TotalMinutes >= 1 ? Invariant($"{time.TotalMinutes:0.#} min") : Invariant($"{time.TotalSeconds:0.#} s");
}
