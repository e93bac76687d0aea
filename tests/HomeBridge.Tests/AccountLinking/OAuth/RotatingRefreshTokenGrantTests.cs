using System.Net;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Hosting;

namespace HomeBridge.Tests.AccountLinking.OAuth;

/// <summary><c>grant_type=refresh_token</c> of the companion app: each use gives a new one.</summary>
[Collection(OAuthCollection.Name)]
public sealed class RotatingRefreshTokenGrantTests(OAuthBridge bridge)
{
    private Task<Answer> Refresh(string refreshToken) => bridge.Refresh(refreshToken, OAuthBridge.Companion);

    [Fact]
    [Rfc("9700 4.14.2", "A public client's refresh token is replaced with each use")]
    public async Task Each_refresh_gives_another_refresh_token()
    {
        var given = await bridge.Link(OAuthBridge.Companion);

        var first = await Refresh(given.RefreshToken);
        var second = await Refresh(first.Text("refresh_token")!);

        Assert.Equal(3, new[] { given.RefreshToken, first.Text("refresh_token"), second.Text("refresh_token") }.Distinct(StringComparer.Ordinal).Count());
        Assert.All([given.AccessToken, first.Text("access_token")!, second.Text("access_token")!], token => Assert.True(bridge.LetsIn(token)));
    }

    [Fact]
    [Rfc("9700 4.14.2", "A lost answer is given again, the same, for 60 s")]
    public async Task Within_the_grace_the_same_successors_are_given_again()
    {
        var given = await bridge.Link(OAuthBridge.Companion);
        var first = await Refresh(given.RefreshToken);
        bridge.Clock.Advance(TimeSpan.FromSeconds(60));

        var again = await Refresh(given.RefreshToken);

        Assert.Equal(HttpStatusCode.OK, again.Status);
        Assert.Equal((first.Text("access_token"), first.Text("refresh_token")), (again.Text("access_token"), again.Text("refresh_token")));
        Assert.Equal((3600, 3540), (first.Json.GetProperty("expires_in").GetInt32(), again.Json.GetProperty("expires_in").GetInt32()));
        Assert.Equal(HttpStatusCode.OK, (await Refresh(again.Text("refresh_token")!)).Status);
    }

    [Fact]
    [Rfc("9700 4.14.2", "Refreshes at once all get the same successors")]
    public async Task Refreshes_at_once_all_get_the_same_successors()
    {
        var given = await bridge.Link(OAuthBridge.Companion);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Refresh(given.RefreshToken)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Single(answers.Select(answer => (answer.Text("access_token"), answer.Text("refresh_token"))).Distinct());
    }

    [Fact]
    [Rfc("9700 4.14.2", "A replaced token that comes back after that ends the grant")]
    public async Task After_the_grace_reuse_ends_the_session()
    {
        var given = await bridge.Link(OAuthBridge.Companion);
        var first = await Refresh(given.RefreshToken);
        bridge.Clock.Advance(TimeSpan.FromSeconds(61));

        (await Refresh(given.RefreshToken)).IsError(HttpStatusCode.BadRequest, "invalid_grant");

        (await Refresh(first.Text("refresh_token")!)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
        Assert.False(bridge.LetsIn(first.Text("access_token")!));
        Assert.False(bridge.LetsIn(given.AccessToken));
    }

    [Fact]
    [Rfc("9700 4.14.2", "Reuse of one device's token does not touch another's")]
    public async Task Another_device_of_the_same_resident_goes_on()
    {
        var (phone, tablet) = (await bridge.Link(OAuthBridge.Companion, "shared"), await bridge.Link(OAuthBridge.Companion, "shared"));
        await Refresh(phone.RefreshToken);
        bridge.Clock.Advance(TimeSpan.FromMinutes(2));
        await Refresh(phone.RefreshToken);

        Assert.False(bridge.LetsIn(phone.AccessToken));
        Assert.True(bridge.LetsIn(tablet.AccessToken));
    }

    [Fact]
    [Rfc("9700 4.14.2", "A refresh token that nobody uses ends")]
    public async Task An_idle_session_ends_after_ninety_days()
    {
        var given = await bridge.Link(OAuthBridge.Companion);
        bridge.Clock.Advance(TimeSpan.FromDays(89));
        var used = await Refresh(given.RefreshToken);
        bridge.Clock.Advance(TimeSpan.FromDays(90));

        Assert.Equal(HttpStatusCode.OK, used.Status);
        (await Refresh(used.Text("refresh_token")!)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
    }

    [Fact]
    [Rfc("6749 10.4", "What is stored of a replaced token opens nothing without the token itself")]
    public async Task The_database_alone_gives_no_successor()
    {
        var given = await bridge.Link(OAuthBridge.Companion);
        var first = await Refresh(given.RefreshToken);

        using var connection = bridge.Get<Database>().Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT string_agg(hash || coalesce(successor, ''), ' ') FROM companion_tokens";
        var stored = (string)command.ExecuteScalar()!;

        Assert.All([given.RefreshToken, given.AccessToken, first.Text("access_token")!, first.Text("refresh_token")!],
            token => Assert.DoesNotContain(token, stored, StringComparison.Ordinal));
    }

    [Fact]
    [Rfc("6749 10.4", "A session that its resident ends is over at once, on that device only")]
    public async Task A_resident_sees_and_ends_sessions()
    {
        var (phone, tablet) = (await bridge.Link(OAuthBridge.Companion, "listed"), await bridge.Link(OAuthBridge.Companion, "listed"));
        var tokens = bridge.Get<CompanionTokens>();
        Assert.Equal(new HashSet<string> { phone.Opens, tablet.Opens }, tokens.Of("acme", "listed").Select(use => use.Id).ToHashSet());

        Assert.True(bridge.Get<Database>().Write(transaction => tokens.End(transaction, phone.Opens)));
        Assert.False(bridge.Get<Database>().Write(transaction => tokens.End(transaction, phone.Opens)));

        Assert.False(bridge.LetsIn(phone.AccessToken));
        Assert.True(bridge.LetsIn(tablet.AccessToken));
        (await Refresh(phone.RefreshToken)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
        Assert.Equal(1, bridge.Get<Database>().Write(transaction => tokens.EndAll(transaction, "acme", "listed")));
        Assert.Empty(tokens.Of("acme", "listed"));
        Assert.False(bridge.LetsIn(tablet.AccessToken));
    }

    [Fact]
    [Rfc("6749 1.4", "An access token says whose session it is, and is told when it was used")]
    public async Task A_session_is_known_by_its_access_token()
    {
        var given = await bridge.Link(OAuthBridge.Companion, "known");
        var tokens = bridge.Get<CompanionTokens>();
        bridge.Clock.Advance(TimeSpan.FromMinutes(5));

        Assert.True(tokens.TryAuthenticate("bearer " + given.AccessToken, out var session));
        await Eventually(() => tokens.Of("acme", "known").Single().LastUsed == bridge.Clock.GetUtcNow());

        Assert.Equal(new CompanionSession(given.Opens, OAuthBridge.Companion, "acme", "known"), session);
        Assert.False(tokens.TryAuthenticate("Bearer " + given.RefreshToken, out _));
        Assert.False(tokens.TryAuthenticate(null, out _));
        Assert.False(tokens.TryAuthenticate(given.AccessToken, out _));
    }

    private static async Task Eventually(Func<bool> isSo)
    {
        for (var attempt = 0; !isSo(); attempt++)
        {
            Assert.True(attempt < 500, "It never came about.");
            await Task.Delay(10);
        }
    }
}
