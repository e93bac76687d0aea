using System.Net;
using System.Text;
using HomeBridge.Tests.AccountLinking.OAuth;

namespace HomeBridge.Tests.Residents;

/// <summary>The companion app's API: who is let in, and what is refused.</summary>
[Collection(OAuthCollection.Name)]
public sealed class AccountApiTests(OAuthBridge bridge)
{
    private const string Api = "/account/api/v1";

    private Task<Answer> Call(HttpMethod method, string path, string? token, string? body = null) => bridge.Send(
        method, Api + path, body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"), token is null ? null : "Bearer " + token);

    [Theory]
    [InlineData("GET", "/me")]
    [InlineData("GET", "/links")]
    [InlineData("GET", "/links/x")]
    [InlineData("DELETE", "/links/x")]
    [InlineData("GET", "/links/x/history")]
    [InlineData("PUT", "/links/x/devices/y")]
    [InlineData("PUT", "/links/x/devices/y/traits/OnOff")]
    [InlineData("GET", "/cameras")]
    [InlineData("PUT", "/cameras/pause")]
    [InlineData("DELETE", "/cameras/pause")]
    [InlineData("PUT", "/cameras/x/pause")]
    [InlineData("DELETE", "/cameras/x/pause")]
    [InlineData("GET", "/views")]
    [InlineData("POST", "/views/stop")]
    [InlineData("POST", "/views/x/stop")]
    [InlineData("POST", "/views/x/not-mine")]
    [InlineData("GET", "/notices")]
    [InlineData("GET", "/sessions")]
    [InlineData("DELETE", "/sessions/x")]
    public async Task Nobody_without_a_companion_token_is_let_in(string method, string path)
    {
        var platform = await bridge.Link();
        foreach (var token in new[] { null, platform.AccessToken, "nonsense" })
        {
            var answer = await Call(new HttpMethod(method), path, token);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
            Assert.StartsWith("Bearer", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
            Assert.Equal(token is not null, answer.Headers.WwwAuthenticate.ToString().Contains("invalid_token", StringComparison.Ordinal));
            Assert.Equal("application/problem+json", answer.ContentHeaders.ContentType!.MediaType);
            Assert.True(answer.Headers.CacheControl!.NoStore);
        }
    }

    [Fact]
    public async Task Another_accounts_session_is_not_ended_and_answers_like_an_unknown_one()
    {
        var mine = await bridge.Link(OAuthBridge.Companion, "api-one");
        var other = await bridge.Link(OAuthBridge.Companion, "api-two");
        var id = (await Call(HttpMethod.Get, "/me", mine.AccessToken)).Text("session")!;

        var theirs = await Call(HttpMethod.Delete, "/sessions/" + id, other.AccessToken);
        var unknown = await Call(HttpMethod.Delete, "/sessions/nothing", other.AccessToken);

        Assert.Equal(HttpStatusCode.NotFound, theirs.Status);
        Assert.Equal((unknown.Status, unknown.Json.GetProperty("detail").GetString()), (theirs.Status, theirs.Json.GetProperty("detail").GetString()));
        Assert.Equal(HttpStatusCode.NoContent, (await Call(HttpMethod.Delete, "/sessions/" + id, mine.AccessToken)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Call(HttpMethod.Get, "/me", mine.AccessToken)).Status);
    }

    [Fact]
    public async Task Another_accounts_link_is_neither_seen_nor_ended()
    {
        var platform = await bridge.Link(OAuthBridge.Google, "api-three");
        var mine = await bridge.Link(OAuthBridge.Companion, "api-three");
        var other = await bridge.Link(OAuthBridge.Companion, "api-four");
        var link = (await Call(HttpMethod.Get, "/links", mine.AccessToken)).Json.GetProperty("links")[0].GetProperty("id").GetString();

        Assert.Empty((await Call(HttpMethod.Get, "/links", other.AccessToken)).Json.GetProperty("links").EnumerateArray());
        Assert.Equal(HttpStatusCode.NotFound, (await Call(HttpMethod.Get, $"/links/{link}/history", other.AccessToken)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Call(HttpMethod.Delete, $"/links/{link}", other.AccessToken)).Status);
        Assert.True(await bridge.Opens(platform.AccessToken));
        Assert.Equal(HttpStatusCode.NoContent, (await Call(HttpMethod.Delete, $"/links/{link}", mine.AccessToken)).Status);
        Assert.False(await bridge.Opens(platform.AccessToken));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"length\":1}")]
    [InlineData("{\"length\":\"hour\",\"more\":1}")]
    [InlineData("{\"length\":\"hour\"")]
    public async Task A_body_that_is_not_exactly_right_is_refused(string body)
    {
        var app = await bridge.Link(OAuthBridge.Companion, "api-five");
        Assert.Equal(HttpStatusCode.BadRequest, (await Call(HttpMethod.Put, "/cameras/pause", app.AccessToken, body)).Status);
    }

    [Fact]
    public async Task All_cameras_are_paused_and_shared_again()
    {
        var app = await bridge.Link(OAuthBridge.Companion, "api-six");
        Assert.Equal(HttpStatusCode.NoContent, (await Call(HttpMethod.Put, "/cameras/pause", app.AccessToken, "{\"length\":\"untilResumed\"}")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await Call(HttpMethod.Delete, "/cameras/pause", app.AccessToken)).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await Call(HttpMethod.Put, "/cameras/pause", app.AccessToken, new string(' ', 5000))).Status);
    }

    [Fact]
    public async Task Too_many_calls_are_told_when_to_come_back()
    {
        var app = await bridge.Link(OAuthBridge.Companion, "api-seven");
        var last = await Call(HttpMethod.Get, "/sessions", app.AccessToken);
        for (var calls = 1; calls < 121; calls++)
        {
            Assert.Equal(HttpStatusCode.OK, last.Status);
            last = await Call(HttpMethod.Get, "/sessions", app.AccessToken);
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, last.Status);
        Assert.InRange(last.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
    }
}
