using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Suspensions;

/// <summary>
/// Asks every surface of a home as its users do, and says in one line what each answered. What is needed to ask (links to end,
/// tickets, running streams) is made before the suspension is raised.
/// </summary>
internal sealed class SurfaceProbe(SandboxFixture sandbox, SurfaceHome home, DisplayHome display, string sync) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly string[] ProgressiveOnly = ["progressive_mp4"];

    private Viewer? _running;
    private RunningMp4? _mp4;
    private LinkedHome? _toDisconnect;
    private LinkedHome? _toRevoke;
    private Viewer? _unused;
    private Uri? _unusedMp4;

    /// <summary>Every body that came back, to look for what may never be in one.</summary>
    public ConcurrentQueue<string> Bodies { get; } = [];

    /// <summary>Statuses of OAuth and fulfillment.</summary>
    public ConcurrentQueue<int> Statuses { get; } = [];

    public async Task Prepare()
    {
        var links = Task.WhenAll(sandbox.Link("maple"), sandbox.Link("maple"));
        if (_running is null || await _running.Poll() != HttpStatusCode.OK)
        {
            _running = await home.Home.Watch(home.Camera);
            Assert.Equal(HttpStatusCode.OK, await _running.Enter());
            Assert.Equal(HttpStatusCode.OK, await _running.Poll());
        }

        if (_mp4 is null || _mp4.HasEnded)
        {
            _mp4?.Dispose();
            _mp4 = await RunningMp4.Start(sandbox.Http, await Mp4Ticket());
        }

        _unused = await home.Home.Watch(home.Camera);
        _unusedMp4 = await Mp4Ticket();
        var ending = await links;
        (_toDisconnect, _toRevoke) = (ending[0], ending[1]);
    }

    /// <summary>All answers, by surface.</summary>
    public async Task<IReadOnlyDictionary<string, string>> Ask(SurfaceCase one, int number)
    {
        var bytes = _mp4!.Bytes;
        var report = Report(10 + number, one.DeniesLight);
        var answers = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["SYNC"] = (await Fulfill(new { inputs = new[] { new { intent = "action.devices.SYNC" } } })).GetProperty("payload").GetRawText() == sync ? "unchanged" : "changed",
            ["QUERY camera"] = await Query(home.Camera),
            ["QUERY light"] = await Query(home.Light),
            ["EXECUTE GetCameraStream"] = Word((await Execute((home.Camera, Stream)))[home.Camera], namesStates: true),
            ["EXECUTE other (light)"] = Word((await Execute((home.Light, Switch)))[home.Light]),
            ["DISCONNECT"] = await Disconnect(),
            ["authorize"] = await Authorize(),
            ["token"] = await Token("/oauth/token", new() { ["grant_type"] = "refresh_token", ["refresh_token"] = home.Home.RefreshToken }),
            ["revoke"] = await Token("/oauth/revoke", new() { ["token"] = _toRevoke!.RefreshToken }),
            ["HLS running: playlist"] = await Media(_running!.PlaylistUrl!),
            ["HLS running: unit"] = await Media(_running.Units[^1]),
            ["HLS unused ticket"] = await Media(_unused!.Entry),
            ["MP4 unused ticket"] = await Media(_unusedMp4!),
        };
        var group = await Execute((home.Camera, Stream), (home.Light, Switch));
        answers["EXECUTE a group of both"] = $"camera {Word(group[home.Camera])}, light {Word(group[home.Light])}";
        answers["MP4 running"] = await _mp4.GoesOn(bytes, expectEnd: one.CutsCamera, Patience);
        answers["ReportState (light)"] = await report;
        return answers;
    }

    public void Dispose() => _mp4?.Dispose();

    private static object Stream => new { command = "action.devices.commands.GetCameraStream", @params = new { StreamToChromecast = false, SupportedStreamProtocols = new[] { "hls" } } };

    private static object Switch => new { command = "action.devices.commands.OnOff", @params = new { on = true } };

    private async Task<Uri> Mp4Ticket()
    {
        var opened = await home.Home.Execute(home.Camera, "GetCameraStream", new { StreamToChromecast = false, SupportedStreamProtocols = ProgressiveOnly });
        return new Uri(opened.GetProperty("states").GetProperty("cameraStreamAccessUrl").GetString()!);
    }

    private async Task<JsonElement> Fulfill(object body, LinkedHome? other = null)
    {
        var request = JsonSerializer.SerializeToNode(body)!.AsObject();
        request["requestId"] = Guid.NewGuid().ToString("N");
        using var answer = await (other ?? home.Home).Post(request.ToJsonString());
        var text = await answer.Content.ReadAsStringAsync();
        Note((int)answer.StatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private async Task<string> Query(string id)
    {
        var payload = (await Fulfill(new { inputs = new[] { new { intent = "action.devices.QUERY", payload = new { devices = new[] { new { id } } } } } })).GetProperty("payload");
        if (payload.TryGetProperty("errorCode", out var failed))
        {
            return $"payload {failed.GetString()}";
        }

        var device = payload.GetProperty("devices").GetProperty(id);
        Assert.Equal(device.GetProperty("status").GetString() == "SUCCESS", device.GetProperty("online").GetBoolean());
        return device.TryGetProperty("errorCode", out var code) ? $"{device.GetProperty("status").GetString()} {code.GetString()}" : device.GetProperty("status").GetString()!;
    }

    private async Task<IReadOnlyDictionary<string, JsonElement>> Execute(params (string Id, object Execution)[] commands)
    {
        var payload = new { commands = commands.Select(command => new { devices = new[] { new { id = command.Id } }, execution = new[] { command.Execution } }) };
        var answer = (await Fulfill(new { inputs = new[] { new { intent = "action.devices.EXECUTE", payload } } })).GetProperty("payload");
        return answer.GetProperty("commands").EnumerateArray().ToDictionary(entry => entry.GetProperty("ids")[0].GetString()!, StringComparer.Ordinal);
    }

    /// <summary>A refusal carries no states: no URL, no token, no SDP, no ICE server.</summary>
    private static string Word(JsonElement entry, bool namesStates = false)
    {
        var status = entry.GetProperty("status").GetString()!;
        return !entry.TryGetProperty("errorCode", out var code) ? status
            : $"{status} {code.GetString()}{(entry.TryGetProperty("states", out _) ? ", with states" : namesStates ? ", no states" : "")}";
    }

    private async Task<string> Disconnect()
    {
        var answer = await Fulfill(new { inputs = new[] { new { intent = "action.devices.DISCONNECT" } } }, _toDisconnect);
        return $"200 {answer.GetRawText()}";
    }

    private async Task<string> Authorize()
    {
        using var browser = new Browser();
        var (_, redirect) = LinkedHome.Clients["google-home"];
        var page = await browser.Get(new Uri(sandbox.Bridge, $"/oauth/authorize?response_type=code&client_id=google-home&state=s&redirect_uri={Uri.EscapeDataString(redirect)}"));
        Note((int)page.Status, page.Text + page.Url);
        return page.Url.IsLoopback ? $"page {(int)page.Status}" : $"redirect {page.Query("error")}{(page.Query("state") == "s" ? ", state kept" : "")}";
    }

    private async Task<string> Token(string path, Dictionary<string, string> fields)
    {
        var (status, body) = await LinkedHome.Token(sandbox.Process, sandbox.Http, "google-home", fields, path);
        Note((int)status, body.ValueKind is JsonValueKind.Object && body.TryGetProperty("error", out var error) ? error.GetString()! : "");
        return $"{(int)status}";
    }

    private async Task<string> Media(Uri url)
    {
        using var answer = await sandbox.Http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead);
        return answer.IsSuccessStatusCode ? $"{(int)answer.StatusCode}" : $"{(int)answer.StatusCode}{(answer.Headers.CacheControl?.NoStore is true ? " no-store" : "")}";
    }

    /// <summary>The maker's app changes the light. Held is what the bridge says and the platform does not show.</summary>
    private async Task<string> Report(int brightness, bool expectHeld)
    {
        using var changed = await sandbox.Http.PostAsJsonAsync(new Uri(sandbox.Cloud, $"/sandbox/devices/{home.MakersLight}"), new { brightness });
        changed.EnsureSuccessStatusCode();
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < Patience)
        {
            var told = (await display.Graph())["Kitchen light"].Any(states => states.TryGetProperty("brightness", out var now) && now.GetInt32() == brightness);
            var (_, status) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/homegraph");
            var held = status.GetProperty("users").EnumerateArray().Any(user => user.GetProperty("account").GetString() == "maple" && user.GetProperty("states_held").GetInt64() > 0);
            if (told || (held && expectHeld))
            {
                return told ? "told" : "held";
            }

            await Task.Delay(50);
        }

        return "neither told nor held";
    }

    private void Note(int status, string body)
    {
        Statuses.Enqueue(status);
        Bodies.Enqueue(body);
    }
}

