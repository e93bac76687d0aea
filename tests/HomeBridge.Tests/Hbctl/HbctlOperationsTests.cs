using System.Text.Json;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Hbctl;

/// <summary>The way back, drills, alarms, explanations and the rebase, as an operator types them, against a real sandbox.</summary>
[Collection(SandboxCollection.Name)]
public sealed class HbctlOperationsTests(SandboxFixture sandbox) : IAsyncLifetime
{
    private const string Operator = "sandbox-operator", Approver = "sandbox-operator-2";

    public Task InitializeAsync() => sandbox.Recover();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_resume_goes_on_by_force_and_back_and_says_where_it_stands()
    {
        var home = await sandbox.Link("maple");
        var camera = await home.Device("Front door camera");
        var suspension = JsonDocument.Parse((await Run(Operator, "suspend", "--device", camera, "--effects", "cut_streams", "--reason", "wrong pictures", "--json")).Output).RootElement;
        var id = suspension.GetProperty("id").GetString()!;
        try
        {
            var explained = await Run(Operator, "explain", camera);
            Assert.Contains("camera streams are refused", explained.Output, StringComparison.Ordinal);
            Assert.Contains(id, explained.Output, StringComparison.Ordinal);

            Assert.Equal(5, (await Run(Operator, "resume", "start", id, "--reason", "by its author")).Code);
            var started = await Run(Approver, "resume", "start", id, "--reason", "fixed", "--stages", "10:10,50:30");
            Assert.True(started.Code == 0, started.Errors);
            Assert.StartsWith($"RESUMING {id}\n", started.Output, StringComparison.Ordinal);

            var early = await Run(Approver, "resume", "advance", id, "--reason", "in a hurry");
            Assert.Equal(5, early.Code);
            Assert.Contains("10 min more at least", early.Errors, StringComparison.Ordinal);
            Assert.Contains("50 %   50 %   30 min    current", (await Run(Approver, "resume", "advance", id, "--reason", "seen to work", "--force")).Output, StringComparison.Ordinal);
            Assert.Contains("10 %   10 %   10 min    current", (await Run(Operator, "resume", "back", id, "--reason", "errors rise")).Output, StringComparison.Ordinal);
            Assert.Contains("stopped  suspended  it is back", (await Run(Operator, "resume", "back", id, "--all", "--reason", "it is back")).Output, StringComparison.Ordinal);
            Assert.Equal("streamUnavailable", (await home.OpenCamera(camera)).GetProperty("errorCode").GetString());
        }
        finally
        {
            await sandbox.Lift(suspension);
        }
    }

    [Fact]
    public async Task A_drill_says_how_long_the_picture_outlived_the_switch_and_is_in_the_history()
    {
        var drill = await Run(Operator, "drill");
        Assert.True(drill.Code == 0, drill.Output + drill.Errors);
        Assert.Matches(@"\APASSED  canary-[a-z]: stopped after \d+ ms, confirmed after \d+ ms", drill.Output);
        Assert.Contains("PASSED", (await Run(Operator, "drill", "history")).Output, StringComparison.Ordinal);
        Assert.Equal("passed", JsonDocument.Parse((await Run(Operator, "drill", "history", "--json")).Output).RootElement.GetProperty("drills")[0].GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task Alarms_are_listed_and_a_rebase_takes_two()
    {
        var alarms = await Run(Operator, "alarms", "--json");
        Assert.Equal(JsonValueKind.Array, JsonDocument.Parse(alarms.Output).RootElement.GetProperty("alarms").ValueKind);

        Assert.StartsWith("IN ORDER, epoch ", (await Run(Operator, "rebase")).Output, StringComparison.Ordinal);
        var epoch = (await Rebase()).GetProperty("epoch").GetInt64();
        await Run(Operator, "rebase", "propose", "--reason", "an exercise");
        var proposal = (await Rebase()).GetProperty("proposal").GetProperty("id").GetString()!;
        var own = await Run(Operator, "rebase", "confirm", proposal);
        Assert.Equal(5, own.Code);
        Assert.Contains("somebody else with the role Approver", own.Errors, StringComparison.Ordinal);
        Assert.Equal(5, (await Run(Approver, "rebase", "confirm", "reb_none")).Code);
        Assert.StartsWith($"IN ORDER, epoch {epoch + 1}, ", (await Run(Approver, "rebase", "confirm", proposal)).Output, StringComparison.Ordinal);

        // The gateway takes the new numbering too: the switch works as before.
        var suspended = await Run(Operator, "suspend", "--preset", "camera-leak", "--wait", "--json");
        Assert.Equal(0, suspended.Code);
        await sandbox.Lift(JsonDocument.Parse(suspended.Output).RootElement);
    }

    [Fact]
    public async Task How_a_suspension_gets_through_can_be_followed()
    {
        var suspension = await sandbox.Suspend(new { preset = "camera-leak", reason = "followed" });
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(sandbox.Ops, $"/ops/v1/suspensions/{suspension.GetProperty("id").GetString()}/propagation"));
            request.Headers.Authorization = new("Bearer", Operator);
            using var answer = await sandbox.Http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();

            Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
            Assert.Equal(2, text.Split("event: replica\n").Length - 1);
            Assert.Contains("event: confirmed\n", text, StringComparison.Ordinal);
        }
        finally
        {
            await sandbox.Lift(suspension);
        }
    }

    private async Task<JsonElement> Rebase() => JsonDocument.Parse((await Run(Operator, "rebase", "--json")).Output).RootElement;

    private Task<HbctlRun> Run(string token, params string[] arguments) => HbctlRun.Of(
        new Dictionary<string, string>(StringComparer.Ordinal) { ["HBCTL_URL"] = sandbox.Ops.AbsoluteUri, ["HBCTL_TOKEN"] = token }, arguments);
}
