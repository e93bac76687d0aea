using System.Diagnostics;
using System.Net;
using HomeBridge.OpsConsole;
using HomeBridge.Tests.World;
using HomeBridge.Vitals;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using Xunit.Abstractions;

namespace HomeBridge.Tests.OpsConsole;

/// <summary>The console in a real browser: every page at both widths and in both colours, by keyboard, and without script.</summary>
[Collection(SandboxCollection.Name)]
public sealed class ConsoleTests(SandboxFixture sandbox, ConsoleBrowser browser, ITestOutputHelper output) : IClassFixture<ConsoleBrowser>
{
    private const string Hostile = "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">&\"'";

    [Fact]
    public async Task The_pages_are_for_operators_only()
    {
        foreach (var path in (string[])["/", "/live", "/explain?id=x", "/suspend", "/suspensions", "/suspensions/x", "/links", "/audit", "/canaries", "/vitals", "/isolation", "/doctor", "/doctor?find=AAAA-1111", "/device-problems", "/evidence"])
        {
            using var answer = await sandbox.Http.GetAsync(new Uri(sandbox.Ops, path));
            Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
            Assert.Equal("/sign-in", answer.Headers.Location!.OriginalString);
            using var outside = await sandbox.Http.GetAsync(new Uri(sandbox.Bridge, path));
            Assert.Equal(HttpStatusCode.NotFound, outside.StatusCode);
        }
    }

    [Fact]
    public async Task Every_page_fits_is_accessible_and_shows_strangers_words_as_words()
    {
        await sandbox.Recover();
        var home = await sandbox.Link("maple");
        var viewer = await home.Watch(await home.Device("Front door camera"));
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        await home.Fulfill("""{"requestId":"6894439706274654512","inputs":[{"intent":"action.devices.DANCE"}]}""");
        await home.Fulfill($$$"""{"requestId":" ","inputs":[{"intent":"action.devices.QUERY","payload":{"devices":[{"id":"{{{await home.Device("Garden camera")}}}"}]}}]}""");
        var past = await sandbox.Suspend(new { preset = "camera-leak", scope = new { platform = "second" }, reason = "a picture of another home was reported", incident = "INC-411" });
        await sandbox.Lift(past);
        var hostile = await sandbox.Suspend(new { scope = new { device_model = Hostile }, effects = (string[])["deny_commands"], reason = Hostile, incident = Hostile });
        var narrow = await sandbox.Suspend(new { preset = "camera-leak", scope = new { device = await home.Device("Garden camera") }, reason = "the resident asked for it", incident = "INC-412" });
        await using var context = await browser.Context();
        var page = await SignIn(context);
        using var watch = ConsoleBrowser.Watch(page);
        try
        {
            await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Serving. 2 suspensions:");
            await Look(page, "now");
            foreach (var (path, name) in ((string, string)[])
                [
                    ("/suspend", "suspend"),
                    ("/suspend?preset=own&effect=deny_commands&vendor=acme&device_model=CAM-9&reason=seen", "suspend-own"),
                    ("/suspend?preset=own&effect=deny_commands&platform=google", "suspend-platform"),
                    ("/suspensions", "suspensions"),
                    ($"/suspensions/{narrow.GetProperty("id").GetString()}", "suspension"),
                    ($"/suspensions/{hostile.GetProperty("id").GetString()}", "suspension-hostile"),
                    ($"/suspensions/{past.GetProperty("id").GetString()}", "suspension-lifted"),
                    ("/suspend?preset=vendor-down&vendor=acme", "suspend-maker"),
                    ("/explain", "explain"),
                    ($"/explain?id={await home.Device("Garden camera")}", "explain-camera"),
                    ("/links", "links"),
                    ("/links?find=maple", "links-found"),
                    ("/doctor", "doctor"),
                    ("/device-problems", "problems"),
                    ("/isolation", "isolation-quiet"),
                    ("/evidence", "evidence"),
                    ("/canaries", "canaries"),
                    ("/vitals", "vitals-sandbox"),
                    ("/who-saw", "who-saw-asked"),
                    ("/audit?action=suspension", "audit"),
                    ("/audit?verify=true", "audit-verified"),
                ])
            {
                await page.GotoAsync(new Uri(sandbox.Ops, path).AbsoluteUri);
                await Look(page, name);
                Assert.NotEqual("pwned", await page.TitleAsync());
            }

            Assert.Equal(0, await page.Locator("img").CountAsync());
            await page.GotoAsync(new Uri(sandbox.Ops, $"/explain?id={await home.Device("Garden camera")}").AbsoluteUri);
            await Assertions.Expect(page.Locator("h2").First).ToContainTextAsync("Device dev_");
            await Assertions.Expect(page.Locator(".advice")).ToContainTextAsync("1 suspension decides");
        }
        finally
        {
            await sandbox.Lift(hostile);
            await sandbox.Lift(narrow);
        }
    }

