using System.Net;
using System.Text;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.House;

/// <summary>What must never be written down anywhere.</summary>
public sealed class SecretsTests
{
    [Fact]
    public async Task Tokens_tickets_codes_and_pins_are_in_no_log_and_in_no_database()
    {
        await using var sandbox = await SandboxProcess.Start();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        using var browser = new Browser();
        var back = await LinkedHome.Consent(browser, sandbox, "maple", "google-home", _ => true);
        var code = back.Query("code")!;
        var home = await LinkedHome.Link(sandbox, http, "maple", "google-home", _ => true);
        var viewer = await home.Watch(await home.Device("Front door camera"));
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        var (init, units) = (viewer.Init, viewer.Units);
        await viewer.Fetch(units[0]);
        var lockId = (await home.Sync()).GetProperty("devices").EnumerateArray()
            .Single(device => device.GetProperty("type").GetString()!.EndsWith("LOCK", StringComparison.Ordinal)).GetProperty("id").GetString()!;
        foreach (var pin in (string[])["000111222", "471193"])
        {
            await home.Execute(lockId, "LockUnlock", new { @lock = false }, new { pin });
        }

        // Each in a place where it fails, too: refused requests are logged the most.
        await new Viewer(http, new Uri(viewer.Entry.AbsoluteUri.Replace("/live", "/dead", StringComparison.Ordinal))).Enter();
        await viewer.Fetch(new Uri(units[0] + "x"));
        await LinkedHome.Token(sandbox, http, "google-home", new() { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = "https://wrong.example" });
        await LinkedHome.Token(sandbox, http, "second-platform", new() { ["grant_type"] = "refresh_token", ["refresh_token"] = home.RefreshToken });
        using var faulty = await http.PostAsync(new Uri(sandbox.Cloud, "/sandbox/faults"), new StringContent("""{"kind":"cache-mixup","rate":1}""", Encoding.UTF8, "application/json"));
        await viewer.Fetch(units[^1]);
        await home.Refresh();
        using var suspended = new HttpRequestMessage(HttpMethod.Post, new Uri(sandbox.Ops, "/ops/v1/suspensions?wait=2s"));
        suspended.Headers.Authorization = new("Bearer", "sandbox-operator");
        suspended.Content = new StringContent("""{"preset":"camera-leak"}""", Encoding.UTF8, "application/json");
        using var done = await http.SendAsync(suspended);
        Assert.Equal(HttpStatusCode.Created, done.StatusCode);

        string[] secrets =
        [
            code, browser.Cookies.GetCookies(sandbox.Bridge)["homebridge.resident"]!.Value, home.AccessToken, home.RefreshToken, viewer.Entry.Segments[3].TrimEnd('/'), viewer.PlaylistUrl!.Segments[3].TrimEnd('/'),
            Path.GetFileNameWithoutExtension(viewer.PlaylistUrl.Segments[4]), Path.GetFileNameWithoutExtension(init.Segments[4]),
            Path.GetFileNameWithoutExtension(units[0].Segments[4]), "000111222", "sandbox-google-secret",
            await File.ReadAllTextAsync(Path.Combine(sandbox.DataFolder, "bridge.key")), await File.ReadAllTextAsync(Path.Combine(sandbox.DataFolder, "evidence.key")),
        ];
        var log = sandbox.Output[sandbox.Output.IndexOf("\nready", StringComparison.Ordinal)..];
        var stored = TestDatabase.Everything(Path.Combine(sandbox.DataFolder, "homebridge.db"));
        Assert.Contains("Evidence was wrong", log, StringComparison.Ordinal);
        Assert.Contains("link.consented", stored, StringComparison.Ordinal);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, log, StringComparison.Ordinal));
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, stored, StringComparison.Ordinal));

        // The introduction before "ready" prints the PIN; nothing does after it.
        Assert.DoesNotContain("471193", log, StringComparison.Ordinal);
        Assert.DoesNotContain("471193", stored, StringComparison.Ordinal);
    }
}
