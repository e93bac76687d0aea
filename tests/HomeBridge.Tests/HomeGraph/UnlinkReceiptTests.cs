using System.Net;
using HomeBridge.AccountLinking;
using HomeBridge.Residents;

namespace HomeBridge.Tests.HomeGraph;

/// <summary>What waits for the platform ends with the last link; the receipt says how much, and whether the platform is told.</summary>
public sealed class UnlinkReceiptTests
{
    [Fact]
    public async Task The_receipt_tells_what_was_not_sent_any_more_and_when_the_platform_was_told()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk", "hall");
        var second = bridge.Link("maple", "desk");
        await bridge.Settled(home);
        var (resident, links) = (new HomeAccount("acme", "maple"), bridge.Get<ResidentLinks>());

        // Another link stands: what waits is still for that one, and nobody is told.
        Assert.True(links.Unlink(resident, second.Link.Id.Value));
        Assert.Equal(default, links.Receipt(resident, second.Link.Id.Value)!.Receipt!.Elsewhere);

        bridge.Platform.Fault = (method, _) => StubPlatform.Error((int)HttpStatusCode.ServiceUnavailable, "Down.");
        bridge.Report(home["desk"], true, ("on", true));
        bridge.Notify(home["hall"], "ring");
        Assert.True(links.Unlink(resident, home.Link.Id.Value));

        var ended = links.Receipt(resident, home.Link.Id.Value)!;
        Assert.True(ended.Receipt!.Elsewhere.TellsPlatform);
        Assert.InRange(ended.Receipt.Elsewhere.Waiting, 1, 2);
        Assert.Null(ended.ToldAt);

        bridge.Platform.Fault = null;
        await ReportingBridge.Until(() => links.Receipt(resident, home.Link.Id.Value)!.ToldAt is not null, "the platform is told");
        Assert.Single(bridge.Platform.Of("delete"), call => call.Status == 200);
        Assert.Null(bridge.Status(home));
        Assert.DoesNotContain(bridge.Platform.Reports(home.User), call => call.Body.GetRawText().Contains("\"on\":true", StringComparison.Ordinal) && call.Status == 200);
    }

    [Fact]
    public async Task A_platform_that_ended_it_itself_is_not_told()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk");
        await bridge.Settled(home);

        bridge.Get<AccountLinks>().End(home.Link.Id, AccountLinks.DisconnectedByPlatform, home.Link.ClientId);
        await ReportingBridge.Until(() => bridge.Status(home) is null, "the user is forgotten");

        var ended = bridge.Get<ResidentLinks>().Receipt(new HomeAccount("acme", "maple"), home.Link.Id.Value)!;
        Assert.False(ended.Receipt!.Elsewhere.TellsPlatform);
        Assert.Null(ended.ToldAt);
        Assert.Empty(bridge.Platform.Of("delete"));
    }

    [Fact]
    public async Task A_deleted_account_is_told_to_the_platform_and_comes_back_under_another_name()
    {
        await using var bridge = await ReportingBridge.Start();
        var home = await bridge.Home("maple", "desk");
        await bridge.Settled(home);

        Assert.Equal(1, bridge.Get<ResidentData>().Delete(new HomeAccount("acme", "maple"))!.Told);
        var again = bridge.Link("maple", "desk");
        await ReportingBridge.Until(() => bridge.Status(home) is null && !bridge.Platform.Users.ContainsKey(home.User), "the platform has forgotten the user");

        Assert.NotEqual(home.User, again.User);
        Assert.NotNull(bridge.Get<AccountLinks>().Find(again.Link.Id.Value));
        Assert.Null(bridge.Get<ResidentLinks>().Receipt(new HomeAccount("acme", "maple"), home.Link.Id.Value));
    }
}
