using System.Diagnostics;
using HomeBridge.AccountLinking;
using HomeBridge.HomeGraph;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using Xunit.Abstractions;

namespace HomeBridge.Tests.HomeGraph;

/// <summary>Reports and notifications, from the outbox over real HTTP to a platform that judges them.</summary>
public sealed class ReportTests(ITestOutputHelper output)
{
    [Fact]
    public async Task After_a_sync_the_states_of_all_announced_devices_are_told_as_the_maker_says_they_are()
    {
        await using var bridge = await ReportingBridge.Start();
        bridge.Maker.States["maple-desk"] = new(StringComparer.Ordinal) { ["on"] = true, ["brightness"] = 80, ["status"] = "SUCCESS", ["isLocked"] = true };

        var home = await bridge.Home("maple", "desk", "hall");
        await bridge.Settled(home);

        var report = Assert.Single(bridge.Platform.Reports(home.User));
        Assert.Equal(200, report.Status);
        Assert.Equal("""{"brightness":80,"on":true,"online":true}""", report.State(home["desk"].Id.Value)!.Value.GetRawText());
        Assert.Equal("""{"brightness":50,"on":false,"online":true}""", report.State(home["hall"].Id.Value)!.Value.GetRawText());
        Assert.Equal(true, bridge.Outbox.LastReported(home.User, home["desk"].Id)!["on"]);
        Assert.Null(bridge.Outbox.LastReported("usr_other", home["desk"].Id));
    }

    [Fact]
    public async Task States_of_one_device_coalesce_and_those_of_several_go_together()
    {
        await using var bridge = await ReportingBridge.Start(("HomeGraph:ReportInterval", "00:00:01"));
        var home = await bridge.Home("maple", "desk", "hall");
        await bridge.Settled(home);

        for (var brightness = 1; brightness <= 40; brightness++)
        {
            bridge.Report(home["desk"], true, ("brightness", brightness));
        }

        bridge.Report(home["hall"], false);
        await bridge.Settled(home);

        var report = Assert.Single(bridge.Platform.Reports(home.User).Skip(1));
        Assert.Equal("""{"brightness":40,"on":false,"online":true}""", report.State(home["desk"].Id.Value)!.Value.GetRawText());
        Assert.Equal("""{"online":false}""", report.State(home["hall"].Id.Value)!.Value.GetRawText());
    }

    [Fact]
    public async Task What_the_platform_knows_already_is_not_told_again_and_going_offline_always_is()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk");
        await bridge.Settled(home);

        bridge.Report(home["desk"], true, ("on", false), ("brightness", 50));
        Assert.Equal(0, bridge.Status(home)!.StatesWaiting);
        bridge.Report(home["desk"], false);
        await bridge.Settled(home);
        bridge.Report(home["desk"], false, ("on", false));
        bridge.Report(home["desk"], true);
        await bridge.Settled(home);

