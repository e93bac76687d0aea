using HomeBridge.LinkDoctor;

namespace HomeBridge.OpsConsole;

/// <summary>Linking attempts and requests over the ops API.</summary>
internal static class DoctorApi
{
    public const int ListedByDefault = 50;

    public static object Recent(Doctor doctor, int limit) => new
    {
        LinkingAttempts = doctor.RecentAttempts(limit).Select(one => new
        {
            Reference = one.Name,
            one.Began,
            one.Client,
            one.Link,
            one.Furthest,
            one.Outcome,
            State = Name(one.State),
        }),
        FailingRequests = doctor.RecentFailures(limit).Select(one => new
        {
            RequestId = one.Name,
            one.Link,
            At = one.Began,
            Step = one.Furthest,
            one.Outcome,
            Detail = one.Timeline.Select(step => step.Detail).LastOrDefault(detail => detail is not null),
        }),
    };

    public static object Of(IReadOnlyList<Examination> found) => new
    {
        Journeys = found.Select(one => new
        {
            Kind = one.IsLinking ? "linking" : "request",
            one.Name,
            one.Link,
            one.Client,
            one.Began,
            one.Furthest,
            one.Outcome,
            State = Name(one.State),
            one.Advice.Means,
            one.Advice.ToDo,
            Steps = one.Timeline,
        }),
    };

    public static string Name(JourneyState state) => state switch
    {
        JourneyState.Complete => "complete",
        JourneyState.Waiting => "waiting",
        JourneyState.Abandoned => "abandoned",
        _ => "stopped",
    };
}
