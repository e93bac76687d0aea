using System.Diagnostics;
using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Residents;

/// <summary>What a resident turns off is off within a second, streams that run included.</summary>
[Collection(SandboxCollection.Name)]
public sealed class SharingTests(SandboxFixture sandbox, ITestOutputHelper output)
{
    private const string Camera = "Garden camera";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task Stop_now_ends_one_view_and_no_other_and_the_display_may_ask_anew()
    {
        await sandbox.Recover();
        var home = await sandbox.Link("maple");
        using var resident = await ResidentBrowser.SignIn(sandbox, "maple");
        var garden = await home.Device(Camera);
        for (var run = 0; run < 3; run++)
        {
            var other = await Watching(home, garden);
            var viewer = await Watching(home, garden);
            var page = await resident.Get("/account");
            var view = Views(page)[0];

            var took = await Ends(viewer, () => resident.Press(page, "view", view));

            output.WriteLine($"stop now, run {run + 1}: the stream was gone {took.TotalMilliseconds:0} ms after the button was pressed");
            Assert.Equal(HttpStatusCode.OK, await other.Poll());
            await Ends(other, async () => await resident.Press(await resident.Get("/account"), "view", Views(await resident.Get("/account"))[0]));
        }

        Assert.Equal(HttpStatusCode.OK, await (await Watching(home, garden)).Poll());
        var ended = await resident.Get("/account/views");
        Assert.Contains("you stopped it", ended.Text, StringComparison.Ordinal);
        await home.Disconnect();
    }

    [Fact]
    public async Task A_paused_camera_is_cut_refused_and_its_waiting_ticket_opens_nothing()
    {
        await sandbox.Recover();
        var home = await sandbox.Link("maple");
        using var resident = await ResidentBrowser.SignIn(sandbox, "maple");
        var (garden, door) = (await home.Device(Camera), await home.Device("Front door camera"));
        foreach (var (camera, length, run) in ((string, string, int)[])[(garden, "hour", 1), ("", "tomorrow", 2), (garden, "until_resumed", 3)])
        {
            var viewer = await Watching(home, garden);
            var waiting = await home.Watch(garden);
            var other = await Watching(home, door);
            var page = await resident.Get("/account/cameras");
            var form = page.Document!.Forms.First(one => one.QuerySelector<IHtmlInputElement>("input[name=camera]")?.Value == camera);

            var took = await Ends(viewer, () => resident.Browser.Post(new Uri(page.Url, "/account/cameras"),
                [.. form.Elements.OfType<IHtmlInputElement>().Select(input => KeyValuePair.Create(input.Name!, input.Value)), new("pause", length)]));

            output.WriteLine($"pause, run {run}: the stream was gone {took.TotalMilliseconds:0} ms after the button was pressed");
            Assert.Equal(HttpStatusCode.NotFound, await waiting.Enter());
            var refused = await home.OpenCamera(garden);
            Assert.Equal(("ERROR", "streamUnavailable"), (refused.GetProperty("status").GetString(), refused.GetProperty("errorCode").GetString()));
            if (camera.Length == 0)
            {
                Assert.Equal("streamUnavailable", (await home.OpenCamera(door)).GetProperty("errorCode").GetString());
            }
            else
            {
                Assert.Equal(HttpStatusCode.OK, await other.Poll());
            }

            // Paused is not unlinked: SYNC and QUERY say what they said.
            Assert.Contains(garden, (await home.Sync()).ToString(), StringComparison.Ordinal);
            Assert.Equal("SUCCESS", (await home.Query(garden)).GetProperty(garden).GetProperty("status").GetString());
            Assert.Contains("Paused by you", (await resident.Get("/account")).Text, StringComparison.Ordinal);

            await resident.Press(await resident.Get("/account/cameras"), "resume", camera.Length == 0 ? "all" : camera);
            Assert.Equal(HttpStatusCode.OK, await (await home.Watch(garden)).Enter());
        }

        await home.Disconnect();
    }

