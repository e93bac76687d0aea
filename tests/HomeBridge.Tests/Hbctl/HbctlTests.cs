using System.Net;
using System.Text.Json;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Hbctl;

/// <summary>The command line against a real sandbox: what it does, what it prints, and what a script sees.</summary>
[Collection(SandboxCollection.Name)]
public sealed class HbctlTests(SandboxFixture sandbox, ITestOutputHelper output)
{
    [Fact]
    public async Task Suspend_waits_until_every_replica_confirmed_and_the_stream_is_over()
    {
        var home = await sandbox.Link("maple");
        var camera = await home.Device("Front door camera");
        var viewer = await home.Watch(camera);
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());

        var sessions = await Run("sessions");
        var suspended = await Run("suspend", "--preset", "camera-leak", "--reason", "wrong pictures seen", "--incident", "INC-412", "--wait");
        output.WriteLine(suspended.Output);
        var id = suspended.Output.Split(' ', '\n').First(word => word.StartsWith("sus_", StringComparison.Ordinal) && word.Length == 36);
        var status = await Run("status");
        var own = await Run("lift", id, "--force");
        var lifted = await RunAs("sandbox-operator-2", "lift", id, "--force", "--reason", "a test is over");

        Assert.Contains(sessions.Output.Split('\n'), line => line.StartsWith(camera, StringComparison.Ordinal) && line.Contains("google", StringComparison.Ordinal));
        Assert.Equal(0, suspended.Code);
        Assert.StartsWith("CONFIRMED 2/2, 0 streams left\n", suspended.Output, StringComparison.Ordinal);
        Assert.All(suspended.Output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.Equal(HttpStatusCode.NotFound, await viewer.Poll());
        Assert.Contains("1 SUSPENDED", status.Output, StringComparison.Ordinal);
        Assert.Contains("wrong pictures seen, INC-412", status.Output, StringComparison.Ordinal);
        Assert.Equal((5, ""), (own.Code, own.Output));
        Assert.Contains("roles", own.Errors, StringComparison.Ordinal);
        Assert.Equal((0, $"LIFTED {id}\n"), (lifted.Code, lifted.Output));
    }

    [Fact]
    public async Task A_dry_run_counts_and_touches_nothing()
    {
        await sandbox.Link("maple");
        var before = JsonDocument.Parse((await Run("status", "--json")).Output).RootElement;

        var preview = await Run("suspend", "--vendor", "acme", "--dry-run", "--json");
        var words = await Run("suspend", "--vendor", "acme", "--dry-run");

        Assert.True(JsonDocument.Parse(preview.Output).RootElement.GetProperty("links").GetInt32() >= 1);
        Assert.StartsWith("DRY RUN, nothing was suspended.", words.Output, StringComparison.Ordinal);
        Assert.Equal(before.GetProperty("version").GetInt64(), JsonDocument.Parse((await Run("status", "--json")).Output).RootElement.GetProperty("version").GetInt64());
    }

    [Fact]
    public async Task What_would_stop_everything_is_asked_for_twice()
    {
        var everything = await Run("suspend");
        var platform = await Run("suspend", "--platform", "google", "--wait");

        Assert.Equal((5, 5), (everything.Code, platform.Code));
        Assert.Contains("Add --yes", everything.Errors, StringComparison.Ordinal);
        Assert.Contains("all of the platform google", platform.Errors, StringComparison.Ordinal);

        var second = await Run("suspend", "--platform", "second", "--yes", "--wait=10s", "--json");
        Assert.Equal(0, second.Code);
        await sandbox.Lift(JsonDocument.Parse(second.Output).RootElement);
    }

    [Fact]
    public async Task Refusals_say_what_to_do()
    {
        foreach (var (arguments, code, says) in ((string[], int, string)[])[
            (["suspend", "--preset", "camera-leek"], 5, "There is no preset 'camera-leek'"),
            (["suspend", "--device", "dev_nowhere"], 5, "There is no device 'dev_nowhere'"),
            (["suspend", "--vendor", "acme", "--wait=5h"], 5, "wait is a number of seconds"),
            (["lift", "sus_none"], 5, "Approver"),
            (["resume", "start", "sus_none", "--stages", "1-10"], 1, "like 1:10,10:15,50:30"),
            (["suspendd"], 1, "suspendd")])
        {
            var run = await Run(arguments);
            Assert.True(run.Code == code, $"{string.Join(' ', arguments)}: {run.Code} {run.Errors}");
            Assert.Contains(says, run.Errors, StringComparison.Ordinal);
        }

        Assert.Equal(5, (await RunAs("nobody", "status")).Code);
        Assert.Contains("Auditor", (await RunAs("sandbox-operator-2", "audit", "list")).Errors, StringComparison.Ordinal);
        var json = await RunAs("nobody", "status", "--json");
        Assert.Contains("HBCTL_TOKEN", JsonDocument.Parse(json.Errors).RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bridge_that_is_away_or_far_is_said_plainly()
    {
        var port = SandboxProcess.FreePorts(1)[0];

        var away = await HbctlRun.Of(new Dictionary<string, string>(StringComparer.Ordinal) { ["HBCTL_TOKEN"] = "x" }, "status", "--url", $"http://127.0.0.1:{port}");
        var far = await HbctlRun.Of(new Dictionary<string, string>(StringComparer.Ordinal) { ["HBCTL_TOKEN"] = "x" }, "status", "--url", "http://ops.example:8081");

        Assert.Equal((1, 1), (away.Code, far.Code));
        Assert.Contains($"http://127.0.0.1:{port} can't be reached: Connection refused", away.Errors, StringComparison.Ordinal);
        Assert.Contains("HBCTL_URL", away.Errors, StringComparison.Ordinal);
        Assert.Contains("plain http to another machine", far.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_are_printed_for_people_and_as_json()
    {
        var home = await sandbox.Link("maple");
        var camera = await home.Device("Front door camera");

        var links = JsonDocument.Parse((await Run("links", "--json")).Output).RootElement.GetProperty("links");
        Assert.Contains((await Run("links")).Output.Split('\n'), line => line.Contains("maple", StringComparison.Ordinal) && line.Contains("acme", StringComparison.Ordinal));
        Assert.Contains(links.EnumerateArray(), link => link.GetProperty("account").GetString() == "maple");
        Assert.StartsWith("NOTHING is suspended", (await Run("effective", "--device", camera)).Output, StringComparison.Ordinal);
        var rows = (await Run("audit", "list", "--limit", "3")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("links.read", string.Concat(rows), StringComparison.Ordinal);
        Assert.Equal(3, JsonDocument.Parse((await Run("audit", "list", "--limit", "3", "--json")).Output).RootElement.GetProperty("rows").GetArrayLength());
    }

    private Task<HbctlRun> Run(params string[] arguments) => RunAs("sandbox-operator", arguments);

    private Task<HbctlRun> RunAs(string token, params string[] arguments) => HbctlRun.Of(
        new Dictionary<string, string>(StringComparer.Ordinal) { ["HBCTL_URL"] = sandbox.Ops.AbsoluteUri, ["HBCTL_TOKEN"] = token }, arguments);
}
