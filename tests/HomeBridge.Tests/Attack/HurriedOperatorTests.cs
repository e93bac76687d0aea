using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HomeBridge.Tests.Attack;

/// <summary>Three in the morning: what a slip of the hand, or of the network, does to the switch.</summary>
[Collection(SandboxCollection.Name)]
public sealed class HurriedOperatorTests(SandboxFixture sandbox)
{
    [Theory]
    [InlineData("/ops/v1/suspensions?dryrun=true")]
    [InlineData("/ops/v1/suspensions?dry-run=true")]
    [InlineData("/ops/v1/suspensions?dry_run=true&vendor=acme")]
    public async Task A_misspelt_parameter_raises_nothing(string path)
    {
        var before = await Listed();

        var (status, body) = await sandbox.OpsCall(HttpMethod.Post, path, new { scope = new { device_model = "slip" } });

        Assert.Equal(400, status);
        Assert.Contains("dry_run", body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(before, await Listed());
    }

    [Fact]
    public async Task A_parameter_that_lifting_does_not_have_lifts_nothing_and_effective_answers_for_no_other_question()
    {
        var raised = await sandbox.Suspend(new { scope = new { device_model = "slip" }, effects = new[] { "cut_streams" } });
        var id = raised.GetProperty("id").GetString();

        var (status, _) = await sandbox.OpsCall(HttpMethod.Post, $"/ops/v1/suspensions/{id}/lift?dry_run=true", new { reason = "look", force = true }, "sandbox-operator-2");
        var (_, stands) = await sandbox.OpsCall(HttpMethod.Get, $"/ops/v1/suspensions/{id}");
        var (effective, _) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/effective?dev=x");
        await sandbox.Lift(raised);

        Assert.Equal((400, "active", 400), (status, stands.GetProperty("state").GetString(), effective));
    }

    [Theory]
    [InlineData("2099-01-01T09:00:00", "with its zone")]
    [InlineData("2099-01-01", "with its zone")]
    [InlineData("tomorrow", "with its zone")]
    [InlineData("2020-01-01T09:00:00Z", "It reminds; it ends nothing")]
    public async Task A_time_to_look_again_has_a_zone(string at, string says)
    {
        var (status, body) = await sandbox.OpsCall(HttpMethod.Post, "/ops/v1/suspensions?dry_run=true", new { scope = new { vendor = "acme" }, review_at = at });

        Assert.Equal(400, status);
        Assert.Contains(says, body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"scope":{"vendr":"acme"}}""")]
    [InlineData("""{"scope":7}""")]
    [InlineData("[]")]
    [InlineData("""{"scope":{},"scope":{"vendor":"acme"}}""")]
    [InlineData("{")]
    public async Task What_cannot_be_read_is_said_without_names_of_ours(string order)
    {
        var (status, body) = await sandbox.OpsCall(HttpMethod.Post, "/ops/v1/suspensions?dry_run=true", order);

        Assert.Equal(400, status);
        var says = body.GetProperty("detail").GetString()!;
        Assert.Contains("Nothing was changed.", says, StringComparison.Ordinal);
        Assert.DoesNotContain("HomeBridge", says, StringComparison.Ordinal);
        Assert.DoesNotContain(".NET", says, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scope_whose_parts_fit_nothing_together_comes_with_a_warning()
    {
        var home = await sandbox.Link("maple");
        var camera = await home.Device("Front door camera");
        async Task<bool> Warned(object scope) =>
            (await sandbox.OpsCall(HttpMethod.Post, "/ops/v1/suspensions?dry_run=true", new { scope })).Body.TryGetProperty("warnings", out _);

        Assert.True(await Warned(new { device_model = "no such model" }));
        Assert.True(await Warned(new { firmware = "99.99" }));
        Assert.True(await Warned(new { device = camera, trait = "LockUnlock" }));
        Assert.True(await Warned(new { device = camera, platform = "second" }));
        Assert.False(await Warned(new { device = camera, trait = "CameraStream" }));
    }

    [Fact]
    public async Task The_tool_does_not_call_it_a_success_when_the_scope_names_nothing()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["HBCTL_URL"] = sandbox.Ops.AbsoluteUri, ["HBCTL_TOKEN"] = "sandbox-operator" };

        var run = await HbctlRun.Of(environment, "suspend", "--preset", "camera-leak", "--vendor", "Acme", "--wait");
        var (_, all) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/suspensions");
        await sandbox.Lift(all.GetProperty("suspensions")[0]);

        Assert.StartsWith("CONFIRMED 2/2, 0 streams left, BUT LOOK AT THE SCOPE\nNothing here has vendor 'Acme'", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_network_that_goes_away_after_the_order_does_not_hide_that_it_was_raised()
    {
        await using var bridge = await StandIn(app =>
        {
            app.MapPost("/ops/v1/suspensions", () => Results.Text(
                """{"id":"sus_1","scope":{"vendor":"acme"},"effects":["cut_streams"],"author":"\u001b[2Jann\u202ea","replicas":[{"name":"bridge-1","applied_ms":0,"streams_cut":0,"streams_left":0}]}""",
                "application/json", statusCode: 201));
            app.MapGet("/ops/v1/replicas", (HttpContext http) => http.Abort());
        });

        var run = await bridge.Run("suspend", "--preset", "camera-leak", "--wait");

        Assert.Equal(0, run.Code);
        Assert.StartsWith("CONFIRMED 1/1, 0 streams left\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("It is raised.", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', run.Output);
        Assert.DoesNotContain('\u202e', run.Output);
    }

    [Fact]
    public async Task An_order_whose_answer_got_lost_may_have_acted_and_one_that_never_arrived_has_not()
    {
        await using var bridge = await StandIn(app => app.MapPost("/ops/v1/suspensions", (HttpContext http) => http.Abort()));

        var lost = await bridge.Run("suspend", "--preset", "camera-leak");
        var never = await HbctlRun.Of(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["HBCTL_URL"] = $"http://127.0.0.1:{SandboxProcess.FreePorts(1)[0]}", ["HBCTL_TOKEN"] = "anybody" }, "suspend", "--preset", "camera-leak");

        Assert.Equal(4, lost.Code);
        Assert.Contains("It may have acted all the same", lost.Errors, StringComparison.Ordinal);
        Assert.Equal(1, never.Code);
        Assert.Contains("can't be reached", never.Errors, StringComparison.Ordinal);
    }

    private async Task<int> Listed() => (await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/suspensions")).Body.GetProperty("suspensions").GetArrayLength();

    private static async Task<StandInBridge> StandIn(Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return new StandInBridge(app);
    }

    /// <summary>A private listener that answers as it is told.</summary>
    private sealed class StandInBridge(WebApplication app) : IAsyncDisposable
    {
        public Task<HbctlRun> Run(params string[] arguments) => HbctlRun.Of(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["HBCTL_URL"] = app.Urls.Single(), ["HBCTL_TOKEN"] = "anybody" }, arguments);

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
