using System.Collections.Immutable;
using System.Globalization;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Resumption;

/// <summary>One stage: this share of all links goes on, besides what is named, for at least so long.</summary>
/// <param name="Percent">0 to 99.</param>
/// <param name="AtLeast">Before this is over nothing goes on by itself.</param>
internal sealed record ResumeStage(int Percent, TimeSpan AtLeast)
{
    /// <summary>What is reached after the last stage.</summary>
    public const string Everything = "100 %";

    public string Name => Percent == 0 ? "allow-list" : string.Create(CultureInfo.InvariantCulture, $"{Percent} %");
}

/// <summary>How a suspension is brought back: named links and devices first, then growing shares, then all.</summary>
/// <param name="Links">Account links that go on from the first stage; canaries are among them.</param>
/// <param name="Devices">Devices that do.</param>
/// <param name="Stages">In order.</param>
internal sealed record ResumePlan(ImmutableArray<string> Links, ImmutableArray<string> Devices, ImmutableArray<ResumeStage> Stages)
{
    public const int StagesMax = 10;

    public SparedPart SparedAt(int stage, string suspension) => new(Links, Devices, Stages[stage].Percent, suspension);

    public string NameOf(int stage) => stage < Stages.Length ? Stages[stage].Name : ResumeStage.Everything;
}

/// <summary>What an operator wants otherwise than the default.</summary>
/// <param name="Links">Account links by id.</param>
/// <param name="Devices">Devices by either id.</param>
/// <param name="Stages">Null for the default's.</param>
internal sealed record PlanWish(IReadOnlyList<string> Links, IReadOnlyList<string> Devices, IReadOnlyList<ResumeStage>? Stages)
{
    public static readonly PlanWish Default = new([], [], null);
}

/// <summary>Where a plan stands.</summary>
internal enum ResumeState
{
    /// <summary>A stage is on.</summary>
    Running,

    /// <summary>A gate failed: all is suspended again.</summary>
    Failed,

    /// <summary>A person took it back: all is suspended again.</summary>
    Stopped,

    /// <summary>Everything goes on.</summary>
    Completed,

    /// <summary>The suspension was lifted otherwise.</summary>
    Ended,
}

/// <summary>A plan as it is kept.</summary>
internal sealed record ResumeRecord
{
    public required string Suspension { get; init; }

    public required ResumePlan Plan { get; init; }

    public required ResumeState State { get; init; }

    public required int Stage { get; init; }

    /// <summary>When this stage began.</summary>
    public required DateTimeOffset Since { get; init; }

    public required string StartedBy { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required string Reason { get; init; }

    /// <summary>Answers of QUERY and EXECUTE before the first stage, without those that a suspension refused.</summary>
    public required long AnswersGood { get; init; }

    public required long AnswersTotal { get; init; }

    public DateTimeOffset DueAt => Since + Plan.Stages[Stage].AtLeast;
}

/// <summary>One step of a plan's story.</summary>
internal sealed record ResumeEvent(DateTimeOffset At, string Actor, string Event, string Stage, string Says);