    [Fact]
    public async Task Unlinking_ends_the_running_stream_and_says_before_what_it_ends()
    {
        await sandbox.Recover();
        using var resident = await ResidentBrowser.SignIn(sandbox, "maple");
        for (var run = 1; run <= 3; run++)
        {
            var home = await sandbox.Link("maple");
            var viewer = await Watching(home, await home.Device(Camera));
            var link = (await resident.Get("/account")).Document!.QuerySelector<IHtmlAnchorElement>(".platform a")!.GetAttribute("href")!;
            var page = await resident.Get(link + "/unlink");
            Assert.Contains("This is not deleted", page.Text, StringComparison.Ordinal);

            var took = await Ends(viewer, () => resident.Submit(page, link + "/unlink"));

            output.WriteLine($"unlink, run {run}: the stream was gone {took.TotalMilliseconds:0} ms after the button was pressed");
            using var answer = await home.Post("{}");
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await resident.Get(link)).Status);
        }
    }

    [Fact]
    public async Task A_camera_that_is_turned_off_for_one_platform_ends_there_and_comes_back()
    {
        await sandbox.Recover();
        var home = await sandbox.Link("maple");
        using var resident = await ResidentBrowser.SignIn(sandbox, "maple");
        var (garden, light) = (await home.Device(Camera), await home.Device("Porch light"));
        var link = (await resident.Get("/account")).Document!.QuerySelector<IHtmlAnchorElement>(".platform a")!.GetAttribute("href")!;
        var page = await resident.Get(link);
        var device = await resident.Get($"{link}/devices/{garden}");
        for (var run = 1; run <= 3; run++)
        {
            var viewer = await Watching(home, garden);
            var waiting = await home.Watch(garden);
            var took = await Ends(viewer, () => resident.Press(page, "device", $"off {garden}"));
            output.WriteLine($"device off, run {run}: the stream was gone {took.TotalMilliseconds:0} ms after the button was pressed");
            Assert.Equal(HttpStatusCode.NotFound, await waiting.Enter());
            Assert.Equal("deviceNotFound", (await home.OpenCamera(garden)).GetProperty("errorCode").GetString());
            Assert.DoesNotContain(garden, (await home.Sync()).ToString(), StringComparison.Ordinal);
            await resident.Press(await resident.Get(link), "device", $"on {garden}");

            viewer = await Watching(home, garden);
            waiting = await home.Watch(garden);
            took = await Ends(viewer, () => resident.Press(device, "trait", "off CameraStream"));
            output.WriteLine($"live video withheld, run {run}: the stream was gone {took.TotalMilliseconds:0} ms after the button was pressed");
            Assert.Equal(HttpStatusCode.NotFound, await waiting.Enter());
            Assert.Equal("ERROR", (await home.OpenCamera(garden)).GetProperty("status").GetString());
            await resident.Press(await resident.Get($"{link}/devices/{garden}"), "trait", "on CameraStream");
            Assert.Equal(HttpStatusCode.OK, await (await home.Watch(garden)).Enter());
        }

        // Shared anew it came without its sound, which has a yes of its own.
        await resident.Press(await resident.Get($"{link}/devices/{garden}"), "trait", "on Sound");

        // Without its sound the camera is watched anew, as the same camera to the platform.
        var silenced = await Watching(home, garden);
        var cut = await Ends(silenced, async () => await resident.Press(await resident.Get($"{link}/devices/{garden}"), "trait", "off Sound"));
        output.WriteLine($"sound withheld: the stream was gone {cut.TotalMilliseconds:0} ms after the page was asked for");
        Assert.NotNull((await resident.Get($"{link}/devices/{garden}")).Document!.QuerySelector("button[value='on Sound']"));
        var again = await Watching(home, garden);
        Assert.Equal(HttpStatusCode.OK, (await again.Fetch(again.Init)).Status);
        await resident.Press(await resident.Get($"{link}/devices/{garden}"), "trait", "on Sound");
        Assert.Equal(HttpStatusCode.OK, await again.Poll());

        await resident.Press(await resident.Get($"{link}/devices/{light}"), "trait", "off Brightness");
        Assert.DoesNotContain("brightness", (await home.Query(light)).ToString(), StringComparison.Ordinal);
        Assert.Equal("functionNotSupported", (await home.Execute(light, "BrightnessAbsolute", new { brightness = 5 })).GetProperty("errorCode").GetString());
        Assert.Equal("SUCCESS", (await home.Execute(light, "OnOff", new { on = true })).GetProperty("status").GetString());
        var after = await resident.Get(link);
        Assert.Contains("A function was turned off", after.Text, StringComparison.Ordinal);
        Assert.Contains("in part", after.Text, StringComparison.Ordinal);
        await home.Disconnect();
    }

    internal static async Task<Viewer> Watching(LinkedHome home, string camera)
    {
        var viewer = await home.Watch(camera);
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        return viewer;
    }

    /// <summary>How long after the act began the viewer still got something: it asks without a pause.</summary>
    internal static async Task<TimeSpan> Ends(Viewer viewer, Func<Task> act)
    {
        var begun = Stopwatch.GetTimestamp();
        var acting = act();
        while (Stopwatch.GetElapsedTime(begun) < Deadline)
        {
            if (await viewer.Poll() != HttpStatusCode.OK)
            {
                var took = Stopwatch.GetElapsedTime(begun);
                await acting;
                return took;
            }
        }

        await acting;
        Assert.Fail("The stream went on.");
        return default;
    }

    private static List<string> Views(Page page) =>
        [.. page.Document!.QuerySelectorAll<IHtmlButtonElement>("button[name=view]").Select(button => button.Value).Where(view => view != "all")];
}
