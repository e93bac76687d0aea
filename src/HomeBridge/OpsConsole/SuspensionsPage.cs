using HomeBridge.Hosting.Pages;
using HomeBridge.Suspensions;

namespace HomeBridge.OpsConsole;

/// <summary>All suspensions, those in force first.</summary>
internal static class SuspensionsPage
{
    public const string Path = "/suspensions";
    private const int ShownMax = 200;

    public static IResult Show(ConsoleFrame frame, SuspensionStore store)
    {
        var all = store.All(ShownMax);
        var inForce = all.Count(one => one.State != "lifted");
        return frame.Page("Suspensions", Html.Of($"""
            <div data-part="state"><h1 class="{(inForce == 0 ? "serving" : "suspended")}">{(inForce == 0 ? "No suspension is in force" : $"{SuspensionWords.Count(inForce, "suspension")} in force")}</h1></div>
            <section data-part="list">
            <h2>In force, then lately lifted</h2>
            {(all.Count == 0 ? Html.Of($"<p class=\"empty\">Nothing was ever suspended here.</p>") : List(all, frame.Time))}
            {(all.Count == ShownMax ? Html.Of($"<p class=\"empty\">These are the first {ShownMax}. <a href=\"{AuditPage.Path}?action=suspension.raised\">The audit trail</a> has all.</p>") : Html.Empty)}
            </section>
            """), live: LiveEvents.Path);
    }

    public static Html List(IEnumerable<Suspension> suspensions, DateTimeOffset now) => Html.Of($"""
        <ul class="suspensions">
        {Html.Join(suspensions.Select(one => Html.Of($"""
            <li class="{one.State}">
            <p>{SuspensionWords.State(one.State)} <a href="{SuspensionWords.Address(one.Id)}">{SuspensionWords.Of(one.Scope)}</a> {(one.LiftedAt is { } lifted ? Html.Of($"after {SuspensionWords.Age(lifted - one.RaisedAt)}") : Html.Of($"for {SuspensionWords.Age(now - one.RaisedAt)}"))}</p>
            <p><small>{(one.Reason.Length > 0 ? one.Reason + " · " : "")}{one.Origin}, {one.Author} · incident {one.Incident} · {ConsoleFrame.Moment(one.RaisedAt)}</small></p>
            </li>

            """)))}
        </ul>
        """);
}
