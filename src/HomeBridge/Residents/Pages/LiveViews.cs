using HomeBridge.Hosting.Pages;

namespace HomeBridge.Residents.Pages;

/// <summary>Who watches right now, each with a button that ends it.</summary>
internal static class LiveViews
{
    public static Html Section(AccountFrame frame, IReadOnlyList<CameraView> live, string back) => Html.Of($"""
        <section class="live {(live.Count == 0 ? "quiet" : "on")}">
        <div class="row"><h2>{frame.SayOfViews(live.Count == 0 ? "nobody_now" : "watching_now")}</h2><a href="{back}">{frame.SayOfViews("look_again")}</a></div>
        {(live.Count == 0 ? Html.Of($"<p class=\"hint\">{frame.SayOfViews("nobody_now_text", frame.Moment(frame.Now))}</p>") : Rows(frame, live, back))}
        </section>
        """);

    private static Html Rows(AccountFrame frame, IReadOnlyList<CameraView> live, string back) => Html.Of($"""
        <ul class="rows">
        {Html.Join(live.Select(view => Html.Of($"""
            <li><div><span class="dot" aria-hidden="true">●</span> <strong>{CameraName(frame, view)}</strong>
            <small>{frame.SayOfViews("on_platform_since", view.PlatformName, frame.Moment(view.Start), frame.Length(view.Length(frame.Now) ?? TimeSpan.Zero))}</small></div>
            {frame.Form(AccountPaths.StopNow, Html.Of($"<input type=\"hidden\" name=\"back\" value=\"{back}\"><button class=\"danger\" type=\"submit\" name=\"view\" value=\"{view.Id}\">{frame.SayOfViews("stop_now")}{AccountFrame.Away(CameraName(frame, view))}</button>"))}</li>

            """)))}
        </ul>
        {(live.Count < 2 ? Html.Empty : frame.Form(AccountPaths.StopNow, Html.Of($"<input type=\"hidden\" name=\"back\" value=\"{back}\"><button class=\"danger\" type=\"submit\" name=\"view\" value=\"all\">{frame.SayOfViews("stop_all")}</button>"), "actions"))}
        <p class="hint">{frame.SayOfViews("stop_hint")} <a href="{AccountPaths.Cameras}">{frame.SayOfViews("pause_link")}</a></p>
        """);

    public static string CameraName(AccountFrame frame, CameraView view) => view.CameraName ?? frame.SayOfViews("camera_unnamed");
}
