using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HomeBridge.Tests.Hbctl;

/// <summary>What a script sees of replicas that did not confirm, and of bridges of another age: a server with their answers.</summary>
public sealed class HbctlExitCodeTests : IAsyncLifetime
{
    private WebApplication _app = null!;
    private string _raised = "";
    private string _replicas = "";

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.MapPost("/ops/v1/suspensions", (HttpContext http) => Results.Text(_raised, "application/json", statusCode: http.Request.Headers["Idempotency-Key"].Count == 1 ? 201 : 400));
        _app.MapGet("/ops/v1/replicas", () => Results.Text(_replicas, "application/json"));
        _app.MapGet("/ops/v1/suspensions", () => Results.Text("""{"suspensions":[]}""", "application/json"));
        _app.MapGet("/ops/v1/alarms", () => Results.Text("""{"alarms":[{"name":"version-went-back","since":"2026-11-22T20:00:00Z","says":"The version went back.","runbook":"deploy/alarms/version-went-back.md"}]}""", "application/json"));
        _app.MapGet("/ops/v1/suspensions/sus_1/resume", () => Results.Text("""
            {"stage":1,"stages":[{"percent":1,"minutes":10}],"since":"2026-11-22T20:00:00Z","next_at":"2026-11-22T20:10:00Z",
            "gates":[{"name":"canaries","ok":true,"says":"clean"},{"name":"errors","ok":false,"says":"3 % and rising"}],"history":[{"at":"2026-11-22T20:00:00Z","what":"started","by":"ben"}]}
            """, "application/json"));
        _app.MapGet("/ops/v1/audit/verify", () => Results.Text("""{"intact":false,"rows":41,"first_bad_row":42,"problem":"row 42 is not what was recorded","signed_heads":3,"signed_up_to":40,"signed_at":"2026-11-22T20:00:00.000Z"}""", "application/json"));
        _app.MapGet("/ops/v1/links", () => Results.Text("<html>", "text/html"));
        await _app.StartAsync();
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("12.5", "0", true, 0, "CONFIRMED 2/2, 0 streams left")]
    [InlineData("12.5", "2", true, 4, "NOT CONFIRMED 2/2, 2 streams left")]
    [InlineData("null", "null", true, 4, "NOT CONFIRMED 1/2, 0 streams left")]
    [InlineData("null", "null", false, 3, "CONFIRMED 1/2, 1 self-fenced, 0 streams left")]
    public async Task The_exit_code_says_who_applied_it(string appliedMs, string left, bool live, int code, string headline)
    {
        _raised = $$"""{"id":"sus_1","scope":{},"effects":["cut_streams"],"replicas":[{"name":"bridge-1","applied_ms":0,"streams_cut":0,"streams_left":0},{"name":"gw-1","applied_ms":{{appliedMs}},"streams_cut":1,"streams_left":{{left}}}]}""";
        _replicas = $$"""{"version":3,"replicas":[{"name":"bridge-1","kind":"bridge","version":3,"live":true},{"name":"gw-1","kind":"gateway","version":2,"live":{{(live ? "true" : "false")}}}]}""";

        var run = await Run("suspend", "--preset", "camera-leak", "--wait");

        Assert.True(run.Code == code, $"{run.Code}: {run.Output} {run.Errors}");
        Assert.StartsWith(headline + "\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alarms_and_gates_are_read_without_colour()
    {
        _replicas = """{"version":3,"replicas":[]}""";

        var status = await Run("status");
        var resume = await Run("resume", "show", "sus_1");

        Assert.Contains("ALARM version-went-back", status.Output, StringComparison.Ordinal);
        Assert.Contains("deploy/alarms/version-went-back.md", status.Output, StringComparison.Ordinal);
        Assert.Contains(resume.Output.Split('\n'), line => line.StartsWith("errors", StringComparison.Ordinal) && line.Contains("NO", StringComparison.Ordinal) && line.Contains("3 % and rising", StringComparison.Ordinal));
        Assert.DoesNotContain('\e', status.Output + resume.Output);
    }

    [Fact]
    public async Task A_broken_trail_is_named_and_is_an_exit_code()
    {
        var verified = await Run("audit", "verify");

        Assert.Equal(5, verified.Code);
        Assert.StartsWith("BROKEN, first bad row 42\n", verified.Output, StringComparison.Ordinal);
        Assert.Contains("row 42 is not what was recorded", verified.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_bridge_and_no_bridge_at_all_are_said_plainly()
    {
        var older = await Run("drill");
        var none = await Run("links");

        Assert.Equal((1, 1), (older.Code, none.Code));
        Assert.Contains("This bridge does not know /ops/v1/drills", older.Errors, StringComparison.Ordinal);
        Assert.Contains("Does --url lead to its private listener?", none.Errors, StringComparison.Ordinal);
    }

    private Task<HbctlRun> Run(params string[] arguments) => HbctlRun.Of(
        new Dictionary<string, string>(StringComparer.Ordinal) { ["HBCTL_URL"] = _app.Urls.Single(), ["HBCTL_TOKEN"] = "anybody" }, arguments);
}