    [Fact]
    public async Task Two_keys_stop_every_camera_and_the_page_says_when_all_have_confirmed()
    {
        await sandbox.Recover();
        var home = await sandbox.Link("maple");
        var viewer = await home.Watch(await home.Device("Front door camera"));
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        await using var context = await browser.Context();
        var page = await SignIn(context);
        using var watch = ConsoleBrowser.Watch(page);
        var began = Stopwatch.GetTimestamp();

        await page.GotoAsync(sandbox.Ops.AbsoluteUri);
        await page.Keyboard.PressAsync("s");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Suspend", Exact = true })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByText("CONFIRMED 2/2, 0 streams left")).ToBeVisibleAsync();

        output.WriteLine($"From opening the page to CONFIRMED: 2 keys, {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms.");
        await Look(page, "confirmed");
        Assert.NotEqual(HttpStatusCode.OK, await viewer.Poll());
        await Assertions.Expect(page.GetByText("You have: Operator, Auditor.")).ToBeVisibleAsync();

        // What another operator does shows without anybody pressing anything.
        await using var other = await browser.Context();
        var second = await SignIn(other, "sandbox-operator-2");
        await second.Locator(".suspensions a").First.ClickAsync();
        await second.GetByLabel("Why", new() { Exact = true }).FillAsync("it was a drill");
        await second.GetByRole(AriaRole.Button, new() { Name = "Lift at once" }).FocusAsync();
        await second.Keyboard.PressAsync("Enter");
        await Assertions.Expect(second.Locator(".state").First).ToContainTextAsync("Lifted");
        await Assertions.Expect(page.Locator(".state").First).ToContainTextAsync("Lifted");
    }

