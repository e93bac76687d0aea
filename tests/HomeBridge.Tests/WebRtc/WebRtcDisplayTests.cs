using System.Text.Json;
using HomeBridge.Tests.House;
using HomeBridge.Tests.World;
using Microsoft.Playwright;
using Xunit.Abstractions;

namespace HomeBridge.Tests.WebRtc;

/// <summary>
/// A real browser shows a real peer connection of a simulated camera, through the gateway's blind relay: how soon, how late,
/// how it ends, and that no answer that is not proven ever becomes a picture.
/// </summary>
[Collection(SandboxCollection.Name)]
public sealed class WebRtcDisplayTests(SandboxFixture sandbox, ITestOutputHelper output) : IAsyncLifetime
{
    private const string Camera = "Garden camera";

    /// <summary>What the display promises is 1.5 s; a machine that does ten other things is given more.</summary>
    private static readonly TimeSpan PictureWithin = TimeSpan.FromSeconds(15);

    /// <summary>MiB. A heap breathes; what leaks by the frame or the packet is more than this in half an hour.</summary>
    private const double ResidentGrowthMax = 96;

    private const int BinMilliseconds = 25;

    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--autoplay-policy=no-user-gesture-required",
    ];

    private static int WatchedSeconds => Environment.GetEnvironmentVariable("HOMEBRIDGE_TESTS_LONG") == "true" ? 30 * 60 : 60;

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
        await sandbox.Recover();
    }

    [Fact]
    public async Task A_camera_is_live_by_webrtc_its_pictures_are_young_and_nothing_is_left_behind()
    {
        await using var context = await NewContext();
        var page = await LinkMaple(context);
        var number = await Number();
        await Press(page);
        var first = await Picture(page);
        Assert.Equal(number, first.Number);
        var firstMs = await FirstPictureMs(page);
        await Close(page);
        var portsBefore = await PortsWhenQuiet();

        await Press(page);
        Assert.Equal(number, (await Picture(page)).Number);
        var againMs = await FirstPictureMs(page);
        await Assertions.Expect(page.GetByTestId("path")).ToHaveTextAsync("WebRTC");
        await Assertions.Expect(page.GetByTestId("live")).ToBeVisibleAsync();
        await Pictures.Take(page, "webrtc-live");
        var residentBefore = ProcessMeters.ResidentMegabytes(sandbox.Process.Id);
        var portsDuring = ProcessMeters.UdpPorts(sandbox.Process.Id);
        var seen = await page.EvaluateAsync<JsonElement>(PeerScript.Ages(Reader), WatchedSeconds);
        var packets = await Packets(page);
        var residentAfter = ProcessMeters.ResidentMegabytes(sandbox.Process.Id);
        await Close(page);
        var portsAfter = await PortsWhenQuiet();

        var ages = seen.GetProperty("ages").EnumerateArray().Select(age => age.GetDouble()).ToArray();
        output.WriteLine($"First picture: {firstMs} ms after the first press of the tile, {againMs} ms after the second.");
        var histogram = Histogram.Draw(
            $"Age of the picture when it was shown: camera, relay and display on one machine, {WatchedSeconds} s, {ages.Length} frames, {packets.Count} packets", ages, BinMilliseconds);
        output.WriteLine(histogram);
        await Pictures.Write("webrtc-latency", histogram);
        output.WriteLine($"Resident memory {residentBefore:0} MiB, then {residentAfter:0} MiB. UDP ports {portsBefore} before, {portsDuring} during, {portsAfter} after.");
        Assert.Equal([number], seen.GetProperty("cameras").EnumerateArray().Select(one => one.GetInt32()));
        Assert.True(ages.Length > 3 * WatchedSeconds, $"Only {ages.Length} frames in {WatchedSeconds} s.");
        Assert.Equal(portsBefore, portsAfter);
        Assert.True(residentAfter < residentBefore + ResidentGrowthMax, "Memory was not given back.");
        Assert.True(portsDuring >= portsBefore + 3, "The relay has two ports and the camera one.");
    }

    [Fact]
    public async Task A_suspension_ends_the_packets_and_the_picture_and_a_lift_brings_them_back()
    {
        await using var context = await NewContext();
        var page = await LinkMaple(context);
        await Press(page);
        await Picture(page);
        await Task.Delay(1_000);
        var before = await Packets(page);

        var flippedAt = TimeProvider.System.GetUtcNow();
        var suspension = await sandbox.Suspend(new { preset = "camera-leak", reason = "pictures of strangers" });
        var confirmed = TimeProvider.System.GetUtcNow();
        await Task.Delay(1_000);
        var (count, lastAt) = await Packets(page);
        await Task.Delay(1_500);
        var later = await Packets(page);
        output.WriteLine($"{before.Count} packets before the flip, {count} a second after it was confirmed, {later.Count} later still. Confirmed after {(confirmed - flippedAt).TotalMilliseconds:0} ms; last packet {(lastAt - flippedAt).TotalMilliseconds:0} ms after the flip.");
        Assert.True(before.Count > 0);
        Assert.Equal(count, later.Count);
        await Assertions.Expect(page.GetByTestId("player-message")).ToContainTextAsync("not available", new() { Timeout = 15_000 });
        Assert.Null(await BlockCodeOnScreen.TryRead(page));
        await Pictures.Take(page, "webrtc-suspended");

        await page.GetByTestId("player-retry").ClickAsync();
        await Assertions.Expect(page.GetByTestId("player-message")).ToContainTextAsync("not available", new() { Timeout = 15_000 });
        await sandbox.Lift(suspension);
        await page.GetByTestId("player-retry").ClickAsync();
        Assert.Equal(await Number(), (await Picture(page)).Number);
    }

    [Theory]
    [InlineData("peer-swapped")]
    [InlineData("peer-relabelled")]
    [InlineData("peer-replayed")]
    [InlineData("peer-unsigned")]
    [InlineData("peer-fingerprint")]
    [InlineData("peer-certificate")]
    public async Task An_answer_that_is_not_the_cameras_never_becomes_a_picture(string fault)
    {
        await using var context = await NewContext();
        var page = await LinkMaple(context);
        await sandbox.Fault(fault);
        await page.EvaluateAsync("""
            () => {
              globalThis.pictures = 0;
              const video = document.querySelector('#video');
              new MutationObserver(() => { if (document.querySelector('#player').dataset.state === 'live') globalThis.pictures += 1; })
                .observe(document.querySelector('#player'), { attributes: true });
              video.requestVideoFrameCallback(() => { globalThis.pictures += 1; });
            }
            """);
        await Press(page);

        await Assertions.Expect(page.GetByTestId("player-message")).ToContainTextAsync("not available", new() { Timeout = 30_000 });
        Assert.Equal("webrtc", await page.GetByTestId("player").GetAttributeAsync("data-path"));
        Assert.Equal(0, await page.EvaluateAsync<int>("globalThis.pictures"));
        Assert.Equal(0, (await Packets(page)).Count);
        Assert.Null(await BlockCodeOnScreen.TryRead(page));
        output.WriteLine($"{fault}: {await page.GetByTestId("player-message").InnerTextAsync()} ({await page.Locator("#player-code").InnerTextAsync()})");
        await Pictures.Take(page, "webrtc-" + fault);
    }

    [Fact]
    public async Task Where_no_udp_gets_through_the_display_takes_hls()
    {
        await using var context = await NewContext();
        await context.AddInitScriptAsync(PeerScript.BarWay);
        var page = await LinkMaple(context);
        await Press(page);
        Assert.Equal(await Number(), (await BlockCodeOnScreen.Read(page, TimeSpan.FromSeconds(30))).Number);
        await Assertions.Expect(page.GetByTestId("path")).ToHaveTextAsync("HLS");
        await Pictures.Take(page, "webrtc-walled-hls");
    }

    private static string Reader => Repository.Read("contracts/camera-block-code.md").Split("```js")[1].Split("```")[0];

    private async Task<int> Number() => (await sandbox.MakerDevices()).Single(device => device is { Home: "maple", Name: Camera }).CameraNumber!.Value;

    private static Task Press(IPage page) => page.Locator($"[data-device-name='{Camera}']").ClickAsync();

    private static Task<(int Number, long Frame)> Picture(IPage page) => BlockCodeOnScreen.Read(page, PictureWithin);

    private static async Task<string?> FirstPictureMs(IPage page) => await page.GetByTestId("player").GetAttributeAsync("data-first-picture-ms");

    private static async Task<(long Count, DateTimeOffset LastAt)> Packets(IPage page)
    {
        var read = await page.EvaluateAsync<JsonElement>(PeerScript.Packets);
        return (read.GetProperty("packets").GetInt64(), DateTimeOffset.FromUnixTimeMilliseconds((long)read.GetProperty("last").GetDouble()));
    }

    private static async Task Close(IPage page)
    {
        await page.GetByTestId("player-close").ClickAsync();
        await Assertions.Expect(page.GetByTestId("player")).ToBeHiddenAsync();
    }

    /// <summary>Who leaves says so, and what was held is given back soon after.</summary>
    private async Task<int> PortsWhenQuiet()
    {
        var ports = ProcessMeters.UdpPorts(sandbox.Process.Id);
        for (var looked = 0; looked < 40 && ports > 0; looked++)
        {
            await Task.Delay(250);
            ports = ProcessMeters.UdpPorts(sandbox.Process.Id);
        }

        return ports;
    }

    private async Task<IBrowserContext> NewContext()
    {
        var context = await _browser.NewContextAsync(new() { ViewportSize = new() { Width = 1280, Height = 800 } });
        await context.AddInitScriptAsync(PeerScript.KeepConnections);
        return context;
    }

    private async Task<IPage> LinkMaple(IBrowserContext context)
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync(sandbox.Display.AbsoluteUri);
        await page.GetByTestId("link-home").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await page.Locator("input[name=username]").FillAsync("maple");
        await page.Locator("input[name=password]").FillAsync("sandbox");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        foreach (var box in await page.GetByRole(AriaRole.Checkbox).AllAsync())
        {
            await box.CheckAsync();
        }

        await page.GetByRole(AriaRole.Button, new() { Name = "Agree and link" }).ClickAsync();
        await page.Locator($"[data-device-name='{Camera}'][data-status=known]").WaitForAsync();
        return page;
    }
}
