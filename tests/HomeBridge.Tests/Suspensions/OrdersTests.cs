using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Suspensions;

/// <summary>Orders, previews, resumes and explanations over the ops API.</summary>
[Collection(SandboxCollection.Name)]
public sealed class OrdersTests(SandboxFixture sandbox) : IAsyncLifetime
{
    /// <summary>What other tests had suspended by the bridge itself is over.</summary>
    public Task InitializeAsync() => sandbox.Recover();

    public Task DisposeAsync() => Task.CompletedTask;

    private const string Approver = "sandbox-operator-2";

    [Theory]
    [InlineData("""{"preset":"vendor-down"}""", "name him")]
    [InlineData("""{"preset":"platform-compromise","scope":{"vendor":"acme"}}""", "name it")]
    [InlineData("""{"preset":"camera-leak","scope":{"trait":"OnOff"}}""", "own trait")]
    [InlineData("""{"preset":"camera-leak","review_at":"2001-01-01T00:00:00Z"}""", "review_at")]
    [InlineData("""{"preset":"camera-leak","review_at":"2999-01-01T00:00:00Z"}""", "review_at")]
    [InlineData("""{"preset":"camera-leak","review_at":"tomorrow"}""", "JSON")]
    [InlineData("""{"preset":"camera-leak","origin":"drill"}""", "JSON")]
    [InlineData("""{"scope":{},"expires_at":"2999-01-01T00:00:00Z"}""", "JSON")]
    public async Task An_order_that_is_not_clear_is_told_what_to_change(string body, string says)
    {
        var (status, problem) = await sandbox.OpsCall(HttpMethod.Post, "/ops/v1/suspensions", body);

        Assert.Equal(400, status);
        Assert.Contains(says, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Presets_bring_their_effects_and_a_review_time_is_kept()
    {
        var review = TimeProvider.System.GetUtcNow().AddDays(2);
        foreach (var (order, effects) in ((object, string[])[])[
            (new { preset = "vendor-down", scope = new { vendor = "nobody" }, review_at = review }, ["deny_commands", "deny_state"]),
            (new { preset = "platform-compromise", scope = new { platform = "second" }, review_at = review }, ["cut_streams", "deny_commands", "deny_state", "freeze_linking"])])
        {
            var suspension = await sandbox.Suspend(order);
            Assert.Equal(effects, suspension.GetProperty("effects").EnumerateArray().Select(effect => effect.GetString()!));
            Assert.Equal(review.ToUnixTimeMilliseconds(), suspension.GetProperty("review_at").GetDateTimeOffset().ToUnixTimeMilliseconds());
            Assert.False(suspension.GetProperty("review_due").GetBoolean());
            Assert.Equal(JsonValueKind.Null, suspension.GetProperty("resume").ValueKind);
            Assert.False(suspension.TryGetProperty("expires_at", out _));
            await sandbox.Lift(suspension);
        }
    }

    [Fact]
    public async Task An_order_sent_twice_under_one_key_is_one_suspension()
    {
        var key = Guid.NewGuid().ToString();
        var first = await Send(key, "nobody");
        var again = await Send(key, "nobody");
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.Status, again.Status));
        Assert.Equal(first.Body.GetProperty("id").GetString(), again.Body.GetProperty("id").GetString());
        var other = await Send(key, "nobody else");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.Status);
        Assert.Contains("Nothing was raised", other.Body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await Send(new string('k', 256), "nobody")).Status);
        await sandbox.Lift(first.Body);

        async Task<(HttpStatusCode Status, JsonElement Body)> Send(string name, string vendor)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(sandbox.Ops, "/ops/v1/suspensions"));
            request.Headers.Authorization = new("Bearer", "sandbox-operator");
            request.Headers.Add("Idempotency-Key", name);
            request.Content = JsonContent.Create(new { scope = new { vendor }, reason = "sent twice" });
            using var answer = await sandbox.Http.SendAsync(request);
            return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
        }
    }

    [Fact]
    public async Task A_preview_counts_the_home_names_the_gateways_and_says_what_covers_it_already()
    {
        var home = await sandbox.Link("maple");
        var camera = await home.Device("Front door camera");
        var viewer = await home.Watch(camera);
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        var wide = await sandbox.Suspend(new { scope = new { device = camera, trait = "OnOff" } });
        var all = await sandbox.Suspend(new { scope = new { device = camera }, effects = new[] { "deny_state" } });
        try
        {
            var (status, preview) = await sandbox.OpsCall(HttpMethod.Post, "/ops/v1/suspensions?dry_run=true", new { scope = new { device = camera }, effects = new[] { "cut_streams", "deny_state" } });

            Assert.Equal(200, status);
            Assert.Equal((1, 1), (preview.GetProperty("homes").GetInt32(), preview.GetProperty("devices").GetInt32()));
            Assert.True(preview.GetProperty("links").GetInt32() >= 1);
            var streams = preview.GetProperty("live_streams").GetInt32();
            Assert.True(streams >= 1);
            var replicas = preview.GetProperty("replicas").EnumerateArray().ToList();
            Assert.Equal(["bridge", "gateway"], replicas.Select(one => one.GetProperty("kind").GetString()));
            Assert.Equal(streams, replicas[1].GetProperty("live_streams").GetInt32());
            Assert.Equal((6, 3.25, 9.25), (Number("buffered_seconds"), Number("cut_off_seconds"), Number("worst_seconds")));
            Assert.Equal(2, preview.GetProperty("overlap_count").GetInt32());
            Assert.All(preview.GetProperty("overlaps").EnumerateArray(), overlap => Assert.Equal("part", overlap.GetProperty("covers").GetString()));
            (_, var within) = await sandbox.OpsCall(HttpMethod.Post, "/ops/v1/suspensions?dry_run=true", new { scope = new { device = camera, platform = "google" }, effects = new[] { "deny_state" } });
            Assert.Equal("all", within.GetProperty("overlaps")[0].GetProperty("covers").GetString());
            Assert.False(within.TryGetProperty("exposure", out _));

            double Number(string name) => preview.GetProperty("exposure").GetProperty(name).GetDouble();
        }
        finally
        {
            await sandbox.Lift(wide);
            await sandbox.Lift(all);
        }
    }

    [Fact]
    public async Task A_resume_is_started_by_another_goes_on_by_gates_or_force_and_back_by_anybody()
    {
        var suspension = await sandbox.Suspend(new { scope = new { platform = "second" }, effects = new[] { "cut_streams" } });
        var path = $"/ops/v1/suspensions/{suspension.GetProperty("id").GetString()}";
        Assert.Equal(404, (await sandbox.OpsCall(HttpMethod.Get, path + "/resume")).Status);
        Assert.Equal(409, (await sandbox.OpsCall(HttpMethod.Post, path + "/resume/advance", new { reason = "r" }, Approver)).Status);
        Assert.Equal(400, (await sandbox.OpsCall(HttpMethod.Post, path + "/lift", new { plan = new { stages = new[] { new { percent = 5, minutes = 0 } } } }, Approver)).Status);
        Assert.Equal(400, (await sandbox.OpsCall(HttpMethod.Post, path + "/lift", new { plan = new { allow_links = new[] { "lnk_none" } } }, Approver)).Status);

        var (status, started) = await sandbox.OpsCall(
            HttpMethod.Post, path + "/lift", new { reason = "mended", plan = new { stages = new[] { new { percent = 5, minutes = 30 }, new { percent = 100, minutes = 0 } } } }, Approver);
        Assert.Equal((202, "resuming"), (status, started.GetProperty("state").GetString()));
        var (_, plan) = await sandbox.OpsCall(HttpMethod.Get, path + "/resume");
        Assert.Equal(("5 %", "running", 30.0), (plan.GetProperty("stage").GetString(), plan.GetProperty("state").GetString(), plan.GetProperty("stages")[0].GetProperty("minutes").GetDouble()));
        Assert.Equal(["time", "isolation", "canaries", "errors", "version"], plan.GetProperty("gates").EnumerateArray().Select(gate => gate.GetProperty("name").GetString()));
        Assert.Equal(TimeSpan.FromMinutes(30), plan.GetProperty("next_at").GetDateTimeOffset() - plan.GetProperty("since").GetDateTimeOffset());
        Assert.Equal("started", plan.GetProperty("history")[0].GetProperty("event").GetString());

        Assert.Equal(403, (await sandbox.OpsCall(HttpMethod.Post, path + "/resume/advance", new { reason = "r" })).Status);
        var (early, problem) = await sandbox.OpsCall(HttpMethod.Post, path + "/resume/advance", new { reason = "r" }, Approver);
        Assert.Equal(409, early);
        Assert.Contains("force", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        var (back, stopped) = await sandbox.OpsCall(HttpMethod.Post, path + "/resume/back", new { reason = "not yet" });
        Assert.Equal((202, "active"), (back, stopped.GetProperty("state").GetString()));
        Assert.Equal(409, (await sandbox.OpsCall(HttpMethod.Post, path + "/resume/back", new { reason = "again" })).Status);

        Assert.Equal(202, (await sandbox.OpsCall(HttpMethod.Post, path + "/lift", new { reason = "now" }, Approver)).Status);
        var (_, effective) = await sandbox.OpsCall(HttpMethod.Get, path);
        Assert.Equal("running", effective.GetProperty("resume").GetProperty("state").GetString());
        await sandbox.Lift(suspension);
        Assert.Equal(409, (await sandbox.OpsCall(HttpMethod.Post, path + "/lift", new { reason = "r" }, Approver)).Status);
    }

    [Fact]
    public async Task A_home_that_a_resume_names_lives_on_while_the_platform_is_suspended_for_all_others()
    {
        var harbor = await sandbox.Link("harbor");
        var maple = await sandbox.Link("maple");
        var (own, other) = (await maple.Device("Kitchen light"), await harbor.Device("Jetty light"));
        var (_, links) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/links");
        var link = links.GetProperty("links").EnumerateArray().First(one => one.GetProperty("account").GetString() == "maple").GetProperty("id").GetString();
        var suspension = await sandbox.Suspend(new { preset = "platform-compromise", scope = new { platform = "google" } });
        var path = $"/ops/v1/suspensions/{suspension.GetProperty("id").GetString()}";
        try
        {
            Assert.Equal(202, (await sandbox.OpsCall(HttpMethod.Post, path + "/lift", new { reason = "a colleague's home first", plan = new { allow_links = new[] { link }, stages = new[] { new { percent = 0, minutes = 5 } } } }, Approver)).Status);

            Assert.Equal("SUCCESS", (await maple.Query(own)).GetProperty(own).GetProperty("status").GetString());
            Assert.Equal("SUCCESS", (await maple.Execute(own, "OnOff", new { on = true })).GetProperty("status").GetString());
            Assert.Equal("transientError", (await Payload(harbor, other)).GetProperty("errorCode").GetString());
            Assert.Equal("transientError", (await harbor.Execute(other, "OnOff", new { on = true })).GetProperty("errorCode").GetString());
            var camera = await maple.Device("Front door camera");
            var viewer = await maple.Watch(camera);
            Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
            Assert.Equal(HttpStatusCode.OK, await viewer.Poll());

            Assert.Equal(202, (await sandbox.OpsCall(HttpMethod.Post, path + "/resume/back", new { reason = "too early" })).Status);
            await Eventually(async () => await viewer.Poll() == HttpStatusCode.Forbidden);
            Assert.Equal(HttpStatusCode.Forbidden, await viewer.Poll());
            Assert.Equal("transientError", (await Payload(maple, own)).GetProperty("errorCode").GetString());
        }
        finally
        {
            await sandbox.Lift(suspension);
        }

        static async Task<JsonElement> Payload(LinkedHome home, string id) => (await home.Fulfill(
            new { requestId = "r", inputs = new[] { new { intent = "action.devices.QUERY", payload = new { devices = new[] { new { id } } } } } })).GetProperty("payload");
    }

    [Fact]
    public async Task Whatever_is_refused_can_be_explained_in_words()
    {
        var home = await sandbox.Link("harbor");
        var light = await home.Device("Jetty light");
        var (_, links) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/links");
        var link = links.GetProperty("links")[0].GetProperty("id").GetString()!;
        Assert.Contains("no suspension refuses it", await Explain(light, "device"), StringComparison.Ordinal);
        var suspension = await sandbox.Suspend(new { scope = new { device = light }, effects = new[] { "deny_commands" }, reason = "it flickers", incident = "INC-7" });
        var id = suspension.GetProperty("id").GetString()!;
        try
        {
            Assert.Contains("commands are refused", await Explain(light, "device"), StringComparison.Ordinal);
            Assert.Contains($"device {light}", await Explain(id, "suspension"), StringComparison.Ordinal);
            Assert.Contains($"{light} (LIGHT): commands are refused", await Explain(link, "link"), StringComparison.Ordinal);
            var request = Guid.NewGuid().ToString("N");
            await home.Fulfill(new { requestId = request, inputs = new[] { new { intent = "action.devices.EXECUTE", payload = new { commands = new[] { new { devices = new[] { new { id = light } }, execution = new[] { new { command = "action.devices.commands.OnOff", @params = new { on = true } } } } } } } } });
            await Eventually(async () => (await sandbox.OpsCall(HttpMethod.Get, $"/ops/v1/explain?id={request}")).Status == 200);
            Assert.Contains("commands are refused", await Explain(request, "request"), StringComparison.Ordinal);
            Assert.Contains("INC-7", await Explain(request, "request"), StringComparison.Ordinal);
            Assert.Contains(request, await Explain(light, "device"), StringComparison.Ordinal);
            Assert.Contains(request, await Explain(link, "link"), StringComparison.Ordinal);
        }
        finally
        {
            await sandbox.Lift(suspension);
        }

        Assert.Contains("stops nothing any more", await Explain(id, "suspension"), StringComparison.Ordinal);
        Assert.Equal(404, (await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/explain?id=nothing")).Status);
        Assert.Equal(400, (await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/explain")).Status);

        async Task<string> Explain(string what, string kind)
        {
            var (status, explained) = await sandbox.OpsCall(HttpMethod.Get, $"/ops/v1/explain?id={what}");
            Assert.Equal((200, kind), (status, explained.GetProperty("kind").GetString()));
            return explained.GetRawText();
        }
    }

    private static async Task Eventually(Func<Task<bool>> so)
    {
        for (var tries = 0; tries < 200 && !await so(); tries++)
        {
            await Task.Delay(50);
        }
    }
}
