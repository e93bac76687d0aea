using System.Text;
using HomeBridge.Tests.OpsConsole;
using HomeBridge.Tests.World;
using Microsoft.Playwright;
using Xunit.Abstractions;

namespace HomeBridge.Tests.AccountLinking;

/// <summary>Every linking page in every language, in a real browser: readable for everybody, small, and soon there.</summary>
[Collection(SandboxCollection.Name)]
public sealed class LinkingPageTests(SandboxFixture sandbox, ConsoleBrowser browser, ITestOutputHelper output) : IClassFixture<ConsoleBrowser>
{
    /// <summary>Issue 6: each page under 100 KB.</summary>
    private const int PageBytesMax = 100 * 1024;

    private const string Request =
        "/oauth/authorize?response_type=code&client_id=google-home&state=xyz&redirect_uri=https%3A%2F%2Foauth-redirect.googleusercontent.com%2Fr%2Fhomebridge-sandbox";

    [Theory]
    [InlineData("en", "Agree and link")]
    [InlineData("fr", "Accepter et associer")]
    [InlineData("zh-Hans", "同意并关联")]
    public async Task Linking_speaks_the_language_that_the_platform_names_to_its_end(string language, string agree)
    {
        await sandbox.Recover();
        await using var context = await browser.Context();
        var page = await context.NewPageAsync();

        await page.GotoAsync(new Uri(sandbox.Bridge, $"{Request}&user_locale={language}").AbsoluteUri);
        await Look(page, $"linking-1-{language}", language);
        await page.Locator("form button").First.ClickAsync();
        await page.FillAsync("input[name=username]", "hill");
        await page.FillAsync("input[name=password]", "sandbox");
        await page.Locator("form button").First.ClickAsync();
        await Look(page, $"linking-3-{language}", language);

        Assert.Equal(agree, await page.Locator("form button").First.InnerTextAsync());
        Assert.Equal("ask", await page.Locator("input[name=new_devices]:checked").GetAttributeAsync("value"));
        var sizes = await page.EvaluateAsync<double[][]>("() => [...document.querySelectorAll('.actions button')].map(one => { const box = one.getBoundingClientRect(); return [box.width, box.height]; })");
        Assert.Equal(sizes[0], sizes[1]);

        // Nothing ticked: the page says so, and what was answered besides stays.
        await page.EvaluateAsync("() => document.querySelectorAll('input[name=device]').forEach(one => one.checked = false)");
        await page.Locator("input[value=never]").CheckAsync();
        await page.Locator("form button").First.ClickAsync();
        await Assertions.Expect(page.Locator(".notice")).ToBeVisibleAsync();
        Assert.Equal("never", await page.Locator("input[name=new_devices]:checked").GetAttributeAsync("value"));

        // A second tab answers no; the first one, sent then, is told what to do.
        var url = new Uri(page.Url);
        await context.ClearCookiesAsync(new() { Name = "homebridge.linking" });
        await page.Locator("form button").First.ClickAsync();
        await Look(page, $"linking-stopped-{language}", language);
        Assert.Matches("[0-9A-Z]{4}-[0-9A-Z]{4}", await page.Locator(".aside code").InnerTextAsync());
        Assert.Equal("/oauth/consent", url.AbsolutePath);
    }

    /// <summary>By keyboard alone, in a home of usual size: a camera, its sound right below, and what is said about both.</summary>
    [Theory]
    [InlineData("en", "Sound of Garden camera")]
    [InlineData("fr", "Son de Garden camera")]
    [InlineData("zh-Hans", "Garden camera的声音")]
    public async Task A_cameras_sound_is_chosen_below_its_live_video(string language, string sound)
    {
        await sandbox.Recover();
        await using var context = await browser.Context();
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(sandbox.Bridge, $"{Request}&user_locale={language}").AbsoluteUri);
        await page.Locator("form button").First.ClickAsync();
        await page.FillAsync("input[name=username]", "maple");
        await page.FillAsync("input[name=password]", "sandbox");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("input[name=sound]").First.WaitForAsync();

        Assert.Equal(0, await page.Locator("input[name=sound]:checked").CountAsync());
        var camera = page.Locator("label", new() { HasText = "Garden camera" }).Locator("input[name=device]");
        await camera.FocusAsync();
        await page.Keyboard.PressAsync("Space");
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("sound", await page.EvaluateAsync<string>("() => document.activeElement.name"));
        await page.Keyboard.PressAsync("Space");

        Assert.True(await page.GetByLabel(sound).IsCheckedAsync());
        Assert.Equal(await camera.GetAttributeAsync("value"), await page.GetByLabel(sound).GetAttributeAsync("value"));
        await Look(page, $"linking-3-sound-{language}", language);
    }

    /// <summary>Residents in a hurry press twice, everywhere.</summary>
    [Fact]
    public async Task Pressing_each_button_twice_links_once()
    {
        await sandbox.Recover();
        await using var context = await browser.Context();
        var page = await context.NewPageAsync();
        var codes = new List<string>();
        await page.RouteAsync("https://oauth-redirect.googleusercontent.com/**", async route =>
        {
            codes.Add(route.Request.Url);
            await route.FulfillAsync(new() { ContentType = "text/html", Body = "<h1>Back</h1>" });
        });

        await page.GotoAsync(new Uri(sandbox.Bridge, Request).AbsoluteUri);
        await page.Locator("form button").First.DblClickAsync();
        await page.FillAsync("input[name=username]", "harbor");
        await page.FillAsync("input[name=password]", "sandbox");
        await page.Locator("form button").First.DblClickAsync();
        await page.Locator("input[name=new_devices]").First.WaitForAsync();
        await page.Locator("form button").First.DblClickAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Back");

        Assert.Contains("code=", codes[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("error=", string.Join(' ', codes), StringComparison.Ordinal);
        output.WriteLine(string.Join('\n', codes));
    }

    private async Task Look(IPage page, string name, string language)
    {
        Assert.Equal(language, await page.GetAttributeAsync("html", "lang"));
        var bytes = Encoding.UTF8.GetByteCount(await page.ContentAsync());
        var paint = await page.EvaluateAsync<double?>("() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime");
        output.WriteLine($"{name}: {bytes} bytes, first paint after {paint:0} ms");
        Assert.InRange(bytes, 1, PageBytesMax);
        await ConsoleBrowser.Look(page, name);
    }
}
