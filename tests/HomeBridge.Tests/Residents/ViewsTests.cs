using System.Net;
using System.Text.Json;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Residents;

/// <summary>Who viewed my cameras, and whose views nobody else sees.</summary>
[Collection(SandboxCollection.Name)]
public sealed class ViewsTests(SandboxFixture sandbox)
{
    [Fact]
    public async Task A_view_is_live_then_ended_and_exported_with_its_length()
    {
        await sandbox.Recover();
        var home = await sandbox.Link("harbor");
        using var resident = await ResidentBrowser.SignIn(sandbox, "harbor");
        var camera = await home.Device("Jetty camera");
        var viewer = await SharingTests.Watching(home, camera);
        Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(viewer.Init)).Status);
        Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(viewer.Units[0])).Status);

        var live = await resident.Get("/account/views");
        Assert.Contains("Watching right now", live.Text, StringComparison.Ordinal);
        Assert.Contains("Jetty camera", live.Text, StringComparison.Ordinal);
        var view = live.Document!.QuerySelector<IHtmlButtonElement>("button[name=view]")!.Value;
        await SharingTests.Ends(viewer, () => resident.Press(live, "view", view));

        var row = await Until(async () => (await Exported(resident, $"?camera={camera}")).FirstOrDefault(
            one => one.GetProperty("view").GetString() == view && one.GetProperty("end").ValueKind == JsonValueKind.String && one.GetProperty("last_picture").ValueKind == JsonValueKind.String));
        Assert.Equal("stopped_by_you", row.GetProperty("ended_how").GetString());
        Assert.Equal("Jetty camera", row.GetProperty("camera").GetString());
        Assert.Equal("Google", row.GetProperty("platform").GetString());
        Assert.InRange(row.GetProperty("length_seconds").GetInt64(), 0, 60);
        Assert.InRange(row.GetProperty("last_picture").GetDateTimeOffset(), row.GetProperty("start").GetDateTimeOffset(), row.GetProperty("end").GetDateTimeOffset());

        var csv = await resident.Get("/account/views/export.csv");
        Assert.Contains("attachment", csv.Headers, StringComparison.Ordinal);
        Assert.StartsWith("start,end,last_picture,length_seconds,camera,", csv.Text.TrimStart('\uFEFF'), StringComparison.Ordinal);
        Assert.Contains(view, csv.Text, StringComparison.Ordinal);

        // Filters: another camera, another platform, a day that is over.
        Assert.DoesNotContain(await Exported(resident, $"?camera={await home.Device("Boathouse camera")}"), one => one.GetProperty("view").GetString() == view);
        Assert.DoesNotContain(await Exported(resident, "?platform=second"), one => one.GetProperty("view").GetString() == view);
        Assert.DoesNotContain(await Exported(resident, "?to=2020-01-01"), one => one.GetProperty("view").GetString() == view);
        Assert.Contains(await Exported(resident, "?platform=google&from=2020-01-01"), one => one.GetProperty("view").GetString() == view);
        await home.Disconnect();
    }

    [Fact]
    public async Task Not_my_camera_quarantines_exactly_that_camera_once()
    {
        await sandbox.Recover();
        var home = await sandbox.Link("maple");
        using var resident = await ResidentBrowser.SignIn(sandbox, "maple");
        var (garden, door) = (await home.Device("Garden camera"), await home.Device("Front door camera"));
        var (viewer, other) = (await SharingTests.Watching(home, garden), await SharingTests.Watching(home, door));
        var view = (await Exported(resident, $"?camera={garden}"))[0].GetProperty("view").GetString()!;
        var page = await resident.Get($"/account/views/{view}");

        await SharingTests.Ends(viewer, async () => Assert.Contains("Nobody is shown this camera now", (await resident.Submit(page, $"/account/views/{view}/not-mine")).Text, StringComparison.Ordinal));

        Assert.Equal("streamUnavailable", (await home.OpenCamera(garden)).GetProperty("errorCode").GetString());
        Assert.Equal(HttpStatusCode.OK, await other.Poll());
        var raised = Assert.Single(await sandbox.AutomaticSuspensions());
        Assert.Equal(garden, raised.GetProperty("scope").GetProperty("device").GetString());
        Assert.Equal("CameraStream", raised.GetProperty("scope").GetProperty("trait").GetString());
        var notice = await resident.Get("/account");
        Assert.Contains("Live video of Garden camera is off on Google", notice.Text, StringComparison.Ordinal);
        Assert.Contains("Do not unlink", notice.Text, StringComparison.Ordinal);
        Assert.Contains("Suspended by us", notice.Text, StringComparison.Ordinal);

        Assert.Contains("already", (await resident.Submit(page, $"/account/views/{view}/not-mine")).Text, StringComparison.Ordinal);

        // A person has looked at the camera and lifted: what was seen before that stops nobody again.
        var before = await SharingTests.Watching(home, door);
        var earlier = (await Exported(resident, $"?camera={door}"))[0].GetProperty("view").GetString()!;
        await SharingTests.Ends(before, async () => await resident.Press(await resident.Get("/account"), "view", earlier));
        await Until(async () => (await Exported(resident, $"?camera={door}")).FirstOrDefault(one => one.GetProperty("view").GetString() == earlier && one.GetProperty("end").ValueKind == JsonValueKind.String));
        await sandbox.Lift(raised);
        await sandbox.Lift(await sandbox.Suspend(new { preset = "camera-leak", reason = "looked at" }));
        Assert.Contains("was checked since", (await resident.Submit(await resident.Get($"/account/views/{earlier}"), $"/account/views/{earlier}/not-mine")).Text, StringComparison.Ordinal);
        Assert.Empty(await sandbox.AutomaticSuspensions());
        Assert.Equal(HttpStatusCode.OK, await (await home.Watch(door)).Enter());
        await home.Disconnect();
    }

    [Fact]
    public async Task What_is_another_accounts_is_answered_like_what_never_was()
    {
        await sandbox.Recover();
        var maple = await sandbox.Link("maple");
        using var owner = await ResidentBrowser.SignIn(sandbox, "maple");
        using var stranger = await ResidentBrowser.SignIn(sandbox, "harbor");
        var garden = await maple.Device("Garden camera");
        var viewer = await SharingTests.Watching(maple, garden);
        var view = (await owner.Get("/account")).Document!.QuerySelector<IHtmlButtonElement>("button[name=view]")!.Value;
        var link = (await owner.Get("/account")).Document!.QuerySelector<IHtmlAnchorElement>(".platform a")!.GetAttribute("href")!.Split('/')[^1];
        var session = (await owner.Get("/account/sessions")).Document!.QuerySelector<IHtmlButtonElement>("button[name=browser]")?.Value ?? "no-other-session";
        var page = await stranger.Get("/account/cameras");
        Assert.DoesNotContain(garden, page.Text, StringComparison.Ordinal);

        foreach (var (theirs, nobodys) in ((string, string)[])
            [
                ($"/account/links/{link}", "/account/links/lnk_0"),
                ($"/account/links/{link}/unlink", "/account/links/lnk_0/unlink"),
                ($"/account/links/{link}/devices/{garden}", "/account/links/lnk_0/devices/dev_0"),
                ($"/account/views/{view}", "/account/views/0"),
                ($"/account/views?after={view}", "/account/views?after=0"),
            ])
        {
            var (one, other) = (await stranger.Get(theirs), await stranger.Get(nobodys));
            Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (one.Status, other.Status));
            Assert.Equal(Body(other), Body(one));
        }

        foreach (var (action, theirs, nobodys) in ((string, (string, string), (string, string))[])
            [
                ($"/account/links/{link}/unlink", ("x", "y"), ("x", "y")),
                ($"/account/links/{link}/devices", ("device", $"off {garden}"), ("device", "off dev_0")),
                ($"/account/links/{link}/devices/{garden}", ("trait", "off CameraStream"), ("trait", "off Nothing")),
                ("/account/stop-now", ("view", view), ("view", "0")),
                ("/account/cameras", ("camera", garden), ("camera", "dev_0")),
                ($"/account/views/{view}/not-mine", ("x", "y"), ("x", "y")),
                ("/account/sessions", ("browser", session), ("browser", "0")),
                ("/account/sessions", ("app", session), ("app", "0")),
            ])
        {
            var one = await stranger.Forge(page, action, theirs, ("pause", "until_resumed"));
            var other = await stranger.Forge(page, action, nobodys, ("pause", "until_resumed"));
            Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (one.Status, other.Status));
            Assert.Equal(Body(other), Body(one));
        }

        // "All" of the stranger's is nothing of the owner's.
        await stranger.Forge(page, "/account/stop-now", ("view", "all"));
        await stranger.Forge(page, "/account/cameras", ("camera", ""), ("pause", "until_resumed"));
        await stranger.Forge(page, "/account/sessions", ("others", "end"));
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        Assert.Equal(HttpStatusCode.OK, await (await maple.Watch(garden)).Enter());
        Assert.Equal(HttpStatusCode.OK, (await owner.Get("/account")).Status);
        Assert.DoesNotContain(await Exported(stranger, ""), one => one.GetProperty("view").GetString() == view);
        await stranger.Forge(page, "/account/cameras", ("resume", "all"));

        // Without the form's token nothing happens at all.
        var without = await owner.Browser.Post(new Uri(sandbox.Bridge, "/account/stop-now"), [new("view", view)]);
        Assert.Equal(HttpStatusCode.BadRequest, without.Status);
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        await maple.Disconnect();
    }

    [Fact]
    public async Task A_session_that_is_ended_elsewhere_is_over_at_its_next_page()
    {
        using var here = await ResidentBrowser.SignIn(sandbox, "hill");
        using var there = await ResidentBrowser.SignIn(sandbox, "hill");
        var page = await here.Get("/account/sessions");
        var others = page.Document!.QuerySelectorAll<IHtmlButtonElement>("button[name=browser]").Select(button => button.Value).ToList();
        Assert.NotEmpty(others);

        page = await here.Press(page, "browser", others[0]);
        Assert.Contains("Ended.", page.Text, StringComparison.Ordinal);
        if (page.Document!.QuerySelector("button[name=others]") is not null)
        {
            await here.Press(page, "others", "end");
        }

        Assert.NotNull((await there.Get("/account")).Document!.QuerySelector("input[name=username]"));
        Assert.Equal("/account/sessions", (await here.Get("/account/sessions")).Url.AbsolutePath);
    }

    internal static async Task<IReadOnlyList<JsonElement>> Exported(ResidentBrowser resident, string query) =>
        [.. JsonDocument.Parse((await resident.Get("/account/views/export.json" + query)).Text).RootElement.GetProperty("views").EnumerateArray()];

    private static string Body(Page page) => page.Document!.QuerySelector("main")!.InnerHtml;

    private static async Task<JsonElement> Until(Func<Task<JsonElement>> look)
    {
        for (var left = 100; left > 0; left--)
        {
            if (await look() is { ValueKind: JsonValueKind.Object } found)
            {
                return found;
            }

            await Task.Delay(100);
        }

        Assert.Fail("It was not recorded.");
        return default;
    }
}
