using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using HomeBridge.Tests.World;
using Microsoft.Playwright;

namespace HomeBridge.Tests.OpsConsole;

/// <summary>Who saw what, from a display's fetch to the auditor's answer.</summary>
[Collection(SandboxCollection.Name)]
public sealed class WhoSawTests(SandboxFixture sandbox, ConsoleBrowser browser) : IClassFixture<ConsoleBrowser>
{
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

    [Fact]
    public async Task The_page_answers_what_a_camera_showed_and_to_whom()
    {
        var (camera, _, hashes) = await Watch("Garden camera");
        await Seen($"device={camera}", 3);
        await using var context = await browser.Context();
        var page = await ConsoleBrowser.SignIn(context, sandbox.Ops, "sandbox-operator");

        await page.GetByRole(AriaRole.Link, new() { Name = "Who saw what" }).ClickAsync();
        await ConsoleBrowser.Look(page, "who-saw");
        await page.GetByLabel("Device or grant").FillAsync(camera);
        await page.GetByRole(AriaRole.Button, new() { Name = "Look up" }).ClickAsync();
        await Assertions.Expect(page.Locator("h2").First).ToContainTextAsync("units");
        await Assertions.Expect(page.Locator(".figures")).ToContainTextAsync("maple");
        await ConsoleBrowser.Look(page, "who-saw-device");

        await page.Locator(".figures th[scope=row] a").Last.ClickAsync();
        await Assertions.Expect(page.Locator(".figures").Last).ToContainTextAsync(hashes[1]);
        await ConsoleBrowser.Look(page, "who-saw-session");

        await page.GotoAsync(new Uri(sandbox.Ops, "/who-saw?verify=true").AbsoluteUri);
        await Assertions.Expect(page.Locator(".confirmation")).ToContainTextAsync("INTACT");
        await ConsoleBrowser.Look(page, "who-saw-verified");
        await page.GotoAsync(new Uri(sandbox.Ops, "/who-saw?find=%3Cb%3E&from=never").AbsoluteUri);
        await Assertions.Expect(page.Locator("main .notice")).ToContainTextAsync("from and to are times");
    }

    [Fact]
    public async Task Somebody_who_is_no_auditor_is_told_so()
    {
        await using var context = await browser.Context();
        var page = await ConsoleBrowser.SignIn(context, sandbox.Ops, "sandbox-operator-2");

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
}
