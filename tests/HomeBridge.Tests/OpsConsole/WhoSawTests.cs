using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using HomeBridge.Tests.World;
using Microsoft.Playwright;

namespace HomeBridge.Tests.OpsConsole;

/// <summary>Who saw what, from a display's fetch to the auditor's answer.</summary>
[Collection(SandboxCollection.Name)]
public sealed class WhoSawTests(SandboxFixture sandbox) : IAsyncLifetime
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
    public async Task An_auditor_learns_each_unit_that_a_display_was_shown()
    {
        var (camera, vendorId, hashes) = await Watch("Front door camera");

        var seen = await Seen($"device={camera}&units=true", 3);

        Assert.Equal(("maple", "google", vendorId, camera), (Text(seen, "account"), Text(seen, "platform"), Text(seen, "vendor_device_id"), Text(seen, "device")));
        Assert.StartsWith("lnk_", Text(seen, "account_link"), StringComparison.Ordinal);
        Assert.Equal(hashes, seen.GetProperty("released").EnumerateArray().Select(unit => Text(unit, "sha256")));
        Assert.Equal(["init", "segment", "segment"], seen.GetProperty("released").EnumerateArray().Select(unit => Text(unit, "kind")));
        Assert.Equal(seen.GetProperty("bytes").GetInt64(), seen.GetProperty("released").EnumerateArray().Sum(unit => unit.GetProperty("bytes").GetInt64()));

        // The maker's id asks for the same, a grant for one session, and without units=true nobody is told hashes.
        Assert.Equal(Text(seen, "grant"), Text(await Seen($"device={vendorId}", 3), "grant"));
        var one = await Seen($"grant={Text(seen, "grant")}", 3);
        Assert.Equal(Text(seen, "grant"), Text(one, "grant"));
        Assert.False(one.TryGetProperty("released", out _));

        var (status, check) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/ledger/verify");
        Assert.Equal(200, status);
        Assert.True(check.GetProperty("intact").GetBoolean(), check.ToString());

        // Who asked is remembered as well.
        var (_, audit) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/audit?limit=100");
        Assert.Contains(audit.GetProperty("rows").EnumerateArray(), row => Text(row, "action") == "ledger.read" && Text(row, "subject") == camera && Text(row, "actor") == "sandbox-operator");
    }

    [Fact]
    public async Task The_ledger_is_for_auditors_and_says_what_it_wants_to_know()
    {
        Assert.Equal(403, (await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/ledger?device=x", operatorToken: "sandbox-operator-2")).Status);
        Assert.Equal(403, (await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/ledger/verify", operatorToken: "sandbox-operator-2")).Status);
        Assert.Equal(401, (await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/ledger?device=x", operatorToken: "nobody")).Status);
        foreach (var query in (string[])["", "?device=x&grant=y", "?device=x&from=yesterday", "?device=x&limit=1001", "?device=x&units=perhaps", "?device=x&from=2026-02-01&to=2026-01-01"])
        {
            var (status, body) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/ledger" + query);
            Assert.True(status == 400, $"{query}: {status}");
            Assert.NotEmpty(Text(body, "detail"));
        }

        var (found, nobody) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/ledger?device=dev_none");
        Assert.Equal(200, found);
        Assert.Equal(0, nobody.GetProperty("sessions").GetArrayLength());
    }

    [Theory]
    [InlineData(360, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    public async Task The_page_answers_without_script(int width, ColorScheme colours)
    {
        var (camera, _, hashes) = await Watch("Garden camera");
        await Seen($"device={camera}", 3);
        await using var context = await _browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = 800 }, ColorScheme = colours, JavaScriptEnabled = false });
        var page = await context.NewPageAsync();
        await page.GotoAsync(sandbox.Ops.AbsoluteUri);
        await page.GetByLabel("Operator token").FillAsync("sandbox-operator");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "Who saw what" }).ClickAsync();
        await Fits(page, "who-saw", width, colours);
        await page.GetByLabel("Device or grant").FillAsync(camera);
        await page.GetByRole(AriaRole.Button, new() { Name = "Look up" }).ClickAsync();
        await Assertions.Expect(page.Locator("h2").First).ToContainTextAsync("units");
        await Assertions.Expect(page.Locator(".figures")).ToContainTextAsync("maple");
        await Fits(page, "who-saw-device", width, colours);

        await page.Locator(".figures th[scope=row] a").Last.ClickAsync();
        await Assertions.Expect(page.Locator(".figures").Last).ToContainTextAsync(hashes[1]);
        await Fits(page, "who-saw-session", width, colours);

        await page.GotoAsync(new Uri(sandbox.Ops, "/who-saw?verify=true").AbsoluteUri);
        await Assertions.Expect(page.Locator(".confirmation")).ToContainTextAsync("INTACT");
        await Fits(page, "who-saw-verified", width, colours);
        await page.GotoAsync(new Uri(sandbox.Ops, "/who-saw?find=%3Cb%3E&from=never").AbsoluteUri);
        await Assertions.Expect(page.Locator(".notice")).ToContainTextAsync("from and to are times");
    }

    [Fact]
    public async Task Somebody_who_is_no_auditor_is_told_so()
    {
        await using var context = await _browser.NewContextAsync();
        var page = await context.NewPageAsync();
        await page.GotoAsync(sandbox.Ops.AbsoluteUri);
        await page.GetByLabel("Operator token").FillAsync("sandbox-operator-2");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();

        var answer = await page.GotoAsync(new Uri(sandbox.Ops, "/who-saw?find=x").AbsoluteUri);

        Assert.Equal((int)HttpStatusCode.Forbidden, answer!.Status);
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("role Auditor");
    }

    private async Task<(string Camera, string VendorId, IReadOnlyList<string> Hashes)> Watch(string name)
    {
        var home = await sandbox.Link("maple");
        var camera = await home.Device(name);
        var viewer = await home.Watch(camera);
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        var hashes = new List<string>();
        foreach (var unit in (Uri[])[viewer.Init, .. viewer.Units.TakeLast(2)])
        {
            var (status, bytes) = await viewer.Fetch(unit);
            Assert.Equal(HttpStatusCode.OK, status);
            hashes.Add(Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }

        return (camera, (await sandbox.MakerDevices()).Single(device => device.Home == "maple" && device.Name == name).VendorDeviceId, hashes);
    }

    /// <summary>The newest session, once as many units of it are recorded.</summary>
    private async Task<JsonElement> Seen(string query, long units)
    {
        for (var attempt = 0; ; attempt++)
        {
            var (status, body) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/ledger?limit=1000&" + query);
            Assert.Equal(200, status);
            if (body.GetProperty("sessions").EnumerateArray().LastOrDefault() is { ValueKind: JsonValueKind.Object } last && last.GetProperty("units").GetInt64() == units)
            {
                return last;
            }

            Assert.True(attempt < 100, body.ToString());
            await Task.Delay(100);
        }
    }

    private static string Text(JsonElement of, string member) => of.GetProperty(member).GetString()!;

    private static async Task Fits(IPage page, string name, int width, ColorScheme colours)
    {
        await Pictures.Take(page, $"{name}-{width}-{(colours is ColorScheme.Dark ? "dark" : "light")}", fullPage: true);
        foreach (var element in await page.Locator("body, main, nav, nav a, form, section, button, header, .figures, .figures td, .figures th").AllAsync())
        {
            if (await element.BoundingBoxAsync() is { } box)
            {
                Assert.True(box.X >= 0 && box.X + box.Width <= width + 1, $"{name}: {await element.InnerTextAsync()} reaches from {box.X} to {box.X + box.Width}.");
            }
        }
    }
}
