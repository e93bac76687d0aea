using System.Net;
using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using HomeBridge.Tests.OpsConsole;
using HomeBridge.Tests.World;
using Microsoft.Playwright;

namespace HomeBridge.Tests.Residents;

/// <summary>Residents' pages in a real browser: each at both widths and in both colours, without a finding.</summary>
[Collection(SandboxCollection.Name)]
public sealed class AccountPagesTests(SandboxFixture sandbox, ConsoleBrowser browser) : IClassFixture<ConsoleBrowser>
{
    private const int PageBytesMax = 100_000;

    /// <summary>The words of all languages are the same pages: each is looked at in the long run.</summary>
    private static readonly string[] Languages =
        Environment.GetEnvironmentVariable("HOMEBRIDGE_TESTS_LONG") == "true" ? ["en", "fr", "zh-Hans"] : ["en"];

    [Fact]
    public async Task Every_page_fits_and_is_accessible_in_every_language()
    {
        await sandbox.Recover();
        var home = await sandbox.Link("maple");
        var second = await sandbox.Link("maple", "second-platform", name => !name.Contains("camera", StringComparison.Ordinal));
        var (garden, door) = (await home.Device("Garden camera"), await home.Device("Front door camera"));
        using var resident = await ResidentBrowser.SignIn(sandbox, "maple");
        var past = await SharingTests.Watching(home, door);
        await past.Fetch(past.Init);
        await past.Fetch(past.Units[0]);
        await SharingTests.Ends(past, async () => await resident.Press(
            await resident.Get("/account"), "view", (await resident.Get("/account")).Document!.QuerySelector<IHtmlButtonElement>("button[name=view]")!.Value));
        var viewer = await SharingTests.Watching(home, door);
        var other = await SharingTests.Watching(home, door);
        var suspension = await sandbox.Suspend(new { preset = "camera-leak", scope = new { device = garden }, reason = "an operator's own words", incident = "INC-7" });
        var link = (await resident.Get("/account")).Document!.QuerySelectorAll<IHtmlAnchorElement>(".platform a").First(one => one.TextContent == "Google").GetAttribute("href")!;
        var view = (await ViewsTests.Exported(resident, $"?camera={door}"))[^1].GetProperty("view").GetString()!;
        await resident.Forge(await resident.Get("/account/cameras"), "/account/cameras", ("camera", garden), ("pause", "tomorrow"));
        try
        {
            foreach (var language in Languages)
            {
                await using var context = await browser.Context(script: true, language);
                var page = await SignIn(context);
                using var watch = ConsoleBrowser.Watch(page);
                foreach (var (path, name) in ((string, string)[])
                    [
                        ("/account", "home"), (link, "link"), ($"{link}/devices/{door}", "device"), ($"{link}/unlink", "unlink"), ("/account/cameras", "cameras"),
                        ("/account/views", "views"), ($"/account/views/{view}", "view"), ("/account/sessions", "sessions"), ("/account/notices", "notices"), ("/account/data", "data"), ("/account/data/delete", "delete"), ("/account/attempts", "attempts"),
                    ])
                {
                    await past.Poll();
                    await viewer.Poll();
                    await other.Poll();
                    await page.GotoAsync(new Uri(sandbox.Bridge, path).AbsoluteUri);
                    Assert.Equal(language, await page.Locator("html").GetAttributeAsync("lang"));
                    Assert.InRange(Encoding.UTF8.GetByteCount(await page.ContentAsync()), 500, PageBytesMax);
                    await ConsoleBrowser.Look(page, $"account-{name}-{language}");
                }
            }

            Assert.DoesNotContain("operator's own words", (await resident.Get("/account")).Text, StringComparison.Ordinal);
        }
        finally
        {
            await sandbox.Lift(suspension);
            await resident.Forge(await resident.Get("/account/cameras"), "/account/cameras", ("resume", "all"));
            await home.Disconnect();
            using var gone = await second.Post("{}");
        }
    }

    [Fact]
    public async Task The_largest_home_fits_a_page_and_a_maker_who_is_away_takes_nothing_from_it()
    {
        await sandbox.Recover();
        var home = await sandbox.Link("hill");
        using var resident = await ResidentBrowser.SignIn(sandbox, "hill");
        var link = (await resident.Get("/account")).Document!.QuerySelector<IHtmlAnchorElement>(".platform a")!.GetAttribute("href")!;
        var first = await resident.Get(link);
        var second = await resident.Get(link + "?page=2");
        Assert.InRange(Encoding.UTF8.GetByteCount(first.Text), 500, PageBytesMax);
        Assert.Equal(
            (await home.Sync()).GetProperty("devices").GetArrayLength(),
            first.Document!.QuerySelectorAll("button[name=device]").Length + second.Document!.QuerySelectorAll("button[name=device]").Length);

        await sandbox.Fault("cloud-error");
        try
        {
            var away = await resident.Get(link);
            Assert.Equal(HttpStatusCode.OK, away.Status);
            Assert.Contains("does not answer", away.Text, StringComparison.Ordinal);
            Assert.Equal(first.Document!.QuerySelectorAll("button[name=device]").Length, away.Document!.QuerySelectorAll("button[name=device]").Length);
        }
        finally
        {
            await sandbox.NoFaults();
            await home.Disconnect();
        }
    }

    private async Task<IPage> SignIn(IBrowserContext context)
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(sandbox.Bridge, "/account").AbsoluteUri);
        await page.Locator("input[name=username]").FillAsync("maple");
        await page.Locator("input[name=password]").FillAsync("sandbox");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("main.account")).ToBeVisibleAsync();
        return page;
    }
}
