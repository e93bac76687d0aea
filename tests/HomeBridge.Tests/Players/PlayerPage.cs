using System.Collections.Concurrent;
using System.Diagnostics;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HomeBridge.Tests.Players;

/// <summary>One request for media as it came over the network.</summary>
/// <param name="Path">With its query, if any.</param>
/// <param name="Headers">Names in lower case.</param>
/// <param name="Status">What the gateway answered.</param>
internal sealed record MediaRequest(string Path, IReadOnlyDictionary<string, string> Headers, int Status);

/// <summary>
/// A page with other people's players on one origin, and a wire tap in front of the gateway on another: what a player
/// really sends is read from the network, not from what a browser says of itself.
/// </summary>
internal sealed class PlayerPage : IAsyncDisposable
{
    private readonly WebApplication _page;
    private readonly WebApplication _tap;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });

    private PlayerPage(string players, Uri gateway)
    {
        var ports = SandboxProcess.FreePorts(2);
        _page = New($"http://localhost:{ports[0]}");
        _tap = New($"http://127.0.0.1:{ports[1]}");
        (Url, Tap) = (new Uri($"http://localhost:{ports[0]}/"), new Uri($"http://127.0.0.1:{ports[1]}/"));
        _page.MapGet("/", () => Results.File(Path.Combine(players, "page.html"), "text/html"));
        _page.MapGet("/hls.js", () => Results.File(Path.Combine(players, "node_modules/hls.js/dist/hls.min.js"), "text/javascript"));
        _page.MapGet("/shaka.js", () => Results.File(Path.Combine(players, "node_modules/shaka-player/dist/shaka-player.compiled.js"), "text/javascript"));
        _tap.Run(context => Forward(context, gateway));
    }

    public Uri Url { get; }

    public Uri Tap { get; }

    public ConcurrentQueue<MediaRequest> Requests { get; } = new();

    /// <summary>Installs the players by lock file, from whatever registry the machine has, and serves them.</summary>
    public static async Task<PlayerPage> Start(Uri gateway)
    {
        var page = new PlayerPage(await Installed.Value, gateway);
        await page._page.StartAsync();
        await page._tap.StartAsync();
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        await _page.DisposeAsync();
        await _tap.DisposeAsync();
        _http.Dispose();
    }

    private static readonly Lazy<Task<string>> Installed = new(Install);

    private static async Task<string> Install()
    {
        var folder = Directory.CreateTempSubdirectory("homebridge-players-").FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Players", "npm")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        using var npm = Process.Start(new ProcessStartInfo("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]) { WorkingDirectory = folder })!;
        await npm.WaitForExitAsync();
        return npm.ExitCode == 0 ? folder : throw new InvalidOperationException("npm ci failed: the players of other people could not be installed.");
    }

    private static WebApplication New(string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        return builder.Build();
    }

    private async Task Forward(HttpContext context, Uri gateway)
    {
        var path = context.Request.Path + context.Request.QueryString.Value;
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(gateway, path));
        foreach (var header in context.Request.Headers.Where(header => header.Key is "Range" or "Origin" or "Access-Control-Request-Method" or "Access-Control-Request-Headers"))
        {
            request.Headers.TryAddWithoutValidation(header.Key, header.Value.ToString());
        }

        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        Requests.Enqueue(new MediaRequest(
            path, context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString(), StringComparer.Ordinal), (int)answer.StatusCode));
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var header in answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key is not "Transfer-Encoding"))
        {
            context.Response.Headers[header.Key] = header.Value.ToArray();
        }

        await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
