using System.Diagnostics;
using System.Text.Json;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Drills;

/// <summary>A real sandbox that tries its own switch every ten seconds, and whenever it is asked to; and what rings in it.</summary>
public sealed class DrillTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SandboxFixture _sandbox = new("--drill-interval", "10", "--canary-interval", "3600");

    public Task InitializeAsync() => _sandbox.InitializeAsync();

    public Task DisposeAsync() => _sandbox.DisposeAsync();

    [Fact]
    public async Task The_switch_is_tried_on_a_canary_and_what_is_wrong_rings_until_it_is_right()
    {
        await Until(async () => (await Get("/ops/v1/canaries")).GetProperty("rounds").GetInt64() >= 1);

        // By hand. Others watch meanwhile, and nothing of theirs stops.
        var home = await _sandbox.Link("maple");
        var viewer = await home.Watch(await home.Device("Front door camera"));
        await viewer.Enter();
        var (status, drill) = await _sandbox.OpsCall(HttpMethod.Post, "/ops/v1/drills");
        output.WriteLine(drill.ToString());
        Assert.Equal(201, status);
        Assert.Equal(("passed", "sandbox-operator"), (drill.GetProperty("outcome").GetString(), drill.GetProperty("by").GetString()));
        Assert.InRange(drill.GetProperty("last_byte_ms").GetInt64(), 0, 1000);
        Assert.InRange(drill.GetProperty("confirmed_ms").GetInt64(), 0, 6000);
        Assert.InRange(drill.GetProperty("back_ms").GetInt64(), 0, 10_000);
        Assert.Equal(System.Net.HttpStatusCode.OK, await viewer.Poll());

        // It was a suspension like any other, and it is over.
        var suspension = (await Get($"/ops/v1/suspensions/{drill.GetProperty("suspension").GetString()}"));
        Assert.Equal(("drill", "lifted"), (suspension.GetProperty("origin").GetString(), suspension.GetProperty("state").GetString()));
        Assert.Equal(["account_link", "device"], suspension.GetProperty("scope").EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));

        // By schedule.
        await Until(async () => Drills(await Get("/ops/v1/drills")).Exists(one => one.GetProperty("by").GetString() == "system" && one.GetProperty("outcome").GetString() == "passed"));
        Assert.Equal(0, (await Get("/ops/v1/alarms")).GetProperty("alarms").GetArrayLength());

        // Without a picture there is nothing to stop, which says nothing about the switch.
        foreach (var canary in (await Get("/ops/v1/canaries")).GetProperty("canaries").EnumerateArray())
        {
            await _sandbox.Fault("error", device: canary.GetProperty("vendor_device_id").GetString());
        }

        var (_, without) = await _sandbox.OpsCall(HttpMethod.Post, "/ops/v1/drills");
        Assert.Equal("not_run", without.GetProperty("outcome").GetString());
        Assert.False(without.TryGetProperty("suspension", out _));
        await _sandbox.Recover();

        // Somebody may look, and only an operator may try.
        Assert.Equal(200, (await _sandbox.OpsCall(HttpMethod.Get, "/ops/v1/drills", operatorToken: "sandbox-operator-2")).Status);
        Assert.Equal(401, (await _sandbox.OpsCall(HttpMethod.Post, "/ops/v1/drills", operatorToken: "nobody")).Status);
    }

    [Fact]
    public async Task A_suspension_of_the_bridges_own_rings_until_somebody_lifts_it()
    {
        var home = await _sandbox.Link("maple");
        var viewer = await home.Watch(await home.Device("Front door camera"));
        await viewer.Enter();
        await viewer.Poll();
        await _sandbox.Fault("cache-mixup", device: (await _sandbox.MakerDevices()).Single(device => device is { Home: "maple", Name: "Front door camera" }).VendorDeviceId);
        await viewer.Fetch(viewer.Units[^1]);

        JsonElement alarm = default;
        await Until(async () => (alarm = (await Get("/ops/v1/alarms")).GetProperty("alarms").EnumerateArray().FirstOrDefault()).ValueKind is JsonValueKind.Object);

        Assert.Equal(("camera-leak-suspected", "page"), (alarm.GetProperty("name").GetString(), alarm.GetProperty("severity").GetString()));
        Assert.True(File.Exists(Path.Combine(House.Repository.Root, alarm.GetProperty("runbook").GetString()!)));
        Assert.Contains("homebridge_alarms_ringing{alarm=\"camera-leak-suspected\"} 1", await _sandbox.Http.GetStringAsync(new Uri(_sandbox.Ops, "/metrics")), StringComparison.Ordinal);
        Assert.Contains("Alarm camera-leak-suspected", _sandbox.Process.Output, StringComparison.Ordinal);

        await _sandbox.Recover();
        await Until(async () => (await Get("/ops/v1/alarms")).GetProperty("alarms").GetArrayLength() == 0);
    }

    private static List<JsonElement> Drills(JsonElement history) => [.. history.GetProperty("drills").EnumerateArray()];

    private async Task<JsonElement> Get(string path)
    {
        var (status, body) = await _sandbox.OpsCall(HttpMethod.Get, path);
        Assert.Equal(200, status);
        return body;
    }

    private static async Task Until(Func<Task<bool>> so)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await so())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "It did not come to that.");
            await Task.Delay(200);
        }
    }
}
