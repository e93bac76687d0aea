using System.Net;
using System.Text;
using HomeBridge.Residents;
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
    [InlineData("GET", "/notice-choices")]
    [InlineData("PUT", "/notice-choices/first_view")]
    [InlineData("GET", "/sessions")]
    [InlineData("DELETE", "/sessions/x")]
    [InlineData("GET", "/links/x/receipt")]
    [InlineData("GET", "/links/x/new-devices")]
    [InlineData("PUT", "/links/x/new-devices")]
    [InlineData("DELETE", "/links/x/new-devices/y")]
    [InlineData("GET", "/attempts")]
    [InlineData("GET", "/data")]
    [InlineData("POST", "/data/deletion")]
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

    [Fact]
    public async Task An_account_is_deleted_only_soon_after_a_sign_in_and_only_by_whoever_means_it()
    {
        const string deletion = "/data/deletion";
        var platform = await bridge.Link(OAuthBridge.Google, "api-deleted");
        var bystander = await bridge.Link(OAuthBridge.Google, "api-bystander");
        var app = await bridge.Link(OAuthBridge.Companion, "api-deleted");
        Assert.Equal(HttpStatusCode.BadRequest, (await Call(HttpMethod.Post, deletion, app.AccessToken, "{\"understood\":false}")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Call(HttpMethod.Post, deletion, app.AccessToken, "{}")).Status);

        bridge.Clock.Advance(ResidentData.FreshFor + TimeSpan.FromSeconds(1));
        var later = (await bridge.Refresh(app.RefreshToken, OAuthBridge.Companion)).Text("access_token")!;
        var stale = await Call(HttpMethod.Post, deletion, later, "{\"understood\":true}");
        Assert.Equal(HttpStatusCode.Unauthorized, stale.Status);
        Assert.Contains("insufficient_user_authentication", stale.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Contains("max_age=\"900\"", stale.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.True(await bridge.Opens(platform.AccessToken));

        var fresh = await bridge.Link(OAuthBridge.Companion, "api-deleted");
        var done = await Call(HttpMethod.Post, deletion, fresh.AccessToken, "{\"understood\":true}");
        Assert.Equal(HttpStatusCode.OK, done.Status);
        Assert.Equal((1, 2), (done.Json.GetProperty("links").GetInt32(), done.Json.GetProperty("apps").GetInt32()));
        Assert.False(await bridge.Opens(platform.AccessToken));
        Assert.True(await bridge.Opens(bystander.AccessToken));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Call(HttpMethod.Get, "/me", fresh.AccessToken)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Call(HttpMethod.Get, "/me", later)).Status);
    }

    [Fact]
    public async Task The_file_is_the_residents_own()
    {
        await bridge.Link(OAuthBridge.Google, "api-file-other");
        var platform = await bridge.Link(OAuthBridge.Google, "api-file");
        var app = await bridge.Link(OAuthBridge.Companion, "api-file");
        var file = await Call(HttpMethod.Get, "/data", app.AccessToken);
        Assert.Equal("api-file", file.Text("account"));
        Assert.Equal(platform.Opens, Assert.Single(file.Json.GetProperty("links").EnumerateArray()).GetProperty("link").GetString());
        Assert.DoesNotContain("api-file-other", file.Body, StringComparison.Ordinal);
        foreach (var secret in (string[])[platform.AccessToken, platform.RefreshToken, app.AccessToken, app.RefreshToken])
        {
            Assert.DoesNotContain(secret, file.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Notices_can_be_chosen_by_their_own_home_and_those_that_warn_can_not()
    {
        var app = await bridge.Link(OAuthBridge.Companion, "api-notices");
        var other = await bridge.Link(OAuthBridge.Companion, "api-notices-other");

        Assert.Equal(HttpStatusCode.NoContent, (await Call(HttpMethod.Put, "/notice-choices/first_view", app.AccessToken, "{\"on\":false}")).Status);
        foreach (var kind in (string[])["linked", "unlinked", "app_session_ended", "sign_in_needed", "restored", "nonsense"])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await Call(HttpMethod.Put, $"/notice-choices/{kind}", app.AccessToken, "{\"on\":false}")).Status);
        }

        Assert.Contains("{\"kind\":\"first_view\",\"on\":false},{\"kind\":\"suspended\",\"on\":true}", (await Call(HttpMethod.Get, "/notice-choices", app.AccessToken)).Body, StringComparison.Ordinal);
        Assert.Contains("\"fixed\":[\"linked\"", (await Call(HttpMethod.Get, "/notice-choices", app.AccessToken)).Body, StringComparison.Ordinal);
        Assert.DoesNotContain("false", (await Call(HttpMethod.Get, "/notice-choices", other.AccessToken)).Body, StringComparison.Ordinal);
        Assert.Contains("notices.off", (await Call(HttpMethod.Get, "/data", app.AccessToken)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_becomes_of_later_devices_is_told_and_changed_by_their_own_home_only()
    {
        var platform = await bridge.Link(OAuthBridge.Google, "api-later");
        var app = await bridge.Link(OAuthBridge.Companion, "api-later");
        var other = await bridge.Link(OAuthBridge.Companion, "api-later-other");
        var path = $"/links/{platform.Opens}/new-devices";
        Assert.Equal("never", (await Call(HttpMethod.Get, path, app.AccessToken)).Text("later"));
        Assert.Equal(HttpStatusCode.NotFound, (await Call(HttpMethod.Put, path, other.AccessToken, "{\"later\":\"add\"}")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Call(HttpMethod.Put, path, app.AccessToken, "{\"later\":\"always\"}")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await Call(HttpMethod.Put, path, app.AccessToken, "{\"later\":\"ask\"}")).Status);
        Assert.Equal("ask", (await Call(HttpMethod.Get, path, app.AccessToken)).Text("later"));
        Assert.Equal(HttpStatusCode.NotFound, (await Call(HttpMethod.Get, path, other.AccessToken)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Call(HttpMethod.Get, $"/links/{platform.Opens}/receipt", app.AccessToken)).Status);
    }

    [Theory]
    [InlineData("GET", "/links/{link}", null)]
    [InlineData("GET", "/links/{link}/history", null)]
    [InlineData("GET", "/links/{link}/receipt", null)]
    [InlineData("GET", "/links/{link}/new-devices", null)]
    [InlineData("PUT", "/links/{link}/new-devices", "{\"later\":\"add\"}")]
    [InlineData("DELETE", "/links/{link}/new-devices/{device}", null)]
    [InlineData("PUT", "/links/{link}/devices/{device}", "{\"on\":false}")]
    [InlineData("PUT", "/links/{link}/devices/{device}/traits/OnOff", "{\"on\":false}")]
    [InlineData("DELETE", "/links/{link}", null)]
    [InlineData("PUT", "/cameras/{device}/pause", "{\"length\":\"hour\"}")]
    [InlineData("DELETE", "/cameras/{device}/pause", null)]
    public async Task Somebody_elses_is_answered_like_what_never_was(string method, string path, string? body)
    {
        var platform = await bridge.Link(OAuthBridge.Google, "api-victim");
        var attacker = await bridge.Link(OAuthBridge.Companion);
        var device = bridge.Get<HomeBridge.Devices.DeviceRegister>().Identify(
            "acme", [new HomeBridge.Devices.DeviceDescription { VendorDeviceId = "light-of-api-victim-000000", Type = "LIGHT", Name = "Light", Traits = ["OnOff"] }])[0].Id.Value;
        Task<Answer> Try(string link, string of) => Call(
            new HttpMethod(method), path.Replace("{link}", link, StringComparison.Ordinal).Replace("{device}", of, StringComparison.Ordinal), attacker.AccessToken, body);

        var theirs = await Try(platform.Opens, device);
        var unknown = await Try("lnk_00000000000000000000000000000000", "dev_0000000000000000000000000000");

        // This maker never answers: whose camera it is nobody knows, and that is said of any id.
        Assert.Equal(path.StartsWith("/cameras", StringComparison.Ordinal) ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.NotFound, theirs.Status);
        Assert.Equal((unknown.Status, unknown.Text("detail")), (theirs.Status, theirs.Text("detail")));
        Assert.True(await bridge.Opens(platform.AccessToken));
    }

    [Theory]
    [InlineData("/links/{link}/devices/{device}")]
    [InlineData("/links/{link}/devices/{device}/traits/Sound")]
    public async Task A_maker_who_does_not_answer_is_not_taken_for_a_device_that_is_none(string path)
    {
        var platform = await bridge.Link(OAuthBridge.Google, "api-away");
        var app = await bridge.Link(OAuthBridge.Companion, "api-away");
        var mine = bridge.Get<HomeBridge.AccountLinking.AccountLinks>().BoundDevices(new HomeBridge.AccountLinking.AccountLinkId(platform.Opens))[0].Id.Value;
        Task<Answer> Try(string link, string device) => Call(
            HttpMethod.Put, path.Replace("{link}", link, StringComparison.Ordinal).Replace("{device}", device, StringComparison.Ordinal), app.AccessToken, "{\"on\":true}");

        var (known, unknown, nobodys) = (await Try(platform.Opens, mine), await Try(platform.Opens, "dev_0"), await Try("lnk_0", mine));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable, HttpStatusCode.NotFound), (known.Status, unknown.Status, nobodys.Status));
        Assert.InRange(known.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal(known.Text("detail"), unknown.Text("detail"));
    }

    [Fact]
    public async Task A_token_that_is_over_opens_nothing()
    {
        var app = await bridge.Link(OAuthBridge.Companion, "api-over");
        bridge.Clock.Advance(TimeSpan.FromDays(1));
        var over = await Call(HttpMethod.Get, "/me", app.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, over.Status);
        Assert.Contains("invalid_token", over.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        var renewed = await bridge.Refresh(app.RefreshToken, OAuthBridge.Companion);
        Assert.Equal(HttpStatusCode.OK, (await Call(HttpMethod.Get, "/me", renewed.Text("access_token"))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Call(HttpMethod.Get, "/me", app.RefreshToken)).Status);
    }

    [Fact]
    public async Task Fifty_calls_that_change_one_thing_at_once_leave_it_in_one_state()
    {
        var platform = await bridge.Link(OAuthBridge.Google, "api-at-once");
        var app = await bridge.Link(OAuthBridge.Companion, "api-at-once");
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(turn => turn % 2 == 0
            ? Call(HttpMethod.Delete, $"/links/{platform.Opens}", app.AccessToken)
            : Call(HttpMethod.Put, $"/links/{platform.Opens}/new-devices", app.AccessToken, "{\"later\":\"add\"}")));
        Assert.All(answers, answer => Assert.True(answer.Status is HttpStatusCode.NoContent or HttpStatusCode.NotFound, $"{answer.Status} {answer.Body}"));
        Assert.False(await bridge.Opens(platform.AccessToken));
        Assert.Equal("resident", (await Call(HttpMethod.Get, $"/links/{platform.Opens}/receipt", app.AccessToken)).Text("endedBy"));
    }
}
