using System.Text.Json;
using System.Text.RegularExpressions;
using HomeBridge.Tests.House;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;

namespace HomeBridge.Tests.Display;

/// <summary>The receiver of <c>deploy/cast-receiver</c> in Chromium, its framework a stand-in that plays what it is told to.</summary>
[Collection(SandboxCollection.Name)]
public sealed class CastReceiverTests(SandboxFixture sandbox) : IAsyncLifetime
{
    private const string Camera = "Front door camera";

    /// <summary>What the browser has of a progressive stream plays to its end, then nothing may come for 4 s, all on a busy machine. In milliseconds.</summary>
    private const int GivenUpWithin = 30_000;

    /// <summary>As much of the Web Receiver SDK as a receiver for cameras uses, by its documented names.</summary>
    private const string Framework = """
        const listeners = {};
        const interceptors = {};
        const video = () => document.getElementById('video');
        const player = {
          stopped: 0,
          setMessageInterceptor(type, interceptor) { interceptors[type] = interceptor; },
          addEventListener(type, listener) { (listeners[type] ??= []).push(listener); },
          setPlaybackConfig(config) { player.config = config; },
          stop() { player.stopped += 1; video().removeAttribute('src'); video().load(); },
        };
        const context = { getPlayerManager: () => player, start(options) { context.options = options; } };
        globalThis.cast = { framework: {
          CastReceiverContext: { getInstance: () => context },
          PlaybackConfig: class {},
          messages: {
            MessageType: { LOAD: 'LOAD' }, StreamType: { LIVE: 'LIVE' },
            HlsSegmentFormat: { FMP4: 'fmp4', TS: 'ts' }, HlsVideoSegmentFormat: { FMP4: 'fmp4', MPEG2_TS: 'mpeg2_ts' },
          },
          events: { EventType: { ERROR: 'ERROR', MEDIA_FINISHED: 'MEDIA_FINISHED' } },
        } };
        globalThis.load = async (request) => {
          const loaded = await interceptors.LOAD(request);
          if (!loaded) return null;
          video().crossOrigin = 'anonymous';
          video().onerror = () => listeners.ERROR.forEach((listener) => listener());
          video().src = loaded.media.contentUrl;
          await video().play().catch(() => {});
          const info = { headers: {} };
          player.config.manifestRequestHandler(info);
          return { media: loaded.media, info };
        };
        globalThis.player = player;
        """;

