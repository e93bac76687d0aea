using System.Globalization;
using HomeBridge.Tests.World;
using Microsoft.Playwright;

namespace HomeBridge.Tests.Display;

/// <summary>The incident theatre as its visitor sees it, with real video on both sides.</summary>
public sealed class TheatrePageTests(TheatreFixture theatre) : IClassFixture<TheatreFixture>, IAsyncLifetime
{
    /// <summary>A player is some units behind: the stranger is in the picture this much later at most.</summary>
    private const float PictureWithin = 30_000;

    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    public async Task InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.Start(_playwright);
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    /// <summary>From the keyboard alone: choose, replay, see, clear.</summary>
    [Theory]
    [InlineData("C1", 1280)]
    [InlineData("X6", 360)]
    public async Task A_replay_shows_the_stranger_on_the_left_and_nothing_on_the_right(string incident, int width)
    {
        var page = await Open(width);
        await page.Locator(".card input:checked").FocusAsync();
        while (await page.Locator(".card input:checked").GetAttributeAsync("value") != incident)
        {
            await page.Keyboard.PressAsync("ArrowDown");
        }

        await Shoot(page, width, "before");
        await page.GetByTestId("replay").FocusAsync();
        await page.Keyboard.PressAsync("Enter");

        // First both watch the same camera, and it is their own.
        await Assertions.Expect(page.GetByTestId("naive-whose")).ToContainTextAsync("Your Front door camera", new() { Timeout = PictureWithin });
        await Assertions.Expect(page.GetByTestId("ours-whose")).ToContainTextAsync("Your Front door camera", new() { Timeout = PictureWithin });

        var ours = WatchOver(page);
        await Assertions.Expect(page.GetByTestId("naive-whose")).ToContainTextAsync("A stranger: Boathouse camera", new() { Timeout = PictureWithin });
        await Assertions.Expect(page.GetByTestId("naive")).ToHaveAttributeAsync("data-state", "leaking");
        Assert.NotEqual(0, int.Parse(await page.GetByTestId("naive-count").InnerTextAsync(), CultureInfo.InvariantCulture));
        await Assertions.Expect(page.GetByTestId("ours")).ToHaveAttributeAsync("data-state", "stopped");
        await Assertions.Expect(page.GetByTestId("ours-count")).ToHaveTextAsync("0");
        await Assertions.Expect(page.GetByTestId("ours-because")).ToContainTextAsync("Stopped after");
        await Assertions.Expect(page.Locator("#ours-curtain")).ToContainTextAsync("Unavailable", new() { Timeout = PictureWithin });
        await Assertions.Expect(page.GetByTestId("said")).ToContainTextAsync("HomeBridge released nothing of it");
        await Shoot(page, width, "after");
        Assert.DoesNotContain(await ours(), text => text.Contains("stranger", StringComparison.OrdinalIgnoreCase));

        await page.GetByTestId("clear").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByTestId("said")).ToContainTextAsync("Cleared");
        await Assertions.Expect(page.GetByTestId("naive")).ToHaveAttributeAsync("data-state", "dark");
        await Assertions.Expect(page.GetByTestId("replay")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task An_alert_for_a_stranger_pops_up_on_the_left_only()
    {
        var page = await Open(1280);
        await page.GetByTestId("card-C4").ClickAsync();
        await page.GetByTestId("replay").ClickAsync();

        await Assertions.Expect(page.GetByTestId("naive-alert")).ToContainTextAsync("Boathouse camera: somebody is there", new() { Timeout = PictureWithin });
        await Assertions.Expect(page.Locator("#ours-alert")).ToContainTextAsync("The bridge refused the event");
        await Assertions.Expect(page.GetByTestId("ours-whose")).ToContainTextAsync("Your Front door camera");
        await Pictures.Take(page, "theatre-alert");
    }

    [Fact]
    public async Task Who_wants_no_motion_gets_none_and_every_incident_can_be_read()
    {
        await using var context = await _browser.NewContextAsync(new() { ReducedMotion = ReducedMotion.Reduce, ViewportSize = new() { Width = 1280, Height = 800 } });
        var page = await context.NewPageAsync();
        var requests = new List<string>();
        page.Request += (_, request) => requests.Add(request.Url);
        await page.GotoAsync(new Uri(theatre.Sandbox.Display, "/theatre").AbsoluteUri);
        await Assertions.Expect(page.Locator(".card")).ToHaveCountAsync(17);
        foreach (var card in await page.Locator(".card").AllAsync())
        {
            await card.ClickAsync();
            foreach (var part in (string[])["#eyebrow", "#title", "#happened", "#scale", "#found", "#here"])
            {
                Assert.NotEqual("", await page.Locator(part).InnerTextAsync());
            }
        }

        Assert.Equal("0s", await page.GetByTestId("naive").EvaluateAsync<string>("side => getComputedStyle(side).transitionDuration"));
        Assert.All(requests, url => Assert.StartsWith(theatre.Sandbox.Display.AbsoluteUri, url, StringComparison.Ordinal));
    }

    private async Task<IPage> Open(int width)
    {
        var context = await _browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = 800 } });
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(theatre.Sandbox.Display, "/theatre").AbsoluteUri);
        await Assertions.Expect(page.GetByTestId("replay")).ToBeEnabledAsync();
        return page;
    }

    /// <summary>Every label that our side's picture gets, as it is read from the pixels.</summary>
    private static Func<Task<string[]>> WatchOver(IPage page)
    {
        var began = page.EvaluateAsync("""
            () => {
              const whose = document.getElementById('ours-whose');
              window.labels = [];
              new MutationObserver(() => window.labels.push(whose.textContent)).observe(whose, { childList: true, characterData: true, subtree: true });
            }
            """);
        return async () =>
        {
            await began;
            return await page.EvaluateAsync<string[]>("window.labels");
        };
    }

    /// <summary>In both colours, and never wider than the screen.</summary>
    private static async Task Shoot(IPage page, int width, string when)
    {
        foreach (var colours in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            await page.EmulateMediaAsync(new() { ColorScheme = colours });
            await Pictures.Take(page, $"theatre-{width}-{colours}-{when}", fullPage: true);
            var widest = await page.EvaluateAsync<int>("document.documentElement.scrollWidth");
            Assert.True(widest <= width, $"The page is {widest} wide.");
        }
    }
}
