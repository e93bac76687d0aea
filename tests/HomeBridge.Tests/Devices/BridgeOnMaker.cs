using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace HomeBridge.Tests.Devices;

/// <summary>What a request came to, and how long it took.</summary>
public sealed record Timed(JsonElement Payload, TimeSpan Took);

/// <summary>A home of a maker, linked through the real pages.</summary>
public sealed record StandInHome(string Account, string Token, IReadOnlyList<string> Lights, string Camera);

/// <summary>The real bridge in this process, in front of a maker that does as it is told.</summary>
public sealed class BridgeOnMaker : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("homebridge-test-").FullName;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
    private readonly WebApplication _app;

    private BridgeOnMaker(StandInMaker maker, int[] ports, Dictionary<string, string?>? more, InProcessMaker? deviceCloud)
    {
        Maker = maker;
        (Bridge, Ops) = (new Uri($"http://127.0.0.1:{ports[1]}"), new Uri($"http://127.0.0.1:{ports[2]}"));
        var keys = Keys(maker.Url, ports, _folder);
        foreach (var (key, value) in more ?? [])
        {
            keys[key] = value;
        }

        _app = BridgeApplication.Build(new ConfigurationBuilder().AddInMemoryCollection(keys).Build(), BridgeApplication.SandboxEnvironment, TimeProvider.System, deviceCloud);
    }

    /// <summary>A bridge's whole configuration; ports are the maker's, the bridge's two and the gateway's.</summary>
    public static Dictionary<string, string?> Keys(string makerUrl, int[] ports, string folder)
    {
        using var ticketKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Bridge:PublicUrl"] = $"http://127.0.0.1:{ports[1]}",
            ["Bridge:ListenUrl"] = $"http://127.0.0.1:{ports[1]}",
            ["Ops:ListenUrl"] = $"http://127.0.0.1:{ports[2]}",
            ["Database:Path"] = Path.Combine(folder, "homebridge.db"),
            ["DeviceCloud:Vendor"] = "acme",
            ["DeviceCloud:Name"] = "Acme Home",
            ["DeviceCloud:BaseUrl"] = makerUrl,
            ["DeviceCloud:ApiKey"] = "key",
            ["DeviceCloud:EvidenceKeyId"] = "acme-1",
            ["DeviceCloud:EvidenceKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["SignIn:Issuer"] = $"{makerUrl}/idp",
            ["SignIn:ClientId"] = "homebridge",
            ["SignIn:ClientSecret"] = "secret",
            ["CameraStreams:GatewayUrl"] = $"http://127.0.0.1:{ports[3]}",
            ["CameraStreams:TicketKey"] = ticketKey.ExportECPrivateKeyPem(),
            ["CameraStreams:GrantsPerMinuteMax"] = "1000",
            ["Gateways:EmbeddedListenUrl"] = $"http://127.0.0.1:{ports[3]}",
            ["AccountLinking:Clients:0:ClientId"] = "google-home",
            ["AccountLinking:Clients:0:Platform"] = "google",
            ["AccountLinking:Clients:0:Name"] = "Google",
            ["AccountLinking:Clients:0:SecretHashes:0"] = Hash("secret"),
            ["AccountLinking:Clients:0:RedirectUris:0"] = Redirect,
            ["Operators:Sandbox:0:Name"] = "operator",
            ["Operators:Sandbox:0:TokenHash"] = Hash("operator"),
            ["Operators:Sandbox:0:Roles:0"] = "Operator",
        }.Engine();
    }

    private const string Redirect = "https://oauth-redirect.googleusercontent.com/r/test";

    public StandInMaker Maker { get; }

    public Uri Bridge { get; }

    public Uri Ops { get; }

    public static async Task<BridgeOnMaker> Start(int devices = 4, Dictionary<string, string?>? more = null, InProcessMaker? deviceCloud = null)
    {
        var ports = SandboxProcess.FreePorts(4);
        var bridge = new BridgeOnMaker(await StandInMaker.Start(ports[0], devices), ports, more, deviceCloud);
        await bridge._app.StartAsync();

        // A gateway that has not heard its bridge yet opens nothing.
        for (var attempt = 0; attempt < 200; attempt++)
        {
            using var ready = await bridge._http.GetAsync(new Uri($"http://127.0.0.1:{ports[3]}/health/ready"));
            if (ready.IsSuccessStatusCode)
            {
                break;
            }

            await Task.Delay(20);
        }

        return bridge;
    }

    /// <summary>Links a home with all its devices.</summary>
    public async Task<StandInHome> Link(string account)
    {
        Maker.SigningIn = account;
        using var browser = new Browser();
        var page = await browser.Get(new Uri(Bridge, $"/oauth/authorize?response_type=code&client_id=google-home&redirect_uri={Uri.EscapeDataString(Redirect)}&state=x"));
        page = await browser.Submit(page, "Continue");
        var boxes = page.Choices.Values.Select(box => new KeyValuePair<string, string>(box.Name, box.Value)).ToList();
        page = await browser.Submit(page, "Agree and link", fields =>
        {
            fields.RemoveAll(field => field.Key == "device");
            fields.AddRange(boxes);
        });
        using var answer = await _http.PostAsync(new Uri(Bridge, "/oauth/token"), new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = "authorization_code",
            ["code"] = page.Query("code") ?? throw new InvalidOperationException(page.Text),
            ["redirect_uri"] = Redirect,
            ["client_id"] = "google-home",
            ["client_secret"] = "secret",
        }));
        var token = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("access_token").GetString()!;
        var synced = (await Send(token, "SYNC", null)).Payload.GetProperty("devices").EnumerateArray()
            .Select(device => (Id: device.GetProperty("id").GetString()!, Type: device.GetProperty("type").GetString()!)).ToList();
        return new StandInHome(
            account, token,
            [.. synced.Where(device => device.Type.EndsWith("LIGHT", StringComparison.Ordinal)).Select(device => device.Id)],
            synced.Single(device => device.Type.EndsWith("CAMERA", StringComparison.Ordinal)).Id);
    }

    public Task<Timed> Query(StandInHome home, params IEnumerable<string> ids) =>
        Send(home.Token, "QUERY", new { devices = ids.Select(id => new { id }) });

    public Task<Timed> Execute(StandInHome home, string id, string command, object parameters) => Send(home.Token, "EXECUTE", new
    {
        commands = new[] { new { devices = new[] { new { id } }, execution = new[] { new { command = "action.devices.commands." + command, @params = parameters } } } },
    });

    public Task<Timed> OpenCamera(StandInHome home) =>
        Execute(home, home.Camera, "GetCameraStream", new { StreamToChromecast = false, SupportedStreamProtocols = new[] { "hls" } });

    /// <summary>The platform ends the link.</summary>
    public async Task Disconnect(StandInHome home)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Bridge, "/fulfillment/google"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", home.Token);
        request.Content = new StringContent("""{"requestId":"1","inputs":[{"intent":"action.devices.DISCONNECT"}]}""", Encoding.UTF8, "application/json");
        using var answer = await _http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, answer.StatusCode.ToString());
    }

    public async Task<Timed> Send(string token, string intent, object? payload)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Bridge, "/fulfillment/google"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var input = new Dictionary<string, object>(StringComparer.Ordinal) { ["intent"] = "action.devices." + intent };
        if (payload is not null)
        {
            input["payload"] = payload;
        }

        var body = JsonSerializer.Serialize(new { requestId = Guid.NewGuid().ToString("N"), inputs = new[] { input } });
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        var startedAt = Stopwatch.GetTimestamp();
        using var answer = await _http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {text}");
        return new Timed(JsonDocument.Parse(text).RootElement.GetProperty("payload"), Stopwatch.GetElapsedTime(startedAt));
    }

    /// <summary>What operators are told about the maker.</summary>
    public async Task<JsonElement> Health()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Ops, "/ops/v1/device-cloud"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "operator");
        using var answer = await _http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, answer.StatusCode.ToString());
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    /// <summary>A viewer's first fetch; what it comes to is the gateway's word.</summary>
    public async Task<int> Enter(string url)
    {
        using var answer = await _http.GetAsync(new Uri(url));
        return (int)answer.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Maker.DisposeAsync();
        _http.Dispose();
        TestDatabase.LetGo();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
