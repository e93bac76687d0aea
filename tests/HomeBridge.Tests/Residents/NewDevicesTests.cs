using System.Net;
using System.Net.Http.Json;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using HomeBridge.Tests.OpsConsole;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Residents;

/// <summary>A device that a home gets after the consent is shared as its resident said, and never before.</summary>
[Collection(SandboxCollection.Name)]
public sealed class NewDevicesTests(SandboxFixture sandbox, ConsoleBrowser browser) : IClassFixture<ConsoleBrowser>
{
    private const string Light = "LIGHT";

    [Fact]
    public async Task A_new_device_waits_for_its_resident_who_shares_it_or_leaves_it()
    {
        await sandbox.Recover();
        var home = await sandbox.Link("maple");
        using var resident = await ResidentBrowser.SignIn(sandbox, "maple");
        var link = await LinkPath(resident);
        try
        {
            await Add("Attic light");
            await Add("Cellar light");
            var asked = await resident.Get(link);
            Assert.Equal(["Attic light", "Cellar light"], Waiting(asked).Order(StringComparer.Ordinal));
            Assert.DoesNotContain("Attic light", (await home.Sync()).ToString(), StringComparison.Ordinal);
            await Look(link);

            var shared = await resident.Press(asked, "device", Button(asked, "Attic light", "device"));
            Assert.Contains("It applies now", shared.Text, StringComparison.Ordinal);
            var left = await resident.Press(shared, "leave", Button(shared, "Cellar light", "leave"));
            Assert.Contains("It is not shared", left.Text, StringComparison.Ordinal);

            Assert.Empty(Waiting(left));
            var synced = (await home.Sync()).ToString();
            Assert.Contains("Attic light", synced, StringComparison.Ordinal);
            Assert.DoesNotContain("Cellar light", synced, StringComparison.Ordinal);
        }
        finally
        {
            await Reset();
            await home.Disconnect();
        }
    }

    [Fact]
    public async Task The_answer_can_be_changed_and_holds_from_then_on()
    {
        await sandbox.Recover();
        var home = await sandbox.Link("maple");
        using var resident = await ResidentBrowser.SignIn(sandbox, "maple");
        var link = await LinkPath(resident);
        try
        {
            Assert.Equal("ask", Chosen(await resident.Get(link)));
            var changed = await resident.Forge(await resident.Get(link), link + "/new-devices", ("later", "add"));
            Assert.Equal("add", Chosen(changed));
            Assert.Contains("You changed what becomes of new devices", changed.Text, StringComparison.Ordinal);
            await Add("Attic light");
            Assert.Contains("Attic light", (await home.Sync()).ToString(), StringComparison.Ordinal);

            Assert.Equal("never", Chosen(await resident.Forge(changed, link + "/new-devices", ("later", "never"))));
            await Add("Cellar light");
            Assert.Empty(Waiting(await resident.Get(link)));
            Assert.DoesNotContain("Cellar light", (await home.Sync()).ToString(), StringComparison.Ordinal);
        }
        finally
        {
            await Reset();
            await home.Disconnect();
        }
    }

    [Fact]
    public async Task What_is_not_theirs_or_means_nothing_changes_nothing()
    {
        await sandbox.Recover();
        var home = await sandbox.Link("maple");
        using var resident = await ResidentBrowser.SignIn(sandbox, "maple");
        using var stranger = await ResidentBrowser.SignIn(sandbox, "harbor");
        var link = await LinkPath(resident);
        var light = await home.Device("Garden camera");
        var page = await resident.Get(link);

        foreach (var (who, from, name, value) in ((ResidentBrowser, Page, string, string)[])
            [
                (stranger, await stranger.Get("/account"), "later", "add"), (stranger, await stranger.Get("/account"), "leave", light),
                (resident, page, "later", "everything"), (resident, page, "leave", "dev_00000000000000000000000000000000"), (resident, page, "nothing", "x"),
            ])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await who.Forge(from, link + "/new-devices", (name, value))).Status);
        }

        Assert.Equal("ask", Chosen(await resident.Get(link)));
        await home.Disconnect();
        Assert.Equal(HttpStatusCode.NotFound, (await resident.Forge(page, link + "/new-devices", ("later", "add"))).Status);
    }

    private async Task Add(string name)
    {
        using var added = await sandbox.Http.PostAsJsonAsync(new Uri(sandbox.Cloud, "/sandbox/homes/maple/devices"), new { type = Light, name, room = "Elsewhere" });
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
    }

    private async Task Reset()
    {
        using var done = await sandbox.Http.PostAsync(new Uri(sandbox.Cloud, "/sandbox/reset"), null);
        Assert.Equal(HttpStatusCode.NoContent, done.StatusCode);
    }

    private async Task Look(string link)
    {
        await using var context = await browser.Context(script: true, "en");
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(sandbox.Bridge, "/account").AbsoluteUri);
        await page.Locator("input[name=username]").FillAsync("maple");
        await page.Locator("input[name=password]").FillAsync("sandbox");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("main.account").WaitForAsync();
        await page.GotoAsync(new Uri(sandbox.Bridge, link).AbsoluteUri);
        await ConsoleBrowser.Look(page, "account-new-devices-en");
    }

    private static async Task<string> LinkPath(ResidentBrowser resident) =>
        (await resident.Get("/account")).Document!.QuerySelector<IHtmlAnchorElement>(".platform a")!.GetAttribute("href")!;

    private static IEnumerable<string> Waiting(Page page) =>
        page.Document!.QuerySelectorAll("li:has(button[name=leave]) > div").Select(row => row.FirstChild!.TextContent.Trim());

    private static string Button(Page page, string device, string name) => page.Document!.QuerySelectorAll("li:has(button[name=leave])")
        .First(row => row.TextContent.Contains(device, StringComparison.Ordinal)).QuerySelector<IHtmlButtonElement>($"button[name={name}]")!.Value;

    private static string? Chosen(Page page) => page.Document!.QuerySelector<IHtmlInputElement>("input[name=later][checked]")?.Value;
}
