using System.Globalization;
using HomeBridge.CameraStreams;
using HomeBridge.Hosting.Pages;
using Microsoft.AspNetCore.WebUtilities;

namespace HomeBridge.Residents.Pages;

/// <summary>Who viewed the cameras, and what a resident can do about one view.</summary>
internal sealed class ViewsPage(ViewingRecord record, ResidentDevices devices, ResidentsOptions options)
{
    /// <summary>Views on one page.</summary>
    private const int ShownMax = 50;

    private const string DayFormat = "yyyy-MM-dd";

    public async Task<Page> Show(AccountFrame frame, IQueryCollection query, CancellationToken cancel)
    {
        var listed = await devices.Of(frame.Home, cancel);
        var asked = Read(frame, query);
        if (record.Read(frame.Home, asked.Filter, asked.After, ShownMax + 1) is not { } found)
        {
            return frame.NotFound();
        }

        var shown = found.Where(view => !view.IsLive).Take(ShownMax).ToList();
        return frame.Page(frame.SayOfViews("title"), Html.Of($"""
            <h1>{frame.SayOfViews("title")}</h1>
            {LiveViews.Section(frame, record.Live(frame.Home), AccountPaths.Views)}
            <section>
            <h2>{frame.SayOfViews("earlier")}</h2>
            {Filters(frame, asked, listed, devices.Names(frame.Home))}
            {(shown.Count == 0 ? Html.Of($"<p class=\"empty\">{frame.SayOfViews("none")}</p>") : Table(frame, shown))}
            {(found.Count > ShownMax ? Html.Of($"<p><a href=\"{Address(AccountPaths.Views, asked, found[ShownMax - 1].Id)}\">{frame.SayOfViews("older")}</a></p>") : Html.Empty)}
            <p class="actions"><a class="button" href="{Address(AccountPaths.ViewsCsv, asked, null)}">{frame.SayOfViews("csv")}</a><a class="button" href="{Address(AccountPaths.ViewsJson, asked, null)}">{frame.SayOfViews("json")}</a></p>
            </section>
            <section>
            <h2>{frame.SayOfViews("unknown_title")}</h2>
            <p>{frame.SayOfViews("unknown_text")}</p>
            <p>{frame.SayOfViews("kept", options.ViewsKeptDays)}</p>
            </section>
            """));
    }

    /// <summary>One view, and the button that says that it was not this camera.</summary>
    public static Page One(AccountFrame frame, CameraView view) => frame.Page(LiveViews.CameraName(frame, view), Html.Of($"""
        <p><a href="{AccountPaths.Views}">{frame.SayOfViews("back")}</a></p>
        <h1>{LiveViews.CameraName(frame, view)}</h1>
        <section>
        <dl class="facts">
        <div><dt>{frame.SayOfViews("start")}</dt><dd>{frame.When(view.Start)}</dd></div>
        <div><dt>{frame.SayOfViews("length")}</dt><dd>{Length(frame, view)}</dd></div>
        <div><dt>{frame.SayOfViews("platform")}</dt><dd>{Platform(view)}</dd></div>
        <div><dt>{frame.SayOfViews("link")}</dt><dd>{Link(frame, view)}</dd></div>
        <div><dt>{frame.SayOfViews("ended")}</dt><dd>{EndSays(frame, view)}</dd></div>
        </dl>
        {(view.IsLive ? frame.Form(AccountPaths.StopNow, Html.Of($"<input type=\"hidden\" name=\"back\" value=\"{AccountPaths.Views}\"><button class=\"danger\" type=\"submit\" name=\"view\" value=\"{view.Id}\">{frame.SayOfViews("stop_now")}</button>"), "actions") : Html.Empty)}
        </section>
        <section>
        <h2>{frame.SayOfViews("not_mine_title")}</h2>
        <p>{frame.SayOfViews("not_mine_text")}</p>
        {frame.Form(AccountPaths.NotMine(view.Id), Html.Of($"<button class=\"danger\" type=\"submit\">{frame.SayOfViews("not_mine")}</button>"), "actions")}
        </section>
        """));

    /// <summary>What the address asks for. Days are the resident's own.</summary>
    public static (StreamViewFilter Filter, string? After, string Camera, string Platform, string From, string To) Read(AccountFrame frame, IQueryCollection query)
    {
        var (camera, platform) = (query["camera"].ToString(), query["platform"].ToString());
        var (from, to) = (Day(query["from"]), Day(query["to"]));
        return (
            new StreamViewFilter(Some(camera), Some(platform), from is { } first ? Midnight(first, frame.Zone) : null, to is { } last ? Midnight(last.AddDays(1), frame.Zone) : null),
            Some(query["after"].ToString()), camera, platform, Text(from), Text(to));
    }

    /// <summary>The platform, and how the picture came where that is not as usual.</summary>
    private static string Platform(CameraView view) => view.IsPeer ? $"{view.PlatformName} (WebRTC)" : view.PlatformName;

