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

namespace HomeBridge.Tests.OpsConsole;

/// <summary>The console's pages in a real browser, without script.</summary>
[Collection(SandboxCollection.Name)]
public sealed class ConsoleTests(SandboxFixture sandbox) : IAsyncLifetime
{
    private static readonly string[] Arguments =
        ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    public async Task InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium", Args = Arguments });
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    [Fact]
    public async Task The_pages_are_for_operators_only()
    {
        foreach (var path in (string[])["/vitals", "/isolation", "/doctor", "/doctor?find=AAAA-1111", "/device-problems", "/evidence"])
        {
            using var answer = await sandbox.Http.GetAsync(new Uri(sandbox.Ops, path));
            Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
            Assert.Equal("/sign-in", answer.Headers.Location!.OriginalString);
            using var outside = await sandbox.Http.GetAsync(new Uri(sandbox.Bridge, path));
            Assert.Equal(HttpStatusCode.NotFound, outside.StatusCode);
        }
    }

    [Theory]
    [InlineData(360, ColorScheme.Light)]
    [InlineData(360, ColorScheme.Dark)]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    public async Task An_operator_finds_a_residents_reference_and_is_told_what_to_do(int width, ColorScheme colours)
    {
        await using var context = await NewContext(width, colours);
        var resident = await context.NewPageAsync();
        await resident.GotoAsync(new Uri(sandbox.Bridge, "/oauth/authorize?response_type=code&client_id=google-home&redirect_uri=https://elsewhere.example/cb").AbsoluteUri);
        var reference = await resident.Locator("small code").InnerTextAsync();
        await Fits(resident, "doctor-resident", width, colours);
        var home = await sandbox.Link("maple");
        await home.Sync();
        await home.Fulfill("""{"requestId":"6894439706274654512","inputs":[{"intent":"action.devices.DANCE"}]}""");
        var page = await SignIn(context);
        await Assertions.Expect(page.Locator("nav.tabs a[aria-current]")).ToHaveTextAsync("Switch");
        await Fits(page, "console-switch", width, colours);
        await Task.Delay(TimeSpan.FromSeconds(2.5));

        await page.GetByRole(AriaRole.Link, new() { Name = "Link doctor" }).ClickAsync();
        await Assertions.Expect(page.GetByText(reference)).ToBeVisibleAsync();
        await Fits(page, "doctor-recent", width, colours);
        await page.GetByLabel("Reference or request id").FillAsync(reference.ToLowerInvariant().Replace("-", " ", StringComparison.Ordinal));
        await page.GetByRole(AriaRole.Button, new() { Name = "Look up" }).ClickAsync();

        await Assertions.Expect(page.Locator(".advice")).ToContainTextAsync("redirect_uri is not registered");
        await Assertions.Expect(page.Locator(".timeline .stopped")).ToContainTextAsync("Sent here by the platform");
        await Assertions.Expect(page.Locator(".timeline .ahead")).ToHaveCountAsync(6);
        await Fits(page, "doctor-stopped", width, colours);

        await page.GotoAsync(new Uri(sandbox.Ops, "/doctor").AbsoluteUri);
        await page.Locator("tr", new() { HasText = "complete" }).GetByRole(AriaRole.Link).First.ClickAsync();
        await Assertions.Expect(page.Locator(".timeline .passed")).ToHaveCountAsync(7);
        await Fits(page, "doctor-linked", width, colours);

        await page.GotoAsync(new Uri(sandbox.Ops, "/doctor?find=%3Cscript%3Ealert(1)%3C/script%3E").AbsoluteUri);
        await Assertions.Expect(page.GetByText("Nothing is known of <script>alert(1)</script>")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "Device problems" }).ClickAsync();
        await Assertions.Expect(page.Locator("h1")).ToContainTextAsync("device");
        await Fits(page, "problems", width, colours);
        await page.GetByRole(AriaRole.Link, new() { Name = "Evidence" }).ClickAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("acme must prove G2");
        await Assertions.Expect(page.GetByText("An Approver decides it.")).ToBeVisibleAsync();
        await Fits(page, "evidence", width, colours);
        await page.GetByRole(AriaRole.Link, new() { Name = "Vitals" }).ClickAsync();
        await Assertions.Expect(page.Locator("nav.choices a[aria-current]")).ToHaveTextAsync("last 15 minutes");
        await Fits(page, "vitals-sandbox", width, colours);
    }

    [Theory]
    [InlineData(360, ColorScheme.Light)]
    [InlineData(360, ColorScheme.Dark)]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    public async Task Isolation_shows_what_was_found_and_what_was_suspended_for_it(int width, ColorScheme colours)
    {
        await sandbox.Recover();
        var home = await sandbox.Link("maple");
        var viewer = await home.Watch(await home.Device("Front door camera"));
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        await viewer.Fetch(viewer.Units[0]);
        await sandbox.Fault("cache-mixup", device: (await sandbox.MakerDevices()).Single(device => device is { Home: "maple", Name: "Front door camera" }).VendorDeviceId);
        await viewer.Fetch(viewer.Units[^1]);
        await using var context = await NewContext(width, colours);
        var page = await SignIn(context);
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        await page.GetByRole(AriaRole.Link, new() { Name = "Isolation" }).ClickAsync();

        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("2 automatic suspensions in force");
        await Assertions.Expect(page.Locator("tr", new() { HasText = "Another camera's unit, proven" }).First).ToContainTextAsync("the fresh one over our nonce");
        await Assertions.Expect(page.Locator(".verdict.poor")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator("tr", new() { HasText = "The same at different cameras" })).ToContainTextAsync("2 within 10 min");
        await Fits(page, "isolation", width, colours);
        await sandbox.Recover();

        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Nothing is suspended automatically");
    }

    [Theory]
    [InlineData(360, ColorScheme.Light)]
    [InlineData(360, ColorScheme.Dark)]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    public async Task Figures_stand_beside_what_is_demanded_and_are_good_or_poor_in_words(int width, ColorScheme colours)
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
        await app.StartAsync();
        await using var browser = await NewContext(width, colours);
        var page = await browser.NewPageAsync();

        await page.GotoAsync(app.Urls.Single() + VitalsPage.Path + "?window=24h");

        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("2 of 3 device types are POOR");
        await Assertions.Expect(page.Locator("tr", new() { HasText = "LIGHT" }).Locator(".verdict")).ToHaveTextAsync("GOOD");
        await Assertions.Expect(page.Locator("tr", new() { HasText = "AIRCONDITIONINGUNIT" }).Locator(".verdict")).ToHaveTextAsync("POOR");
        await Assertions.Expect(page.Locator("tr", new() { HasText = "LOCK" }).Locator(".figure.poor")).ToContainTextAsync("ms");
        await Assertions.Expect(page.Locator("tr", new() { HasText = "LIGHT" }).Locator("td").Nth(1)).ToContainTextAsync("99.89 %");
        Assert.Contains("≥ 99.5 %", await page.ContentAsync(), StringComparison.Ordinal);
        Assert.Contains("p90 ≤ 1000 ms", await page.ContentAsync(), StringComparison.Ordinal);
        await Fits(page, "vitals", width, colours);
    }

    [Fact]
    public async Task An_approver_decides_what_a_maker_must_prove_and_the_page_says_who_and_why()
    {
        await using var context = await NewContext(360, ColorScheme.Light);
        var page = await SignIn(context, "sandbox-operator-2");
        await page.GetByRole(AriaRole.Link, new() { Name = "Evidence" }).ClickAsync();

        await Decide("G1", "<b>the signer is down</b>");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("acme must prove G1");
        await Assertions.Expect(page.GetByText("one session per camera, until")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("Decided by sandbox-operator-2")).ToContainTextAsync("<b>the signer is down</b>");
        await Fits(page, "evidence-below", 360, ColorScheme.Light);

        await Decide("g2", "the signer is back");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("acme must prove G2");

        async Task Decide(string grade, string reason)
        {
            await page.GetByLabel("Grade").FillAsync(grade);
            await page.GetByLabel("Reason").FillAsync(reason);
            await page.GetByRole(AriaRole.Button, new() { Name = "Decide" }).ClickAsync();
        }
    }

    private Task<IBrowserContext> NewContext(int width, ColorScheme colours) =>
        _browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = 800 }, ColorScheme = colours, JavaScriptEnabled = false });

    private async Task<IPage> SignIn(IBrowserContext context, string token = "sandbox-operator")
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync(sandbox.Ops.AbsoluteUri);
        await page.GetByLabel("Operator token").FillAsync(token);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        return page;
    }

    /// <summary>Nothing is wider than the screen; the picture is for whoever wants to look.</summary>
    private static async Task Fits(IPage page, string name, int width, ColorScheme colours)
    {
        await Pictures.Take(page, $"{name}-{width}-{(colours is ColorScheme.Dark ? "dark" : "light")}", fullPage: true);
        foreach (var element in await page.Locator("body, main, nav, nav a, form, section, button, header, .timeline li, .figures, .figures td, .figures th").AllAsync())
        {
            if (await element.BoundingBoxAsync() is { } box)
            {
                Assert.True(box.X >= 0 && box.X + box.Width <= width + 1, $"{name}: {await element.InnerTextAsync()} reaches from {box.X} to {box.X + box.Width}.");
            }
        }
    }
}
