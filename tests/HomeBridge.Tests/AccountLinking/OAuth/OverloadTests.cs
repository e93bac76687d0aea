using System.Net;
using Microsoft.Data.Sqlite;

namespace HomeBridge.Tests.AccountLinking.OAuth;

/// <summary>Too much at once, and a database that somebody else holds: later, and never "no".</summary>
public sealed class OverloadTests
{
    [Fact]
    [Rfc("6749 5.2", "A busy database is 503 with Retry-After and never invalid_grant; nothing was used up")]
    public async Task A_busy_database_is_503_and_burns_nothing()
    {
        var bridge = new OAuthBridge();
        await bridge.InitializeAsync();
        try
        {
            var given = await bridge.Link();
            var app = await bridge.Link(OAuthBridge.Companion);
            var (code, _) = bridge.Agreed();
            Answer[] answers;
            await using (var other = new SqliteConnection($"Data Source={bridge.DatabaseFile}"))
            {
                await other.OpenAsync();
                await using var held = other.BeginTransaction(deferred: false);
                answers = await Task.WhenAll(
                    bridge.Refresh(given.RefreshToken), bridge.Exchange(code), bridge.Refresh(app.RefreshToken, OAuthBridge.Companion), bridge.Revoke(given.AccessToken));
                Assert.True(await bridge.Opens(given.AccessToken));
            }

            Assert.All(answers, answer =>
            {
                answer.IsError(HttpStatusCode.ServiceUnavailable, "temporarily_unavailable");
                Assert.NotNull(answer.Headers.RetryAfter);
            });
            Assert.Equal(HttpStatusCode.OK, (await bridge.Exchange(code)).Status);
            Assert.Equal(HttpStatusCode.OK, (await bridge.Refresh(given.RefreshToken)).Status);
            Assert.Equal(HttpStatusCode.OK, (await bridge.Refresh(app.RefreshToken, OAuthBridge.Companion)).Status);
        }
        finally
        {
            await bridge.DisposeAsync();
        }
    }

    [Fact]
    [Rfc("6749 10.10", "Who guesses client secrets is slowed down by address, and who has the right one elsewhere is not")]
    public async Task An_address_that_guesses_secrets_has_to_wait()
    {
        var bridge = new OAuthBridge(("AccountLinking:ClientFailuresPerAddressMax", "20"), ("AccountLinking:RefreshesPerLinkMax", "60"));
        await bridge.InitializeAsync();
        try
        {
            var given = await bridge.Link();
            for (var guess = 0; guess < 21; guess++)
            {
                (await bridge.Exchange("code", secret: $"guess-{guess}")).IsError(HttpStatusCode.Unauthorized, "invalid_client");
            }

            var over = await bridge.Exchange("code", secret: "guess");
            over.IsError(HttpStatusCode.TooManyRequests, "temporarily_unavailable");
            Assert.Equal(TimeSpan.FromSeconds(60), over.Headers.RetryAfter!.Delta);
            Assert.True(await bridge.Opens(given.AccessToken));

            bridge.Clock.Advance(TimeSpan.FromMinutes(1));
            for (var refresh = 0; refresh < 60; refresh++)
            {
                Assert.Equal(HttpStatusCode.OK, (await bridge.Refresh(given.RefreshToken)).Status);
            }

            var tooOften = await bridge.Refresh(given.RefreshToken);
            tooOften.IsError(HttpStatusCode.ServiceUnavailable, "temporarily_unavailable");
            Assert.NotNull(tooOften.Headers.RetryAfter);
            bridge.Clock.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(HttpStatusCode.OK, (await bridge.Refresh(given.RefreshToken)).Status);
        }
        finally
        {
            await bridge.DisposeAsync();
        }
    }
}
