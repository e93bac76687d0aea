using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HomeBridge.Tests.Sandbox.HomeGraph;

/// <summary>Who the graph knows, and how it learns of devices: SYNC, requestSync, the end of a link.</summary>
public sealed class HomeGraphSyncTests : IAsyncLifetime
{
    private RunningPlatform _platform = null!;

    public async Task InitializeAsync()
    {
        _platform = await RunningPlatform.Start();
        _platform.Bridge.Add("lamp", "Lamp", "LIGHT", ["OnOff"], new() { ["on"] = true });
    }

    public async Task DisposeAsync() => await _platform.DisposeAsync();

    [Fact]
    public async Task A_user_is_known_from_the_first_sync_and_its_states_from_the_query_after_it()
    {
        Assert.Equal(404, (await RequestSync()).Status);
        await _platform.Link();
        Assert.True((await _platform.StoredOnce("lamp", stored => stored.TryGetProperty("on", out _))).GetProperty("on").GetBoolean());
        var (_, body) = await _platform.Call("devices:sync", new { requestId = "s", agentUserId = "user-1" });
        var device = Assert.Single(body.GetProperty("payload").GetProperty("devices").EnumerateArray());
        Assert.Equal("Lamp", device.GetProperty("name").GetProperty("name").GetString());
        Assert.Equal("s", body.GetProperty("requestId").GetString());
    }

    [Fact]
    public async Task RequestSync_takes_over_the_list_and_asks_only_for_new_devices()
    {
        await _platform.Link();
        await _platform.StoredOnce("lamp", stored => stored.TryGetProperty("on", out _));
        await _platform.Report(new { lamp = new { on = false } });
        _platform.Bridge.Rename("lamp", "Reading lamp");
        _platform.Bridge.Add("plug", "Plug", "OUTLET", ["OnOff"], new() { ["on"] = true });
        Assert.Equal(200, (await RequestSync()).Status);
        await _platform.StoredOnce("plug", stored => stored.TryGetProperty("on", out var on) && on.GetBoolean());
        Assert.False((await _platform.Stored("lamp")).GetProperty("on").GetBoolean());
        Assert.Equal([["lamp"], ["plug"]], _platform.Bridge.Queried);

        _platform.Bridge.Remove("plug");
        Assert.Equal(200, (await RequestSync()).Status);
        Assert.Equal(404, (await _platform.Report(new { plug = new { on = true } })).Status);
        _platform.Bridge.Add("plug", "Plug", "OUTLET", ["OnOff"], new() { ["on"] = false });
        Assert.Equal(200, (await RequestSync()).Status);
        Assert.False((await _platform.StoredOnce("plug", stored => stored.TryGetProperty("on", out _))).GetProperty("on").GetBoolean());
    }

    [Fact]
    public async Task Every_home_that_is_linked_under_the_user_is_synced()
    {
        await _platform.Link();
        await _platform.Link();
        var before = _platform.Bridge.Intents.Count(intent => intent == "SYNC");
        Assert.Equal(200, (await RequestSync()).Status);
        Assert.Equal(before + 2, _platform.Bridge.Intents.Count(intent => intent == "SYNC"));
    }

    [Fact]
    public async Task A_second_synchronous_requestSync_of_the_user_is_refused_and_an_asynchronous_one_is_not()
    {
        await _platform.Link();
        var gate = new TaskCompletionSource();
        _platform.Bridge.SyncGate = gate.Task;
        var syncs = _platform.Bridge.Intents.Count;
        var first = RequestSync();
        while (_platform.Bridge.Intents.Count == syncs)
        {
            await Task.Delay(10);
        }

        var (status, body) = await RequestSync();
        Assert.Equal((429, "RESOURCE_EXHAUSTED"), (status, body.GetProperty("error").GetProperty("status").GetString()));
        Assert.Equal(200, (await RequestSync(async: true)).Status);
        gate.SetResult();
        Assert.Equal(200, (await first).Status);
        Assert.Equal(200, (await RequestSync()).Status);
    }

    [Fact]
    public async Task A_sync_that_fails_is_an_internal_error_and_the_list_stays()
    {
        await _platform.Link();
        _platform.Bridge.SyncFails = true;
        var (status, body) = await RequestSync();
        Assert.Equal((500, "INTERNAL"), (status, body.GetProperty("error").GetProperty("status").GetString()));
        Assert.Equal(200, (await RequestSync(async: true)).Status);
        Assert.Equal(200, (await _platform.Report(new { lamp = new { on = true } })).Status);
    }

