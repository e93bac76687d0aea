using System.Data.Common;

namespace HomeBridge.LinkDoctor;

/// <summary>How a journey stands.</summary>
internal enum JourneyState
{
    /// <summary>It reached its end.</summary>
    Complete,

    /// <summary>Its last step went well, and it is somebody's turn.</summary>
    Waiting,

    /// <summary>The same, for longer than an attempt lives.</summary>
    Abandoned,

    /// <summary>Its last step did not go well.</summary>
    Stopped,
}

/// <summary>One line of a timeline.</summary>
/// <param name="Step">Its name.</param>
/// <param name="Title">In words.</param>
/// <param name="Outcome"><see cref="Steps.Ok"/>, a stop, or null when the journey did not come this far.</param>
/// <param name="At">Null when it is only known to be passed.</param>
/// <param name="Detail">More.</param>
internal sealed record TimelineStep(string Step, string Title, string? Outcome, DateTimeOffset? At, string? Detail);

/// <summary>A journey, how it stands and what to do.</summary>
/// <param name="IsLinking">Or a request.</param>
/// <param name="Name">The reference, or the platform's request id.</param>
/// <param name="Journey">Its full name.</param>
/// <param name="Link">Once there is one.</param>
/// <param name="Client">Who asked, as far as it is known.</param>
/// <param name="Began">Its first step.</param>
/// <param name="Furthest">The last step that it reached, well or not.</param>
/// <param name="Outcome"><see cref="Steps.Ok"/> or the stop.</param>
/// <param name="State">How it stands.</param>
/// <param name="Advice">What that means.</param>
/// <param name="Timeline">Every step.</param>
internal sealed record Examination(
    bool IsLinking, string Name, string Journey, string? Link, string? Client, DateTimeOffset Began, string Furthest, string Outcome,
    JourneyState State, Advice Advice, IReadOnlyList<TimelineStep> Timeline);

/// <summary>Reads steps back and says where a journey stopped and what to do about it.</summary>
internal sealed class Doctor(StepStore store, TimeProvider time)
{
    /// <summary>Journeys that one answer lists at most.</summary>
    public const int ListedMax = 200;

    /// <summary>After this long without a step, nobody is expected to go on.</summary>
    private static readonly TimeSpan PatienceMax = TimeSpan.FromMinutes(15);

    public IReadOnlyList<Examination> RecentAttempts(int limit) =>
        [.. store.RecentAttempts(Math.Clamp(limit, 1, ListedMax)).Select(OfAttempt)];

    /// <summary>A resident's own, from the sign-in on, the last one first.</summary>
    public IReadOnlyList<Examination> AttemptsOf(string vendor, string account, int limit) =>
        [.. store.RecentAttempts(Math.Clamp(limit, 1, ListedMax), Journeys.Who(vendor, account)).Select(OfAttempt)];

    /// <summary>From now on nobody knows whose attempts those were.</summary>
    public static void Forget(DbTransaction transaction, string vendor, string account) => StepStore.Forget(transaction, Journeys.Who(vendor, account));

    public IReadOnlyList<Examination> RecentFailures(int limit) =>
        [.. store.RecentFailures(Math.Clamp(limit, 1, ListedMax)).Select(row => OfRequest([row]))];

    /// <summary>
    /// What a reference, a request id or a request's full name (link, slash, id) stands for. Several when two links used
    /// one request id.
    /// </summary>
    public IReadOnlyList<Examination> Examine(string asked)
    {
        if (Journeys.ReadReference(asked) is { } reference && store.Of(reference) is { Count: > 0 } attempt)
        {
            return [OfAttempt(attempt)];
        }

        var rows = store.Of(asked) is { Count: > 0 } named ? named : store.OfRequest(asked);
        return [.. rows.GroupBy(row => row.Journey, StringComparer.Ordinal).Select(request => OfRequest([.. request]))];
    }

    private Examination OfAttempt(IReadOnlyList<StepRow> rows)
    {
        var last = rows[^1];
        var state = last.Outcome != Steps.Ok ? JourneyState.Stopped
            : last.Step == LinkingSteps.InOrder[^1] ? JourneyState.Complete
            : At(last) + PatienceMax < time.GetUtcNow() ? JourneyState.Abandoned
            : JourneyState.Waiting;
        var reached = rows.Max(row => LinkingSteps.InOrder.IndexOf(row.Step));
        IEnumerable<TimelineStep> timeline =
        [
            .. rows.Select(Taken),
            .. LinkingSteps.InOrder.Skip(reached + 1).Select(step => new TimelineStep(step, StopCatalogue.TitleOf(step), null, null, null)),
        ];
        return new Examination(
            true, last.Journey, last.Journey, rows.Select(row => row.Link).FirstOrDefault(link => link is not null), rows[0].Detail?.Split(", ")[0], At(rows[0]),
            LinkingSteps.InOrder[reached], last.Outcome, state, StopCatalogue.For(last.Step, last.Outcome), [.. timeline]);
    }

    private static Examination OfRequest(IReadOnlyList<StepRow> rows)
    {
        var last = rows[^1];
        var index = RequestSteps.InOrder.IndexOf(last.Step);
        IEnumerable<TimelineStep> timeline =
        [
            .. RequestSteps.InOrder.Take(index).Select(step => new TimelineStep(step, StopCatalogue.TitleOf(step), Steps.Ok, null, null)),
            .. rows.Select(Taken),
            .. RequestSteps.InOrder.Skip(index + 1).Select(step => new TimelineStep(step, StopCatalogue.TitleOf(step), null, null, null)),
        ];
        return new Examination(
            false, last.Link is { } link ? last.Journey[(link.Length + 1)..] : last.Journey, last.Journey, last.Link, null, At(rows[0]), last.Step, last.Outcome,
            last.Outcome == Steps.Ok ? JourneyState.Complete : JourneyState.Stopped, StopCatalogue.For(last.Step, last.Outcome), [.. timeline]);
    }

    private static TimelineStep Taken(StepRow row) => new(row.Step, StopCatalogue.TitleOf(row.Step), row.Outcome, At(row), row.Detail);

    private static DateTimeOffset At(StepRow row) => DateTimeOffset.FromUnixTimeMilliseconds(row.At);
}
