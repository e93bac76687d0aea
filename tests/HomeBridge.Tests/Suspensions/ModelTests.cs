using Dapper;
using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Audit;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Simulation.Clock;
using HomeBridge.StreamGateway.Media;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using HomeBridge.Tests.Isolation;
using Microsoft.Extensions.Hosting;

namespace HomeBridge.Tests.Suspensions;

/// <summary>Drills, reminders, orders sent twice, and what a preview counts.</summary>
public sealed class ModelTests : IAsyncLifetime
{
    private MonitoredBridge _bridge = MonitoredBridge.Start();

    private SuspensionStore Store => _bridge.Of<SuspensionStore>();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _bridge.DisposeAsync();

    [Fact]
    public async Task Drills_end_on_time_and_after_a_restart_and_nothing_else_does()
    {
        var scope = new SuspensionScope(Device: _bridge.Camera(1).Value);
        var drill = _bridge.Board.RaiseDrill(scope, SuspensionEffects.CutStreams, "does it work", TimeSpan.FromSeconds(20));
        var human = _bridge.Board.Raise(new SuspensionOrder(null, scope, SuspensionEffects.CutStreams, "r", "new"), "operator")!;
        Assert.Equal((Suspension.Drill, Suspension.System, drill.RaisedAt + TimeSpan.FromSeconds(20)), (drill.Origin, drill.Author, drill.ExpiresAt));
        Assert.Null(human.ExpiresAt);

        _bridge.Clock.Advance(TimeSpan.FromSeconds(19));
        Keep();
        Assert.Equal(2, _bridge.Board.Current.InForce.Length);
        _bridge = await _bridge.Restart();
        Assert.Equal(2, _bridge.Board.Current.InForce.Length);
        _bridge.Clock.Advance(TimeSpan.FromSeconds(1));
        Keep();

        Assert.Equal(human.Id, Assert.Single(_bridge.Board.Current.InForce).Id);
        Assert.Equal((Suspension.Lifted, Suspension.System), (Store.Find(drill.Id)!.State, Store.Find(drill.Id)!.LiftedBy));
        Assert.Single(_bridge.Of<AuditTrail>().Of("suspension.drill_ended"));
        Assert.False(_bridge.Board.EndDrill(drill.Id, "twice"));
        Assert.False(_bridge.Board.EndDrill(human.Id, "no drill"));
        _bridge.Clock.Advance(TimeSpan.FromDays(60));
        Keep();
        Assert.Equal(Suspension.Active, Store.Find(human.Id)!.State);
    }