    [Fact]
    public async Task Deleting_the_user_unlinks_its_homes_until_somebody_links_again()
    {
        var home = await _platform.Link();
        Assert.Equal(200, (await _platform.Call("agentUsers/user-1?requestId=d", null, HttpMethod.Delete)).Status);
        Assert.Equal(404, (await _platform.Report(new { lamp = new { on = true } })).Status);
        Assert.Equal(404, (await _platform.Call("agentUsers/user-1", null, HttpMethod.Delete)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await home.Post("sync")).Status);
        await _platform.Link();
        Assert.Equal(200, (await _platform.Report(new { lamp = new { on = true } })).Status);
    }

    [Fact]
    public async Task A_link_that_is_over_is_forgotten_at_the_next_sync()
    {
        await _platform.Link();
        _platform.Bridge.Over = true;
        Assert.Equal(500, (await RequestSync()).Status);
        Assert.Equal(404, (await RequestSync()).Status);
    }

    [Fact]
    public async Task A_page_is_told_what_changes_and_that_it_is_over()
    {
        var home = await _platform.Link();
        await _platform.StoredOnce("lamp", stored => stored.TryGetProperty("on", out _));
        using var stream = await home.Follow();
        var first = await Next(stream, "devices");
        Assert.Equal("Light", first.GetProperty("devices")[0].GetProperty("label").GetString());
        await _platform.Report(new { lamp = new { on = false, online = true } });
        var states = await Next(stream, "states");
        Assert.False(states.GetProperty("states").GetProperty("lamp").GetProperty("states").GetProperty("on").GetBoolean());
        await _platform.Call("agentUsers/user-1", null, HttpMethod.Delete);
        await Next(stream, "over");
        Assert.Equal("", (await stream.ReadToEndAsync()).Trim());
    }

    [Fact]
    public async Task An_event_that_is_sent_again_is_told_once_and_only_for_devices_that_notify()
    {
        _platform.Bridge.Add("bell", "Bell", "DOORBELL", ["ObjectDetection"], notifies: true);
        _platform.Bridge.Add("quiet", "Quiet bell", "DOORBELL", ["ObjectDetection"]);
        var home = await _platform.Link();
        using var stream = await home.Follow();
        await Next(stream, "devices");
        object Seen(string who) => new { ObjectDetection = new { priority = 0, detectionTimestamp = 1795338000000, objects = new { named = new[] { who } } } };
        Assert.Equal(200, (await _platform.Notify("e1", new { bell = Seen("Ada") })).Status);
        Assert.Equal(200, (await _platform.Notify("e1", new { bell = Seen("Ada again") })).Status);
        Assert.Equal(200, (await _platform.Notify("e2", new { quiet = Seen("nobody is told") })).Status);
        Assert.Equal(200, (await _platform.Notify("e3", new { bell = Seen("Bob") })).Status);
        string Who(JsonElement notice) => notice.GetProperty("notice").GetProperty("says").GetProperty("objects").GetProperty("named")[0].GetString()!;
        Assert.Equal("Ada", Who(await Next(stream, "notice")));
        Assert.Equal("Bob", Who(await Next(stream, "notice")));
    }

    [Fact]
    public async Task The_graph_is_shown_to_whoever_is_here_and_to_no_strangers_page()
    {
        await _platform.Link();
        var shown = JsonNode.Parse(await _platform.Http.GetStringAsync(new Uri("/homegraph/graph", UriKind.Relative)))!;
        Assert.Equal("user-1", (string?)shown["agentUsers"]![0]!["agentUserId"]);
        using var strange = new HttpRequestMessage(HttpMethod.Get, "/homegraph/graph") { Headers = { { "Sec-Fetch-Site", "cross-site" } } };
        Assert.Equal(HttpStatusCode.Forbidden, (await _platform.Http.SendAsync(strange)).StatusCode);
        using var rebound = new HttpRequestMessage(HttpMethod.Get, "/homegraph/graph") { Headers = { Host = "rebound.example" } };
        Assert.Equal(HttpStatusCode.MisdirectedRequest, (await _platform.Http.SendAsync(rebound)).StatusCode);
    }

    private Task<(int Status, JsonElement Body)> RequestSync(bool async = false) =>
        _platform.Call("devices:requestSync", new { agentUserId = "user-1", async });

    /// <summary>The next event of that name; others before it are passed over.</summary>
    private static async Task<JsonElement> Next(StreamReader stream, string name)
    {
        var within = TimeSpan.FromSeconds(20);
        while (await stream.ReadLineAsync().WaitAsync(within) is { } line)
        {
            if (line == "event: " + name)
            {
                return JsonDocument.Parse((await stream.ReadLineAsync().WaitAsync(within))!["data: ".Length..]).RootElement;
            }
        }

        throw new InvalidOperationException($"The stream ended without '{name}'.");
    }
}
