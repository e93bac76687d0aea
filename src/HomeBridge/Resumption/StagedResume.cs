using System.Collections.Immutable;
using System.Data.Common;
using System.Text.Json;
using HomeBridge.AccountLinking;
using HomeBridge.Audit;
using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;

namespace HomeBridge.Resumption;

/// <summary>What became of a wish to begin, to go on or to go back.</summary>
internal enum ResumeVerdict
{
    Done,
    NotFound,
    AlreadyLifted,

    /// <summary>Two pairs of eyes: who raised it does not bring it back.</summary>
    SameAuthor,

    AlreadyResuming,
    NotResuming,

    /// <summary>The database's numbers went back: what is known stays in force until two people rebase.</summary>
    NumbersWentBack,

    /// <summary>A gate does not hold.</summary>
    NotYet,

    /// <summary>The plan is not one; the sentence says why.</summary>
    WrongPlan,
}

/// <summary>
/// Brings a suspension back in stages. Each step is a new version of the snapshot, a row of the audit trail and a line of
/// the plan's history, written together. Forward takes a second person or the gates; back takes anybody.
/// </summary>
internal sealed class StagedResume(
    SuspensionBoard board, SuspensionStore suspensions, ResumeStore plans, ResumeGates gates, AccountLinks links, DeviceRegister register, AuditTrail audit,
    ResumptionOptions options, TimeProvider time, ILogger<StagedResume> log)
{
    /// <summary>Plans that run at one time: what several spare is worked out for each decision.</summary>
    public const int RunningMax = 100;

    private static readonly EventId GateFailed = new(1, "resume-fell-back");

    public (ResumeVerdict Verdict, string? Wrong) Start(string id, PlanWish wish, string reason, string approver)
    {
        if (suspensions.Find(id) is not { } seen)
        {
            return (ResumeVerdict.NotFound, null);
        }

        var (plan, wrong) = Plan(seen, wish);
        if (plan is null)
        {
            return (ResumeVerdict.WrongPlan, wrong);
        }

        var before = gates.Before;
        var now = time.GetUtcNow();
        return board.Change<(ResumeVerdict, string?)>((transaction, _) =>
        {
            if (Refusal(SuspensionStore.Find(transaction, id), approver) is { } refused)
            {
                return (refused, null);
            }

            if (SuspensionStore.Find(transaction, id)!.State == Suspension.Resuming)
            {
                return (ResumeVerdict.AlreadyResuming, null);
            }

            if (ResumeStore.CountRunning(transaction) >= RunningMax)
            {
                return (ResumeVerdict.WrongPlan, $"{RunningMax} suspensions are being resumed already. Wait for some, or send \"force\": true.");
            }

            ResumeStore.Begin(transaction, new ResumeRecord
            {
                Suspension = id,
                Plan = plan,
                State = ResumeState.Running,
                Stage = 0,
                Since = now,
                StartedBy = approver,
                StartedAt = now,
                Reason = reason,
                AnswersGood = before.Good,
                AnswersTotal = before.Total,
            });
            var version = SuspensionStore.Spare(transaction, id, plan.SparedAt(0, id));
            Note(transaction, id, approver, "started", plan.NameOf(0), reason, version);
            return (ResumeVerdict.Done, null);
        });
    }

    /// <summary>A person goes on: when the gates hold, or by force, which the trail tells.</summary>
    public (ResumeVerdict Verdict, IReadOnlyList<ResumeGate> Open) Advance(string id, string reason, string approver, bool force)
    {
        var suspension = suspensions.Find(id);
        if (Refusal(suspension, approver) is { } refused)
        {
            return (refused, []);
        }

        if (suspension!.State != Suspension.Resuming || plans.Find(id) is not { State: ResumeState.Running } plan)
        {
            return (ResumeVerdict.NotResuming, []);
        }

        var open = gates.Look(suspension, plan).Where(gate => !gate.Ok).ToList();
        if (open.Exists(gate => gate.State is GateState.Fails) || (open.Count > 0 && !force))
        {
            return (ResumeVerdict.NotYet, open);
        }

        return (GoOn(plan, approver, open.Count > 0 ? "forced" : "advanced", reason) ? ResumeVerdict.Done : ResumeVerdict.NotResuming, []);
    }

    /// <summary>A person goes back a stage, or to the beginning: all is suspended again.</summary>
    public ResumeVerdict Back(string id, string reason, string actor, bool all)
    {
        if (suspensions.Find(id) is not { } suspension)
        {
            return ResumeVerdict.NotFound;
        }

        if (suspension.State != Suspension.Resuming || plans.Find(id) is not { State: ResumeState.Running } plan)
        {
            return suspension.State == Suspension.Lifted ? ResumeVerdict.AlreadyLifted : ResumeVerdict.NotResuming;
        }

        var stops = all || plan.Stage == 0;
        var done = board.Change((transaction, _) =>
        {
            var stage = stops ? plan.Stage : plan.Stage - 1;
            if (!plans.Move(transaction, plan, stops ? ResumeState.Stopped : ResumeState.Running, stage))
            {
                return false;
            }

            var version = SuspensionStore.Spare(transaction, id, stops ? null : plan.Plan.SparedAt(stage, id));
            Note(transaction, id, actor, stops ? "stopped" : "back", stops ? "suspended" : plan.Plan.NameOf(stage), reason, version);
            return true;
        });
        return done ? ResumeVerdict.Done : ResumeVerdict.NotResuming;
    }

    /// <summary>One look at a running plan: it falls back, goes on, or stays.</summary>
    public void Step(ResumeRecord plan)
    {
        if (suspensions.Find(plan.Suspension) is not { State: Suspension.Resuming } suspension)
        {
            // Lifted by force meanwhile.
            board.Change((transaction, _) =>
            {
                if (plans.Move(transaction, plan, ResumeState.Ended, plan.Stage))
                {
                    plans.Note(transaction, plan.Suspension, Suspension.System, "ended", plan.Plan.NameOf(plan.Stage), "The suspension was lifted at once.");
                }

                return true;
            });
            return;
        }

        var looked = gates.Look(suspension, plan);
        if (looked.FirstOrDefault(gate => gate.State is GateState.Fails) is { } failed)
        {
            FallBack(plan, failed);
        }
        else if (looked.All(gate => gate.Ok))
        {
            GoOn(plan, Suspension.System, "advanced", "All gates hold.");
        }
    }

    private void FallBack(ResumeRecord plan, ResumeGate failed)
    {
        var done = board.Change((transaction, _) =>
        {
            if (!plans.Move(transaction, plan, ResumeState.Failed, plan.Stage))
            {
                return false;
            }

            var version = SuspensionStore.Spare(transaction, plan.Suspension, null);
            Note(transaction, plan.Suspension, Suspension.System, "failed", plan.Plan.NameOf(plan.Stage), $"{failed.Name}: {failed.Says}", version);
            return true;
        });
        if (done)
        {
            log.LogCritical(
                GateFailed, "The resume of {Suspension} failed at {Stage}: {Gate}, {Says} All of it is suspended again",
                plan.Suspension, plan.Plan.NameOf(plan.Stage), failed.Name, failed.Says);
        }
    }

    private bool GoOn(ResumeRecord plan, string actor, string what, string reason) => board.Change((transaction, store) =>
    {
        var (id, next) = (plan.Suspension, plan.Stage + 1);
        var isLast = next == plan.Plan.Stages.Length;
        if (!plans.Move(transaction, plan, isLast ? ResumeState.Completed : ResumeState.Running, isLast ? plan.Stage : next))
        {
            return false;
        }

        var version = isLast
            ? store.Resumed(transaction, id, plan.StartedBy, plan.Reason)
            : SuspensionStore.Spare(transaction, id, plan.Plan.SparedAt(next, id));
        Note(transaction, id, actor, isLast && what == "advanced" ? "completed" : what, plan.Plan.NameOf(next), reason, version);
        if (isLast && (SuspensionStore.Find(transaction, id)!.Effects & (SuspensionEffects.DenyState | SuspensionEffects.DenyCommands)) != 0)
        {
            ResumeStore.WantResync(transaction, id);
        }

        return true;
    });

    private ResumeVerdict? Refusal(Suspension? suspension, string approver) =>
        suspension is null ? ResumeVerdict.NotFound
        : suspension.State == Suspension.Lifted ? ResumeVerdict.AlreadyLifted
        : suspension.Author == approver ? ResumeVerdict.SameAuthor
        : board.WentBack ? ResumeVerdict.NumbersWentBack
        : null;

    private void Note(DbTransaction transaction, string id, string actor, string what, string stage, string says, long version)
    {
        plans.Note(transaction, id, actor, what, stage, says);
        audit.Append(transaction, actor, "suspension.resume_" + what, id, JsonSerializer.Serialize(new { Stage = stage, Says = says, Version = version }));
    }

    private (ResumePlan? Plan, string? Wrong) Plan(Suspension suspension, PlanWish wish)
    {
        var named = new List<string>();
        foreach (var id in wish.Links)
        {
            if (links.Find(id) is null)
            {
                return (null, $"allow_links: there is no live account link '{id}'.");
            }

            named.Add(id);
        }

        var devices = new List<string>();
        foreach (var id in wish.Devices)
        {
            if (register.Find(id) is not { } device)
            {
                return (null, $"allow_devices: there is no device '{id}'.");
            }

            devices.Add(device.Id.Value);
        }

        var canaries = links.Canaries().Where(link => links.BoundDevices(link.Id).Any(device =>
            suspension.Scope.Covers(GrantStream.Facts(CanaryPlatform.Id, link.Id, device, "CameraStream")))).Select(link => link.Id.Value);
        ImmutableArray<string> allowed = [.. canaries.Concat(named).Distinct(StringComparer.Ordinal)];
        if (allowed.Length > SparedPart.NamedMax || devices.Count > SparedPart.NamedMax)
        {
            return (null, $"An allow-list names at most {SparedPart.NamedMax} links, canaries included, and {SparedPart.NamedMax} devices.");
        }

        ImmutableArray<ResumeStage> stages = [.. wish.Stages ?? options.Stages];
        if (wish.Stages is not null && Wrong(stages) is { } wrong)
        {
            return (null, wrong);
        }

        // A stage that spares nobody proves nothing.
        stages = [.. stages.Where(stage => stage.Percent > 0 || allowed.Length + devices.Count > 0)];
        return stages.IsEmpty
            ? (null, "A plan needs a stage that lets something through.")
            : (new ResumePlan(allowed, [.. devices.Distinct(StringComparer.Ordinal)], stages), null);
    }

    private string? Wrong(ImmutableArray<ResumeStage> stages) =>
        stages.Length is 0 or > ResumePlan.StagesMax ? $"A plan has 1 to {ResumePlan.StagesMax} stages before 100 %, which follows by itself."
        : stages.Any(stage => stage.Percent is < 0 or > 99) ? "A stage's percent is 0 (the allow-list alone) to 99."
        : stages.Zip(stages.Skip(1)).Any(pair => pair.First.Percent >= pair.Second.Percent) ? "Each stage lets more through than the one before."
        : stages.Any(stage => stage.AtLeast < options.StageMin || stage.AtLeast > ResumptionOptions.StageMax)
            ? $"A stage lasts from {options.StageMin} to {ResumptionOptions.StageMax.TotalDays:0} days; minutes may have decimals."
        : null;
}
