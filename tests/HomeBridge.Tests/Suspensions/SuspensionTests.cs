using System.Net;
using System.Text.Json;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Suspensions;

[Collection(SandboxCollection.Name)]
public sealed class SuspensionTests(SandboxFixture sandbox, ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>What other tests had suspended by the bridge itself is over.</summary>
    public Task InitializeAsync() => sandbox.Recover();

    public Task DisposeAsync() => Task.CompletedTask;

    private const string Camera = "Front door camera";

    [Fact]
    public async Task A_camera_leak_cuts_what_runs_refuses_what_is_new_and_touches_nothing_else()
    {
        var home = await sandbox.Link("maple");
        var (camera, light) = (await home.Device(Camera), await home.Device("Kitchen light"));
        var running = await Watching(home, camera);
        var unused = await home.Watch(camera);
        var before = (await home.Sync()).GetRawText();

        var suspension = await sandbox.Suspend(new { preset = "camera-leak" });
        try
        {
            Assert.Equal(JsonValueKind.Number, suspension.GetProperty("version").ValueKind);
            Assert.Equal("human", suspension.GetProperty("origin").GetString());
            Assert.Equal("new", suspension.GetProperty("incident").GetString());
            Assert.All(suspension.GetProperty("replicas").EnumerateArray(), replica =>
            {
                Assert.Equal(JsonValueKind.Number, replica.GetProperty("applied_ms").ValueKind);
                Assert.Equal(0, replica.GetProperty("streams_left").GetInt32());
            });
            Assert.True(suspension.GetProperty("replicas").EnumerateArray().Sum(replica => replica.GetProperty("streams_cut").GetInt32()) >= 1);

            // Running, not yet used, and new: all of them closed.
            Assert.Equal(HttpStatusCode.Forbidden, (await running.Fetch(running.Units[^1])).Status);
            Assert.Equal(HttpStatusCode.Forbidden, await running.Poll());
            Assert.Equal(HttpStatusCode.Forbidden, await running.Enter());
            Assert.Equal(HttpStatusCode.Forbidden, await unused.Enter());
            var opened = await home.OpenCamera(camera);
            Assert.Equal(("ERROR", "streamUnavailable"), (opened.GetProperty("status").GetString(), opened.GetProperty("errorCode").GetString()));
            Assert.False(opened.TryGetProperty("states", out _));

            // A suspension never looks like an unlink, and lights are lights.
            Assert.Equal(before, (await home.Sync()).GetRawText());
            Assert.Equal("SUCCESS", (await home.Query(camera)).GetProperty(camera).GetProperty("status").GetString());
            Assert.Equal("SUCCESS", (await home.Execute(light, "OnOff", new { on = true })).GetProperty("status").GetString());
            await home.Refresh();
            await sandbox.Link("harbor");
        }
        finally
        {
            await sandbox.Lift(suspension);
        }

        // The gateway hears of the lift a moment after the operator.
        var ended = await running.Poll();
        for (var looks = 0; ended == HttpStatusCode.Forbidden && looks < 100; looks++)
        {
            await Task.Delay(50);
            ended = await running.Poll();
        }

        Assert.Equal(HttpStatusCode.NotFound, ended);
        var again = await Watching(home, camera);
        Assert.Equal(HttpStatusCode.OK, (await again.Fetch(again.Units[^1])).Status);
    }

    [Fact]
    public async Task Each_scope_stops_what_it_names_and_nothing_beside_it()
    {
        var (maple, harbor) = (await sandbox.Link("maple"), await sandbox.Link("harbor"));
        var (front, garden) = (await maple.Device(Camera), await maple.Device("Garden camera"));
        var other = (await harbor.Sync()).GetProperty("devices").EnumerateArray()
            .First(device => device.GetProperty("type").GetString()!.EndsWith("CAMERA", StringComparison.Ordinal)).GetProperty("id").GetString()!;
        var (_, links) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/links");
        var mapleLink = links.GetProperty("links").EnumerateArray().First(link => link.GetProperty("account").GetString() == "maple").GetProperty("id").GetString();

        foreach (var (scope, stopsFront, stopsGarden, stopsOther) in ((object, bool, bool, bool)[])[
            (new { device = front }, true, false, false),
            (new { account_link = mapleLink }, true, true, false),
            (new { vendor = "acme" }, true, true, true),
            (new { platform = "google" }, true, true, true),
            (new { platform = "second" }, false, false, false),
            (new { vendor = "nobody" }, false, false, false),
            (new { vendor = "acme", device = garden }, false, true, false)])
        {
            var (one, two, three) = (await Watching(maple, front), await Watching(maple, garden), await Watching(harbor, other));
            var suspension = await sandbox.Suspend(new { scope, effects = new[] { "cut_streams" }, reason = "each scope" });
            try
            {
                foreach (var (viewer, home, camera, stopped) in (((Viewer, LinkedHome, string, bool)[])[(one, maple, front, stopsFront), (two, maple, garden, stopsGarden), (three, harbor, other, stopsOther)]))
                {
                    Assert.Equal(stopped ? HttpStatusCode.Forbidden : HttpStatusCode.OK, await viewer.Poll());
                    Assert.Equal(stopped ? "ERROR" : "SUCCESS", (await home.OpenCamera(camera)).GetProperty("status").GetString());
                }
            }
            finally
            {
                await sandbox.Lift(suspension);
            }
        }
    }

    [Fact]
    public async Task The_other_effects_answer_as_agreed_and_keep_tokens_and_sync_alive()
    {
        var home = await sandbox.Link("maple");
        var light = await home.Device("Kitchen light");
        var suspension = await sandbox.Suspend(new { scope = new { device = light }, reason = "all effects on one device" });
        try
        {
            var state = (await home.Query(light)).GetProperty(light);
            Assert.Equal(("OFFLINE", "deviceOffline", false), (state.GetProperty("status").GetString(), state.GetProperty("errorCode").GetString(), state.GetProperty("online").GetBoolean()));
            Assert.Equal("deviceOffline", (await home.Execute(light, "OnOff", new { on = true })).GetProperty("errorCode").GetString());
            Assert.Equal(8, (await home.Sync()).GetProperty("devices").GetArrayLength());
            await sandbox.Link("maple");
        }
        finally
        {
            await sandbox.Lift(suspension);
        }

        var frozen = await sandbox.Suspend(new { scope = new { platform = "google" }, effects = new[] { "freeze_linking", "deny_commands", "deny_state" } });
        try
        {
            using var browser = new Browser();
            var back = await browser.Get(new Uri(
                sandbox.Bridge, "/oauth/authorize?response_type=code&client_id=google-home&state=s&redirect_uri=https://oauth-redirect.googleusercontent.com/r/homebridge-sandbox"));
            Assert.Equal(("temporarily_unavailable", "s"), (back.Query("error"), back.Query("state")));
            Assert.Equal("transientError", (await home.Execute(light, "OnOff", new { on = true })).GetProperty("errorCode").GetString());
            await home.Refresh();
            Assert.Equal(8, (await home.Sync()).GetProperty("devices").GetArrayLength());
        }
        finally
        {
            await sandbox.Lift(frozen);
        }
    }

    [Fact]
    public async Task Lifting_takes_a_second_pair_of_eyes_and_at_once_only_by_force()
    {
        var suspension = await sandbox.Suspend(new { scope = new { platform = "second" }, effects = new[] { "cut_streams" } });
        var path = $"/ops/v1/suspensions/{suspension.GetProperty("id").GetString()}";

        Assert.Equal(403, (await sandbox.OpsCall(HttpMethod.Post, path + "/lift", new { reason = "r", force = true })).Status);
        Assert.Equal(403, (await sandbox.OpsCall(HttpMethod.Post, path + "/lift", new { reason = "r" })).Status);
        Assert.Equal("active", (await sandbox.OpsCall(HttpMethod.Get, path)).Body.GetProperty("state").GetString());
        Assert.Equal(202, (await sandbox.OpsCall(HttpMethod.Post, path + "/lift", new { reason = "r" }, "sandbox-operator-2")).Status);
        Assert.Equal("resuming", (await sandbox.OpsCall(HttpMethod.Get, path)).Body.GetProperty("state").GetString());
        Assert.Equal(200, (await sandbox.OpsCall(HttpMethod.Post, path + "/lift", new { reason = "r", force = true }, "sandbox-operator-2")).Status);
        Assert.Equal("lifted", (await sandbox.OpsCall(HttpMethod.Get, path)).Body.GetProperty("state").GetString());
        Assert.Equal(409, (await sandbox.OpsCall(HttpMethod.Post, path + "/lift", new { reason = "r", force = true }, "sandbox-operator-2")).Status);

        // Who raised it does not lift it, whatever their roles.
        // Nobody is left to lift this one, so it stands where it stops nothing: a thermostat has no streams.
        var thermostat = await (await sandbox.Link("harbor")).Device("Hall thermostat");
        var (_, own) = await sandbox.OpsCall(HttpMethod.Post, "/ops/v1/suspensions", new { scope = new { device = thermostat }, effects = new[] { "cut_streams" } }, "sandbox-operator-2");
        var ownPath = $"/ops/v1/suspensions/{own.GetProperty("id").GetString()}";
        Assert.Equal(403, (await sandbox.OpsCall(HttpMethod.Post, ownPath + "/lift", new { force = true }, "sandbox-operator-2")).Status);
        Assert.Equal("active", (await sandbox.OpsCall(HttpMethod.Get, ownPath)).Body.GetProperty("state").GetString());

        var (_, audit) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/audit?limit=20");
        Assert.Contains(audit.GetProperty("rows").EnumerateArray(), row => row.GetProperty("action").GetString() == "suspension.lifted" && row.GetProperty("detail").GetString()!.Contains("\"SkippedStages\":true", StringComparison.Ordinal));
        Assert.True((await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/audit/verify")).Body.GetProperty("intact").GetBoolean());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"preset":"camera-lake"}""")]
    [InlineData("""{"preset":"camera-leak","effects":["cut_streams"]}""")]
    [InlineData("""{"scope":{"vendorr":"acme"}}""")]
    [InlineData("""{"scope":{"vendor":""}}""")]
    [InlineData("""{"scope":{"device":"dev_nothing"}}""")]
    [InlineData("""{"scope":{"account_link":"lnk_nothing"}}""")]
    [InlineData("""{"scope":{},"effects":["everything"]}""")]
    [InlineData("""{"scope":{},"effects":[]}""")]
    [InlineData("""{"scope":[]}""")]
    [InlineData("""{"scope":{},"scope":{"vendor":"acme"}}""")]
    [InlineData("not json")]
    public async Task An_order_that_is_not_clear_stops_nothing_and_says_why(string body)
    {
        var before = (await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/replicas")).Body.GetProperty("version").GetInt64();

        var (status, problem) = await sandbox.OpsCall(HttpMethod.Post, "/ops/v1/suspensions?wait=5s", body);

        Assert.Equal(400, status);
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        Assert.Equal(before, (await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/replicas")).Body.GetProperty("version").GetInt64());
    }

    [Fact]
    public async Task A_dry_run_counts_and_changes_nothing()
    {
        var home = await sandbox.Link("maple");
        var viewer = await Watching(home, await home.Device(Camera));

        var (status, preview) = await sandbox.OpsCall(HttpMethod.Post, "/ops/v1/suspensions?dry_run=true", new { preset = "camera-leak" });

        Assert.Equal(200, status);
        Assert.True(preview.GetProperty("dry_run").GetBoolean());
        Assert.True(preview.GetProperty("links").GetInt32() >= 1);
        Assert.True(preview.GetProperty("live_streams").GetInt32() >= 1);
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
    }

    [Theory]
    [InlineData(null, 401)]
    [InlineData("nobody", 401)]
    public async Task Without_an_operators_token_there_is_no_ops_api(string? token, int expected)
    {
        foreach (var path in (string[])["/ops/v1/suspensions", "/ops/v1/audit", "/ops/v1/replicas", "/ops/v1/effective", "/ops/v1/links"])
        {
            Assert.Equal(expected, (await sandbox.OpsCall(HttpMethod.Get, path, operatorToken: token!)).Status);
        }
    }

    [Fact]
    public async Task Roles_are_held_apart()
    {
        Assert.Equal(403, (await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/audit", operatorToken: "sandbox-operator-2")).Status);
        Assert.Equal(200, (await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/audit")).Status);
    }

    [Fact]
    public async Task The_ops_api_is_not_on_the_public_listener_and_the_public_pages_not_on_the_private_one()
    {
        foreach (var path in (string[])["/ops/v1/suspensions", "/internal/v1/feed", "/sign-in"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(sandbox.Bridge, path));
            request.Headers.Host = sandbox.Ops.Authority;
            request.Headers.Authorization = new("Bearer", "sandbox-operator");
            using var answer = await sandbox.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        using var swapped = await sandbox.Http.GetAsync(new Uri(sandbox.Ops, "/.well-known/oauth-authorization-server"));
        Assert.Equal(HttpStatusCode.NotFound, swapped.StatusCode);
    }

    [Fact]
    public async Task Gateways_are_let_in_by_their_own_key_only()
    {
        foreach (var (method, path) in ((HttpMethod, string)[])[(HttpMethod.Get, "feed"), (HttpMethod.Post, "redeem"), (HttpMethod.Post, "renew"), (HttpMethod.Post, "ended"), (HttpMethod.Post, "acknowledge")])
        {
            foreach (var token in (string[])["sandbox-operator", "embedded.wrong", "embedded.", ".", "nobody"])
            {
                Assert.Equal(401, (await sandbox.OpsCall(method, "/internal/v1/" + path, method == HttpMethod.Post ? "{}" : null, token)).Status);
            }
        }
    }

    [Fact]
    public async Task When_the_flip_is_confirmed_fifty_viewers_get_nothing_more()
    {
        var home = await sandbox.Link("maple");
        var camera = await home.Device(Camera);
        var viewers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Watching(home, camera)));

        var suspension = await sandbox.Suspend(new { scope = new { device = camera }, effects = new[] { "cut_streams" } });
        try
        {
            var answers = await Task.WhenAll(viewers.Select(async viewer => (await viewer.Fetch(viewer.Units[^1])).Status));

            var replicas = suspension.GetProperty("replicas").EnumerateArray().ToList();
            output.WriteLine($"Applied after {string.Join(", ", replicas.Select(replica => replica.GetProperty("applied_ms")))} ms.");
            Assert.All(answers, status => Assert.Equal(HttpStatusCode.Forbidden, status));
            Assert.True(replicas.Sum(replica => replica.GetProperty("streams_cut").GetInt32()) >= 50);
            Assert.Equal(0, replicas.Sum(replica => replica.GetProperty("streams_left").GetInt32()));
        }
        finally
        {
            await sandbox.Lift(suspension);
        }
    }

    private static async Task<Viewer> Watching(LinkedHome home, string camera)
    {
        var viewer = await home.Watch(camera);
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        return viewer;
    }
}
