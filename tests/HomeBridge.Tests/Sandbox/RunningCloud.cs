using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using HomeBridge.Sandbox;
using HomeBridge.Sandbox.CameraIngest;
using HomeBridge.Sandbox.MakerEvents;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using Microsoft.AspNetCore.Builder;

namespace HomeBridge.Tests.Sandbox;

/// <summary>The sandbox's outside world on a free loopback port, with cameras that cost nothing.</summary>
internal sealed class RunningCloud : IAsyncDisposable
{
    public const string BridgeKey = "test-bridge-key";
    public const string ClientId = "bridge";
    public const string ClientSecret = "bridge:secret+%";
    public const string RedirectUri = "http://127.0.0.1:1/signin";
    public const string Pin = "471193";

    private readonly WebApplication _app;
    private readonly byte[] _makerKey;

    private RunningCloud(WebApplication app, byte[] makerKey, MovableTime time)
    {
        _app = app;
        _makerKey = makerKey;
        Time = time;
        Origin = new Uri(app.Urls.First());
        Anyone = Client(Origin);
        Bridge = Client(Origin);
        Bridge.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", BridgeKey);
    }

    public MovableTime Time { get; }

    public Uri Origin { get; }

    public HttpClient Anyone { get; }

    public HttpClient Bridge { get; }

    public static async Task<RunningCloud> StartAsync(
        long seed = 7, CameraFactory? cameras = null, EventTarget? events = null, byte[]? makerKey = null)
    {
        makerKey ??= RandomNumberGenerator.GetBytes(32);
        var time = new MovableTime();
        var app = SandboxCloud.Build(new()
        {
            Url = new Uri("http://127.0.0.1:0"),
            Seed = seed,
            BridgeKey = BridgeKey,
            MakerEvidenceKey = makerKey,
            Client = new(ClientId, ClientSecret, [RedirectUri]),
            Cameras = cameras ?? FakePictures,
            Time = time,
            Events = events,
        });
        await app.StartAsync();
        return new RunningCloud(app, makerKey, time);
    }

    public async Task<JsonObject[]> DevicesAsync(string home = "maple")
    {
        var all = await Anyone.GetFromJsonAsync<JsonObject[]>("/sandbox/devices");
        return [.. all!.Where(device => (string?)device["home"] == home)];
    }

    public async Task<string> IdOfAsync(string type, string home = "maple") =>
        (string)(await DevicesAsync(home))
            .First(device => (string?)device["type"] == type)["vendorDeviceId"]!;

    public async Task<JsonObject> ExecuteAsync(
        string deviceId, string command, object parameters, string? pin = null, string? commandId = null,
        string home = "maple", bool? ack = null)
    {
        var answer = await Bridge.PostAsJsonAsync($"/v1/accounts/{home}/devices/{deviceId}/commands", new
        {
            commandId = commandId ?? Guid.NewGuid().ToString("N"),
            command,
            @params = parameters,
            challenge = pin is null && ack is null ? null : new { pin, ack },
        });
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    public async Task<JsonObject> StateAsync(string deviceId, string home = "maple")
    {
        var answer = await Bridge.PostAsJsonAsync(
            $"/v1/accounts/{home}/states", new { deviceIds = new[] { deviceId } });
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!["devices"]![deviceId]!.AsObject();
    }

    public async Task<OpenedStream> OpenAsync(string home = "maple")
    {
        var camera = await IdOfAsync("CAMERA", home);
        var answer = await Bridge.PostAsJsonAsync(
            $"/v1/devices/{camera}/streams", new { accountId = home, sessionId = "s1" });
        answer.EnsureSuccessStatusCode();
        var body = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        return new OpenedStream(
            this, camera, (string)body["streamId"]!, (string)body["mediaUrl"]!, (string)body["mediaToken"]!)
        {
            Keys = KeysOf(camera) with { Device = await EnrolledKeyAsync(camera, home) },
        };
    }

    /// <summary>The key that the maker lists for a camera; null when it lists none.</summary>
    public async Task<DevicePublicKey?> EnrolledKeyAsync(string camera, string home)
    {
        var listed = await Bridge.GetFromJsonAsync<JsonObject>($"/v1/accounts/{home}/devices");
        var device = listed!["devices"]!.AsArray().Single(one => (string)one!["id"]! == camera)!;
        return DevicePublicKey.TryRead((string?)device["evidenceKey"], out var key) ? key : null;
    }

    public async Task SwitchOnAsync(string kind, double rate = 1, string? device = null)
    {
        var answer = await Anyone.PostAsJsonAsync("/sandbox/faults", new { kind, rate, device });
        answer.EnsureSuccessStatusCode();
    }

    public async Task ClearFaultsAsync(
        ) => (await Anyone.DeleteAsync("/sandbox/faults")).EnsureSuccessStatusCode();

    public DeviceEvidenceKeys KeysOf(string deviceId) =>
        DeviceEvidenceKeys.Derive(_makerKey, new DeviceRef("acme", deviceId));

    public async ValueTask DisposeAsync()
    {
        Anyone.Dispose();
        Bridge.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static HttpClient Client(Uri origin) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = origin };

    private static CameraPictures FakePictures(string name, int number, string vendorDeviceId) => new(
        () => Encoding.ASCII.GetBytes($"init of {vendorDeviceId} {number} {new string('i', 64)}"),
        sequence => Encoding.ASCII.GetBytes(
            $"unit {sequence} of {vendorDeviceId} {new string('u', 4096)} {vendorDeviceId}"));
}

/// <summary>The system's clock, moved ahead when a test says so.</summary>
internal sealed class MovableTime : TimeProvider
{
    private TimeSpan _ahead;

    public void Advance(TimeSpan by) => _ahead += by;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;
}
