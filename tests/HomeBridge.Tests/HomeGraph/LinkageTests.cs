using HomeBridge.AccountLinking;
using HomeBridge.Hosting;

namespace HomeBridge.Tests.HomeGraph;

/// <summary>Requests to SYNC, users that the platform has forgotten, and unlinking.</summary>
public sealed class LinkageTests
{
    [Fact]
    public async Task Many_changes_ask_for_one_sync_and_an_unchanged_home_for_none()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk", "hall");
        await bridge.Settled(home);

        bridge.RequestSync("maple");
        bridge.RequestSync("maple");
        await bridge.Settled(home);
        Assert.Empty(bridge.Platform.Of("requestSync"));

        bridge.Maker.Devices["maple"]["maple-desk"] = "writing desk";
        for (var number = 0; number < 10; number++)
        {
            bridge.RequestSync("maple");
        }

        await bridge.Settled(home);
        Assert.True(Assert.Single(bridge.Platform.Of("requestSync")).Body.GetProperty("async").GetBoolean());

        await bridge.Sync(home);
        bridge.RequestSync("maple");
        bridge.RequestSync("harbor");
        await bridge.Settled(home);
        Assert.Single(bridge.Platform.Of("requestSync"));
    }

    [Fact]
    public async Task A_request_to_sync_waits_for_a_maker_that_is_down()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk");
        await bridge.Settled(home);
        bridge.Maker.IsDown = true;
        bridge.Maker.Devices["maple"]["maple-desk"] = "writing desk";

        bridge.RequestSync("maple");
        await ReportingBridge.Until(() => bridge.Status(home)!.Failures > 0, "the maker was asked in vain");
        Assert.Empty(bridge.Platform.Of("requestSync"));
        bridge.Maker.IsDown = false;
        await bridge.Settled(home);

        Assert.Single(bridge.Platform.Of("requestSync"));
    }

    [Fact]
    public async Task A_user_whom_the_platform_has_forgotten_gets_one_request_to_sync_and_is_then_left_alone_until_a_sync()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk", "hall");
        await bridge.Settled(home);
        bridge.Platform.Users.TryRemove(home.User, out var known);

        bridge.Report(home["desk"], true, ("on", true));
        await ReportingBridge.Until(() => bridge.Status(home) is { Linked: false }, "the user is marked");
        Assert.False(Assert.Single(bridge.Platform.Of("requestSync")).Body.TryGetProperty("async", out var queued) && queued.GetBoolean());
        Assert.Contains(bridge.Get<Audit.AuditTrail>().Read(null, 10), row => row.Action == "homegraph.unlinked" && row.Subject == home.Link.Id.Value);
        var before = bridge.Platform.Calls.Count;
        bridge.Report(home["desk"], true, ("brightness", 1));
        bridge.Notify(home["hall"], "ring");
        bridge.RequestSync("maple");
        await Task.Delay(1000);
        Assert.Equal(before, bridge.Platform.Calls.Count);

        bridge.Platform.Users[home.User] = known!;
        bridge.Maker.States["maple-desk"] = new(StringComparer.Ordinal) { ["on"] = true, ["brightness"] = 7 };
        await bridge.Sync(home);
        await bridge.Settled(home);

        Assert.True(bridge.Status(home)!.Linked);
        Assert.Equal(7L, bridge.Outbox.LastReported(home.User, home["desk"].Id)!["brightness"]);
        Assert.NotNull(bridge.Outbox.LastReported(home.User, home["hall"].Id));
    }

    [Fact]
    public async Task A_platform_that_knows_the_user_after_the_sync_gets_its_states_and_nobody_is_marked()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk");
        await bridge.Settled(home);
        bridge.Platform.Users.TryRemove(home.User, out var known);
        bridge.Platform.Fault = (method, _) =>
        {
            if (method == "requestSync")
            {
                bridge.Platform.Users[home.User] = known!;
            }

            return null;
        };

        bridge.Report(home["desk"], true, ("on", true));
        await bridge.Settled(home);

        Assert.True(bridge.Status(home)!.Linked);
        Assert.Equal([200, 404, 200], bridge.Platform.Reports(home.User).Select(call => call.Status));
    }

    [Fact]
    public async Task One_device_that_the_platform_does_not_know_does_not_silence_the_home()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk", "hall");
        await bridge.Settled(home);
        bridge.Platform.Users[home.User].Remove(home["desk"].Id.Value);

        bridge.Report(home["desk"], true, ("on", true));
        await bridge.Settled(home);
        bridge.Report(home["hall"], true, ("on", true));
        await bridge.Settled(home);

        Assert.True(bridge.Status(home)!.Linked);
        Assert.Equal(true, bridge.Outbox.LastReported(home.User, home["hall"].Id)!["on"]);
        Assert.Single(bridge.Platform.Of("requestSync"));
    }

    [Fact]
    public async Task When_we_end_the_last_link_the_platform_is_told_to_forget_the_user()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk");
        var second = bridge.Link("maple", "desk");
        await bridge.Sync(second);
        await bridge.Settled(home);
        var links = bridge.Get<AccountLinks>();

        links.End(home.Link.Id, "unlinked by the resident", "maple");
        await Task.Delay(500);
        Assert.Empty(bridge.Platform.Of("delete"));
        bridge.Report(home["desk"], true, ("on", true));
        await bridge.Settled(home);
        Assert.Equal(true, bridge.Outbox.LastReported(home.User, home["desk"].Id)!["on"]);

        bridge.Platform.Fault = (method, _) => method == "delete" && bridge.Platform.Of("delete").Count == 0 ? StubPlatform.Error(503, "Down.") : null;
        links.End(second.Link.Id, "unlinked by the resident", "maple");
        await ReportingBridge.Until(() => bridge.Status(home) is null, "the user is forgotten");

        Assert.Equal([503, 200], bridge.Platform.Of("delete").Select(call => call.Status));
        Assert.Empty(bridge.Platform.Users);
    }

    [Fact]
    public async Task A_link_that_ended_while_the_bridge_was_down_is_told_after_the_start()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk");
        await bridge.Settled(home);
        bridge.Platform.Fault = (_, _) => StubPlatform.Error(503, "Down.");
        bridge.Get<AccountLinks>().End(home.Link.Id, "account closed", "acme");
        await bridge.End();

        bridge.Platform.Fault = null;
        await bridge.Run();
        await ReportingBridge.Until(() => bridge.Status(home) is null, "the user is forgotten");

        // One that came too late for us is asked for again, and then it is not found.
        Assert.Contains(bridge.Platform.Of("delete"), call => call.Status == 200);
        Assert.Empty(bridge.Platform.Users);
    }

    [Fact]
    public async Task Without_a_service_account_nothing_is_kept_and_nothing_sent()
    {
        await using var bridge = await ReportingBridge.Start(("HomeGraph:ServiceAccountKey", ""));
        var home = await bridge.Home("maple", "desk");

        bridge.Report(home["desk"], true, ("on", true));
        bridge.RequestSync("maple");
        await Task.Delay(500);

        Assert.False(bridge.Outbox.Enabled);
        Assert.Null(bridge.Status(home));
        Assert.Empty(bridge.Platform.Calls);
    }

    [Fact]
    public async Task Operators_see_how_reporting_stands_and_what_the_platform_holds()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk");
        await bridge.Settled(home);
        using var http = new HttpClient { BaseAddress = bridge.Ops, DefaultRequestHeaders = { Authorization = new("Bearer", "secret") } };

        var all = await http.GetStringAsync("/ops/v1/homegraph");
        var one = await http.GetStringAsync($"/ops/v1/homegraph/{home.User}");
        using var stranger = await http.GetAsync("/ops/v1/homegraph/usr_nobody");

        Assert.Contains($"\"agent_user_id\":\"{home.User}\"", all, StringComparison.Ordinal);
        Assert.Contains("\"query\":{\"answer\":\"Accepted\"", one, StringComparison.Ordinal);
        Assert.Equal([200, 200], bridge.Platform.Calls.Where(call => call.Method is "sync" or "query").Select(call => call.Status));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, stranger.StatusCode);
    }

    [Theory]
    [InlineData("""{"type":"authorized_user"}""", "service_account")]
    [InlineData("secret-that-is-no-json", "not the JSON")]
    public void A_wrong_key_is_told_without_quoting_it(string key, string wrong)
    {
        var reader = new ConfigurationReader(
            new Microsoft.Extensions.Configuration.ConfigurationManager { ["HomeGraph:ServiceAccountKey"] = key }, isSandbox: false);

        var options = HomeBridge.HomeGraph.HomeGraphOptions.Read(reader);

        Assert.Null(options.Account);
        Assert.Contains(wrong, Assert.Single(reader.Problems), StringComparison.Ordinal);
        Assert.DoesNotContain("secret-that-is-no-json", reader.Problems[0], StringComparison.Ordinal);
    }
}
