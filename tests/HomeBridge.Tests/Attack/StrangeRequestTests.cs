using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Attack;

/// <summary>Requests that nobody sends by mistake: each has a 4xx of its own and none is a bug of ours.</summary>
[Collection(SandboxCollection.Name)]
public sealed class StrangeRequestTests(SandboxFixture sandbox)
{
    [Fact]
    public async Task A_body_that_is_one_very_long_number_is_a_protocol_error()
    {
        var home = await sandbox.Link("maple");

        using var answer = await home.Post("1" + new string('0', 400));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("protocolError", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/oauth/authorize", "application/json")]
    [InlineData("/oauth/authorize", null)]
    [InlineData("/oauth/authorize", "multipart/form-data")]
    [InlineData("/oauth/authorize", "multipart/form-data; boundary=x")]
    [InlineData("/oauth/consent", "application/json")]
    [InlineData("/oauth/consent", null)]
    [InlineData("/oauth/token", "application/x-www-form-urlencoded; charset=utf-7")]
    [InlineData("/oauth/revoke", "application/x-www-form-urlencoded; charset=utf-7")]
    public async Task A_form_endpoint_refuses_what_is_no_form(string path, string? type)
    {
        using var body = new ByteArrayContent(Encoding.ASCII.GetBytes("a=b"));
        body.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);

        using var answer = await sandbox.Http.PostAsync(new Uri(sandbox.Bridge, path), body);

        Assert.InRange((int)answer.StatusCode, 400, 499);
    }

    [Theory]
    [InlineData("/oauth/authorize")]
    [InlineData("/oauth/consent")]
    public async Task A_form_with_more_fields_than_anybody_has_is_refused(string path)
    {
        using var body = new FormUrlEncodedContent(Enumerable.Range(0, 3000).Select(number => new KeyValuePair<string, string>($"k{number}", "v")));

        using var answer = await sandbox.Http.PostAsync(new Uri(sandbox.Bridge, path), body);

        Assert.InRange((int)answer.StatusCode, 400, 499);
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("-Infinity")]
    [InlineData("5sss")]
    public async Task A_wait_that_is_no_number_of_seconds_is_refused(string wait)
    {
        var (status, _) = await sandbox.OpsCall(HttpMethod.Post, $"/ops/v1/suspensions?dry_run=true&wait={wait}", new { preset = "camera-leak" });

        Assert.Equal(400, status);
    }

    [Theory]
    [InlineData("/V1/e/", "/live.m3u8")]
    [InlineData("/v1/E/", "/live.m3u8")]
    [InlineData("/v1/e/", "/live.m3u8/")]
    [InlineData("/v1/e/", "/LIVE.m3u8")]
    public async Task Another_spelling_of_an_entry_is_not_found(string before, string after)
    {
        var home = await sandbox.Link("maple");
        var entry = (await home.Watch(await home.Device("Front door camera"))).Entry;
        var ticket = entry.AbsolutePath.Split('/')[3];

        using var answer = await sandbox.Http.GetAsync(new Uri(entry, before + ticket + after));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Who_did_not_wait_is_not_told_that_no_stream_is_left()
    {
        var home = await sandbox.Link("maple");
        var viewer = await home.Watch(await home.Device("Front door camera"));
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());

        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(sandbox.Ops, "/ops/v1/suspensions?wait=0s"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "sandbox-operator");
        request.Content = JsonContent.Create(new { preset = "camera-leak" });
        using var answer = await sandbox.Http.SendAsync(request);
        var suspension = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        await sandbox.Lift(suspension);

        Assert.All(
            suspension.GetProperty("replicas").EnumerateArray().Where(replica => !replica.TryGetProperty("applied_ms", out _)),
            replica => Assert.False(replica.TryGetProperty("streams_left", out _), "streams_left of a replica that has confirmed nothing"));
    }
}
