using HomeBridge.CameraStreams;
using HomeBridge.Hosting.Pages;

namespace HomeBridge.Residents.Pages;

/// <summary>What is paused, and the buttons for it.</summary>
internal static class PauseWords
{
    /// <summary>Shown on top for as long as something is paused.</summary>
    public static Html Banner(AccountFrame frame, IReadOnlyList<SharingPause> pauses, IReadOnlyDictionary<string, string> names)
    {
        if (pauses.Count == 0)
        {
            return Html.Empty;
        }

        var all = pauses.FirstOrDefault(pause => pause.Device is null);
        return Html.Of($"""
            <section class="paused" role="status">
            <h2><span aria-hidden="true">❚❚</span> {frame.Say(all is null ? "paused_some" : "paused_all")}</h2>
            {(all is not null
                ? Html.Of($"<p>{Until(frame, all)}</p>")
                : Html.Of($"<ul>{Html.Join(pauses.Select(pause => Html.Of($"<li>{names.GetValueOrDefault(pause.Device!, frame.SayOfViews("camera_unnamed"))}: {Until(frame, pause)}</li>")))}</ul>"))}
            {frame.Form(AccountPaths.Cameras, Html.Of($"<button class=\"primary\" type=\"submit\" name=\"resume\" value=\"all\">{frame.Say("resume_all")}</button>"))}
            </section>
            """);
    }

    public static string Until(AccountFrame frame, SharingPause pause) =>
        pause.Until is { } until ? frame.Say("paused_until", frame.Moment(until)) : frame.Say("paused_until_resumed");

    /// <summary>The three lengths as buttons of one form.</summary>
    public static Html Buttons(AccountFrame frame, string camera, string name) => frame.Form(AccountPaths.Cameras, Html.Of($"""
        <input type="hidden" name="camera" value="{camera}">
        <button type="submit" name="pause" value="hour">{frame.Say("pause_hour")}{AccountFrame.Away(name)}</button>
        <button type="submit" name="pause" value="tomorrow">{frame.Say("pause_tomorrow", Morning(frame))}{AccountFrame.Away(name)}</button>
        <button type="submit" name="pause" value="until_resumed">{frame.Say("pause_until_resumed")}{AccountFrame.Away(name)}</button>
        """), "actions three");

    /// <summary>When "tomorrow" is, where the resident lives.</summary>
    private static string Morning(AccountFrame frame) => frame.Moment(PauseEnds.At(PauseLength.Tomorrow, frame.Now, frame.Zone)!.Value);
}
