using HomeBridge.AccountLinking.SignIn;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Http;

namespace HomeBridge.Tests.AccountLinking.SignIn;

/// <summary>The maker's tokens: kept sealed, renewed one at a time, refused without an unlink.</summary>
public sealed class MakerTokenTests(SignInBridge world) : IClassFixture<SignInBridge>
{
    private static readonly TimeSpan Hours = TimeSpan.FromHours(7);

    private MakerTokens Tokens => world.Service<MakerTokens>();

    [Fact]
    public async Task They_stand_sealed_in_the_database_each_in_its_own_row()
    {
        await SignIn("maple");
        var refresh = world.Provider.RefreshToken;
        await SignIn("harbor");

        Assert.DoesNotContain(refresh, TestDatabase.Everything(world.DatabasePath), StringComparison.Ordinal);

        // A row that is put in another's place can't be read there, and is no word about the account.
        Execute("UPDATE maker_tokens SET refresh_token = (SELECT refresh_token FROM maker_tokens WHERE account = 'maple') WHERE account = 'harbor'");
        world.Clock.Advance(Hours);
        var before = world.Provider.AskedFor("token");
        await Tokens.Renew("acme", "harbor");
        Assert.Equal(before, world.Provider.AskedFor("token"));
        Assert.False(Tokens.NeedsAttention("acme", "harbor"));
    }

