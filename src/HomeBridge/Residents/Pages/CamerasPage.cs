using HomeBridge.Hosting.Pages;

namespace HomeBridge.Residents.Pages;

/// <summary>Pausing the sharing of one camera, or of all.</summary>
internal sealed class CamerasPage(ResidentControls controls, ResidentDevices devices)
{
    public async Task<Page> Show(AccountFrame frame, CancellationToken cancel)
    {
        var listed = await devices.Of(frame.Home, cancel);
        var pauses = controls.Pauses(frame.Home);
        var all = pauses.FirstOrDefault(pause => pause.Device is null);
        var cameras = listed.Devices.Where(device => device.IsCamera).ToList();
        return frame.Page(frame.Say("cameras_title"), Html.Of($"""
            <h1>{frame.Say("cameras_title")}</h1>
            <p>{frame.Say("cameras_text")}</p>
            {(listed.IsCurrent ? Html.Empty : Html.Of($"<p class=\"hint\" role=\"status\">{frame.Say("maker_away")}</p>"))}
            <section class="{(all is null ? "" : "paused")}">
            <h2>{frame.Say("all_cameras")}</h2>
            {(all is null
                ? Html.Of($"<p>{AccountFrame.Badge("good", "✓", frame.Say("sharing_on"))}</p>")
                : Html.Of($"<p>{AccountFrame.Badge("part", "❚❚", PauseWords.Until(frame, all))}</p>{Resume(frame, "all", frame.Say("resume_all"), "")}"))}
            {PauseWords.Buttons(frame, "", frame.Say("all_cameras"))}
            </section>
            {(cameras.Count == 0 ? Html.Of($"<p class=\"empty\">{frame.Say("no_cameras")}</p>") : Html.Join(cameras.Select(camera =>
            {
                var pause = pauses.FirstOrDefault(one => one.Device == camera.Id);
                return Html.Of($"""
                    <section>
                    <h2>{camera.Name}</h2>
                    <p>{(camera.Room is null ? Html.Empty : Html.Of($"<small>{camera.Room}</small> "))}{(pause is not null ? AccountFrame.Badge("part", "❚❚", PauseWords.Until(frame, pause))
                        : all is not null ? AccountFrame.Badge("part", "❚❚", frame.Say("paused_with_all")) : AccountFrame.Badge("good", "✓", frame.Say("sharing_on")))}</p>
                    {(pause is null ? Html.Empty : Resume(frame, camera.Id, frame.Say("resume_one"), camera.Name))}
                    {PauseWords.Buttons(frame, camera.Id, camera.Name)}
                    </section>

                    """);
            })))}
            <p class="hint">{frame.Say("pause_scope")}</p>
            """));
    }

    /// <summary>Pauses or resumes; null when there is no such camera, or no such button.</summary>
    public async Task<string?> Post(AccountFrame frame, IFormCollection form, CancellationToken cancel)
    {
        if (form["resume"].ToString() is { Length: > 0 } resumed)
        {
            controls.Resume(frame.Home, resumed == "all" ? null : resumed);
            return "resumed";
        }

        PauseLength? length = form["pause"].ToString() switch
        {
            "hour" => PauseLength.Hour,
            "tomorrow" => PauseLength.Tomorrow,
            "until_resumed" => PauseLength.UntilResumed,
            _ => null,
        };
        var camera = form["camera"].ToString();
        return length is { } wanted && await controls.Pause(frame.Home, camera.Length == 0 ? null : camera, wanted, frame.Zone, cancel) ? "paused" : null;
    }

    private static Html Resume(AccountFrame frame, string what, string says, string name) => frame.Form(
        AccountPaths.Cameras,
        Html.Of($"<button class=\"primary\" type=\"submit\" name=\"resume\" value=\"{what}\">{says}{(name.Length == 0 ? Html.Empty : AccountFrame.Away(name))}</button>"),
        "actions");
}
