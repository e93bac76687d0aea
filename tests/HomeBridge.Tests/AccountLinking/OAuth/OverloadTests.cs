using System.Net;
using Microsoft.Data.Sqlite;

namespace HomeBridge.Tests.AccountLinking.OAuth;

/// <summary>Too much at once, and a database that somebody else holds: later, and never "no".</summary>
public sealed class OverloadTests : IAsyncLifetime
{
    private readonly OAuthBridge _bridge = new(("AccountLinking:ClientFailuresPerAddressMax", "20"), ("AccountLinking:RefreshesPerLinkMax", "60"));

    public Task InitializeAsync() => _bridge.InitializeAsync();

    public Task DisposeAsync() => _bridge.DisposeAsync();

    [Fact]
    [Rfc("6749 5.2", "A busy database is 503 with Retry-After and never invalid_grant; nothing was used up")]
    public async Task A_busy_database_is_503_and_burns_nothing()
    {
        var given = await _bridge.Link();
        var app = await _bridge.Link(OAuthBridge.Companion);
        var (code, _) = _bridge.Agreed();
        Answer[] answers;
        await using (var other = new SqliteConnection($"Data Source={_bridge.DatabaseFile}"))
        {
            await other.OpenAsync();
            await using var held = other.BeginTransaction(deferred: false);
            answers = await Task.WhenAll(
                _bridge.Refresh(given.RefreshToken), _bridge.Exchange(code), _bridge.Refresh(app.RefreshToken, OAuthBridge.Companion), _bridge.Revoke(given.AccessToken));
            Assert.True(await _bridge.Opens(given.AccessToken));
        }

        Assert.All(answers, answer =>
        {
            answer.IsError(HttpStatusCode.ServiceUnavailable, "temporarily_unavailable");
            Assert.NotNull(answer.Headers.RetryAfter);
        });
        Assert.Equal(HttpStatusCode.OK, (await _bridge.Exchange(code)).Status);
        Assert.Equal(HttpStatusCode.OK, (await _bridge.Refresh(given.RefreshToken)).Status);
        Assert.Equal(HttpStatusCode.OK, (await _bridge.Refresh(app.RefreshToken, OAuthBridge.Companion)).Status);
    }

    [Fact]
    public async Task A_token_that_somebody_made_up_never_waits_for_the_writer()
    {
        await using var other = new SqliteConnection($"Data Source={_bridge.DatabaseFile}");
        await other.OpenAsync();
        await using var held = other.BeginTransaction(deferred: false);

        (await _bridge.Refresh("hbr_made-up", OAuthBridge.Companion)).IsError(HttpStatusCode.BadRequest, "invalid_grant");
        (await _bridge.Refresh("hbr_made-up")).IsError(HttpStatusCode.BadRequest, "invalid_grant");
    }

    [Fact]
    [Rfc("6749 10.10", "Who guesses client secrets is slowed down by address, and who has the right one is not, at the same address either")]
    public async Task An_address_that_guesses_secrets_has_to_wait()
    {
        var given = await _bridge.Link();
        for (var guess = 0; guess < 21; guess++)
        {
            (await _bridge.Exchange("code", secret: $"guess-{guess}")).IsError(HttpStatusCode.Unauthorized, "invalid_client");
        }

        var over = await _bridge.Exchange("code", secret: "guess");
        over.IsError(HttpStatusCode.TooManyRequests, "temporarily_unavailable");
        Assert.Equal(TimeSpan.FromSeconds(60), over.Headers.RetryAfter!.Delta);
        Assert.True(await _bridge.Opens(given.AccessToken));
        Assert.Equal(HttpStatusCode.OK, (await _bridge.Refresh(given.RefreshToken)).Status);

        _bridge.Clock.Advance(TimeSpan.FromMinutes(1));
        for (var refresh = 0; refresh < 60; refresh++)
        {
            Assert.Equal(HttpStatusCode.OK, (await _bridge.Refresh(given.RefreshToken)).Status);
        }

        var tooOften = await _bridge.Refresh(given.RefreshToken);
        tooOften.IsError(HttpStatusCode.ServiceUnavailable, "temporarily_unavailable");
        Assert.NotNull(tooOften.Headers.RetryAfter);
        _bridge.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.OK, (await _bridge.Refresh(given.RefreshToken)).Status);
    }

    [Theory]
    [InlineData("127.0.0.1/32", HttpStatusCode.Unauthorized)]
    [InlineData("203.0.113.0/24", HttpStatusCode.TooManyRequests)]
    public async Task Where_a_request_came_from_is_the_word_of_a_trusted_proxy_and_of_nobody_else(string trusted, HttpStatusCode another)
    {
        await using var behind = new ProxiedBridge(trusted);
        await behind.Bridge.InitializeAsync();
        for (var guess = 0; guess < 11; guess++)
        {
            await behind.Guess("198.51.100.7");
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, await behind.Guess("198.51.100.7"));
        Assert.Equal(another, await behind.Guess("198.51.100.8"));
    }

    private sealed class ProxiedBridge(string trusted) : IAsyncDisposable
    {
        public OAuthBridge Bridge { get; } = new(("Bridge:TrustedProxies:0", trusted), ("AccountLinking:ClientFailuresPerAddressMax", "10"));

        public async Task<HttpStatusCode> Guess(string from)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Bridge.Url, "/oauth/token"))
            {
                Content = new FormUrlEncodedContent([new("grant_type", "refresh_token"), new("refresh_token", "x"), new("client_id", OAuthBridge.Google), new("client_secret", "guess")]),
            };
            request.Headers.Add("X-Forwarded-For", from);
            using var answer = await Bridge.Http.SendAsync(request);
            return answer.StatusCode;
        }

        public async ValueTask DisposeAsync() => await Bridge.DisposeAsync();
    }
}