    [Fact]
    public void A_drill_names_a_link_or_a_device_and_is_short()
    {
        Assert.Throws<ArgumentException>(() => _bridge.Board.RaiseDrill(new SuspensionScope(Vendor: "acme"), SuspensionEffects.CutStreams, "r", TimeSpan.FromSeconds(1)));
        foreach (var expires in (TimeSpan[])[TimeSpan.Zero, TimeSpan.FromSeconds(-1), TimeSpan.FromMinutes(6)])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => _bridge.Board.RaiseDrill(new SuspensionScope(Device: "dev_1"), SuspensionEffects.CutStreams, "r", expires));
        }

        Assert.Empty(_bridge.Board.Current.InForce);
    }

    [Fact]
    public async Task Reminders_come_once_in_each_period_and_change_nothing()
    {
        var now = _bridge.Clock.GetUtcNow();
        var id = _bridge.Board.Raise(new SuspensionOrder(null, new SuspensionScope(), SuspensionEffects.CutStreams, "r", "new", now + TimeSpan.FromHours(1)), "operator")!.Id;
        var version = _bridge.Board.Current.Version;
        var reminded = new List<int>();
        for (var quarter = 1; quarter <= 12; quarter++)
        {
            _bridge.Clock.Advance(TimeSpan.FromMinutes(15));
            Assert.Equal(quarter >= 4, Store.Find(id)!.IsReviewDue(_bridge.Clock.GetUtcNow()));
            if (Store.TakeReminders().Count > 0)
            {
                reminded.Add(quarter);
            }

            if (quarter == 6)
            {
                _bridge = await _bridge.Restart();
            }
        }

        Assert.Equal([4, 8, 12], reminded);
        Assert.Equal(version, _bridge.Board.Current.Version);
        _bridge.Board.LiftByForce(id, "r", "approver");
        _bridge.Clock.Advance(TimeSpan.FromHours(9));
        Assert.Empty(Store.TakeReminders());
        Assert.False(Store.Find(id)!.IsReviewDue(_bridge.Clock.GetUtcNow()));
    }

    [Fact]
    public void An_order_sent_twice_is_one_for_a_day_and_another_under_its_key_is_refused()
    {
        var order = new SuspensionOrder(null, new SuspensionScope(Vendor: "acme"), SuspensionEffects.CutStreams, "r", "new");
        (RaiseVerdict Verdict, Suspension? Suspension) Send(string body, string author = "operator", string key = "k") =>
            _bridge.Board.Raise(order, author, Suspension.Human, new RequestKey(key, body));

        var first = Send("a");
        Assert.Equal(RaiseVerdict.Raised, first.Verdict);
        Assert.Equal((RaiseVerdict.Repeated, first.Suspension!.Id), (Send("a").Verdict, Send("a").Suspension!.Id));
        Assert.Equal((RaiseVerdict.OtherBody, null), Send("b"));
        Assert.Equal(RaiseVerdict.Raised, Send("b", author: "somebody-else").Verdict);
        Assert.Equal(RaiseVerdict.Raised, Send("b", key: "k2").Verdict);
        Assert.Equal(3, _bridge.Board.Current.InForce.Length);

        // Answered by what became of it, and after a day it is a new order.
        _bridge.Board.LiftByForce(first.Suspension.Id, "r", "approver");
        Assert.Equal(Suspension.Lifted, Send("a").Suspension!.State);
        _bridge.Clock.Advance(RequestKey.RememberedFor + TimeSpan.FromSeconds(1));
        Assert.Equal(RaiseVerdict.Raised, Send("b").Verdict);
    }

    [Fact]
    public void The_database_counts_what_a_scope_covers_like_the_rule_itself()
    {
        var (dice, links, register) = (new Dice(11), _bridge.Of<AccountLinks>(), _bridge.Of<DeviceRegister>());
        string Pick(params string[] values) => dice.Pick(values);
        string? Maybe(params string[] values) => dice.Below(3) == 0 ? null : dice.Pick(values);
        for (var number = 0; number < 40; number++)
        {
            var devices = register.Identify("acme", [.. Enumerable.Range(0, 1 + dice.Below(4)).Select(_ => new DeviceDescription
            {
                VendorDeviceId = $"device-{dice.Below(60):00000000000}",
                Type = "CAMERA",
                Name = "x",
                Traits = dice.Below(2) == 0 ? ["CameraStream", "OnOff"] : ["OnOffOnOff", "Camera"],
                Model = Maybe("C1", "C2"),
                Firmware = Maybe("1.0", "2.0"),
            }).DistinctBy(device => device.VendorDeviceId)]);
            var client = new PlatformClient { ClientId = "c", Platform = Pick("google", "second"), Name = "n", SecretHashes = [], RedirectUris = [] };
            _bridge.Of<Database>().Write(transaction =>
            {
                var link = links.Consent(transaction, client, "acme", $"home{dice.Below(12)}", devices, ConsentGiven.ByBridge, int.MaxValue)!;
                return dice.Below(5) == 0 || transaction.Connection!.Execute("UPDATE account_links SET linked_at = 1 WHERE id = @id", new { id = link.Id.Value }, transaction) > 0;
            });
        }

        var all = links.Live(1000).SelectMany(one => links.BoundDevices(one.Link.Id), (one, device) => (one.Link, Device: device)).ToList();
        var counted = 0;
        for (var turn = 0; turn < 300; turn++)
        {
            var one = dice.Pick(all);
            var scope = new SuspensionScope(
                Maybe("google", "second", "none"), Maybe("acme", "none"), Maybe("C1", "C2", "C3"), Maybe("1.0", "2.0"), Maybe("CameraStream", "OnOff", "Camera", "cameraStream", "%"),
                dice.Below(4) == 0 ? one.Link.Id.Value : null, dice.Below(4) == 0 ? one.Device.Id.Value : null);
            var covered = all.Where(two => two.Device.Traits.Any(trait => scope.Covers(HomeBridge.CameraStreams.GrantStream.Facts(two.Link.Platform, two.Link.Id, two.Device, trait)))).ToList();

            Assert.Equal(
                (covered.DistinctBy(two => two.Link.Id).Count(), covered.DistinctBy(two => two.Link.Account).Count(), covered.DistinctBy(two => two.Device.Id).Count()),
                links.CountCovered(scope));
            counted += covered.Count > 0 ? 1 : 0;
            var homes = covered.Select(two => (two.Link.Vendor, two.Link.Account)).Distinct().Order().ToList();
            var paged = new List<(string Vendor, string Account)>();
            while (links.HomesCovered(scope, paged.Count == 0 ? null : paged[^1], 3) is { Count: > 0 } page)
            {
                paged.AddRange(page);
            }

            Assert.Equal(homes, paged);
        }

        Assert.InRange(counted, 50, 299);
    }

    /// <summary>What a preview calls the worst case is made of the gateway's own figures.</summary>
    [Fact]
    public void The_worst_case_knows_the_window() =>
        Assert.Equal(LiveWindow.UnitsMax, HomeBridge.Gateways.WorstCaseExposure.WindowUnits);

    private void Keep() => _bridge.Of<IEnumerable<IHostedService>>().OfType<SuspensionKeeper>().Single().Keep();
}
