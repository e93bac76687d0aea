using System.Diagnostics;
using HomeBridge.Tests.World;
using Microsoft.Playwright;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Display;

/// <summary>
/// The whole of it in a real browser: a resident links a home, a display shows a camera, the pixels say which one, and an
/// operator stops it.
/// </summary>
[Collection(SandboxCollection.Name)]
public sealed class DisplayTests(SandboxFixture sandbox, ITestOutputHelper output) : IAsyncLifetime
{
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    public async Task InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.Start(_playwright, "--autoplay-policy=no-user-gesture-required");
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await sandbox.Recover();
    }

    [Fact]
    public async Task A_resident_links_toggles_and_watches_until_an_operator_stops_the_picture()
    {
        await using var display = await NewContext();
        var page = await LinkMaple(display);

        // A light, by EXECUTE, and back by QUERY.
        var light = page.Locator("[data-device-name='Kitchen light']");
        await light.GetByTestId("toggle").ClickAsync();
        await Assertions.Expect(light.GetByTestId("state")).ToContainTextAsync("·");
        await Shoot(page, "display-home");

        // A camera: the pixels name it and count its frames.
        var maker = (await sandbox.MakerDevices()).Single(device => device is { Home: "maple", Name: "Front door camera" });
        var pressed = Stopwatch.GetTimestamp();
        await page.Locator("[data-device-name='Front door camera']").ClickAsync();
        var first = await BlockCodeOnScreen.Read(page, TimeSpan.FromSeconds(10));
        var firstPicture = Stopwatch.GetElapsedTime(pressed);
        await Task.Delay(1_000);
        var later = await BlockCodeOnScreen.Read(page, TimeSpan.FromSeconds(5));
        Assert.Equal(maker.CameraNumber, first.Number);
        Assert.Equal(maker.CameraNumber, later.Number);
        Assert.True(later.Frame > first.Frame, $"The picture stands still: frame {first.Frame}, then {later.Frame}.");
        output.WriteLine($"The first picture was there {firstPicture.TotalMilliseconds:0} ms after the tile was pressed.");
        await Shoot(page, "display-camera");

        // An operator presses the button.
        await using var ops = await NewContext();
        var console = await SignIn(ops, "sandbox-operator");
        await console.GetByRole(AriaRole.Link, new() { Name = "Suspend S" }).ClickAsync();
        await console.GetByRole(AriaRole.Button, new() { Name = "Suspend", Exact = true }).ClickAsync();
        await Assertions.Expect(console.GetByText("CONFIRMED 2/2, 0 streams left")).ToBeVisibleAsync();
        await Shoot(console, "console-suspended");
        try
        {
            await Assertions.Expect(page.GetByTestId("player-message")).ToContainTextAsync("not available");
            Assert.Null(await BlockCodeOnScreen.TryRead(page));
            await Shoot(page, "display-stopped");
        }
        finally
        {
            // The second operator lifts it, in the same console.
            await using var second = await NewContext();
            var lifting = await SignIn(second, "sandbox-operator-2");
            await lifting.Locator(".suspensions a").First.ClickAsync();
            await lifting.GetByLabel("Why", new() { Exact = true }).FillAsync("the display was reset");
            await lifting.GetByRole(AriaRole.Button, new() { Name = "Lift at once" }).ClickAsync();
            await lifting.GetByRole(AriaRole.Link, new() { Name = "Now", Exact = true }).ClickAsync();
            await Assertions.Expect(lifting.GetByText("Serving. Nothing is suspended.")).ToBeVisibleAsync();
            await Shoot(lifting, "console-serving");
        }

        await page.GetByTestId("player-retry").ClickAsync();
        Assert.Equal(maker.CameraNumber, (await BlockCodeOnScreen.Read(page, TimeSpan.FromSeconds(10))).Number);
    }

    [Fact]
    public async Task A_makers_mix_up_shows_black_and_never_a_strangers_camera()
    {
        await using var display = await NewContext();
        var page = await LinkMaple(display);
        var maker = (await sandbox.MakerDevices()).Single(device => device is { Home: "maple", Name: "Garden camera" });
        await page.Locator("[data-device-name='Garden camera']").ClickAsync();
        Assert.Equal(maker.CameraNumber, (await BlockCodeOnScreen.Read(page, TimeSpan.FromSeconds(10))).Number);

        await sandbox.Fault("cache-mixup");
        var until = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(until) < TimeSpan.FromSeconds(8))
        {
            var code = await BlockCodeOnScreen.TryRead(page);
            Assert.True(code is null || code.Value.Number == maker.CameraNumber, "A stranger's camera was on the display.");
            await Task.Delay(100);
        }

        await Assertions.Expect(page.GetByTestId("player-message")).ToContainTextAsync("not available");
    }

    [Fact]
    public async Task A_browser_without_hls_plays_by_our_own_player_until_the_picture_is_not_proven()
    {
        await using var display = await NewContext();
        var page = await LinkMaple(display);
        await page.GotoAsync(new Uri(sandbox.Display, "/?player=mse").AbsoluteUri);
        var maker = (await sandbox.MakerDevices()).Single(device => device is { Home: "maple", Name: "Garden camera" });
        var requests = new List<IRequest>();
        page.Request += (_, request) => requests.Add(request);
        await page.Locator("[data-device-name='Garden camera']").ClickAsync();
        var first = await BlockCodeOnScreen.Read(page, TimeSpan.FromSeconds(10));
        await Task.Delay(5_000);
        var later = await BlockCodeOnScreen.Read(page, TimeSpan.FromSeconds(5));
        Assert.Equal((maker.CameraNumber, maker.CameraNumber), (first.Number, later.Number));
        Assert.InRange(later.Frame - first.Frame, 30, 80);
        Assert.StartsWith("blob:", await page.Locator("#video").GetAttributeAsync("src"), StringComparison.Ordinal);
        await Shoot(page, "display-mse");

        var units = requests.Where(request => request.Url.EndsWith(".m4s", StringComparison.Ordinal)).Select(request => request.Url).ToList();
        Assert.True(units.Count >= 4);
        Assert.Equal(units.Count, units.Distinct().Count());

        await sandbox.Fault("cache-mixup");
        await Assertions.Expect(page.GetByTestId("player-message")).ToContainTextAsync("not available");
        Assert.Null(await BlockCodeOnScreen.TryRead(page));
        await Assertions.Expect(page.Locator("#player-code")).ToHaveTextAsync("not found");
    }

    [Fact]
    public async Task No_cookie_and_no_credential_of_a_browser_reaches_the_gateway()
    {
        await using var display = await NewContext();
        var page = await LinkMaple(display);
        var requests = new List<IRequest>();
        page.Request += (_, request) => requests.Add(request);
        await page.Locator("[data-device-name='Front door camera']").ClickAsync();
        await BlockCodeOnScreen.Read(page, TimeSpan.FromSeconds(10));

        var gateway = requests.Where(request => request.Url.StartsWith(sandbox.Gateway.AbsoluteUri, StringComparison.Ordinal)).ToList();
        foreach (var request in gateway)
        {
            var headers = await request.AllHeadersAsync();
            Assert.False(headers.ContainsKey("cookie"));
            Assert.False(headers.ContainsKey("authorization"));
        }

        Assert.DoesNotContain(requests, request => !new Uri(request.Url).IsLoopback && !request.Url.StartsWith("data:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Every_page_fits_a_phone_without_script_and_in_both_colours(ColorScheme colours)
    {
        await using var phone = await _browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = 360, Height = 740 },
            ColorScheme = colours,
            JavaScriptEnabled = false,
        });
        var page = await phone.NewPageAsync();
        var redirect = Uri.EscapeDataString(LinkedHome.Clients["google-home"].Redirect);
        await page.GotoAsync(new Uri(sandbox.Bridge, $"/oauth/authorize?client_id=google-home&response_type=code&redirect_uri={redirect}").AbsoluteUri);
        await Fits(page, "phone-1-who-asks", colours);
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await page.Locator("input[name=username]").FillAsync("maple");
        await Fits(page, "phone-2-sign-in", colours);
        await page.Locator("input[name=password]").FillAsync("sandbox");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Agree and link" }).WaitForAsync();
        await Fits(page, "phone-3-devices", colours);
        await page.GotoAsync(new Uri(sandbox.Bridge, "/oauth/authorize?client_id=nobody").AbsoluteUri);
        await Fits(page, "phone-4-problem", colours);

        var console = await SignIn(phone, "sandbox-operator-2");
        await Fits(console, "phone-5-console", colours);
    }

    /// <summary>Nothing is wider than the screen; a table may scroll in its own box.</summary>
    private static async Task Fits(IPage page, string name, ColorScheme colours)
    {
        await Pictures.Take(page, $"{name}-{(colours is ColorScheme.Dark ? "dark" : "light")}", fullPage: true);
        foreach (var element in await page.Locator("body, main, form, fieldset, section, button, header").AllAsync())
        {
            if (await element.BoundingBoxAsync() is { } box)
            {
                Assert.True(box.X >= 0 && box.X + box.Width <= 361, $"{name}: something reaches from {box.X} to {box.X + box.Width}.");
            }
        }
    }

    private async Task<IPage> LinkMaple(IBrowserContext context)
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync(sandbox.Display.AbsoluteUri);
        await Shoot(page, "display-start");
        await page.GetByTestId("link-home").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).WaitForAsync();
        await Shoot(page, "link-1-who-asks");
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await Shoot(page, "link-2-sign-in");
        await page.Locator("input[name=username]").FillAsync("maple");
        await page.Locator("input[name=password]").FillAsync("sandbox");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        foreach (var box in await page.GetByRole(AriaRole.Checkbox).AllAsync())
        {
            await box.CheckAsync();
        }

        await Shoot(page, "link-3-devices");
        await page.GetByRole(AriaRole.Button, new() { Name = "Agree and link" }).ClickAsync();
        await page.Locator("[data-device-name='Kitchen light'][data-status=known]").WaitForAsync();
        return page;
    }

    private async Task<IPage> SignIn(IBrowserContext context, string token)
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync(sandbox.Ops.AbsoluteUri);
        await Shoot(page, "console-sign-in");
        await page.GetByLabel("Operator token").FillAsync(token);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        return page;
    }

    private Task<IBrowserContext> NewContext() => _browser.NewContextAsync(new() { ViewportSize = new() { Width = 1280, Height = 800 } });

    private static Task Shoot(IPage page, string name) => Pictures.Take(page, name);
}
