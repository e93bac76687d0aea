using System.Net;
using System.Text;
using Dapper;
using HomeBridge.AccountLinking;
using HomeBridge.Audit;
using HomeBridge.Hosting;
using HomeBridge.Residents;
using HomeBridge.Tests.AccountLinking.OAuth;

namespace HomeBridge.Tests.AccountLinking;

/// <summary>However a link ends, it ends once, whole, alone, and with one receipt.</summary>
[Collection(OAuthCollection.Name)]
public sealed class LinkReceiptTests(OAuthBridge bridge)
{
    [Theory]
    [InlineData("page", "resident")]
    [InlineData("DISCONNECT", "platform")]
    [InlineData("RFC 7009", "platform")]
    [InlineData("closed", "maker")]
    public async Task Each_way_ends_everything_of_one_link_and_a_second_time_changes_nothing(string way, string by)
    {
        var account = $"receipt-{Guid.NewGuid():N}";
        var home = new HomeAccount("acme", account);
        var given = await bridge.Link(account: account);
        var more = (await bridge.Refresh(given.RefreshToken)).Text("access_token")!;

        // Whoever closes an account closes all of it: there the bystander is a neighbour's.
        var other = await bridge.Link(account: way == "closed" ? null : account);
        var rows = Rows("link.ended", given.Opens).Count;

        await End(way, home, given);
        await End(way, home, given);

        Assert.False(await bridge.Opens(given.AccessToken));
        Assert.False(await bridge.Opens(more));
        (await bridge.Refresh(given.RefreshToken)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
        foreach (var table in (string[])["tokens", "device_bindings", "seen_devices"])
        {
            Assert.Equal(0, Count($"SELECT COUNT(*) FROM {table} WHERE account_link = @link", given.Opens));
        }

        var receipt = bridge.Get<LinkRecords>().Receipt("acme", account, given.Opens)!;
        Assert.Equal((by, 2, 1, 1, 0), (LinkReceipt.NameOf(receipt.By), receipt.AccessTokens, receipt.RefreshTokens, receipt.Devices, receipt.Codes));
        var row = Assert.Single(Rows("link.ended", given.Opens));
        Assert.Equal(0, rows);
        Assert.Equal(receipt.Detail, row.Detail);
        Assert.Contains("access_tokens=2 refresh_tokens=1", row.Detail, StringComparison.Ordinal);
        Assert.Equal(1, Count("SELECT COUNT(*) FROM revocations WHERE account_link = @link", given.Opens));

        Assert.True(await bridge.Opens(other.AccessToken));
        Assert.Equal(HttpStatusCode.OK, (await bridge.Refresh(other.RefreshToken)).Status);
        Assert.Equal(1, Count("SELECT COUNT(*) FROM device_bindings WHERE account_link = @link", other.Opens));

        // Another resident sees neither.
        Assert.Null(bridge.Get<LinkRecords>().Receipt("acme", "somebody-else", given.Opens));
        Assert.Null(bridge.Get<ResidentLinks>().Receipt(new HomeAccount("acme", "somebody-else"), given.Opens));
    }

    [Fact]
    public async Task A_code_that_waits_is_ended_with_its_account_and_told()
    {
        var account = $"receipt-{Guid.NewGuid():N}";
        var (code, opens) = bridge.Agreed(account: account);

        await End("closed", new HomeAccount("acme", account), new Given(opens, "", ""));

        (await bridge.Exchange(code)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
        var receipt = bridge.Get<LinkRecords>().Receipt("acme", account, opens)!;
        Assert.Equal((1, 0, 0, 1), (receipt.Codes, receipt.AccessTokens, receipt.RefreshTokens, receipt.Devices));
    }

    [Fact]
    public async Task A_code_that_came_twice_ends_its_link_by_us()
    {
        var account = $"receipt-{Guid.NewGuid():N}";
        var (code, opens) = bridge.Agreed(account: account);
        Assert.Equal(HttpStatusCode.OK, (await bridge.Exchange(code)).Status);
        for (var time = 0; time < 3; time++)
        {
            (await bridge.Exchange(code)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
        }

        Assert.Equal(LinkEndedBy.System, bridge.Get<LinkRecords>().Receipt("acme", account, opens)!.By);
        Assert.Single(Rows("link.ended", opens));
    }

    [Fact]
    public async Task All_ways_at_once_end_a_link_once_and_nobody_gets_an_error_of_ours()
    {
        var account = $"receipt-{Guid.NewGuid():N}";
        var home = new HomeAccount("acme", account);
        var given = await bridge.Link(account: account);
        var other = await bridge.Link(account: account);

        var statuses = await Task.WhenAll(Enumerable.Range(0, 50).Select(number => Task.Run(async () => (number % 4) switch
        {
            0 => (await Disconnect(given.AccessToken)).Status,
            1 => (await bridge.Revoke(given.RefreshToken)).Status,
            2 => (await bridge.Refresh(given.RefreshToken)).Status,
            _ => bridge.Get<ResidentLinks>().Unlink(home, given.Opens) ? HttpStatusCode.OK : HttpStatusCode.InternalServerError,
        })));

        Assert.All(statuses, status => Assert.Contains(status, (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.Unauthorized, HttpStatusCode.BadRequest]));
        Assert.Single(Rows("link.ended", given.Opens));
        Assert.Equal(1, Count("SELECT COUNT(*) FROM link_receipts WHERE account_link = @link", given.Opens));
        Assert.Equal(1, Count("SELECT COUNT(*) FROM revocations WHERE account_link = @link", given.Opens));
        Assert.Equal(0, Count("SELECT COUNT(*) FROM tokens WHERE account_link = @link", given.Opens));
        Assert.False(await bridge.Opens(given.AccessToken));
        Assert.True(await bridge.Opens(other.AccessToken));
    }

    private async Task End(string way, HomeAccount home, Given given)
    {
        switch (way)
        {
            case "page":
                Assert.True(bridge.Get<ResidentLinks>().Unlink(home, given.Opens));
                break;
            case "DISCONNECT":
                Assert.Contains((await Disconnect(given.AccessToken)).Status, (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.Unauthorized]);
                break;
            case "RFC 7009":
                Assert.Equal(HttpStatusCode.OK, (await bridge.Revoke(given.RefreshToken)).Status);
                break;
            default:
                bridge.Get<Database>().Write(transaction =>
                    bridge.Get<AccountLinks>().EndAll(transaction, home.Vendor, home.Account, AccountLinks.ClosedAtMaker, "device-cloud:acme"));
                break;
        }
    }

    private Task<Answer> Disconnect(string accessToken) => bridge.Send(
        HttpMethod.Post, "/fulfillment/google",
        new StringContent("""{"requestId":"1","inputs":[{"intent":"action.devices.DISCONNECT"}]}""", Encoding.UTF8, "application/json"), "Bearer " + accessToken);

    private IReadOnlyList<AuditRow> Rows(string action, string subject) => bridge.Get<AuditTrail>().Search(new AuditFilter(null, action, subject), null, 100).Rows;

    private int Count(string sql, string link)
    {
        using var connection = bridge.Get<Database>().Open();
        return connection.QuerySingle<int>(sql, new { link });
    }
}