    [Fact]
    public async Task Without_script_the_same_forms_do_the_same()
    {
        await sandbox.Recover();
        await using var context = await browser.Context(script: false);
        var page = await SignIn(context);
        await ConsoleBrowser.AccessKey(page, 's');
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Suspend");
        await page.GetByRole(AriaRole.Link, new() { Name = "Something else" }).ClickAsync();
        await page.GetByLabel("refuses commands").CheckAsync();
        await page.GetByLabel("Platform").FillAsync("second");
        await page.Keyboard.PressAsync("Enter");

        // Enter in a field previews. It stops a platform, so it wants its name typed.
        await Assertions.Expect(page.Locator("[data-part=preview]")).ToContainTextAsync("This stops everything on second");
        Assert.DoesNotContain("__RequestVerificationToken", page.Url, StringComparison.Ordinal);
        await page.GetByLabel("to confirm").FillAsync("second");
        await page.GetByText("Why").First.ClickAsync();
        await page.GetByLabel("Reason").FillAsync("a test");
        await page.GetByRole(AriaRole.Button, new() { Name = "Suspend", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("everything on second");
        await Assertions.Expect(page.GetByText("CONFIRMED 2/2, 0 streams left")).ToBeVisibleAsync(new() { Timeout = 15_000 });
        Assert.Equal("5", await page.Locator("noscript meta[http-equiv=refresh]").GetAttributeAsync("content"));
        var address = page.Url;

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        page = await SignIn(context, "sandbox-operator-2");
        await page.GotoAsync(address);
        await page.GetByLabel("Why", new() { Exact = true }).FillAsync("a test is over");
        await page.GetByRole(AriaRole.Button, new() { Name = "Lift at once" }).ClickAsync();
        await Assertions.Expect(page.Locator(".state").First).ToContainTextAsync("Lifted");
        Assert.Equal(address, page.Url);
    }

    [Fact]
    public async Task A_resume_in_stages_shows_where_it_stands_and_anybody_on_call_takes_it_back()
    {
        await sandbox.Recover();
        var suspended = await sandbox.Suspend(new { preset = "camera-leak", reason = "a stranger's home on a display" });
        var address = new Uri(sandbox.Ops, $"/suspensions/{suspended.GetProperty("id").GetString()}").AbsoluteUri;
        await using var context = await browser.Context();
        var author = await SignIn(context);
        await author.GotoAsync(address);
        await Assertions.Expect(author.GetByText("Bringing it back takes the role Approver. You have: Operator, Auditor.")).ToBeVisibleAsync();
        await using var other = await browser.Context();
        var approver = await SignIn(other, "sandbox-operator-2");
        await approver.GotoAsync(address);
        await approver.GetByLabel("Why", new() { Exact = true }).FillAsync("the maker has put it right");
        await approver.Keyboard.PressAsync("Enter");

        // Enter is the careful button. The author sees it happen, and may only restrict.
        await Assertions.Expect(approver.Locator(".stages .current")).ToContainTextAsync("allow-list");
        await Assertions.Expect(author.Locator(".stages .current")).ToContainTextAsync("allow-list");
        await Look(approver, "resuming");
        await approver.GetByLabel("Why", new() { Exact = true }).FillAsync("in a hurry");
        await approver.GetByRole(AriaRole.Button, new() { Name = "Go on to the next stage" }).ClickAsync();
        await Assertions.Expect(approver.Locator("main .notice")).ToContainTextAsync("Not yet");
        await author.GetByLabel("Why", new() { Exact = true }).FillAsync("it is back");
        await author.GetByRole(AriaRole.Button, new() { Name = "Suspend all of it again" }).ClickAsync();
        await Assertions.Expect(author.Locator(".state").First).ToContainTextAsync("Suspended");
        await sandbox.Lift(suspended);
    }

    [Fact]
    public async Task Nobody_else_can_press_the_button_or_frame_it()
    {
        await using var context = await browser.Context();
        var page = await SignIn(context);
        var before = await InForce();

        // A form of somebody else's site has no token; a wide order without its word is asked again.
        var forged = await context.APIRequest.PostAsync(new Uri(sandbox.Ops, "/suspend").AbsoluteUri, new() { Form = context.APIRequest.CreateFormData().Set("preset", "camera-leak") });
        Assert.Equal(400, forged.Status);
        Assert.Contains("open for too long", await forged.TextAsync(), StringComparison.Ordinal);
        var token = await page.Locator("input[name=__RequestVerificationToken]").First.GetAttributeAsync("value");
        var unsure = await context.APIRequest.PostAsync(
            new Uri(sandbox.Ops, "/suspend").AbsoluteUri,
            new() { Form = context.APIRequest.CreateFormData().Set("preset", "own").Set("effect", "deny_state").Set("__RequestVerificationToken", token!) });
        Assert.Equal(400, unsure.Status);
        Assert.Contains("Type everything to confirm", await unsure.TextAsync(), StringComparison.Ordinal);
        Assert.Equal(before, await InForce());

        var answer = await context.APIRequest.GetAsync(sandbox.Ops.AbsoluteUri);
        Assert.Equal("DENY", answer.Headers["x-frame-options"]);
        Assert.Contains("frame-ancestors 'none'", answer.Headers["content-security-policy"], StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", answer.Headers["content-security-policy"], StringComparison.Ordinal);
        var cookie = (await context.CookiesAsync()).Single(one => one.Name == "homebridge.operator");
        Assert.True(cookie.HttpOnly);
        Assert.Equal(SameSiteAttribute.Strict, cookie.SameSite);

        async Task<int> InForce() => (await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/suspensions")).Body.GetProperty("suspensions").EnumerateArray()
            .Count(one => one.GetProperty("state").GetString() != "lifted");
    }

    [Fact]
    public async Task A_search_for_a_link_is_masked_and_recorded()
    {
        await sandbox.Link("harbor");
        await using var context = await browser.Context();
        var page = await SignIn(context);
        await page.GotoAsync(new Uri(sandbox.Ops, "/links").AbsoluteUri);
        await page.GetByLabel("Link, account, device").FillAsync("harbor");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("h•••r at acme");
        Assert.DoesNotContain("harbor", await page.Locator("table").InnerTextAsync(), StringComparison.Ordinal);

        await page.GotoAsync(new Uri(sandbox.Ops, "/audit?action=links.searched").AbsoluteUri);
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("sandbox-operator");
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("harbor");
    }

    [Fact]
    public async Task An_operator_finds_a_residents_reference_and_is_told_what_to_do()
    {
        await using var context = await browser.Context();
        var resident = await context.NewPageAsync();
        await resident.GotoAsync(new Uri(sandbox.Bridge, "/oauth/authorize?response_type=code&client_id=google-home&redirect_uri=https://elsewhere.example/cb").AbsoluteUri);
        var reference = await resident.Locator("small code").InnerTextAsync();
        await (await sandbox.Link("maple")).Sync();
        var page = await SignIn(context);
        await Task.Delay(TimeSpan.FromSeconds(2.5));

        await page.GetByRole(AriaRole.Link, new() { Name = "Link doctor" }).ClickAsync();
        await Assertions.Expect(page.GetByText(reference)).ToBeVisibleAsync();
        await page.GetByLabel("Reference or request id").FillAsync(reference.ToLowerInvariant().Replace("-", " ", StringComparison.Ordinal));
        await page.GetByRole(AriaRole.Button, new() { Name = "Look up" }).ClickAsync();

        await Assertions.Expect(page.Locator(".advice")).ToContainTextAsync("redirect_uri is not registered");
        await Assertions.Expect(page.Locator(".timeline .stopped")).ToContainTextAsync("Sent here by the platform");
        await Assertions.Expect(page.Locator(".timeline .ahead")).ToHaveCountAsync(6);
        await Look(page, "doctor-stopped");

        await page.GotoAsync(new Uri(sandbox.Ops, "/doctor").AbsoluteUri);
        await page.Locator("tr", new() { HasText = "complete" }).GetByRole(AriaRole.Link).First.ClickAsync();
        await Assertions.Expect(page.Locator(".timeline .passed")).ToHaveCountAsync(7);
        await Look(page, "doctor-linked");

        await page.GotoAsync(new Uri(sandbox.Ops, "/doctor?find=%3Cscript%3Ealert(1)%3C/script%3E").AbsoluteUri);
        await Assertions.Expect(page.GetByText("Nothing is known of <script>alert(1)</script>")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("e");
        await page.GetByLabel("Link, device, request id").FillAsync("<img src=x>");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByText("Nothing is known of <img src=x>")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Evidence" }).ClickAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("acme must prove G2");
        await Assertions.Expect(page.GetByText("An Approver decides it.")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Vitals" }).ClickAsync();
        await Assertions.Expect(page.Locator("nav.choices a[aria-current]")).ToHaveTextAsync("last 15 minutes");
    }

    [Fact]
    public async Task Isolation_shows_what_was_found_and_what_was_suspended_for_it()
    {
        await sandbox.Recover();
        var home = await sandbox.Link("maple");
        var viewer = await home.Watch(await home.Device("Front door camera"));
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        await viewer.Fetch(viewer.Units[0]);
        await sandbox.Fault("cache-mixup", device: (await sandbox.MakerDevices()).Single(device => device is { Home: "maple", Name: "Front door camera" }).VendorDeviceId);
        await viewer.Fetch(viewer.Units[^1]);
        await using var context = await browser.Context();
        var page = await SignIn(context);
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        await page.GetByRole(AriaRole.Link, new() { Name = "Isolation" }).ClickAsync();

        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("2 automatic suspensions in force");
        await Assertions.Expect(page.Locator("tr", new() { HasText = "Another camera's unit, proven" }).First).ToContainTextAsync("the fresh one over our nonce");
        await Assertions.Expect(page.Locator(".verdict.poor")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator("tr", new() { HasText = "The same at different cameras" })).ToContainTextAsync("2 within 10 min");
        await Look(page, "isolation");
        await sandbox.Recover();

        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Nothing is suspended automatically");
    }

    [Fact]
    public async Task Figures_stand_beside_what_is_demanded_and_are_good_or_poor_in_words()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddVitals();
        await using var app = builder.Build();
        var figures = app.Services.GetRequiredService<QualityFigures>();
        for (var number = 0; number < 12_345; number++)
        {
            figures.Answered("QUERY", "LIGHT", number % 1000 != 7, TimeSpan.FromMilliseconds(30 + (number % 160)));
            figures.Answered("EXECUTE", "LIGHT", true, TimeSpan.FromMilliseconds(90 + (number % 300)));
            figures.Compared("LIGHT", true);
            figures.Answered("QUERY", "AIRCONDITIONINGUNIT", number % 150 != 7, TimeSpan.FromMilliseconds(200 + (number % 900)));
            figures.PlatformCall("reportStateAndNotification", number % 400 != 9);
        }

        figures.PlatformCall("requestSync", false);
        figures.Answered("EXECUTE", "LOCK", true, TimeSpan.FromSeconds(3));
        app.MapGet(VitalsPage.Path, (HttpContext context) => VitalsPage.Show(
            new ConsoleFrame("somebody", DateTimeOffset.UnixEpoch, VitalsPage.Path, new AntiforgeryTokenSet("a", "b", "c", "d")), figures, context.Request.Query["window"]));
        HomeBridge.Hosting.Pages.Page.MapStyle(app);
        app.MapConsoleAssets();
        await app.StartAsync();
        await using var context = await browser.Context();
        var page = await context.NewPageAsync();

        await page.GotoAsync(app.Urls.Single() + VitalsPage.Path + "?window=24h");

        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("2 of 3 device types are POOR");
        await Assertions.Expect(page.Locator("tr", new() { HasText = "LIGHT" }).Locator(".verdict")).ToHaveTextAsync("GOOD");
        await Assertions.Expect(page.Locator("tr", new() { HasText = "AIRCONDITIONINGUNIT" }).Locator(".verdict")).ToHaveTextAsync("POOR");
        await Assertions.Expect(page.Locator("tr", new() { HasText = "LOCK" }).Locator(".figure.poor")).ToContainTextAsync("ms");
        await Assertions.Expect(page.Locator("tr", new() { HasText = "LIGHT" }).Locator("td").Nth(1)).ToContainTextAsync("99.89 %");
        Assert.Contains("≥ 99.5 %", await page.ContentAsync(), StringComparison.Ordinal);
        Assert.Contains("p90 ≤ 1000 ms", await page.ContentAsync(), StringComparison.Ordinal);
        await Look(page, "vitals");
    }

    [Fact]
    public async Task An_approver_decides_what_a_maker_must_prove_and_the_page_says_who_and_why()
    {
        await using var context = await browser.Context();
        var page = await SignIn(context, "sandbox-operator-2");
        await page.GetByRole(AriaRole.Link, new() { Name = "Evidence" }).ClickAsync();

        await Decide("G1", "<b>the signer is down</b>");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("acme must prove G1");
        await Assertions.Expect(page.GetByText("one session per camera, until")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("Decided by sandbox-operator-2")).ToContainTextAsync("<b>the signer is down</b>");
        await Look(page, "evidence-below");

        await Decide("g2", "the signer is back");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("acme must prove G2");

        async Task Decide(string grade, string reason)
        {
            await page.GetByLabel("Grade").FillAsync(grade);
            await page.GetByLabel("Reason").FillAsync(reason);
            await page.GetByRole(AriaRole.Button, new() { Name = "Decide" }).ClickAsync();
        }
    }

    private Task<IPage> SignIn(IBrowserContext context, string token = "sandbox-operator") => ConsoleBrowser.SignIn(context, sandbox.Ops, token);

    private static Task Look(IPage page, string name) => ConsoleBrowser.Look(page, name);
}
