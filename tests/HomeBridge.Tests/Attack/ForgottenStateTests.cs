using System.Net;
using HomeBridge.CameraStreams;
using HomeBridge.DeviceCloudEvents;
using HomeBridge.Isolation;
using HomeBridge.Streaming.Events;
using HomeBridge.Tests.AccountLinking.OAuth;
using HomeBridge.Tests.Devices;
using HomeBridge.Tests.Isolation;

namespace HomeBridge.Tests.Attack;

/// <summary>What went on after somebody lost the right to it.</summary>
[Collection(OAuthCollection.Name)]
public sealed class ForgottenStateTests(OAuthBridge oauth)
{
    /// <summary>A busy machine doesn't end the request that is looked at.</summary>
    private static Dictionary<string, string?> Patient => new(StringComparer.Ordinal) { ["DeviceCloud:CallTimeout"] = "00:00:05", ["Fulfillment:ExecuteBudget"] = "00:00:05" };

    [Fact]
    public async Task An_account_that_was_closed_at_the_maker_leaves_no_phone_behind()
    {
        var platform = await oauth.Link(OAuthBridge.Google, "closed-at-maker");
        var app = await oauth.Link(OAuthBridge.Companion, "closed-at-maker");
        var neighbour = await oauth.Link(OAuthBridge.Companion, "not-closed-at-maker");

        var closed = new DeviceCloudEvent { EventId = "closed-1", Kind = EventKind.AccountClosed, Account = "closed-at-maker", OccurredAt = oauth.Clock.GetUtcNow() };
        var answers = oauth.Get<ApplyEvents>().Apply(new EventSignature("key", "nonce-of-closed-1", oauth.Clock.GetUtcNow().ToUnixTimeSeconds()), [(closed, null)]);

        Assert.Equal(EventResult.Applied, Assert.Single(answers!).Result);
        Assert.False(await oauth.Opens(platform.AccessToken));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Me(app.AccessToken)).Status);
        Assert.Equal("invalid_grant", (await oauth.Refresh(app.RefreshToken, OAuthBridge.Companion)).Error);
        Assert.Equal(HttpStatusCode.OK, (await Me(neighbour.AccessToken)).Status);
    }

    private Task<Answer> Me(string token) => oauth.Send(HttpMethod.Get, "/account/api/v1/me", null, "Bearer " + token);

    [Fact]
    public async Task A_link_that_ends_has_nothing_of_a_slow_request_sent_after_it()
    {
        var maker = new InProcessMaker(4);
        await using var bridge = await BridgeOnMaker.Start(more: Patient, deviceCloud: maker);
        var home = await bridge.Link("home1");
        var before = maker.Calls;
        maker.Waits = async () =>
        {
            maker.Waits = null;
            await bridge.Disconnect(home);
            await Task.Delay(150);
        };

        var execution = new[] { true, false, true }.Select(on => new { command = "action.devices.commands.OnOff", @params = new { on } });
        var answer = await bridge.Send(home.Token, "EXECUTE", new { commands = new[] { new { devices = new[] { new { id = home.Lights[0] } }, execution } } });

        Assert.Equal("deviceNotFound", answer.Payload.GetProperty("commands")[0].GetProperty("errorCode").GetString());
        Assert.Equal(1, maker.Calls - before);
    }

    [Fact]
    public async Task Devices_that_wait_for_their_turn_are_not_touched_through_a_link_that_ended()
    {
        var maker = new InProcessMaker(60);
        await using var bridge = await BridgeOnMaker.Start(60, Patient, maker);
        var home = await bridge.Link("home1");
        var before = maker.Calls;
        var ended = new Lazy<Task>(() => bridge.Disconnect(home));
        maker.Waits = async () =>
        {
            await ended.Value;
            await Task.Delay(200);
        };

        var execution = new[] { new { command = "action.devices.commands.OnOff", @params = new { on = true } } };
        await bridge.Send(home.Token, "EXECUTE", new { commands = new[] { new { devices = home.Lights.Select(id => new { id }), execution } } });

        Assert.InRange(maker.Calls - before, 1, 16);
    }

    [Fact]
    public async Task What_a_former_owner_says_of_a_camera_takes_nothing_from_its_owner()
    {
        await using var bridge = MonitoredBridge.Start();
        ResidentReport Report(string home, bool isTheirs)
        {
            var view = bridge.Of<StreamViews>().Find("acme", home, bridge.Watch(1, "lnk_" + home, home))!;
            return bridge.Monitor.ResidentReported(view, home, isTheirs);
        }

        for (var report = 0; report < ResidentReportLimits.PerAccountMax; report++)
        {
            Assert.Equal(ResidentReport.Noted, Report("sold-it", isTheirs: false));
        }

        Assert.Equal(ResidentReport.TooMany, Report("sold-it", isTheirs: false));
        Assert.Empty(bridge.InForce);
        Assert.Equal(ResidentReport.Quarantined, Report("bought-it", isTheirs: true));
    }
}
