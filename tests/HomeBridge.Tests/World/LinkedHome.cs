using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace HomeBridge.Tests.World;

/// <summary>A home that was linked, seen as the platform sees it.</summary>
public sealed class LinkedHome
{
    public static readonly IReadOnlyDictionary<string, (string Secret, string Redirect)> Clients = new Dictionary<string, (string, string)>(StringComparer.Ordinal)
    {
        ["google-home"] = ("sandbox-google-secret", "https://oauth-redirect.googleusercontent.com/r/homebridge-sandbox"),
        ["second-platform"] = ("sandbox-second-secret", "https://second-platform.example/cb"),
    };

    private readonly SandboxProcess _sandbox;
    private readonly HttpClient _http;
    private Dictionary<string, string>? _devices;

    private LinkedHome(SandboxProcess sandbox, HttpClient http, string client, string accessToken, string refreshToken)
    {
        (_sandbox, _http, Client, AccessToken, RefreshToken) = (sandbox, http, client, accessToken, refreshToken);
    }

    public string Client { get; }

    public string AccessToken { get; private set; }

    public string RefreshToken { get; }

    public static async Task<LinkedHome> Link(SandboxProcess sandbox, HttpClient http, string account, string client, Func<string, bool> choose)
    {
        using var browser = new Browser();
        var back = await Consent(browser, sandbox, account, client, choose);
        var (status, tokens) = await Token(sandbox, http, client, new()
        {
            ["grant_type"] = "authorization_code",
            ["code"] = back.Query("code")!,
            ["redirect_uri"] = Clients[client].Redirect,
        });
        Assert.Equal(HttpStatusCode.OK, status);
        var home = new LinkedHome(
            sandbox, http, client, tokens.GetProperty("access_token").GetString()!, tokens.GetProperty("refresh_token").GetString()!);
        return home;
    }

    /// <summary>Through the three pages to where the platform gets its code.</summary>
    public static async Task<Page> Consent(
        Browser browser, SandboxProcess sandbox, string account, string client, Func<string, bool> choose, string more = "&state=xyz")
    {
        var page = await browser.Get(new Uri(
            sandbox.Bridge, $"/oauth/authorize?response_type=code&client_id={client}&redirect_uri={Uri.EscapeDataString(Clients[client].Redirect)}{more}"));
        return await Agree(browser, page, account, choose);
    }

    /// <summary>The same from the first page on.</summary>
    public static async Task<Page> Agree(Browser browser, Page page, string account, Func<string, bool> choose)
    {
        page = await browser.Submit(page, "Continue");
        if (page.Document?.QuerySelector("input[name=username]") is not null)
        {
            page = await browser.Submit(page, "Sign in", fields =>
            {
                fields.RemoveAll(field => field.Key is "username" or "password");
                fields.Add(new("username", account));
                fields.Add(new("password", "sandbox"));
            });
        }

        var choices = page.Choices;
        return await browser.Submit(page, "Agree and link", fields =>
        {
            fields.RemoveAll(field => field.Key is "device" or "sound");
            fields.AddRange(choices.Where(choice => choose(choice.Key)).Select(choice => new KeyValuePair<string, string>(choice.Value.Name, choice.Value.Value)));
        });
    }

    public static async Task<(HttpStatusCode Status, JsonElement Body)> Token(
        SandboxProcess sandbox, HttpClient http, string client, Dictionary<string, string> fields, string path = "/oauth/token")
    {
        fields["client_id"] = client;
        fields["client_secret"] = Clients[client].Secret;
        using var answer = await http.PostAsync(new Uri(sandbox.Bridge, path), new FormUrlEncodedContent(fields));
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
    }

    public async Task Refresh()
    {
        var (status, tokens) = await Token(_sandbox, _http, Client, new() { ["grant_type"] = "refresh_token", ["refresh_token"] = RefreshToken });
        Assert.Equal(HttpStatusCode.OK, status);
        AccessToken = tokens.GetProperty("access_token").GetString()!;
    }

    /// <summary>One request to the webhook, as it is.</summary>
    public async Task<HttpResponseMessage> Post(string body, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_sandbox.Bridge, "/fulfillment/google"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AccessToken);
        request.Content = new StringContent(body, Encoding.UTF8);
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return await _http.SendAsync(request);
    }

    /// <summary>One request to the webhook and its JSON answer, which must be a 200.</summary>
    public async Task<JsonElement> Fulfill(object body)
    {
        using var answer = await Post(body as string ?? JsonSerializer.Serialize(body));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{(int)answer.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public async Task<JsonElement> Sync() => (await Fulfill(Request("SYNC"))).GetProperty("payload");

    /// <summary>The id by which the platform knows a device; names come from SYNC.</summary>
    public async Task<string> Device(string name)
    {
        _devices ??= (await Sync()).GetProperty("devices").EnumerateArray().ToDictionary(
            device => device.GetProperty("name").GetProperty("name").GetString()!, device => device.GetProperty("id").GetString()!, StringComparer.Ordinal);
        return _devices[name];
    }

    public async Task<JsonElement> Query(params string[] ids) =>
        (await Fulfill(Request("QUERY", new { devices = ids.Select(id => new { id }) }))).GetProperty("payload").GetProperty("devices");

    /// <summary>One command on one device; the one entry that answers it.</summary>
    public async Task<JsonElement> Execute(string id, string command, object parameters, object? challenge = null)
    {
        object execution = challenge is null
            ? new { command = "action.devices.commands." + command, @params = parameters }
            : new { command = "action.devices.commands." + command, @params = parameters, challenge };
        var payload = (await Fulfill(Request("EXECUTE", new { commands = new[] { new { devices = new[] { new { id } }, execution = new[] { execution } } } }))).GetProperty("payload");
        return payload.GetProperty("commands").EnumerateArray().Single();
    }

    public Task<JsonElement> OpenCamera(string id) =>
        Execute(id, "GetCameraStream", new { StreamToChromecast = false, SupportedStreamProtocols = new[] { "hls", "dash" } });

    /// <summary>Opens a camera and starts watching.</summary>
    public async Task<Viewer> Watch(string id)
    {
        var viewer = await TryWatch(id);
        Assert.NotNull(viewer);
        return viewer;
    }

    /// <summary>The same, or null when the camera is refused.</summary>
    public async Task<Viewer?> TryWatch(string id)
    {
        var opened = await OpenCamera(id);
        return opened.GetProperty("status").GetString() == "SUCCESS"
            ? new Viewer(_http, new Uri(opened.GetProperty("states").GetProperty("cameraStreamAccessUrl").GetString()!))
            : null;
    }

    public Task<JsonElement> Disconnect() => Fulfill(Request("DISCONNECT"));

    private static Dictionary<string, object> Request(string intent, object? payload = null)
    {
        var input = new Dictionary<string, object> { ["intent"] = "action.devices." + intent };
        if (payload is not null)
        {
            input["payload"] = payload;
        }

        return new Dictionary<string, object> { ["requestId"] = Guid.NewGuid().ToString("N"), ["inputs"] = new[] { input } };
    }
}
