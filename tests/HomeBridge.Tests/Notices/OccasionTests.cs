using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Notices;
using HomeBridge.Residents;
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
    public async Task A_first_view_names_the_camera_where_its_name_is_known()
    {
        await using var bridge = await NoticeBridge.Start();
        bridge.Knows("maple", locale: "fr");
        foreach (var account in (string[])["maple", "nameless"])
        {
            var link = Link(bridge, account, "CAMERA", "CameraStream");
            var camera = bridge.Get<DeviceRegister>().Identify("acme", [Described(account, "CAMERA", "CameraStream") with { Name = "Jardin\u202e\nd’hiver" }]);
            bridge.Get<Database>().Write(transaction =>
            {
                bridge.Get<IDeviceNames>().Remember(transaction, "acme", account, camera);
                bridge.Get<LinkNotices>().Viewed(transaction, link, camera[0].Id);
                bridge.Get<LinkNotices>().Viewed(transaction, link, camera[0].Id);
                return true;
            });
        }

        await bridge.Until(() => Told(bridge, NoticeKinds.FirstView).Count == 2 && bridge.Waiting() == 0);
        var views = bridge.Receiver.Posted.Where(posted => posted.Text("kind") == NoticeKinds.FirstView).ToDictionary(posted => posted.Text("account"), StringComparer.Ordinal);
        Assert.Equal("Jardind’hiver a été regardée pour la première fois sur Google", views["maple"].Text("subject"));
        Assert.Contains("Votre caméra Jardind’hiver a été regardée via Google", views["maple"].Text("text"), StringComparison.Ordinal);
        Assert.Equal("Your camera was watched on Google for the first time", views["nameless"].Text("subject"));
    }

    [Fact]
    public async Task What_a_resident_does_not_want_to_hear_is_not_told_and_what_warns_them_is()
    {
        await using var bridge = await NoticeBridge.Start();
        var (maple, choices) = (new HomeAccount("acme", "maple"), bridge.Get<ResidentNoticeChoices>());
        Assert.All(NoticeChoices.Fixed, kind => Assert.False(choices.Set(maple, kind, on: false)));
        Assert.True(choices.Set(maple, NoticeKinds.FirstView, on: false));
        Assert.True(choices.Set(maple, NoticeKinds.FirstView, on: false));
        Assert.True(choices.Set(maple, NoticeKinds.Suspended, on: false));
        Assert.Equal([new(NoticeKinds.FirstView, false), new(NoticeKinds.Suspended, false)], choices.Of(maple));
        Assert.All(choices.Of(new HomeAccount("acme", "harbor")), choice => Assert.True(choice.IsOn));

        foreach (var kind in (string[])[NoticeKinds.FirstView, NoticeKinds.Suspended, NoticeKinds.Restored])
        {
            Assert.False(bridge.Tell(new Notice("acme", "maple", kind) { Occasion = kind }));
            Assert.True(bridge.Tell(new Notice("acme", "harbor", kind) { Occasion = kind }));
        }

        Assert.All(NoticeChoices.Fixed, kind => Assert.True(bridge.Tell(new Notice("acme", "maple", kind))));

        // The occasion is over; the next one is told.
        choices.Set(maple, NoticeKinds.FirstView, on: true);
        Assert.False(bridge.Tell(new Notice("acme", "maple", NoticeKinds.FirstView) { Occasion = NoticeKinds.FirstView }));
        Assert.True(bridge.Tell(new Notice("acme", "maple", NoticeKinds.FirstView) { Occasion = "another" }));

        // Nothing of it outlives the account.
        bridge.Get<Database>().Write(transaction =>
        {
            ResidentNotices.Forget(transaction, "acme", "maple");
            return true;
        });
        Assert.All(choices.Of(maple), choice => Assert.True(choice.IsOn));
    }

    /// <summary>Every kind is either the resident's to choose or always told.</summary>
    [Fact]
    public void Every_kind_of_notice_has_its_place_among_the_choices() => Assert.Equal(
        typeof(NoticeKinds).GetFields().Select(field => (string)field.GetRawConstantValue()!).Order(StringComparer.Ordinal),
        NoticeChoices.Kinds.Concat(NoticeChoices.Fixed).Append(NoticeKinds.Restored).Order(StringComparer.Ordinal));

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

    private static DeviceDescription Described(string account, string type, string trait) =>
        new() { VendorDeviceId = $"device-of-{account}-000000", Type = type, Name = "It", Traits = [trait] };

    private static AccountLinkId Link(NoticeBridge bridge, string account, string type, string trait, bool opens = true)
    {
        var client = bridge.Get<AccountLinkingOptions>().Clients.Values.First();
        var devices = bridge.Get<DeviceRegister>().Identify(
            "acme", [Described(account, type, trait)]);
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
