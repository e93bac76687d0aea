using System.Net;
using HomeBridge.Tests.OpsConsole;
using HomeBridge.Tests.World;
using Microsoft.Playwright;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Residents;

/// <summary>The sandbox's companion app in a browser: all that it does goes through the account API.</summary>
[Collection(SandboxCollection.Name)]
public sealed class CompanionPageTests(SandboxFixture sandbox, ConsoleBrowser browser, ITestOutputHelper output) : IClassFixture<ConsoleBrowser>
{
    private const string Camera = "Garden camera";

    [Fact]
    public async Task A_resident_signs_in_stops_a_stream_pauses_unlinks_and_signs_out()
    {
        await sandbox.Recover();
        using var resident = await ResidentBrowser.SignIn(sandbox, "maple");
        var apps = await Apps(resident);
        var home = await sandbox.Link("maple");
        var camera = await home.Device(Camera);
        await using var context = await browser.Context();
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(sandbox.Display, "/companion").AbsoluteUri);
        await Assertions.Expect(page.GetByTestId("sign-in")).ToBeVisibleAsync();
        await ConsoleBrowser.Look(page, "companion-welcome");

        // The first look of somebody who is not signed in is answered 401, which a browser writes down; after that nothing may be.
        using (ConsoleBrowser.Watch(page))
        {
            await SignIn(page, "maple");
            await Assertions.Expect(page.GetByTestId("nobody")).ToBeVisibleAsync();
            Assert.Equal(apps + 1, await Apps(resident));

            await SharingTests.Watching(home, camera);
            var live = page.GetByTestId("live-view").Filter(new() { HasText = Camera });
            await Assertions.Expect(live).ToBeVisibleAsync();
            await Open(page, "open lnk_");
            await ConsoleBrowser.Look(page, "companion");

            // Looking took its time, and a display that asks for nothing has stopped by then.
            var watched = await SharingTests.Watching(home, camera);
            await page.ReloadAsync();
            await Assertions.Expect(live.First).ToBeVisibleAsync();
            var took = await SharingTests.Ends(watched, async () =>
            {
                // The first display may still be counted, and which of the two comes first is not said.
                for (var left = await live.CountAsync(); left > 0; left--)
                {
                    await live.First.GetByRole(AriaRole.Button).ClickAsync();
                    await Assertions.Expect(live).ToHaveCountAsync(left - 1);
                }
            });
            output.WriteLine($"the app's Stop to the first refused poll: {took.TotalMilliseconds:0} ms");
            await Assertions.Expect(page.GetByTestId("views-list").GetByText("you stopped it").First).ToBeVisibleAsync();
            await Open(page, "open lnk_");

            var cut = await SharingTests.Watching(home, camera);
            took = await SharingTests.Ends(cut, () => page.GetByTestId("pause-all hour").ClickAsync());
            output.WriteLine($"the app's pause to the first refused poll: {took.TotalMilliseconds:0} ms");
            Assert.Null(await home.TryWatch(camera));
            await Pictures.Take(page, "companion-paused", fullPage: true);
            await page.GetByTestId("resume-all").ClickAsync();
            await Assertions.Expect(page.GetByTestId("pause-all hour")).ToBeVisibleAsync();

            var off = await SharingTests.Watching(home, camera);
            took = await SharingTests.Ends(off, () => page.GetByRole(AriaRole.Switch, new() { Name = $"{Camera} on Google", Exact = true }).First.ClickAsync());
            output.WriteLine($"the app's switch to the first refused poll: {took.TotalMilliseconds:0} ms");
            await Assertions.Expect(page.GetByRole(AriaRole.Switch, new() { Name = $"{Camera} on Google", Exact = true }).First).ToHaveAttributeAsync("aria-checked", "false");

            await page.GetByRole(AriaRole.Button, new() { Name = "Unlink Google" }).First.ClickAsync();
            await page.GetByTestId("sure-yes").ClickAsync();
            await Assertions.Expect(page.GetByTestId("receipt")).ToContainTextAsync("Devices no longer shared");
            await Pictures.Take(page, "companion-receipt");
            await page.GetByTestId("receipt-close").ClickAsync();
            Assert.Equal(HttpStatusCode.Unauthorized, (await home.Post("{}")).StatusCode);

            var download = await page.RunAndWaitForDownloadAsync(() => page.GetByTestId("download").ClickAsync());
            Assert.Contains("\"account\": \"maple\"", await File.ReadAllTextAsync((await download.PathAsync())!), StringComparison.Ordinal);

            await page.GetByTestId("sign-out").ClickAsync();
            await Assertions.Expect(page.GetByTestId("sign-in")).ToBeVisibleAsync();
        }

        Assert.Equal(apps, await Apps(resident));
    }

    [Fact]
    public async Task Another_page_and_another_browser_can_do_nothing_with_it()
    {
        await using var context = await browser.Context();
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(sandbox.Display, "/companion").AbsoluteUri);
        await SignIn(page, "harbor");
        var cookie = (await context.CookiesAsync()).Single(one => one.Name == "homebridge.display");
        foreach (var (path, header, sent, status) in ((string, string?, string?, HttpStatusCode)[])
            [
                ("home/me", "1", cookie.Value, HttpStatusCode.OK),
                ("home/me", null, cookie.Value, HttpStatusCode.Forbidden),
                ("home/me", "1", null, HttpStatusCode.Unauthorized),
                ("home/%2e%2e/%2e%2e/oauth/token", "1", cookie.Value, HttpStatusCode.NotFound),
                ("home/..%2f..%2f..%2foauth%2ftoken", "1", cookie.Value, HttpStatusCode.NotFound),
            ])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(sandbox.Display, "/api/companion/" + path));
            if (header is not null)
            {
                request.Headers.Add("X-Display", header);
            }

            if (sent is not null)
            {
                request.Headers.Add("Cookie", $"homebridge.display={sent}");
            }

            using var answer = await sandbox.Http.SendAsync(request);
            Assert.True(status == answer.StatusCode, $"{path} with header {header}: {answer.StatusCode}");
        }

        // A code that somebody else's browser was given is taken by nobody here.
        using var forced = await sandbox.Http.GetAsync(new Uri(sandbox.Display, "/cb?code=hbc_stolen&state=guessed&iss=" + Uri.EscapeDataString(sandbox.Bridge.GetLeftPart(UriPartial.Authority))));
        Assert.EndsWith("/companion?problem=state", forced.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    private static async Task<int> Apps(ResidentBrowser resident) =>
        (await resident.Get("/account/sessions")).Document!.QuerySelectorAll("strong").Count(one => one.TextContent == "Acme Companion");

    /// <summary>Through the bridge's pages, and the maker's where he asks.</summary>
    private static async Task SignIn(IPage page, string account)
    {
        await page.GetByTestId("sign-in").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await page.Locator("input[name=username]").FillAsync(account);
        await page.Locator("input[name=password]").FillAsync("sandbox");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Button, new() { Name = "Agree", Exact = false }).ClickAsync();
        await Assertions.Expect(page.GetByTestId("signed-in")).ToBeVisibleAsync();
    }

    private static async Task Open(IPage page, string key)
    {
        await page.Locator($"summary[data-testid^='{key}']").First.ClickAsync();
        await Assertions.Expect(page.GetByTestId("device").First).ToBeVisibleAsync();
    }
}
