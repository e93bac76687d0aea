using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.DeviceCloudEvents;

/// <summary>A sandbox of its own: these tests move devices between homes and run ahead of the maker's sequences.</summary>
[CollectionDefinition(Name)]
public sealed class EventsCollection : ICollectionFixture<EventsFixture>
{
    public const string Name = "device-cloud events";
}

/// <summary>The sandbox with what these tests do at its maker.</summary>
public sealed class EventsFixture : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public SandboxFixture Sandbox { get; } = new();

    public Task InitializeAsync() => Sandbox.InitializeAsync();

    public Task DisposeAsync() => Sandbox.DisposeAsync();

    public async Task<string> Id(string home, string name) =>
        (await Sandbox.MakerDevices()).Single(device => device.Home == home && device.Name == name).VendorDeviceId;

    /// <summary>Turns a knob; its answer, which must be a good one.</summary>
    public async Task<string> Knob(string path, object? body = null, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Post, new Uri(Sandbox.Cloud, "/sandbox/" + path));
        request.Content = body is null ? null : JsonContent.Create(body);
        using var answer = await Sandbox.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}: {text}");
        return text;
    }

    /// <summary>What the maker told of a device, and how the bridge took it.</summary>
    public async Task<IReadOnlyList<Told>> ToldOf(string deviceId, string kind)
    {
        var answer = JsonDocument.Parse(await Knob("events", method: HttpMethod.Get)).RootElement;
        return [.. answer.GetProperty("told").Deserialize<Told[]>(JsonSerializerOptions.Web)!.Where(told => told.DeviceId == deviceId && told.Kind == kind)];
    }

    /// <summary>Waits until the maker told something of a device that it had not told before.</summary>
    public async Task<IReadOnlyList<Told>> UntilTold(string deviceId, string kind, int before = 0, int more = 1)
    {
        IReadOnlyList<Told> told = [];
        await Until(async () => (told = await ToldOf(deviceId, kind)).Count >= before + more);
        return [.. told.Skip(before)];
    }

    public static async Task Until(Func<Task<bool>> done)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await done())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, "It did not happen.");
            await Task.Delay(20);
        }
    }

    public async Task<int> AuditRows(string action, string subject) => (await AuditSubjects(action)).Count(row => row == subject);

    public async Task<IReadOnlyList<string>> AuditSubjects(string action)
    {
        var (status, body) = await Sandbox.OpsCall(HttpMethod.Get, "/ops/v1/audit?limit=1000");
        Assert.Equal((int)HttpStatusCode.OK, status);
        var rows = body.ValueKind is JsonValueKind.Array ? body : body.EnumerateObject().First(member => member.Value.ValueKind is JsonValueKind.Array).Value;
        return [.. rows.EnumerateArray().Where(row => row.GetProperty("action").GetString() == action).Select(row => row.GetProperty("subject").GetString()!)];
    }

    /// <summary>An event as <c>GET /sandbox/events</c> lists it.</summary>
    public sealed record Told(string EventId, string Kind, string AccountId, string? DeviceId, long? Sequence, string Result, string? Detail, int Attempts);
}