    public static string EndSays(AccountFrame frame, CameraView view) => frame.SayOfViews(view.End switch
    {
        ViewEnd.Live => "end_live",
        ViewEnd.DisplayStopped => "end_display",
        ViewEnd.TimeUp => "end_time_up",
        ViewEnd.StoppedByYou => "end_stopped",
        ViewEnd.PausedByYou => "end_paused",
        ViewEnd.NotSharedAnyMore => "end_not_shared",
        ViewEnd.Suspended => "end_suspended",
        ViewEnd.NotProven => "end_not_proven",
        ViewEnd.SoundWithheld => "end_sound",
        ViewEnd.Interrupted => "end_interrupted",
        _ => "end_unknown",
    });

    private static Html Filters(AccountFrame frame, (StreamViewFilter Filter, string? After, string Camera, string Platform, string From, string To) asked, HomeDevices listed, IReadOnlyDictionary<string, string> names)
    {
        var cameras = listed.Devices.Where(device => device.IsCamera).Select(device => (device.Id, device.Name)).ToList();
        if (asked.Camera.Length > 0 && !cameras.Exists(one => one.Id == asked.Camera))
        {
            cameras.Add((asked.Camera, names.GetValueOrDefault(asked.Camera, frame.SayOfViews("camera_unnamed"))));
        }

        var platforms = frame.PlatformNames();
        return Html.Of($"""
            <form class="filters" method="get" action="{AccountPaths.Views}">
            <label class="field">{frame.SayOfViews("camera")} <select name="camera"><option value="">{frame.SayOfViews("any_camera")}</option>{Options(cameras, asked.Camera)}</select></label>
            <label class="field">{frame.SayOfViews("platform")} <select name="platform"><option value="">{frame.SayOfViews("any_platform")}</option>{Options(platforms, asked.Platform)}</select></label>
            <label class="field">{frame.SayOfViews("from")} <input type="date" name="from" value="{asked.From}"></label>
            <label class="field">{frame.SayOfViews("to")} <input type="date" name="to" value="{asked.To}"></label>
            <button type="submit">{frame.SayOfViews("show")}</button>
            </form>
            """);
    }

    private static Html Options(IEnumerable<(string Id, string Name)> options, string chosen) => Html.Join(options.Select(one =>
        Html.Of($"<option value=\"{one.Id}\"{(one.Id == chosen ? new Html(" selected") : Html.Empty)}>{one.Name}</option>")));

    private static Html Table(AccountFrame frame, IReadOnlyList<CameraView> views) => Html.Of($"""
        <table class="views">
        <thead><tr><th scope="col">{frame.SayOfViews("camera")}</th><th scope="col">{frame.SayOfViews("start")}</th><th scope="col">{frame.SayOfViews("length")}</th><th scope="col">{frame.SayOfViews("platform")}</th><th scope="col">{frame.SayOfViews("ended")}</th><th scope="col"><span class="away">{frame.SayOfViews("not_mine")}</span></th></tr></thead>
        <tbody>
        {Html.Join(views.Select(view => Html.Of($"""
            <tr><th scope="row">{LiveViews.CameraName(frame, view)}</th><td data-label="{frame.SayOfViews("start")}">{frame.When(view.Start)}</td><td data-label="{frame.SayOfViews("length")}">{Length(frame, view)}</td><td data-label="{frame.SayOfViews("platform")}">{Platform(view)}</td><td data-label="{frame.SayOfViews("ended")}">{EndSays(frame, view)}</td><td><a href="{AccountPaths.View(view.Id)}">{frame.SayOfViews("not_mine_link")}{AccountFrame.Away(frame.Moment(view.Start))}</a></td></tr>

            """)))}
        </tbody></table>
        """);

    private static string Length(AccountFrame frame, CameraView view) =>
        !view.Pictures && !view.IsLive ? frame.SayOfViews("no_picture")
        : view.Length(frame.Now) is { } length ? frame.Length(length)
        : frame.SayOfViews("length_unknown");

    private static Html Link(AccountFrame frame, CameraView view) => view.LinkedAt is { } at
        ? Html.Of($"{frame.SayOfViews("linked_at", frame.Moment(at))}")
        : Html.Of($"{frame.SayOfViews("link_unknown")}");

    private static string Address(string path, (StreamViewFilter Filter, string? After, string Camera, string Platform, string From, string To) asked, string? after) =>
        QueryHelpers.AddQueryString(path, new[]
        {
            ("camera", asked.Camera), ("platform", asked.Platform), ("from", asked.From), ("to", asked.To), ("after", after ?? ""),
        }.Where(one => one.Item2.Length > 0).ToDictionary(one => one.Item1, string? (one) => one.Item2, StringComparer.Ordinal));

    private static string? Some(string text) => text.Length is > 0 and <= 128 ? text : null;

    private static DateOnly? Day(string? text) => DateOnly.TryParseExact(text, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is > 2000 and < 9000 ? day : null;

    private static string Text(DateOnly? day) => day?.ToString(DayFormat, CultureInfo.InvariantCulture) ?? "";

    private static DateTimeOffset Midnight(DateOnly day, TimeZoneInfo zone)
    {
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(midnight))
        {
            midnight += TimeSpan.FromMinutes(15);
        }

        return new DateTimeOffset(midnight, zone.GetUtcOffset(midnight));
    }
}
