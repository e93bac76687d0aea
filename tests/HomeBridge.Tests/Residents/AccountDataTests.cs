using System.Net;
using System.Text.Json;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using HomeBridge.Tests.AccountLinking.OAuth;
using HomeBridge.Tests.DeviceCloudEvents;
using HomeBridge.Tests.OpsConsole;
using HomeBridge.Tests.World;
using Microsoft.Playwright;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Residents;

/// <summary>What ended with a link, the file of all that is held, and the end of an account: through the pages, with real streams.</summary>
[Collection(SandboxCollection.Name)]
public sealed class AccountDataTests(SandboxFixture sandbox, ConsoleBrowser browser, ITestOutputHelper output) : IClassFixture<ConsoleBrowser>
{
    private const string Camera = "Jetty camera";

    [Fact]
    public async Task Each_way_ends_a_stream_that_runs_and_a_ticket_that_waits_and_the_resident_sees_it()
    {
        await sandbox.Recover();
        using var resident = await ResidentBrowser.SignIn(sandbox, "harbor");
        var neighbour = await sandbox.Link("maple");
        var bystander = await SharingTests.Watching(neighbour, await neighbour.Device("Garden camera"));
        using var maker = new Maker(sandbox);
        foreach (var (way, by) in ((string, string)[])
            [
                ("page", "You ended this link."), ("DISCONNECT", "Google ended this link."), ("RFC 7009", "Google ended this link."),
                ("closed", "Your maker said that the account is closed."),
            ])
        {
            var home = await sandbox.Link("harbor");
            var link = await Link(resident);
            var camera = await home.Device(Camera);
            var viewer = await SharingTests.Watching(home, camera);
            var waiting = await home.Watch(camera);

            var took = await SharingTests.Ends(viewer, async () =>
            {
                switch (way)
                {
                    case "page":
                        var done = await resident.Submit(await resident.Get(link + "/unlink"), link + "/unlink");
                        Assert.Equal(link + "/receipt", done.Url.AbsolutePath);
                        break;
                    case "DISCONNECT":
                        await home.Disconnect();
                        break;
                    case "RFC 7009":
                        await LinkedHome.Token(sandbox.Process, sandbox.Http, home.Client, new() { ["token"] = home.RefreshToken }, "/oauth/revoke");
                        break;
                    default:
                        await maker.Tell(Maker.Event("accountClosed", "harbor", null));
                        break;
                }
            });

            output.WriteLine($"{way}: the stream was gone {took.TotalMilliseconds:0} ms after the act began");
            Assert.Equal(HttpStatusCode.NotFound, await waiting.Enter());
            var receipt = await resident.Get(link + "/receipt");
            Assert.Contains(by, receipt.Text, StringComparison.Ordinal);
            Assert.Equal(("1", "1", "2"), (Fact(receipt, "Streams that ran"), Fact(receipt, "Streams granted but not opened"), Fact(receipt, "Keys that stopped working")));
            Assert.NotNull((await resident.Get("/account")).Document!.QuerySelector($"a[href='{link}/receipt']"));
            Assert.Contains("streams=1 tickets=1", await Trail(link.Split('/')[^1]), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.OK, await bystander.Poll());
        await neighbour.Disconnect();
    }

    [Fact]
    public async Task The_file_has_everything_of_one_resident_and_no_secret()
    {
        await sandbox.Recover();
        var before = await sandbox.Link("harbor");
        await before.Disconnect();
        var home = await sandbox.Link("harbor");
        var neighbour = await sandbox.Link("maple");
        using var resident = await ResidentBrowser.SignIn(sandbox, "harbor");
        using var other = await ResidentBrowser.SignIn(sandbox, "maple");
        var camera = await home.Device(Camera);
        await SharingTests.Watching(home, camera);
        await resident.Forge(await resident.Get("/account/cameras"), "/account/cameras", ("camera", camera), ("pause", "hour"));

        var answer = await resident.Get("/account/data/export.json");
        var file = JsonDocument.Parse(answer.Text).RootElement;
        await resident.Forge(await resident.Get("/account/cameras"), "/account/cameras", ("resume", "all"));

        Assert.Contains("attachment; filename=\"my-data.json\"", answer.Headers, StringComparison.Ordinal);
        Assert.Contains("no-store", answer.Headers, StringComparison.Ordinal);
        Assert.Equal("harbor", file.GetProperty("account").GetString());
        Assert.NotEqual("", file.GetProperty("profile").GetProperty("name").GetString());
        var links = file.GetProperty("links").EnumerateArray().ToList();
        Assert.Contains(links, link => link.TryGetProperty("receipt", out var receipt) && receipt.GetProperty("ended_by").GetString() == "platform");
        Assert.Contains(links, link => link.GetProperty("ended").ValueKind == JsonValueKind.Null && link.GetProperty("devices").GetArrayLength() > 1);
        Assert.Contains(file.GetProperty("pauses").EnumerateArray(), pause => pause.GetProperty("camera").GetString() == camera);
        Assert.Contains(file.GetProperty("views").EnumerateArray(), view => view.GetProperty("camera").GetString() == camera);
        Assert.Contains(file.GetProperty("device_names").EnumerateArray(), device => device.GetProperty("name").GetString() == Camera);
        Assert.Contains(file.GetProperty("audit").EnumerateArray(), row => row.GetProperty("action").GetString() == "sharing.paused" && row.GetProperty("by").GetString() == "you");
        foreach (var member in (string[])["consents", "browsers", "linking_attempts"])
        {
            Assert.NotEqual(0, file.GetProperty(member).GetArrayLength());
        }

        foreach (var secret in (string[])
            ["hba_", "hbr_", "hbc_", "hbs_", "hash", home.AccessToken, home.RefreshToken, resident.Browser.Cookies.GetCookies(sandbox.Bridge)["homebridge.resident"]!.Value])
        {
            Assert.DoesNotContain(secret, answer.Text, StringComparison.OrdinalIgnoreCase);
        }

        // Nothing of the neighbour's, by link or by device.
        Assert.DoesNotContain((await Link(other)).Split('/')[^1], answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(await neighbour.Device("Garden camera"), answer.Text, StringComparison.Ordinal);
        await home.Disconnect();
        await neighbour.Disconnect();
    }

    [Fact]
    public async Task Nobody_deletes_by_accident_or_from_elsewhere()
    {
        await sandbox.Recover();
        var home = await sandbox.Link("harbor");
        using var resident = await ResidentBrowser.SignIn(sandbox, "harbor");
        var page = await resident.Get("/account/data/delete");
        Assert.Contains("Every link ends, to Google", page.Text, StringComparison.Ordinal);

        Assert.Contains("Nothing was deleted", (await resident.Forge(page, "/account/data/delete")).Text, StringComparison.Ordinal);
        var foreign = await resident.Browser.Post(new Uri(page.Url, "/account/data/delete"), [new("understood", "yes")]);
        Assert.Equal(HttpStatusCode.BadRequest, foreign.Status);
        using var stranger = new Browser();
        foreach (var path in (string[])["/account/data", "/account/data/delete", "/account/data/export.json"])
        {
            Assert.NotNull((await stranger.Get(new Uri(sandbox.Bridge, path))).Document!.QuerySelector("input[name=username]"));
        }

        Assert.NotNull((await stranger.Post(new Uri(sandbox.Bridge, "/account/data/delete"), [new("understood", "yes")])).Document!.QuerySelector("input[name=username]"));
        Assert.Contains("nothing left", (await stranger.Get(new Uri(sandbox.Bridge, "/account/deleted?receipt=forged"))).Text, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Array, (await home.Sync()).GetProperty("devices").ValueKind);
        await home.Disconnect();
    }

    [Fact]
    public async Task A_deleted_account_ends_everywhere_at_once_and_comes_back_as_a_new_one()
    {
        await sandbox.Recover();
        var (home, second, neighbour) = (await sandbox.Link("harbor"), await sandbox.Link("harbor", "second-platform"), await sandbox.Link("maple"));
        var (camera, garden) = (await home.Device(Camera), await neighbour.Device("Garden camera"));
        using var phone = new Browser();
        await AppInBrowser.Agree(phone, AppInBrowser.Authorize(sandbox), "harbor");
        using var resident = await ResidentBrowser.SignIn(sandbox, "harbor");
        using var tablet = await ResidentBrowser.SignIn(sandbox, "harbor");
        var broken = (await sandbox.MakerDevices()).First(device => device is { Home: "harbor", Type: "LIGHT" }).VendorDeviceId;
        await sandbox.Fault("device-malformed", device: broken);
        var user = (await home.Sync()).GetProperty("agentUserId").GetString();
        await sandbox.NoFaults();
        var problem = Assert.Single(JsonDocument.Parse((await resident.Get("/account/data/export.json")).Text).RootElement.GetProperty("device_problems").EnumerateArray());
        Assert.Equal(broken, problem.GetProperty("device").GetString());
        Assert.Contains(broken, await Problems(), StringComparison.Ordinal);
        var bystander = await SharingTests.Watching(neighbour, garden);
        var viewer = await SharingTests.Watching(home, camera);
        var waiting = await home.Watch(camera);
        var page = await resident.Get("/account/data/delete");

        Page done = null!;
        var took = await SharingTests.Ends(viewer, async () => done = await resident.Forge(page, "/account/data/delete", ("understood", "yes")));

        output.WriteLine($"account deleted: the stream was gone {took.TotalMilliseconds:0} ms after the button was pressed");
        Assert.Equal("/account/deleted", done.Url.AbsolutePath);
        Assert.Equal(("2", "1"), (Fact(done, "Links"), Fact(done, "Streams that ran")));
        Assert.Equal(HttpStatusCode.NotFound, await waiting.Enter());
        using (var refused = await home.Post("{}"))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        foreach (var link in (LinkedHome[])[home, second])
        {
            var (status, body) = await LinkedHome.Token(sandbox.Process, sandbox.Http, link.Client, new() { ["grant_type"] = "refresh_token", ["refresh_token"] = link.RefreshToken });
            Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), (status, body.GetProperty("error").GetString()));
        }

        foreach (var signedOut in (ResidentBrowser[])[resident, tablet])
        {
            Assert.NotNull((await signedOut.Get("/account")).Document!.QuerySelector("input[name=username]"));
        }

        Assert.DoesNotContain(broken, await Problems(), StringComparison.Ordinal);

        // The receipt is for whoever has its address, and says it again; the operator finds it in the trail.
        Assert.Equal(done.Text, (await resident.Browser.Get(done.Url)).Text);
        var reference = done.Document!.QuerySelector("code")!.TextContent;
        Assert.Contains("links=2", await Trail(reference), StringComparison.Ordinal);

        // The neighbour noticed nothing.
        Assert.Equal(HttpStatusCode.OK, await bystander.Poll());
        Assert.Equal("SUCCESS", (await neighbour.Query(garden)).GetProperty(garden).GetProperty("status").GetString());

        // Whoever comes back begins anew, and pressing the old page's button again deletes nothing of it.
        var again = await sandbox.Link("harbor");
        Assert.NotEqual(user, (await again.Sync()).GetProperty("agentUserId").GetString());
        var replayed = await resident.Forge(page, "/account/data/delete", ("understood", "yes"));
        Assert.NotNull(replayed.Document!.QuerySelector("input[name=username]"));
        await SharingTests.Watching(again, camera);
        using var back = await ResidentBrowser.SignIn(sandbox, "harbor");
        var start = await back.Get("/account");
        Assert.Single(start.Document!.QuerySelectorAll(".platform"));
        Assert.DoesNotContain("Ended links", start.Text, StringComparison.Ordinal);
        Assert.Single((await ViewsTests.Exported(back, "")));
        await again.Disconnect();
        await neighbour.Disconnect();

        async Task<string> Problems() => (await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/device-problems")).Body.GetRawText();
    }

    [Fact]
    public async Task The_pages_fit_and_are_accessible()
    {
        await sandbox.Recover();
        var home = await sandbox.Link("harbor");
        await home.Disconnect();
        var second = await sandbox.Link("harbor");
        await using var context = await browser.Context(script: true, "en");
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(sandbox.Bridge, "/account").AbsoluteUri);
        await page.Locator("input[name=username]").FillAsync("harbor");
        await page.Locator("input[name=password]").FillAsync("sandbox");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("main.account")).ToBeVisibleAsync();
        await page.GetByText("What ended", new() { Exact = false }).First.ClickAsync();
        await ConsoleBrowser.Look(page, "account-receipt-en");
        await page.GotoAsync(new Uri(sandbox.Bridge, "/account/data").AbsoluteUri);
        await ConsoleBrowser.Look(page, "account-data-en");
        await page.GotoAsync(new Uri(sandbox.Bridge, "/account/data/delete").AbsoluteUri);
        await ConsoleBrowser.Look(page, "account-delete-en");
        await page.Locator("input[name=understood]").CheckAsync();
        await page.Locator("button.danger").ClickAsync();
        await Assertions.Expect(page.Locator("main.card")).ToContainTextAsync("Your account here is deleted");
        await ConsoleBrowser.Look(page, "account-deleted-en");
        using var refused = await second.Post("{}");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    /// <summary>The address of the newest link's page.</summary>
    private static async Task<string> Link(ResidentBrowser resident) =>
        (await resident.Get("/account")).Document!.QuerySelector<IHtmlAnchorElement>(".platform a")!.GetAttribute("href")!;

    /// <summary>What the newest row about a subject says.</summary>
    private async Task<string> Trail(string subject) => (await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/audit?limit=1000")).Body.GetProperty("rows").EnumerateArray()
        .First(row => row.GetProperty("subject").GetString() == subject && row.GetProperty("action").GetString() is "link.ended" or "account.deleted").GetProperty("detail").GetString()!;

    private static string Fact(Page page, string name) =>
        page.Document!.QuerySelectorAll("dl.facts div").First(one => one.QuerySelector("dt")!.TextContent == name).QuerySelector("dd")!.TextContent;
}
