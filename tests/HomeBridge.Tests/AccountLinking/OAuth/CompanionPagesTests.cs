using System.Net;
using HomeBridge.Tests.OpsConsole;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.AccountLinking.OAuth;

/// <summary>The app's two pages in Chromium: both looks, no findings, and the way back to the app's port past the page's own policy.</summary>
[Collection(SandboxCollection.Name)]
public sealed class CompanionPagesTests(SandboxFixture sandbox, ConsoleBrowser browser) : IClassFixture<ConsoleBrowser>
{
    [Fact]
    [Rfc("8252 7.3", "A browser follows the form to the app's port")]
    public async Task A_browser_goes_the_whole_way_by_keyboard()
    {
        var redirect = $"http://127.0.0.1:{SandboxProcess.FreePorts(1)[0]}/cb";
        using var app = new HttpListener { Prefixes = { redirect[..^"cb".Length] } };
        app.Start();
        var answered = AnswerOnce(app);
        await using var context = await browser.Context();
        var page = await context.NewPageAsync();
        using (ConsoleBrowser.Watch(page))
        {
            await page.GotoAsync(AppInBrowser.Authorize(sandbox, redirect: redirect).AbsoluteUri);
            await ConsoleBrowser.Look(page, "companion-who-asks");
            await page.GetByText("Continue", new() { Exact = true }).FocusAsync();
            await page.Keyboard.PressAsync("Enter");
            await page.Locator("input[name=username]").FillAsync("maple");
            await page.Locator("input[name=password]").FillAsync("sandbox");
            await page.Keyboard.PressAsync("Enter");
            await page.GetByText("Agree and link", new() { Exact = true }).WaitForAsync();
            await ConsoleBrowser.Look(page, "companion-confirm");
        }

        await page.GetByText("Agree and link", new() { Exact = true }).ClickAsync();
        await page.GetByText("the app").WaitForAsync();
        await answered;
        Assert.StartsWith(redirect + "?code=", page.Url, StringComparison.Ordinal);
    }

    private static async Task AnswerOnce(HttpListener app)
    {
        var asked = await app.GetContextAsync();
        asked.Response.ContentType = "text/plain";
        await asked.Response.OutputStream.WriteAsync("the app"u8.ToArray());
        asked.Response.Close();
    }
}
