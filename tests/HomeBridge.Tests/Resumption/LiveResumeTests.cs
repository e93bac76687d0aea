using System.Net;
using System.Text.Json;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Resumption;

/// <summary>A camera leak and its resume in a real sandbox, whose canaries look every second and whose stages last one.</summary>
public sealed class LiveResumeTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly SandboxFixture _sandbox = new("--canary-interval", "1", "--resume-stage", "1");

    public Task InitializeAsync() => _sandbox.InitializeAsync();

    public Task DisposeAsync() => _sandbox.DisposeAsync();

    [Fact]
    public async Task Canaries_go_first_and_when_they_are_clean_everything_comes_back_by_itself()
    {
        var home = await _sandbox.Link("maple");
        var camera = await home.Device("Front door camera");
        var suspension = await _sandbox.Suspend(new { preset = "camera-leak", reason = "wrong pictures" });
        var path = $"/ops/v1/suspensions/{suspension.GetProperty("id").GetString()}";
        Assert.Null(await home.TryWatch(camera));

        var started = TimeProvider.System.GetTimestamp();
        Assert.Equal(202, (await _sandbox.OpsCall(HttpMethod.Post, path + "/lift", new { reason = "the maker mended it" }, "sandbox-operator-2")).Status);
        var (_, plan) = await _sandbox.OpsCall(HttpMethod.Get, path + "/resume");
        Assert.Equal(2, plan.GetProperty("allow_links").GetArrayLength());
        Assert.Equal("allow-list", plan.GetProperty("stages")[0].GetProperty("name").GetString());

        // A stage lasts a second at least, so in this one nobody but the canaries sees anything.
        var first = plan.GetProperty("stage").GetString();
        var opened = (await home.OpenCamera(camera)).GetProperty("status").GetString();
        if (first == "allow-list" && await Stage(path) == "allow-list")
        {
            Assert.Equal("ERROR", opened);
        }

        while ((await _sandbox.OpsCall(HttpMethod.Get, path)).Body.GetProperty("state").GetString() != "lifted")
        {
            var (_, now) = await _sandbox.OpsCall(HttpMethod.Get, path + "/resume");
            Assert.True(now.GetProperty("state").GetString() is "running" or "completed", now.GetRawText());
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, now.GetRawText());
            await Task.Delay(100);
        }

        (_, plan) = await _sandbox.OpsCall(HttpMethod.Get, path + "/resume");
        var steps = plan.GetProperty("history").EnumerateArray().Select(step => $"{step.GetProperty("event")} {step.GetProperty("stage")}").ToList();
        output.WriteLine($"{TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s: {string.Join(", ", steps)}");
        Assert.Equal(["started allow-list", "advanced 1 %", "advanced 10 %", "advanced 50 %", "completed 100 %"], steps);
        var viewer = await home.Watch(camera);
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
    }

    /// <summary>The maker is not mended: the canaries see it before any home does.</summary>
    [Fact]
    public async Task A_wrong_picture_at_a_canary_suspends_all_again_before_anybody_else_is_let_through()
    {
        await Eventually(async () => (await _sandbox.OpsCall(HttpMethod.Get, "/ops/v1/canaries")).Body.GetProperty("rounds").GetInt64() >= 1);
        var (_, canaries) = await _sandbox.OpsCall(HttpMethod.Get, "/ops/v1/canaries");
        var canary = canaries.GetProperty("canaries")[0].GetProperty("vendor_device_id").GetString()!;
        var suspension = await _sandbox.Suspend(new { preset = "camera-leak", reason = "wrong pictures" });
        var path = $"/ops/v1/suspensions/{suspension.GetProperty("id").GetString()}";
        await _sandbox.Fault("ingest-mixup", device: canary);
        Assert.Equal(202, (await _sandbox.OpsCall(HttpMethod.Post, path + "/lift", new { reason = "it must be mended" }, "sandbox-operator-2")).Status);

        JsonElement plan = default;
        await Eventually(async () => (plan = (await _sandbox.OpsCall(HttpMethod.Get, path + "/resume")).Body).GetProperty("state").GetString() != "running");

        Assert.Equal("failed", plan.GetProperty("state").GetString());
        Assert.Equal("allow-list", plan.GetProperty("stage").GetString());
        output.WriteLine(plan.GetProperty("history")[1].GetRawText());
        Assert.Equal("active", (await _sandbox.OpsCall(HttpMethod.Get, path)).Body.GetProperty("state").GetString());
        Assert.Contains("All of it is suspended again", _sandbox.Process.Output, StringComparison.Ordinal);
    }

    private async Task<string?> Stage(string path) => (await _sandbox.OpsCall(HttpMethod.Get, path + "/resume")).Body.GetProperty("stage").GetString();

    private static async Task Eventually(Func<Task<bool>> so)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await so())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, "It did not come.");
            await Task.Delay(100);
        }
    }
}
