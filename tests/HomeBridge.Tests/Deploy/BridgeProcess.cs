using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using HomeBridge.Tests.Devices;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Deploy;

/// <summary>The bridge as its own process, before a maker that answers everything.</summary>
internal sealed class BridgeProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private BridgeProcess(Process process, StandInMaker maker, int[] ports)
    {
        (_process, Maker) = (process, maker);
        (Bridge, Ops, Gateway) = (Url(ports[1]), Url(ports[2]), Url(ports[3]));
    }

    public StandInMaker Maker { get; }

    public Uri Bridge { get; }

    public Uri Ops { get; }

    public Uri Gateway { get; }

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <param name="folder">Where its database is.</param>
    /// <param name="more">Keys besides those that every bridge has, or in their place.</param>
    /// <param name="wrap">What stands before the program, e.g. to run it as somebody else; null: nothing.</param>
    /// <param name="program">The bridge's dll.</param>
    public static async Task<BridgeProcess> Start(
        string folder, Dictionary<string, string?>? more = null, Func<IReadOnlyList<string>, IReadOnlyList<string>>? wrap = null, string? program = null)
    {
        var ports = SandboxProcess.FreePorts(4);
        var maker = await StandInMaker.Start(ports[0], 4);
        var keys = BridgeOnMaker.Keys(maker.Url, ports, folder);
        keys["Suspensions:BreakGlassFile"] = Path.Combine(folder, "suspend.camera");
        foreach (var (key, value) in more ?? [])
        {
            keys[key] = value;
        }

        IReadOnlyList<string> command = ["dotnet", program ?? Path.Combine(AppContext.BaseDirectory, "HomeBridge.dll")];
        command = wrap?.Invoke(command) ?? command;
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = BridgeApplication.SandboxEnvironment;
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var (key, value) in keys.Where(pair => pair.Value is not null))
        {
            start.Environment["HOMEBRIDGE_" + key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        var bridge = new BridgeProcess(new Process { StartInfo = start }, maker, ports);
        bridge._process.OutputDataReceived += (_, line) => bridge.Take(line.Data);
        bridge._process.ErrorDataReceived += (_, line) => bridge.Take(line.Data);
        bridge._process.Start();
        bridge._process.BeginOutputReadLine();
        bridge._process.BeginErrorReadLine();
        await bridge.Until(async () => await bridge.Ready() == HttpStatusCode.OK && await bridge.Status(new Uri(bridge.Gateway, "/health/ready")) == HttpStatusCode.OK);
        return bridge;
    }

    public Task<HttpStatusCode?> Ready() => Status(new Uri(Bridge, "/health/ready"));

    /// <summary>Null when nobody answers.</summary>
    public async Task<HttpStatusCode?> Status(Uri url)
    {
        try
        {
            using var answer = await Http.GetAsync(url);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Links a home through the real pages; its access token.</summary>
    public async Task<string> Link(string account)
    {
        const string redirect = "https://oauth-redirect.googleusercontent.com/r/test";
        Maker.SigningIn = account;
        using var browser = new Browser();
        var page = await browser.Get(new Uri(Bridge, $"/oauth/authorize?response_type=code&client_id=google-home&redirect_uri={Uri.EscapeDataString(redirect)}&state=x"));
        page = await browser.Submit(page, "Continue");
        page = await browser.Submit(page, "Agree and link");
        using var answer = await Http.PostAsync(new Uri(Bridge, "/oauth/token"), new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = "authorization_code",
            ["code"] = page.Query("code") ?? throw new InvalidOperationException(page.Text),
            ["redirect_uri"] = redirect,
            ["client_id"] = "google-home",
            ["client_secret"] = "secret",
        }));
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("access_token").GetString()!;
    }

    /// <summary>A SYNC at an address of the caller's.</summary>
    public static async Task<HttpResponseMessage> Sync(HttpClient http, Uri bridge, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(bridge, "/fulfillment/google"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Content = new StringContent($$"""{"requestId":"{{Guid.NewGuid():N}}","inputs":[{"intent":"action.devices.SYNC"}]}""", Encoding.UTF8, "application/json");
        return await http.SendAsync(request);
    }

    /// <summary>SIGTERM, as a service manager sends it.</summary>
    public async Task Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async Task<int> Exited()
    {
        await _process.WaitForExitAsync().WaitAsync(ReadyWithin);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Http.Dispose();
        await Maker.DisposeAsync();
    }

    private async Task Until(Func<Task<bool>> isSo)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            Assert.False(_process.HasExited, "The bridge stopped:\n" + Output);
            Assert.True(Stopwatch.GetElapsedTime(started) < ReadyWithin, "The bridge is not ready:\n" + Output);
            await Task.Delay(50);
        }
    }

    private void Take(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }

    private static Uri Url(int port) => new($"http://127.0.0.1:{port}");
}
