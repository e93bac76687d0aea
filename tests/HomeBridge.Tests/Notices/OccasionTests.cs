using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Notices;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;

namespace HomeBridge.Tests.Notices;

/// <summary>What residents are told of, and what not.</summary>
public sealed class OccasionTests
{
    [Fact]
    public async Task A_suspension_that_lasts_is_told_to_whom_it_stops_something_and_told_to_be_over()
    {
        await using var bridge = await NoticeBridge.Start();
        foreach (var number in Enumerable.Range(0, 120))
        {
            Link(bridge, $"home{number}", "CAMERA", "CameraStream");
        }

        Link(bridge, "lights-only", "LIGHT", "OnOff");
        await bridge.Until(() => bridge.Receiver.Posted.Count == 121 && bridge.Waiting() == 0);
        var board = bridge.Get<SuspensionBoard>();

        // Both are over at once; nobody has to hear of the first.
        board.LiftByForce(Raise(board, SuspensionEffects.CutStreams).Id, "over", "sandbox-operator-2");
        var lasting = Raise(board, SuspensionEffects.CutStreams);
        bridge.Clock.Advance(TimeSpan.FromMinutes(3));
        await bridge.Until(() => Told(bridge, NoticeKinds.Suspended).Count == 120);

        // One more, and its end, while the first goes on: told, and nothing of an end.
        var second = Raise(board, SuspensionEffects.CutStreams);
        bridge.Clock.Advance(TimeSpan.FromMinutes(3));
        await bridge.Until(() => Told(bridge, NoticeKinds.Suspended).Count == 240);
        board.LiftByForce(second.Id, "over", "sandbox-operator-2");
        await bridge.Until(() => !bridge.Get<NoticeRounds>().Open().ContainsKey("suspension " + second.Id));
        Assert.Empty(Told(bridge, NoticeKinds.Restored));

        board.LiftByForce(lasting.Id, "over", "sandbox-operator-2");
        await bridge.Until(() => Told(bridge, NoticeKinds.Restored).Count == 120);
        await bridge.Until(() => bridge.Waiting() == 0);
        Assert.DoesNotContain("lights-only", Told(bridge, NoticeKinds.Suspended));
        Assert.Equal(120, Told(bridge, NoticeKinds.Restored).Distinct(StringComparer.Ordinal).Count());
        Assert.Empty(bridge.Get<NoticeRounds>().Open());
    }

    [Fact]
    public async Task A_home_hears_of_four_suspensions_in_a_day_at_most()
    {
        await using var bridge = await NoticeBridge.Start();
        Link(bridge, "maple", "LIGHT", "OnOff");
        var board = bridge.Get<SuspensionBoard>();
        for (var number = 0; number < 6; number++)
        {
            var raised = Raise(board, SuspensionEffects.DenyCommands);
            bridge.Clock.Advance(TimeSpan.FromMinutes(3));
            await bridge.Until(() => bridge.Get<NoticeRounds>().Open().GetValueOrDefault("suspension " + raised.Id));
            board.LiftByForce(raised.Id, "over", "sandbox-operator-2");
            await bridge.Until(() => bridge.Get<NoticeRounds>().Open().Count == 0);
        }

        await bridge.Until(() => bridge.Waiting() == 0);
        Assert.Equal(4, Told(bridge, NoticeKinds.Suspended).Count);
        Assert.Equal(4, Told(bridge, NoticeKinds.Restored).Count);
    }

    [Fact]
    public async Task An_unlink_says_why_and_is_told_once()
    {
        await using var bridge = await NoticeBridge.Start();
        (string Because, string Actor, string Says)[] ends =
        [
            (AccountLinks.DisconnectedByPlatform, "google-home", "It was unlinked on the platform."),
            (AccountLinks.ClosedAtMaker, "events", "Your account at the maker was closed."),
            (AccountLinks.CodeUsedTwice, "google-home", "You can link again."),
            ("unlinked by the resident", "maple", "You unlinked it on your pages."),
        ];
        foreach (var (because, actor, says) in ends)
        {
            bridge.Receiver.Posted.Clear();
            var link = Link(bridge, "maple", "LIGHT", "OnOff");
            bridge.Get<AccountLinks>().End(link, because, actor);
            bridge.Get<AccountLinks>().End(link, because, actor);

            await bridge.Until(() => Told(bridge, NoticeKinds.Unlinked).Count == 1 && bridge.Waiting() == 0);
            Assert.EndsWith(says, bridge.Receiver.Posted.Single(posted => posted.Text("kind") == NoticeKinds.Unlinked).Text("text"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_link_that_never_opened_is_no_news()
    {
        await using var bridge = await NoticeBridge.Start();
        bridge.Get<AccountLinks>().End(Link(bridge, "maple", "LIGHT", "OnOff", opens: false), "given up", "maple");
        Link(bridge, "harbor", "LIGHT", "OnOff");

        await bridge.Until(() => !bridge.Receiver.Posted.IsEmpty && bridge.Waiting() == 0);
        Assert.Equal("harbor", Assert.Single(bridge.Receiver.Posted).Text("account"));
    }

    private static Suspension Raise(SuspensionBoard board, SuspensionEffects effects) =>
        board.Raise(new SuspensionOrder(null, new SuspensionScope(), effects, "a test", "test"), "sandbox-operator")!;

    private static List<string> Told(NoticeBridge bridge, string kind) =>
        [.. bridge.Receiver.Posted.Where(posted => posted.Text("kind") == kind).Select(posted => posted.Text("account"))];

    private static AccountLinkId Link(NoticeBridge bridge, string account, string type, string trait, bool opens = true)
    {
        var client = bridge.Get<AccountLinkingOptions>().Clients.Values.First();
        var devices = bridge.Get<DeviceRegister>().Identify(
            "acme", [new DeviceDescription { VendorDeviceId = $"device-of-{account}-000000", Type = type, Name = "It", Traits = [trait] }]);
        return bridge.Get<Database>().Write(transaction =>
        {
            var links = bridge.Get<AccountLinks>();
            var link = links.Consent(transaction, client, "acme", account, devices, ConsentGiven.ByBridge, 1000)!.Id;
            if (opens)
            {
                Assert.NotNull(links.Open(transaction, link));
            }

            return link;
        });
    }
}
