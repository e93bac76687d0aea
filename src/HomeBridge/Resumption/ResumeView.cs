using HomeBridge.Suspensions;

namespace HomeBridge.Resumption;

/// <summary>A plan for operators. Times that lie ahead are null when nothing runs.</summary>
internal sealed record ResumeView(
    string Suspension, string State, string Stage, IReadOnlyList<StageView> Stages, IReadOnlyList<GateView> Gates, DateTimeOffset Since, DateTimeOffset? NextAt,
    string StartedBy, DateTimeOffset StartedAt, string Reason, IReadOnlyList<string> AllowLinks, IReadOnlyList<string> AllowDevices, IReadOnlyList<ResumeEvent> History);

/// <summary>A stage: <c>done</c>, <c>current</c> or <c>ahead</c>.</summary>
internal sealed record StageView(string Name, int Percent, double Minutes, string State);

/// <summary>A gate: <c>holds</c>, <c>waits</c> or <c>fails</c>.</summary>
internal sealed record GateView(string Name, bool Ok, string State, string Says);

/// <summary>Tells where plans stand.</summary>
internal sealed class ResumeViews(ResumeStore plans, ResumeGates gates)
{
    /// <summary>The last plan of a suspension; null when there was none.</summary>
    public ResumeView? Of(Suspension suspension)
    {
        if (plans.Find(suspension.Id) is not { } plan)
        {
            return null;
        }

        var runs = plan.State is ResumeState.Running && suspension.State == Suspension.Resuming;
        var reached = plan.State is ResumeState.Completed ? plan.Plan.Stages.Length : plan.Stage;
        return new ResumeView(
            suspension.Id,
            runs ? "running" : plan.State is ResumeState.Running ? "ended" : plan.State.ToString().ToLowerInvariant(),
            plan.Plan.NameOf(reached),
            [
                .. plan.Plan.Stages.Select((stage, index) => new StageView(
                    stage.Name, stage.Percent, Math.Round(stage.AtLeast.TotalMinutes, 3), index < reached ? "done" : index == reached && runs ? "current" : "ahead")),
                new StageView(ResumeStage.Everything, 100, 0, reached == plan.Plan.Stages.Length ? "done" : "ahead"),
            ],
            runs ? [.. gates.Look(suspension, plan).Select(gate => new GateView(gate.Name, gate.Ok, gate.State.ToString().ToLowerInvariant(), gate.Says))] : [],
            plan.Since,
            runs ? plan.DueAt : null,
            plan.StartedBy,
            plan.StartedAt,
            plan.Reason,
            plan.Plan.Links,
            plan.Plan.Devices,
            plans.History(suspension.Id));
    }
}

/// <summary>The staged resume.</summary>
internal static class ResumptionFeature
{
    public static void AddResumption(this IServiceCollection services, ResumptionOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<ResumeStore>();
        services.AddSingleton<ResumeGates>();
        services.AddSingleton<ResumeViews>();
        services.AddSingleton<StagedResume>();
        services.AddSingleton<HomesAfterResume>();
        services.AddHostedService<ResumeWorker>();
    }
}