/// <summary>A progressive response that somebody keeps reading.</summary>
internal sealed class RunningMp4 : IDisposable
{
    private readonly HttpResponseMessage _answer;
    private readonly Task<bool> _reading;
    private long _bytes;

    private RunningMp4(HttpResponseMessage answer, Stream stream)
    {
        _answer = answer;
        _reading = Read(stream);
    }

    public long Bytes => Interlocked.Read(ref _bytes);

    public bool HasEnded => _reading.IsCompleted;

    public static async Task<RunningMp4> Start(HttpClient http, Uri entry)
    {
        var answer = await http.GetAsync(entry, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(new MediaTypeHeaderValue("video/mp4"), answer.Content.Headers.ContentType);
        var running = new RunningMp4(answer, await answer.Content.ReadAsStreamAsync());
        while (running.Bytes == 0 && !running.HasEnded)
        {
            await Task.Delay(20);
        }

        return running;
    }

    /// <summary>Whether it was aborted, ended as if it were whole, or goes on with new bytes.</summary>
    public async Task<string> GoesOn(long from, bool expectEnd, TimeSpan patience)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < patience && !HasEnded && (expectEnd || Bytes == from))
        {
            await Task.Delay(20);
        }

        return HasEnded ? await _reading ? "aborted" : "ended as if it were whole" : Bytes > from ? "goes on" : "stands still";
    }

    public void Dispose() => _answer.Dispose();

    private async Task<bool> Read(Stream stream)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
            {
                Interlocked.Add(ref _bytes, read);
            }

            return false;
        }
        catch (Exception cut) when (cut is HttpRequestException or IOException or ObjectDisposedException)
        {
            return true;
        }
    }
}
