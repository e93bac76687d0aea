using HomeBridge.Devices;
using HomeBridge.Hosting.Pages;
using HomeBridge.LinkDoctor;

namespace HomeBridge.OpsConsole;

/// <summary>Why is this link, device, request or suspension refused? Words and entries, never a picture.</summary>
internal static class ExplainPage
{
    public const string Path = "/explain";
    private const int IdLengthMax = 256;

    public static IResult Show(ConsoleFrame frame, Explanations explanations, DeviceCloudHealth health, string? id)
    {
        id = id?.Trim() is { Length: > 0 and <= IdLengthMax } asked ? asked : null;
        var found = id is null ? null : explanations.Of(id);
        return frame.Page(id is null ? "Explain" : $"Explain {SuspensionWords.Id(id)}", Html.Of($"""
            <section>
            <h1>Why is it refused?</h1>
            <form class="search" method="get" action="{Path}" role="search">
            <label class="field">Link, device, request id, reference or suspension <input name="id" value="{id}" maxlength="{IdLengthMax}" autocomplete="off" spellcheck="false" required></label>
            <button class="primary" type="submit">Explain</button>
            </form>
            </section>
            {(found is not null ? Found(found, health) : id is null ? Html.Empty : Html.Of($"""
                <section>
                <h2>Nothing is known of {id}</h2>
                <p class="empty">It is looked up whole: a live account link, a device by the id that platforms see or the maker's own, a platform's request id, a resident's reference, or a suspension. Requests are kept for a day at most.</p>
                </section>
                """))}
            """), id is not null && found is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK);
    }

    private static Html Found(Explanation found, DeviceCloudHealth health)
    {
        var maker = health.Read();
        var refused = found.Suspensions.Count > 0;
        return Html.Of($"""
            <section>
            <h2>{(found.Kind == "linking" ? "Linking attempt" : $"{char.ToUpperInvariant(found.Kind[0])}{found.Kind[1..]}")} <code>{found.Id}</code></h2>
            <div class="advice {(refused ? "poor" : "good")}" role="status">
            <p class="big">{(refused ? $"{SuspensionWords.Count(found.Suspensions.Count, "suspension")} {(found.Suspensions.Count == 1 ? "decides" : "decide")}" : "No suspension decides")}</p>
            {Html.Join(found.Says.Select(sentence => Html.Of($"<p>{sentence}</p>\n")))}
            <p>The maker {maker.Vendor} {(maker.Breaker == "closed" ? "answers." : $"is in trouble: calls to it are {maker.Breaker}.")}</p>
            </div>
            </section>
            {(found.Suspensions.Count == 0 ? Html.Empty : Html.Of($"""
                <section>
                <h2>What decides</h2>
                <ul class="suspensions">
                {Html.Join(found.Suspensions.Select(one => Html.Of($"""
                    <li>
                    <p>{SuspensionWords.State(one.State)} <a href="{SuspensionWords.Address(one.Id)}">{SuspensionWords.Of(one.Scope)}</a></p>
                    <p>{one.Says}</p>
                    <p><small>{(one.Reason.Length > 0 ? one.Reason + " · " : "")}{one.Author} · incident {one.Incident} · {ConsoleFrame.Moment(one.RaisedAt)}</small></p>
                    </li>

                    """)))}
                </ul>
                </section>
                """))}
            {(found.Steps.Count == 0 ? Html.Empty : Html.Of($"""
                <section>
                <h2>Last steps</h2>
                <table class="figures">
                <thead><tr><th>Request</th><th>At (UTC)</th><th>Step</th><th>Outcome</th><th>Means</th></tr></thead>
                <tbody>
                {Html.Join(found.Steps.Select(step => Html.Of($"""
                    <tr><th scope="row">{(step.Name == Journeys.UnreadRequest ? Html.Of($"unread") : Html.Of($"<a href=\"{DoctorPages.Address(step.Name)}\"><code>{step.Name}</code></a>"))}</th><td data-label="At">{ConsoleFrame.When(step.At)}</td><td data-label="Step">{step.Step}</td><td data-label="Outcome"><code>{step.Outcome}</code></td><td data-label="Means"><span>{step.Means}</span>{(step.Detail is { } detail ? Html.Of($"<small>{detail}</small>") : Html.Empty)}</td></tr>

                    """)))}
                </tbody></table>
                </section>
                """))}
            """);
    }

    public static string Address(string id) => $"{Path}?id={Uri.EscapeDataString(id)}";
}
