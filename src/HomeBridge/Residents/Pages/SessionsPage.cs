using HomeBridge.AccountLinking.OAuth;
using HomeBridge.AccountLinking.SignIn;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages;

namespace HomeBridge.Residents.Pages;

/// <summary>Where the resident is signed in: browsers, and the companion app on phones.</summary>
internal sealed class SessionsPage(ResidentSessions sessions, CompanionTokens companions, Database database)
{
    public Page Show(AccountFrame frame)
    {
        var browsers = sessions.Of(frame.Home.Vendor, frame.Home.Account, frame.Resident.SessionId);
        var apps = companions.Of(frame.Home.Vendor, frame.Home.Account);
        return frame.Page(frame.Say("sessions_title"), Html.Of($"""
            <h1>{frame.Say("sessions_title")}</h1>
            <p>{frame.Say("sessions_text")}</p>
            <section>
            <h2>{frame.Say("browsers")}</h2>
            <ul class="rows">
            {Html.Join(browsers.Select(session => Html.Of($"""
                <li><div><strong>{session.Browser}</strong>{(session.IsCurrent ? Html.Of($" {AccountFrame.Badge("good", "✓", frame.Say("this_browser"))}") : Html.Empty)}
                <small>{frame.Say("session_times", frame.Moment(session.BegunAt), frame.Moment(session.LastUsedAt))}</small></div>
                {(session.IsCurrent ? Html.Empty : End(frame, "browser", session.Id, session.Browser))}</li>

                """)))}
            </ul>
            {(browsers.Count < 2 ? Html.Empty : frame.Form(AccountPaths.Sessions, Html.Of($"<button class=\"danger\" type=\"submit\" name=\"others\" value=\"end\">{frame.Say("end_others")}</button>"), "actions"))}
            </section>
            {(apps.Count == 0 ? Html.Empty : Html.Of($"""
                <section>
                <h2>{frame.Say("apps")}</h2>
                <ul class="rows">
                {Html.Join(apps.Select(app => Html.Of($"""
                    <li><div><strong>{app.ClientName}</strong> <small>{frame.Say("session_times", frame.Moment(app.Begun), frame.Moment(app.LastUsed))}</small></div>
                    {End(frame, "app", app.Id, app.ClientName)}</li>

                    """)))}
                </ul>
                </section>
                """))}
            """));
    }

    /// <summary>Ends what was asked for; null when it is not this resident's.</summary>
    public string? Post(AccountFrame frame, IFormCollection form)
    {
        var home = frame.Home;
        if (form.ContainsKey("others"))
        {
            sessions.EndOthers(home.Vendor, home.Account, frame.Resident.SessionId);
            return "others_ended";
        }

        if (form["browser"].ToString() is { Length: > 0 } browser)
        {
            return sessions.End(home.Vendor, home.Account, browser) ? "session_ended" : null;
        }

        // Whose an app's session is, the list says: its id alone ends nothing.
        var app = form["app"].ToString();
        return companions.Of(home.Vendor, home.Account).Any(one => one.Id == app) && database.Write(transaction => companions.End(transaction, app))
            ? "session_ended"
            : null;
    }

    private static Html End(AccountFrame frame, string kind, string id, string name) => frame.Form(
        AccountPaths.Sessions, Html.Of($"<button type=\"submit\" name=\"{kind}\" value=\"{id}\">{frame.Say("end_session")}{AccountFrame.Away(name)}</button>"));
}