        Assert.Equal(
            ["""{"brightness":50,"on":false,"online":true}""", """{"online":false}""", """{"brightness":50,"on":false,"online":true}"""],
            bridge.Platform.Reports(home.User).Select(report => report.State(home["desk"].Id.Value)!.Value.GetRawText()));
    }

    [Fact]
    public async Task Notifications_are_never_merged_and_keep_their_order_with_the_state_that_goes_with_them()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "bell");
        await bridge.Settled(home);

        for (var number = 0; number < 5; number++)
        {
            bridge.Notify(home["bell"], $"ring-{number}", $"ring-{number}");
        }

        bridge.Report(home["bell"], true, ("on", true));
        await bridge.Settled(home);

        var calls = bridge.Platform.Reports(home.User).Where(call => call.Notification(home["bell"].Id.Value) is not null).ToList();
        Assert.Equal(["ring-0", "ring-1", "ring-2", "ring-3", "ring-4"], calls.Select(call => call.EventId));
        Assert.Single(bridge.Platform.Reports(home.User).Skip(1), call => call.State(home["bell"].Id.Value) is not null);
    }

    [Fact]
    public async Task One_bad_state_costs_the_others_nothing_and_is_not_sent_again_until_it_changes()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk", "hall", "porch");
        await bridge.Settled(home);

        var before = bridge.Platform.Reports(home.User).Count;
        bridge.Write(transaction =>
        {
            bridge.Outbox.Report(transaction, home["desk"], true, ReportingBridge.States(("on", true)));
            bridge.Outbox.Report(transaction, home["hall"], true, ReportingBridge.States(("brightness", 66)));
            bridge.Outbox.Report(transaction, home["porch"], true, ReportingBridge.States(("on", true)));
        });
        await bridge.Settled(home);

        // All together, then each alone: in which order is nobody's business.
        var statuses = bridge.Platform.Reports(home.User).Skip(before).Select(call => call.Status).ToList();
        Assert.Equal(400, statuses[0]);
        Assert.Equal([200, 200, 400], statuses.Skip(1).Order());
        Assert.Equal(true, bridge.Outbox.LastReported(home.User, home["porch"].Id)!["on"]);
        Assert.Null(bridge.Outbox.LastReported(home.User, home["hall"].Id));
        Assert.Contains(bridge.Get<Audit.AuditTrail>().Read(null, 10), row => row.Action == "homegraph.refused" && row.Subject == home["hall"].Id.Value);

        bridge.Report(home["hall"], true, ("brightness", 67));
        await bridge.Settled(home);
        Assert.Equal(67L, bridge.Outbox.LastReported(home.User, home["hall"].Id)!["brightness"]);
    }

    [Fact]
    public async Task Failures_of_the_platform_are_tried_again_later_and_later_and_the_newest_state_arrives()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk");
        await bridge.Settled(home);
        var failing = 4;
        bridge.Platform.Fault = (_, _) => Interlocked.Decrement(ref failing) >= 0 ? StubPlatform.Error(503, "Try again.") : null;

        bridge.Report(home["desk"], true, ("on", true));
        await ReportingBridge.Until(() => bridge.Platform.Reports(home.User).Count > 1, "the first try was made");
        bridge.Report(home["desk"], true, ("on", false));
        await bridge.Settled(home);

        var tries = bridge.Platform.Reports(home.User).Skip(1).ToList();
        Assert.Equal([503, 503, 503, 503, 200], tries.Select(call => call.Status));
        Assert.False(tries[^1].State(home["desk"].Id.Value)!.Value.GetProperty("on").GetBoolean());
        var waits = tries.Zip(tries.Skip(1), (one, next) => Stopwatch.GetElapsedTime(one.At, next.At)).ToList();
        output.WriteLine("waits: " + string.Join(", ", waits.Select(wait => $"{wait.TotalMilliseconds:0} ms")));
        Assert.True(waits[^1] > waits[0], "A later wait is longer.");
    }

    [Fact]
    public async Task A_platform_that_hangs_is_given_up_and_asked_again()
    {
        await using var bridge = await ReportingBridge.Start(("HomeGraph:CallTimeout", "00:00:00.3"));
        var home = await bridge.Home("maple", "desk");
        await bridge.Settled(home);
        var hangs = 1;
        bridge.Platform.Slow = _ => Interlocked.Decrement(ref hangs) >= 0 ? Task.Delay(1500) : Task.CompletedTask;

        bridge.Report(home["desk"], true, ("on", true));
        await ReportingBridge.Until(() => bridge.Status(home)!.LastError is not null, "the call was given up");
        await bridge.Settled(home);

        Assert.Equal(true, bridge.Outbox.LastReported(home.User, home["desk"].Id)!["on"]);
    }

    [Fact]
    public async Task A_quota_that_is_used_up_pauses_everybody_for_as_long_as_the_platform_asks()
    {
        await using var bridge = await ReportingBridge.Start();
        var (maple, harbor) = (await bridge.Home("maple", "desk"), await bridge.Home("harbor", "desk"));
        await bridge.Settled(maple);
        await bridge.Settled(harbor);
        var over = 1;
        bridge.Platform.Fault = (_, _) => Interlocked.Decrement(ref over) >= 0 ? StubPlatform.Error(429, "Quota exceeded.", retryAfter: 2) : null;
        var before = bridge.Platform.Calls.Count;

        bridge.Report(maple["desk"], true, ("on", true));
        await ReportingBridge.Until(() => bridge.Platform.Calls.Count > before, "the first call was refused");
        bridge.Report(harbor["desk"], true, ("on", true));
        await bridge.Settled(maple);
        await bridge.Settled(harbor);

        var calls = bridge.Platform.Calls.Skip(before).ToList();
        Assert.Equal([429, 200, 200], calls.Select(call => call.Status));
        Assert.True(Stopwatch.GetElapsedTime(calls[0].At, calls[1].At) >= TimeSpan.FromSeconds(1.9), "Nobody calls before the platform's time is over.");
    }

    [Fact]
    public async Task An_access_token_that_is_forgotten_is_renewed_once_and_the_call_repeated()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk");
        await bridge.Settled(home);
        bridge.Platform.ForgetTokens();

        bridge.Report(home["desk"], true, ("on", true));
        await bridge.Settled(home);

        Assert.Equal([200, 401, 200], bridge.Platform.Reports(home.User).Select(call => call.Status));
        Assert.Equal(2, bridge.Platform.TokensGiven);
    }

    [Fact]
    public async Task Credentials_that_are_refused_are_renewed_once_and_then_everybody_waits()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk");
        await bridge.Settled(home);
        var refused = true;
        bridge.Platform.Fault = (method, _) => method != "token" && refused ? StubPlatform.Error(403, "The API is off.") : null;

        bridge.Report(home["desk"], true, ("on", true));
        await ReportingBridge.Until(() => bridge.Platform.Reports(home.User).Count >= 5, "it was tried some times");
        refused = false;
        await bridge.Settled(home);

        Assert.Equal(2, bridge.Platform.TokensGiven);
        Assert.Equal(200, bridge.Platform.Reports(home.User)[^1].Status);
    }

    [Fact]
    public async Task A_restart_loses_nothing()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk", "bell");
        await bridge.Settled(home);
        bridge.Platform.Fault = (_, _) => StubPlatform.Error(503, "Down.");
        bridge.Report(home["desk"], true, ("on", true));
        bridge.Notify(home["bell"], "ring-1");
        bridge.Notify(home["bell"], "ring-2");
        await ReportingBridge.Until(() => bridge.Platform.Reports(home.User).Count > 2, "calls failed");

        await bridge.End();
        bridge.Platform.Fault = null;
        await bridge.Run();
        await bridge.Settled(home);

        var arrived = bridge.Platform.Reports(home.User).Skip(1).Where(call => call.Status == 200).ToList();
        Assert.Equal(["ring-1", "ring-2"], arrived.Select(call => call.EventId).OfType<string>());
        Assert.Contains(arrived, call => call.State(home["desk"].Id.Value)?.GetProperty("on").GetBoolean() is true);
    }

    [Fact]
    public async Task A_suspended_device_is_not_reported_and_its_newest_state_goes_out_when_it_is_lifted()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk", "hall");
        await bridge.Settled(home);
        var board = bridge.Get<SuspensionBoard>();
        var raised = board.Raise(new SuspensionOrder(null, new SuspensionScope(Device: home["desk"].Id.Value), SuspensionEffects.DenyState, "test", "new"), "operator")!;

        bridge.Report(home["desk"], true, ("on", true), ("brightness", 1));
        bridge.Report(home["hall"], true, ("on", true));
        bridge.Notify(home["desk"], "ring");
        await bridge.Settled(home);
        bridge.Report(home["desk"], true, ("brightness", 2));
        await bridge.Settled(home);

        Assert.Equal(1, bridge.Status(home)!.StatesHeld);
        Assert.DoesNotContain(bridge.Platform.Reports(home.User).Skip(1), call => call.State(home["desk"].Id.Value) is not null || call.EventId is not null);
        board.LiftByForce(raised.Id, "test", "approver");
        await ReportingBridge.Until(() => bridge.Status(home)!.StatesHeld == 0, "nothing is held any more");
        await bridge.Settled(home);

        Assert.Equal("""{"brightness":2,"on":true,"online":true}""", bridge.Platform.Reports(home.User)[^1].State(home["desk"].Id.Value)!.Value.GetRawText());
    }

    [Fact]
    public async Task A_device_that_is_not_bound_any_more_is_not_reported()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk");
        await bridge.Settled(home);
        bridge.Platform.Fault = (_, _) => StubPlatform.Error(503, "Down.");
        bridge.Report(home["desk"], true, ("on", true));
        await ReportingBridge.Until(() => bridge.Platform.Reports(home.User).Count > 1, "a call failed");

        bridge.Get<AccountLinks>().End(home.Link.Id, AccountLinks.DisconnectedByPlatform, "google-home");
        bridge.Platform.Fault = null;
        await ReportingBridge.Until(() => bridge.Status(home) is null, "the user is forgotten");
        var before = bridge.Platform.Calls.Count;
        bridge.Report(home["desk"], true, ("on", false));
        await Task.Delay(500);

        Assert.Equal(before, bridge.Platform.Calls.Count);
        Assert.Empty(bridge.Platform.Of("delete"));
    }

    [Fact]
    public async Task What_waits_out_a_pause_is_not_sent_once_it_is_suspended_or_unlinked()
    {
        await using var bridge = await ReportingBridge.Start();
        var (maple, harbor, hill) = (await bridge.Home("maple", "desk"), await bridge.Home("harbor", "desk"), await bridge.Home("hill", "desk"));
        foreach (var home in (ReportingHome[])[maple, harbor, hill])
        {
            await bridge.Settled(home);
        }

        var over = 1;
        bridge.Platform.Fault = (_, _) => Interlocked.Decrement(ref over) >= 0 ? StubPlatform.Error(429, "Quota exceeded.", retryAfter: 3) : null;
        var before = bridge.Platform.Calls.Count;
        bridge.Report(maple["desk"], true, ("on", true));
        await ReportingBridge.Until(() => bridge.Platform.Calls.Count > before, "the first call was refused");

        bridge.Report(harbor["desk"], true, ("on", true));
        bridge.Report(hill["desk"], true, ("on", true));
        await Task.Delay(500);
        bridge.Get<SuspensionBoard>().Raise(
            new SuspensionOrder(null, new SuspensionScope(Device: harbor["desk"].Id.Value), SuspensionEffects.DenyState, "test", "new"), "operator");
        bridge.Get<AccountLinks>().End(hill.Link.Id, AccountLinks.DisconnectedByPlatform, "google-home");
        await bridge.Settled(maple);
        await ReportingBridge.Until(() => bridge.Status(harbor)!.StatesHeld == 1, "the suspended state is held");

        Assert.DoesNotContain(bridge.Platform.Calls.Skip(before), call => call.AgentUserId != maple.User);
    }

    [Fact]
    public async Task A_user_who_is_forgotten_during_a_call_leaves_no_work_behind()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk");
        await bridge.Settled(home);
        var (arrived, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        bridge.Platform.Slow = async _ =>
        {
            arrived.TrySetResult();
            await goOn.Task;
        };

        bridge.Report(home["desk"], true, ("on", true));
        await arrived.Task;
        bridge.Platform.Users.TryRemove(home.User, out _);
        bridge.Get<AccountLinks>().End(home.Link.Id, AccountLinks.DisconnectedByPlatform, "google-home");
        await ReportingBridge.Until(() => bridge.Status(home) is null, "the user is forgotten");
        var before = bridge.Platform.Calls.Count;
        goOn.SetResult();

        await ReportingBridge.Until(() => bridge.Platform.Calls.Count > before, "the call is answered");
        await Task.Delay(300);
        Assert.Equal([404], bridge.Platform.Calls.Skip(before).Select(call => call.Status));
        Assert.Null(bridge.Get<HomeGraphQueue>().NextDue([WorkKind.Probe, WorkKind.States]));
        Assert.Empty(bridge.Get<HomeGraphQueue>().Due([WorkKind.Probe, WorkKind.States], 10));
    }

    [Fact]
    public async Task More_notifications_than_one_user_may_have_waiting_push_out_the_oldest()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "bell");
        await bridge.Settled(home);
        bridge.Platform.Fault = (_, _) => StubPlatform.Error(503, "Down.");

        for (var number = 0; number < HomeBridge.HomeGraph.HomeGraphOutbox.NotificationsMax + 5; number++)
        {
            bridge.Notify(home["bell"], $"ring-{number}");
        }

        Assert.Equal(HomeBridge.HomeGraph.HomeGraphOutbox.NotificationsMax, bridge.Status(home)!.NotificationsWaiting);
    }

    [Fact]
    public async Task A_storm_of_one_home_does_not_delay_another_homes_report()
    {
        await using var bridge = await ReportingBridge.Start(("HomeGraph:ReportInterval", "00:00:01"));
        bridge.Platform.Slow = _ => Task.Delay(30);
        var noisy = await bridge.Home("maple", [.. Enumerable.Range(0, 100).Select(number => $"light{number}")]);
        var quiet = await bridge.Home("harbor", "desk");
        await bridge.Settled(noisy);
        await bridge.Settled(quiet);
        var before = bridge.Platform.Reports(noisy.User).Count;
        var storm = Task.Run(() =>
        {
            for (var number = 0; number < 10_000; number++)
            {
                bridge.Report(noisy[$"light{number % 100}"], true, ("brightness", number % 65));
            }
        });

        var latencies = new List<TimeSpan>();
        for (var number = 0; number < 10 && !storm.IsCompleted; number++)
        {
            var (on, calls, started) = (number % 2 == 0, bridge.Platform.Reports(quiet.User).Count, Stopwatch.GetTimestamp());
            bridge.Report(quiet["desk"], true, ("on", on));
            await ReportingBridge.Until(() => bridge.Platform.Reports(quiet.User).Count > calls, "the quiet home was heard");
            latencies.Add(Stopwatch.GetElapsedTime(started, bridge.Platform.Reports(quiet.User)[^1].At));
            await Task.Delay(1000);
        }

        await storm;
        await bridge.Settled(noisy);
        var calls2 = bridge.Platform.Reports(noisy.User).Count - before;
        output.WriteLine($"10,000 reports became {calls2} calls; the quiet home waited {string.Join(", ", latencies.Select(wait => $"{wait.TotalMilliseconds:0}"))} ms");
        Assert.NotEmpty(latencies);
        Assert.True(calls2 < 1000, "States of one device coalesce.");
        Assert.Equal(9_999 % 65, (long)bridge.Outbox.LastReported(noisy.User, noisy["light99"].Id)!["brightness"]!);
    }
}