    [Fact]
    public async Task However_many_ask_the_provider_is_asked_once()
    {
        await SignIn("maple");
        Assert.Equal("access-" + world.Provider.RefreshToken["refresh-".Length..], await ((IResidentTokens)Tokens).AccessToken("maple", default));
        world.Clock.Advance(Hours);
        var before = world.Provider.AskedFor("token");
        using var hold = new ManualResetEventSlim();
        world.Provider.TokenInstead = _ =>
        {
            hold.Wait(TimeSpan.FromSeconds(10));
            return null;
        };

        var asked = Enumerable.Range(0, 200).Select(_ => Task.Run(() => Tokens.Renew("acme", "maple"))).ToList();
        var bounded = ((IResidentTokens)Tokens).AccessToken("maple", default);
        Assert.Null(await bounded);
        hold.Set();
        await Task.WhenAll(asked);

        // And not again within the interval, whoever asks.
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => Tokens.Renew("acme", "maple"))));
        Assert.Equal(1, world.Provider.AskedFor("token") - before);
        Assert.Equal("access-" + world.Provider.RefreshToken["refresh-".Length..], await ((IResidentTokens)Tokens).AccessToken("maple", default));
        Assert.Equal(1, world.Provider.AskedFor("token") - before);
    }

    [Fact]
    public async Task A_refresh_token_that_rotates_is_followed()
    {
        await SignIn("maple");
        for (var time = 0; time < 3; time++)
        {
            world.Clock.Advance(Hours);
            var before = world.Provider.RefreshToken;
            await Tokens.Renew("acme", "maple");
            Assert.NotEqual(before, world.Provider.RefreshToken);
        }

        Assert.False(Tokens.NeedsAttention("acme", "maple"));
    }

    [Fact]
    public async Task A_dead_token_needs_attention_until_the_resident_signs_in_again()
    {
        await SignIn("maple");
        world.Clock.Advance(Hours);
        Assert.Contains(("acme", "maple"), Tokens.Due(world.Clock.GetUtcNow() - TimeSpan.FromHours(6), 100));
        world.Provider.TokenInstead = _ => Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        await Tokens.Renew("acme", "maple");

        Assert.True(Tokens.NeedsAttention("acme", "maple"));
        Assert.Null(await ((IResidentTokens)Tokens).AccessToken("maple", default));

        // Nobody asks again with what is dead.
        world.Clock.Advance(Hours);
        var before = world.Provider.AskedFor("token");
        await Tokens.Renew("acme", "maple");
        Assert.DoesNotContain(("acme", "maple"), Tokens.Due(world.Clock.GetUtcNow(), 100));
        Assert.Equal(before, world.Provider.AskedFor("token"));

        await SignIn("maple");
        Assert.False(Tokens.NeedsAttention("acme", "maple"));
    }

    [Theory]
    [InlineData("down")]
    [InlineData("client refused")]
    [InlineData("a page")]
    [InlineData("somebody else's tokens")]
    [InlineData("somebody else's signature")]
    public async Task Any_other_failure_is_no_word_about_the_account_and_is_tried_later_and_later(string failure)
    {
        await SignIn("maple");
        world.Clock.Advance(Hours);
        switch (failure)
        {
            case "down": world.Provider.TokenInstead = _ => Results.StatusCode(503); break;
            case "client refused": world.Provider.TokenInstead = _ => Results.Json(new { error = "invalid_client" }, statusCode: 401); break;
            case "a page": world.Provider.TokenInstead = _ => Results.Text("<html>"); break;
            case "somebody else's tokens": world.Provider.ChangeClaims = claims => claims["sub"] = "harbor"; break;
            default: world.Provider.Sign = _ => new byte[64]; break;
        }

        var calls = new List<int>();
        for (var minute = 0; minute < 40; minute++)
        {
            var before = world.Provider.AskedFor("token");
            await Tokens.Renew("acme", "maple");
            await Tokens.Renew("acme", "maple");
            if (world.Provider.AskedFor("token") > before)
            {
                calls.Add(minute);
            }

            world.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.False(Tokens.NeedsAttention("acme", "maple"));
        Assert.InRange(calls.Count, 1, 10);
        Assert.Null(await ((IResidentTokens)Tokens).AccessToken("maple", default));
    }

    [Fact]
    public async Task A_sign_in_during_a_renewal_wins()
    {
        await SignIn("maple");
        world.Clock.Advance(Hours);
        using var hold = new ManualResetEventSlim();
        world.Provider.TokenInstead = form =>
        {
            if (form["grant_type"] != "refresh_token")
            {
                return null;
            }

            hold.Wait(TimeSpan.FromSeconds(10));
            return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        };
        var renewal = Tokens.Renew("acme", "maple");
        using (var browser = new Browser())
        {
            Assert.Equal(SignInBridge.Next, (await browser.Get(world.SignInUrl)).Url.AbsolutePath);
        }

        hold.Set();
        await renewal;
        Assert.False(Tokens.NeedsAttention("acme", "maple"));
        Assert.NotNull(await ((IResidentTokens)Tokens).AccessToken("maple", default));
    }

    [Fact]
    public async Task Without_a_refresh_token_nothing_is_kept_and_forgetting_leaves_nothing()
    {
        await SignIn("maple");
        world.Service<Database>().Write(transaction =>
        {
            MakerTokens.Forget(transaction, "acme", "maple");
            ResidentSessions.EndAll(transaction, "acme", "maple");
            ResidentProfiles.Forget(transaction, "acme", "maple");
            return 0;
        });
        Assert.Null(await ((IResidentTokens)Tokens).AccessToken("maple", default));
        Assert.Null(world.Service<ResidentProfiles>().Of("acme", "maple"));

        await SignIn("maple", provider => provider.ChangeTokens = tokens => tokens.Remove("refresh_token"));
        Assert.Null(await ((IResidentTokens)Tokens).AccessToken("maple", default));
        Assert.Equal("maple@home.example", world.Service<ResidentProfiles>().Of("acme", "maple")!.Email);
    }

    private async Task SignIn(string account, Action<HostileProvider>? change = null)
    {
        world.Provider.Reset();
        world.Provider.Account = account;
        change?.Invoke(world.Provider);
        using var browser = new Browser();
        Assert.Equal(SignInBridge.Next, (await browser.Get(world.SignInUrl)).Url.AbsolutePath);
    }

    private void Execute(string sql)
    {
        using var connection = TestDatabase.Open(world.DatabasePath);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
