using HomeBridge.Hosting.Pages;
using HomeBridge.LinkDoctor;
using Microsoft.AspNetCore.WebUtilities;

namespace HomeBridge.OpsConsole;

/// <summary>For one linking attempt or one request: every step, where it stopped, and what to do about it.</summary>
internal static class DoctorPages
{
    public const string Path = "/doctor";
    private const int FindLengthMax = 256;
    private const int ListedMax = 20;

    public static IResult Show(ConsoleFrame frame, Doctor doctor, string? find)
    {
        find = find?.Trim() is { Length: > 0 } typed ? typed[..Math.Min(typed.Length, FindLengthMax)] : null;
        return find is null ? Recent(frame, doctor) : Found(frame, doctor.Examine(find), find);
    }

    private static Page Recent(ConsoleFrame frame, Doctor doctor)
    {
        var (attempts, failures) = (doctor.RecentAttempts(ListedMax), doctor.RecentFailures(ListedMax));
        return frame.Page("Link doctor", Html.Of($"""
            {Search(null)}
            <section>
            <h2>Recent linking attempts</h2>
            {(attempts.Count == 0
                ? Html.Of($"<p class=\"empty\">Nobody has tried to link in the last day. An attempt appears when a platform sends somebody to our first page.</p>")
                : Html.Of($"""
                <table class="figures">
                <thead><tr><th>Reference</th><th>Began (UTC)</th><th>From</th><th>Step</th><th>Now</th></tr></thead>
                <tbody>
                {Html.Join(attempts.Select(Row))}
                </tbody></table>
                """))}
            </section>
            <section>
            <h2>Requests that failed lately</h2>
            {(failures.Count == 0
                ? Html.Of($"<p class=\"empty\">No request has failed in the last day.</p>")
                : Html.Of($"""
                <table class="figures">
                <thead><tr><th>Request</th><th>At (UTC)</th><th>Why</th><th>Detail</th></tr></thead>
                <tbody>
                {Html.Join(failures.Select(one => Html.Of($"""
                    <tr><th scope="row"><a href="{Address(one.Journey)}"><code>{(one.Name == Journeys.UnreadRequest ? "unread" : one.Name)}</code></a></th><td data-label="At">{ConsoleFrame.When(one.Began)}</td><td data-label="Why"><code>{one.Outcome}</code></td><td data-label="Detail">{one.Timeline.Select(step => step.Detail).LastOrDefault(detail => detail is not null)}</td></tr>

                    """)))}
                </tbody></table>
                """))}
            </section>
            """));
    }

    private static Page Found(ConsoleFrame frame, IReadOnlyList<Examination> found, string find) => frame.Page(
        $"Link doctor: {find}",
        Html.Of($"""
            {Search(find)}
            {(found.Count == 0
                ? Html.Of($"<section><h2>Nothing is known of {find}</h2><p class=\"empty\">Steps are kept for a day at most, and the newest are written within a second or two. A reference has eight letters and digits; a request id is the platform's, whole.</p></section>")
                : Html.Join(found.Select(Details)))}
            <p><a href="{Path}">All recent attempts and requests</a></p>
            """),
        found.Count == 0 ? StatusCodes.Status404NotFound : StatusCodes.Status200OK);

    private static Html Details(Examination one) => Html.Of($"""
        <section>
        <h2>{(one.IsLinking ? "Linking attempt" : "Request")} <code>{one.Name}</code></h2>
        <p class="facts">{(one.Client is { } client ? Html.Of($"<span>from <code>{client}</code></span>") : Html.Empty)}{(one.Link is { } link ? Html.Of($"<span>link <code>{link}</code></span>") : Html.Empty)}<span>{ConsoleFrame.Moment(one.Began)}</span></p>
        <div class="advice {Class(one.State)}" role="status">
        <p class="big">{Headline(one)}</p>
        <p>{one.Advice.Means}</p>
        <p><strong>What to do:</strong> {one.Advice.ToDo}</p>
        </div>
        <ol class="timeline">
        {Html.Join(one.Timeline.Select((step, index) => Line(step, isNext: step.Outcome is null && (index == 0 || one.Timeline[index - 1].Outcome is not null), one.State)))}
        </ol>
        </section>

        """);

    private static Html Line(TimelineStep step, bool isNext, JourneyState state)
    {
        var (mark, says) = step.Outcome switch
        {
            Steps.Ok => ("passed", "passed"),
            null when isNext && state is JourneyState.Waiting => ("next", "waiting for this"),
            null => ("ahead", "not reached"),
            var stop => ("stopped", $"stopped: {stop}"),
        };
        return Html.Of($"""
            <li class="{mark}"><span class="what">{step.Title}</span> <span class="outcome">{says}</span>{(step.Detail is { } detail ? Html.Of($"<small>{detail}</small>") : Html.Empty)}{(step.At is { } at ? Html.Of($"<small>{ConsoleFrame.Moment(at)}</small>") : Html.Empty)}</li>

            """);
    }

    private static Html Row(Examination one) => Html.Of($"""
        <tr><th scope="row"><a href="{Address(one.Name)}"><code>{one.Name}</code></a></th><td data-label="Began">{ConsoleFrame.When(one.Began)}</td><td data-label="From">{one.Client ?? "–"}</td><td data-label="Step">{StopCatalogue.TitleOf(one.Furthest)}</td><td data-label="Now"><span class="verdict {Class(one.State)}">{(one.State is JourneyState.Stopped ? $"stopped: {one.Outcome}" : DoctorApi.Name(one.State))}</span></td></tr>

        """);

    private static string Headline(Examination one) => one.State switch
    {
        JourneyState.Complete => one.IsLinking ? "Linked" : "Answered",
        JourneyState.Waiting => "Under way",
        JourneyState.Abandoned => $"Left after: {StopCatalogue.TitleOf(one.Furthest)}",
        _ => $"Stopped: {one.Outcome}",
    };

    private static string Class(JourneyState state) => state switch
    {
        JourneyState.Complete => "good",
        JourneyState.Stopped => "poor",
        _ => "open",
    };

    public static string Address(string journey) => QueryHelpers.AddQueryString(Path, "find", journey);

    private static Html Search(string? find) => Html.Of($"""
        <section>
        <h1>Where did it stop?</h1>
        <form class="search" method="get" action="{Path}" role="search">
        <label class="field">Reference or request id <input name="find" value="{find}" placeholder="7QHR-40ZK" maxlength="{FindLengthMax}" autocomplete="off" spellcheck="false"></label>
        <button class="primary" type="submit">Look up</button>
        </form>
        <p><small>A reference stands on the page that a resident saw when linking failed. A request id stands in the platform's log.</small></p>
        </section>
        """);
}
