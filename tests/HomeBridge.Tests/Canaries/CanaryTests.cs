using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Canaries;

/// <summary>A real sandbox whose canaries look every second, and one whose canaries look once and then wait.</summary>
public sealed class CanaryTests(ITestOutputHelper output) : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
    private SandboxProcess _sandbox = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _sandbox.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task A_canary_sees_its_own_camera_and_nothing_of_the_others()
    {
        _sandbox = await SandboxProcess.Start(more: ["--canary-interval", "1"]);

        // A decoder that is too slow for one round is not for all.
        var state = await Until(body => body.GetProperty("rounds").GetInt64() >= 3
            && body.GetProperty("canaries").EnumerateArray().All(one => Text(one.GetProperty("own"), "outcome") == "clean"));

        Assert.Equal("ffmpeg", Text(state, "decoder"));
        Assert.False(state.GetProperty("alarm").GetBoolean());
        var canaries = state.GetProperty("canaries").EnumerateArray().ToList();
        Assert.Equal(["canary-a", "canary-b"], canaries.Select(one => Text(one, "account")));
        Assert.All(canaries, one =>
        {
            Assert.Equal(("clean", 20), (Text(one.GetProperty("own"), "outcome"), one.GetProperty("own").GetProperty("frames_read").GetInt32()));
            Assert.Equal("clean", Text(one.GetProperty("other"), "outcome"));
            Assert.Contains("a token in the other's session and a spent entry", Text(one.GetProperty("other"), "detail"), StringComparison.Ordinal);
        });

        // They are homes like any other to the bridge, and not to those who look for homes.
        Assert.DoesNotContain("canary", await _http.GetStringAsync(new Uri(_sandbox.Cloud, "/sandbox/devices")), StringComparison.Ordinal);
        Assert.Equal(0, (await Ops("/ops/v1/links")).GetProperty("links").GetArrayLength());
        Assert.All((await Ops("/ops/v1/replicas")).GetProperty("replicas").EnumerateArray(), one => Assert.Equal(0, one.GetProperty("streams_running").GetInt32()));
        var audit = (await Ops("/ops/v1/audit?limit=1000")).GetProperty("rows").EnumerateArray().ToList();
        Assert.Equal(2, audit.Count(row => Text(row, "action") == "link.consented" && Text(row, "detail").StartsWith("canary", StringComparison.Ordinal)));
        Assert.Contains(audit, row => Text(row, "action") == "stream.ended" && Text(row, "detail").StartsWith("Closed", StringComparison.Ordinal));

        // What they saw is in the ledger like what anybody saw.
        var seen = await Ops($"/ops/v1/ledger?device={Text(canaries[0], "vendor_device_id")}");
        Assert.All(seen.GetProperty("sessions").EnumerateArray(), one => Assert.Equal(("canary", 2), (Text(one, "platform"), one.GetProperty("units").GetInt32())));
        Assert.Contains("homebridge_canary_probes_total", await _http.GetStringAsync(new Uri(_sandbox.Ops, "/metrics")), StringComparison.Ordinal);
    }

    /// <summary>Evidence, name and keys are right, and the picture is another home's: nobody else can see that.</summary>
    [Fact]
    public async Task One_wrong_picture_under_right_evidence_stops_the_makers_cameras_within_one_probe()
    {
        _sandbox = await SandboxProcess.Start(more: ["--canary-interval", "1"]);
        var home = await LinkedHome.Link(_sandbox, _http, "maple", "google-home", _ => true);
        var camera = await home.Device("Garden camera");
        var state = await Until(body => body.GetProperty("rounds").GetInt64() >= 1);
        var rounds = state.GetProperty("rounds").GetInt64();
        Assert.DoesNotContain("ingest-mixup", await _http.GetStringAsync(new Uri(_sandbox.Cloud, "/sandbox/faults")), StringComparison.Ordinal);

        var started = Stopwatch.GetTimestamp();
        await Fault("ingest-mixup", Text(state.GetProperty("canaries")[0], "vendor_device_id"));
        JsonElement suspension = default;
        await Until(async () => (suspension = (await Ops("/ops/v1/suspensions")).GetProperty("suspensions").EnumerateArray().FirstOrDefault()).ValueKind is JsonValueKind.Object);
        output.WriteLine($"from the wrong picture to the suspension: {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms, canaries every second");

        Assert.Equal(("automatic", "system", "active"), (Text(suspension, "origin"), Text(suspension, "author"), Text(suspension, "state")));
        Assert.Equal(("acme", "CameraStream"), (Text(suspension.GetProperty("scope"), "vendor"), Text(suspension.GetProperty("scope"), "trait")));
        state = await Ops("/ops/v1/canaries");

        // The round that was under way when the fault came, and the one that saw it.
        Assert.InRange(state.GetProperty("rounds").GetInt64(), rounds, rounds + 3);
        Assert.Null(await home.TryWatch(camera));
        var light = await home.Query(await home.Device("Kitchen light"));
        Assert.Equal("SUCCESS", light.EnumerateObject().Single().Value.GetProperty("status").GetString());
        await Until(body => Text(body.GetProperty("canaries")[0].GetProperty("own"), "outcome") == "suspended");

        using var cleared = await _http.DeleteAsync(new Uri(_sandbox.Cloud, "/sandbox/faults"));
        await Lift(Text(suspension, "id"));
        await Until(body => Text(body.GetProperty("canaries")[0].GetProperty("own"), "outcome") == "clean");
        Assert.NotNull(await home.TryWatch(camera));
    }

    [Fact]
    public async Task A_canary_that_can_not_tell_three_times_raises_an_alarm_and_stops_nothing()
    {
        _sandbox = await SandboxProcess.Start(more: ["--canary-interval", "1"]);
        var state = await Until(body => body.GetProperty("rounds").GetInt64() >= 1);

        await Fault("error", Text(state.GetProperty("canaries")[0], "vendor_device_id"));
        state = await Until(body => body.GetProperty("alarm").GetBoolean());

        var own = state.GetProperty("canaries")[0].GetProperty("own");
        Assert.Equal("unavailable", Text(own, "outcome"));
        Assert.InRange(own.GetProperty("failures_in_a_row").GetInt32(), 3, 100);
        Assert.False(state.GetProperty("canaries")[1].GetProperty("own").GetProperty("alarm").GetBoolean());
        Assert.Equal(0, (await Ops("/ops/v1/suspensions")).GetProperty("suspensions").GetArrayLength());
        Assert.Contains("could not tell 3 times in a row", _sandbox.Output, StringComparison.Ordinal);

        using var cleared = await _http.DeleteAsync(new Uri(_sandbox.Cloud, "/sandbox/faults"));
        await Until(body => !body.GetProperty("alarm").GetBoolean());
    }

    [Fact]
    public async Task After_start_and_after_a_lift_a_canary_looks_at_once()
    {
        _sandbox = await SandboxProcess.Start(more: ["--canary-interval", "3600"]);
        await Until(body => body.GetProperty("rounds").GetInt64() == 1);

        using var raised = await Send(HttpMethod.Post, "/ops/v1/suspensions?wait=5s", new { scope = new { vendor = "acme", trait = "CameraStream" }, effects = new[] { "cut_streams" } });
        var suspension = await raised.Content.ReadFromJsonAsync<JsonElement>();
        await Lift(Text(suspension, "id"));

        var state = await Until(body => body.GetProperty("rounds").GetInt64() == 2);
        Assert.All(state.GetProperty("canaries").EnumerateArray(), one => Assert.Equal("clean", Text(one.GetProperty("own"), "outcome")));
    }

    private async Task Fault(string kind, string device)
    {
        using var answer = await _http.PostAsJsonAsync(new Uri(_sandbox.Cloud, "/sandbox/faults"), new { kind, rate = 1, device });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task Lift(string id)
    {
        using var answer = await Send(HttpMethod.Post, $"/ops/v1/suspensions/{id}/lift", new { reason = "seen to", force = true }, "sandbox-operator-2");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task<JsonElement> Ops(string path)
    {
        using var answer = await Send(HttpMethod.Get, path);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<HttpResponseMessage> Send(HttpMethod method, string path, object? body = null, string operatorToken = "sandbox-operator")
    {
        using var request = new HttpRequestMessage(method, new Uri(_sandbox.Ops, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", operatorToken);
        request.Content = body is null ? null : JsonContent.Create(body);
        return await _http.SendAsync(request);
    }

    private async Task<JsonElement> Until(Func<JsonElement, bool> so)
    {
        JsonElement state = default;
        await Until(async () => so(state = await Ops("/ops/v1/canaries")), () => state.ToString());
        return state;
    }

    private static async Task Until(Func<Task<bool>> so, Func<string>? otherwise = null)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await so())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, otherwise?.Invoke() ?? "It did not come to that.");
            await Task.Delay(50);
        }
    }

    private static string Text(JsonElement of, string member) => of.GetProperty(member).GetString()!;
}