    private readonly string _origin = $"http://localhost:{SandboxProcess.FreePorts(1)[0]}";
    private WebApplication _files = null!;
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(_origin);
        _files = builder.Build();
        _files.MapGet("/{name}", (string name) => Results.File(
            Path.Combine(Repository.Root, "deploy", "cast-receiver", name),
            Path.GetExtension(name) switch { ".js" => "text/javascript", ".css" => "text/css", _ => "text/html" }));
        await _files.StartAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.Start(_playwright, "--autoplay-policy=no-user-gesture-required");
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await _files.DisposeAsync();
        await sandbox.Recover();
    }

    [Theory]
    [InlineData("hls", "application/x-mpegURL", "fmp4")]
    [InlineData("progressive_mp4", "video/mp4", null)]
    public async Task A_granted_camera_is_on_the_screen_until_it_is_suspended(string protocol, string type, string? format)
    {
        var home = await sandbox.Link("maple");
        var number = (await sandbox.MakerDevices()).Single(device => device is { Home: "maple", Name: Camera }).CameraNumber;
        var page = await Receiver();
        await Assertions.Expect(page.Locator("body")).ToHaveAttributeAsync("data-state", "idle");

        var loaded = await Load(page, new { media = new { contentId = await Url(home, protocol) } });

        Assert.Equal(type, loaded!.Value.GetProperty("media").GetProperty("contentType").GetString());
        Assert.Equal(format, loaded.Value.GetProperty("media").TryGetProperty("hlsVideoSegmentFormat", out var told) ? told.GetString() : null);
        Assert.Empty(loaded.Value.GetProperty("info").GetProperty("headers").EnumerateObject());
        Assert.False(loaded.Value.GetProperty("info").GetProperty("withCredentials").GetBoolean());
        await Assertions.Expect(page.Locator("body")).ToHaveAttributeAsync("data-state", "live", new() { Timeout = 15_000 });
        Assert.Equal(number, (await BlockCodeOnScreen.Read(page, TimeSpan.FromSeconds(10))).Number);
        await Pictures.Take(page, $"cast-{protocol}");

        var suspension = await sandbox.Suspend(new { preset = "camera-leak", reason = "test" });
        try
        {
            await Assertions.Expect(page.Locator("body")).ToHaveAttributeAsync("data-state", "unavailable", new() { Timeout = GivenUpWithin });
            await Assertions.Expect(page.Locator("#curtain")).ToBeVisibleAsync();
            await Assertions.Expect(page.Locator("#video")).ToBeHiddenAsync();
            Assert.Equal(1, await page.EvaluateAsync<int>("player.stopped"));

            // The receiver's own question or the player's error, whichever is first.
            await Assertions.Expect(page.Locator("#words")).ToHaveTextAsync(new Regex("^This camera is (?:stopped for now|not available right now)$", RegexOptions.None, TimeSpan.FromSeconds(1)));
            await Pictures.Take(page, $"cast-{protocol}-stopped");
        }
        finally
        {
            await sandbox.Lift(suspension);
        }
    }

    [Fact]
    public async Task A_strangers_camera_is_a_blank_screen_and_the_next_camera_plays_again()
    {
        var home = await sandbox.Link("maple");
        var page = await Receiver();
        await Load(page, new { media = new { contentUrl = await Url(home, "hls") } });
        await Assertions.Expect(page.Locator("body")).ToHaveAttributeAsync("data-state", "live", new() { Timeout = 15_000 });
        await sandbox.Fault("cache-mixup");
        await Assertions.Expect(page.Locator("body")).ToHaveAttributeAsync("data-state", "unavailable", new() { Timeout = 10_000 });
        await Assertions.Expect(page.Locator("#words")).ToContainTextAsync("This camera is not available");
        Assert.Null(await BlockCodeOnScreen.TryRead(page));

        await sandbox.Recover();
        await Load(page, new { media = new { entity = await Url(home, "hls"), contentId = "ignored" } });
        await Assertions.Expect(page.Locator("body")).ToHaveAttributeAsync("data-state", "live", new() { Timeout = 15_000 });
    }

    [Fact]
    public async Task A_url_that_opens_nothing_is_said_and_a_token_goes_in_a_header()
    {
        var page = await Receiver();
        foreach (var url in (string[])[new Uri(sandbox.Gateway, "/v1/e/nothing/live.m3u8").AbsoluteUri, "not a url"])
        {
            Assert.Null(await Load(page, new { media = new { contentId = url } }));
            await Assertions.Expect(page.Locator("body")).ToHaveAttributeAsync("data-state", "unavailable");
        }

        var home = await sandbox.Link("maple");
        var loaded = await Load(page, new { credentials = "t0", media = new { contentId = await Url(home, "hls") } });
        Assert.Equal("Bearer t0", loaded!.Value.GetProperty("info").GetProperty("headers").GetProperty("Authorization").GetString());
        loaded = await Load(page, new { media = new { contentId = await Url(home, "hls"), customData = new { token = "t1" } } });
        Assert.Equal("Bearer t1", loaded!.Value.GetProperty("info").GetProperty("headers").GetProperty("Authorization").GetString());
    }

    private static async Task<string> Url(LinkedHome home, string protocol) =>
        (await home.Execute(await home.Device(Camera), "GetCameraStream", new { StreamToChromecast = true, SupportedStreamProtocols = new[] { protocol } }))
        .GetProperty("states").GetProperty("cameraStreamAccessUrl").GetString()!;

    private static async Task<JsonElement?> Load(IPage page, object request)
    {
        var loaded = JsonDocument.Parse(await page.EvaluateAsync<string>("async request => JSON.stringify(await load(request))", request)).RootElement;
        return loaded.ValueKind is JsonValueKind.Null ? null : loaded;
    }

    private async Task<IPage> Receiver()
    {
        var page = await _browser.NewPageAsync();
        await page.RouteAsync("**/cast_receiver_framework.js", route => route.FulfillAsync(new() { ContentType = "text/javascript", Body = Framework }));
        await page.GotoAsync(_origin + "/index.html");
        return page;
    }
}
