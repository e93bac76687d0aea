using HomeBridge.Tests.World;
using Microsoft.Playwright;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Players;

/// <summary>
/// Other people's players in Chromium on a page of another origin, third-party cookies blocked: they play what they are
/// granted, and nothing that they send would tell the gateway who they are but the URL.
/// </summary>
public abstract class RealPlayersTests(ITestOutputHelper output, params string[] options) : IAsyncLifetime
{
    private const string Camera = "Front door camera";

    private readonly SandboxFixture _sandbox = new(options);
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    public async Task InitializeAsync()
    {
        await _sandbox.InitializeAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.Start(_playwright, "--autoplay-policy=no-user-gesture-required", "--test-third-party-cookie-phaseout");
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await _sandbox.DisposeAsync();
    }

    /// <summary>One player plays one protocol of a stream for some seconds.</summary>
    protected async Task Plays(string player, string protocol, string suffix)
    {
        await using var players = await PlayerPage.Start(_sandbox.Gateway);
        var number = (await _sandbox.MakerDevices()).Single(device => device is { Home: "maple", Name: Camera }).CameraNumber;
        var home = await _sandbox.Link("maple");
        var opened = await home.Execute(await home.Device(Camera), "GetCameraStream", new { StreamToChromecast = true, SupportedStreamProtocols = new[] { protocol } });
        var entry = new Uri(players.Tap, new Uri(opened.GetProperty("states").GetProperty("cameraStreamAccessUrl").GetString()!).AbsolutePath);

        await using var context = await _browser.NewContextAsync();
        await context.AddCookiesAsync([new() { Name = "tracker", Value = "1", Url = players.Tap.AbsoluteUri }]);
        var page = await context.NewPageAsync();
        var devTools = await context.NewCDPSessionAsync(page);
        await devTools.SendAsync("Network.enable");
        await devTools.SendAsync("Network.setCookieControls", new() { ["enableThirdPartyCookieRestriction"] = true, ["disableThirdPartyCookieMetadata"] = true, ["disableThirdPartyCookieHeuristics"] = true });
        await page.GotoAsync(players.Url.AbsoluteUri);
        await page.EvaluateAsync("([player, url]) => watch[player](url)", new[] { player, entry.AbsoluteUri });

        var first = await BlockCodeOnScreen.Read(page, TimeSpan.FromSeconds(20));
        var startedAt = await page.EvaluateAsync<double>("video.currentTime");
        await Task.Delay(6_000);
        var later = await BlockCodeOnScreen.Read(page, TimeSpan.FromSeconds(10));
        var moved = await page.EvaluateAsync<double>("video.currentTime") - startedAt;
        await Pictures.Take(page, $"player-{player}{suffix}");
        output.WriteLine($"{player}, {protocol}{suffix}: {moved:0.0} s and {later.Frame - first.Frame} frames further after 6 s; {players.Requests.Count} requests.");

        Assert.Equal((number, number), (first.Number, later.Number));
        Assert.True(later.Frame - first.Frame > 20, $"The picture stands still: frame {first.Frame}, then {later.Frame}.");
        Assert.True(moved > 2, $"Played {moved:0.0} s in 6 s.");

        Assert.NotEmpty(players.Requests);
        Assert.All(players.Requests, request =>
        {
            Assert.DoesNotContain("cookie", request.Headers.Keys);
            Assert.DoesNotContain("authorization", request.Headers.Keys);
            Assert.DoesNotContain("?", request.Path, StringComparison.Ordinal);
        });
        if (protocol == "hls")
        {
            var units = players.Requests.Where(request => request.Path.EndsWith(suffix, StringComparison.Ordinal) && request.Status == 200).Select(request => request.Path).ToList();
            var tokens = units.Distinct().Select(path => path.Split('/')[^1]).ToList();
            Assert.True(tokens.Count >= 3, $"Only {tokens.Count} units were asked for.");
            Assert.Equal(tokens.Count, tokens.Distinct().Count());
        }
    }
}

/// <summary>Fragmented MP4, as a playlist and as one response.</summary>
public sealed class RealPlayersFmp4Tests(ITestOutputHelper output) : RealPlayersTests(output)
{
    [Theory]
    [InlineData("native")]
    [InlineData("hls.js")]
    [InlineData("shaka-player")]
    public Task A_player_plays_fragmented_mp4(string player) => Plays(player, "hls", ".m4s");

    [Fact]
    public Task A_video_element_plays_progressive_mp4() => Plays("native", "progressive_mp4", ".mp4");
}

/// <summary>MPEG-2 transport streams: what the default Cast receiver expects of HLS.</summary>
public sealed class RealPlayersTransportStreamTests(ITestOutputHelper output) : RealPlayersTests(output, "--hls-container", "mpegts")
{
    [Theory]
    [InlineData("native")]
    [InlineData("hls.js")]
    [InlineData("shaka-player")]
    public Task A_player_plays_a_transport_stream(string player) => Plays(player, "hls", ".ts");
}
