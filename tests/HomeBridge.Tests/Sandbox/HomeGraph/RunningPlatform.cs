using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using HomeBridge.Sandbox;
using HomeBridge.Sandbox.Display;
using HomeBridge.Sandbox.HomeGraph;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace HomeBridge.Tests.Sandbox.HomeGraph;

/// <summary>The platform's side of the sandbox, the display and the Home Graph, before a bridge that the test speaks for.</summary>
internal sealed class RunningPlatform : IAsyncDisposable
{
    private static readonly Lazy<string> KeyPem = new(ServiceAccount.NewKeyPem);

    private readonly WebApplication _cloud;
    private readonly WebApplication _display;
    private string? _token;

    private RunningPlatform(FakeBridge bridge, WebApplication cloud, WebApplication display, string url, MovableTime time)
    {
        (Bridge, _cloud, _display, Url, Time) = (bridge, cloud, display, url, time);
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }) { BaseAddress = new Uri(url) };
    }

    public FakeBridge Bridge { get; }

    public MovableTime Time { get; }

    public string Url { get; }

    public HttpClient Http { get; }

    public static async Task<RunningPlatform> Start(int callsPerMinute = 6000)
    {
        var ports = SandboxProcess.FreePorts(2);
        var time = new MovableTime();
        var bridge = new FakeBridge(ports[0]);
        var cloud = SandboxCloud.Build(new()
        {
            Url = new Uri("http://127.0.0.1:0"),
            Seed = 7,
            BridgeKey = RunningCloud.BridgeKey,
            MakerEvidenceKey = RandomNumberGenerator.GetBytes(32),
            Client = new(RunningCloud.ClientId, RunningCloud.ClientSecret, [RunningCloud.RedirectUri]),
            Cameras = (_, _, _) => new(() => [], _ => []),
        });
        var url = $"http://127.0.0.1:{ports[1]}";
        var display = DisplayApplication.Build(
            new()
            {
                Url = url,
                BridgeUrl = bridge.Url,
                GatewayUrl = bridge.Url,
                ClientId = "sandbox-display",
                ClientSecret = "secret",
                Time = time,
                HomeGraph = new() { ServiceAccountKeyPem = KeyPem.Value, CallsPerMinuteMax = callsPerMinute },
            },
            cloud);
        await bridge.Start();
        await cloud.StartAsync();
        await display.StartAsync();
        return new RunningPlatform(bridge, cloud, display, url, time);
    }

    /// <summary>Links a home as a page does, up to its first SYNC.</summary>
    public async Task<DisplayHome> Link()
    {
        using var begin = new HttpRequestMessage(HttpMethod.Post, "/api/links") { Headers = { { "X-Display", "1" } }, Content = JsonContent.Create(new { }) };
        using var begun = await Http.SendAsync(begin);
        var consent = (await begun.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("url").GetString()!;
        using var agreed = await Http.GetAsync(new Uri(consent));
        using var back = new HttpRequestMessage(HttpMethod.Get, agreed.Headers.Location) { Headers = { { "Cookie", Cookie(begun) } } };
        using var linked = await Http.SendAsync(back);
        var id = System.Web.HttpUtility.ParseQueryString(linked.Headers.Location!.Query)["linked"]!;
        var home = new DisplayHome(Http, id, Cookie(linked));
        Assert.Equal(HttpStatusCode.OK, (await home.Post("sync")).Status);
        return home;
    }

    /// <summary>Calls the Home Graph as the bridge does.</summary>
    public async Task<(int Status, JsonElement Body)> Call(string method, object? body, HttpMethod? verb = null, string? token = null)
    {
        using var request = new HttpRequestMessage(verb ?? HttpMethod.Post, "/homegraph/v1/" + method);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token ?? await Token());
        request.Content = body is string text ? new StringContent(text) : JsonContent.Create(body, options: JsonSerializerOptions.Default);
        using var answer = await Http.SendAsync(request);
        var read = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, read.Length == 0 ? default : JsonDocument.Parse(read).RootElement);
    }

    public Task<(int Status, JsonElement Body)> Report(object states, string user = "user-1") =>
        Call("devices:reportStateAndNotification", new { requestId = "r", agentUserId = user, payload = new { devices = new { states } } });

    public Task<(int Status, JsonElement Body)> Notify(string eventId, object notifications, string user = "user-1") => Call(
        "devices:reportStateAndNotification", new { requestId = "r", eventId, agentUserId = user, payload = new { devices = new { notifications } } });

    /// <summary>What the graph holds of one device.</summary>
    public async Task<JsonElement> Stored(string device, string user = "user-1")
    {
        var (status, body) = await Call("devices:query", new { requestId = "q", agentUserId = user, inputs = new[] { new { payload = new { devices = new[] { new { id = device } } } } } });
        Assert.True(status == 200, body.ToString());
        return body.GetProperty("payload").GetProperty("devices").GetProperty(device);
    }

    /// <summary>Waits until what is stored is so; the first QUERY comes on its own.</summary>
    public async Task<JsonElement> StoredOnce(string device, Func<JsonElement, bool> so)
    {
        for (var tries = 0; tries < 200; tries++)
        {
            if (await Stored(device) is var stored && so(stored))
            {
                return stored;
            }

            await Task.Delay(25);
        }

        throw new InvalidOperationException($"It stays {await Stored(device)}.");
    }

    public async Task<string> Token()
    {
        if (_token is null)
        {
            using var answer = await Exchange(Assertion());
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            _token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
        }

        return _token;
    }

    public Task<HttpResponseMessage> Exchange(string assertion) => Http.PostAsync(
        new Uri("/homegraph/token", UriKind.Relative),
        new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "urn:ietf:params:oauth:grant-type:jwt-bearer", ["assertion"] = assertion }));

    /// <summary>An assertion of the service account; a test may spoil it.</summary>
    public string Assertion(
        string? issuer = null, string? audience = null, string scope = "https://www.googleapis.com/auth/homegraph", TimeSpan? age = null,
        TimeSpan? lifetime = null, string? keyPem = null) =>
        Sign(keyPem ?? KeyPem.Value, issuer ?? ServiceAccount.Email, audience ?? Url + "/homegraph/token", scope, Time.GetUtcNow() - (age ?? TimeSpan.Zero), lifetime ?? TimeSpan.FromHours(1));

    public static string Sign(string keyPem, string issuer, string audience, string scope, DateTimeOffset issued, TimeSpan lifetime)
    {
        var key = RSA.Create();
        key.ImportFromPem(keyPem);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            IssuedAt = issued.UtcDateTime,
            Expires = (issued + lifetime).UtcDateTime,
            Claims = new Dictionary<string, object> { ["scope"] = scope },
            SigningCredentials = new SigningCredentials(new RsaSecurityKey(key), SecurityAlgorithms.RsaSha256),
        });
    }

    public async Task Fault(string kind)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsJsonAsync(new Uri(new Uri(_cloud.Urls.First()), "/sandbox/faults"), new { kind });
        answer.EnsureSuccessStatusCode();
    }

    public async Task NoFaults()
    {
        using var http = new HttpClient();
        using var answer = await http.DeleteAsync(new Uri(new Uri(_cloud.Urls.First()), "/sandbox/faults"));
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _display.StopAsync();
        await _display.DisposeAsync();
        await _cloud.StopAsync();
        await _cloud.DisposeAsync();
        await Bridge.DisposeAsync();
    }

    private static string Cookie(HttpResponseMessage answer) => answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
}

/// <summary>A home that a browser linked, by what its page asks.</summary>
internal sealed class DisplayHome(HttpClient http, string id, string cookie)
{
    public async Task<(HttpStatusCode Status, JsonElement Body)> Post(string what, object? body = null)
    {
        using var request = Request(HttpMethod.Post, what);
        request.Content = JsonContent.Create(body ?? new { });
        using var answer = await http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    /// <summary>The page's stream.</summary>
    public async Task<StreamReader> Follow()
    {
        var answer = await http.SendAsync(Request(HttpMethod.Get, "events"), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return new StreamReader(await answer.Content.ReadAsStreamAsync());
    }

    public HttpRequestMessage Request(HttpMethod method, string what) =>
        new(method, $"/api/homes/{id}/{what}") { Headers = { { "X-Display", "1" }, { "Cookie", cookie } } };
}
