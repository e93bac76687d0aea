using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Fulfillment;

/// <summary>Bad input at the webhook: each kind has its answer, none is a 5xx.</summary>
[Collection(SandboxCollection.Name)]
public sealed class DoorsTests(SandboxFixture sandbox)
{
    private const string SyncBody = """{"requestId":"77","inputs":[{"intent":"action.devices.SYNC"}]}""";

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer wrong")]
    [InlineData("Basic Zm9vOmJhcg==")]
    [InlineData("Bearer ")]
    public async Task Without_a_good_token_it_is_401_with_a_challenge(string? authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(sandbox.Bridge, "/fulfillment/google"));
        request.Content = new StringContent(SyncBody, Encoding.UTF8, "application/json");
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using var answer = await sandbox.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.StartsWith("Bearer", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refresh_token_and_another_platforms_token_open_nothing()
    {
        var (google, second) = (await sandbox.Link("maple"), await sandbox.Link("maple", "second-platform"));
        foreach (var token in (string[])[google.RefreshToken, second.AccessToken])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(sandbox.Bridge, "/fulfillment/google"));
            request.Headers.Authorization = new("Bearer", token);
            request.Content = new StringContent(SyncBody, Encoding.UTF8, "application/json");

            using var answer = await sandbox.Http.SendAsync(request);

            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    public async Task Another_method_is_405(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(sandbox.Bridge, "/fulfillment/google"));
        using var answer = await sandbox.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/jsonx")]
    public async Task Another_content_type_is_415(string contentType)
    {
        var home = await sandbox.Link("maple");
        using var answer = await home.Post(SyncBody, contentType);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("{")]
    [InlineData("hello")]
    [InlineData("{'requestId':'1'}")]
    [InlineData("{\"requestId\":\"1\",}")]
    [InlineData("{\"requestId\":\"1\"} trailing")]
    [InlineData("/* hello */ {}")]
    [InlineData("{\"a\":NaN}")]
    public async Task What_is_not_json_is_400(string body)
    {
        var home = await sandbox.Link("maple");
        using var answer = await home.Post(body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData(1024 * 1024 + 1)]
    [InlineData(5 * 1024 * 1024)]
    public async Task Too_much_is_413_and_soon(int bytes)
    {
        var home = await sandbox.Link("maple");
        var started = Stopwatch.GetTimestamp();
        using var answer = await home.Post("{\"requestId\":\"1\",\"x\":\"" + new string('a', bytes) + "\"}");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("3")]
    [InlineData("\"text\"")]
    public async Task Json_that_is_no_request_is_a_protocol_error(string body)
    {
        var home = await sandbox.Link("maple");
        var answer = await home.Fulfill(body);

        Assert.Equal("protocolError", answer.GetProperty("payload").GetProperty("errorCode").GetString());
    }

    [Theory]
    [InlineData("""{"requestId":"ID","inputs":[]}""")]
    [InlineData("""{"inputs":[],"requestId":"ID"}""")]
    [InlineData("""{"requestId":"ID"}""")]
    [InlineData("""{"requestId":"ID","inputs":{}}""")]
    [InlineData("""{"requestId":"ID","inputs":[{"intent":"action.devices.SYNC"},{"intent":"action.devices.SYNC"}]}""")]
    [InlineData("""{"requestId":"ID","inputs":[{"intent":"action.devices.FLY"}]}""")]
    [InlineData("""{"requestId":"ID","inputs":[{"intent":7}]}""")]
    [InlineData("""{"requestId":"ID","inputs":[{"intent":"action.devices.QUERY"}]}""")]
    [InlineData("""{"requestId":"ID","inputs":[{"intent":"action.devices.QUERY","payload":{"devices":[]}}]}""")]
    [InlineData("""{"requestId":"ID","inputs":[{"intent":"action.devices.QUERY","payload":{"devices":[{}]}}]}""")]
    [InlineData("""{"requestId":"ID","inputs":[{"intent":"action.devices.QUERY","payload":{"devices":[{"id":7}]}}]}""")]
    [InlineData("""{"requestId":"ID","inputs":[{"intent":"action.devices.EXECUTE","payload":{"commands":[]}}]}""")]
    [InlineData("""{"requestId":"ID","inputs":[{"intent":"action.devices.EXECUTE","payload":{"commands":[{"devices":[],"execution":[{"command":"x"}]}]}}]}""")]
    [InlineData("""{"requestId":"ID","inputs":[{"intent":"action.devices.EXECUTE","payload":{"commands":[{"devices":[{"id":"a"}],"execution":[]}]}}]}""")]
    [InlineData("""{"requestId":"ID","inputs":[{"intent":"action.devices.EXECUTE","payload":{"commands":[{"devices":[{"id":"a"}],"execution":[{"command":"x","params":[]}]}]}}]}""")]
    [InlineData("""{"requestId":"ID","inputs":[{"intent":"action.devices.SYNC","intent":"action.devices.DISCONNECT"}]}""")]
    public async Task A_wrong_shape_is_a_protocol_error_under_its_own_request_id(string body)
    {
        var home = await sandbox.Link("maple");
        var answer = await home.Fulfill(body.Replace("ID", "6894439706274654512", StringComparison.Ordinal));

        Assert.Equal("6894439706274654512", answer.GetProperty("requestId").GetString());
        Assert.Equal("protocolError", answer.GetProperty("payload").GetProperty("errorCode").GetString());
    }

    [Fact]
    public async Task Json_as_deep_as_a_well_is_a_protocol_error()
    {
        var home = await sandbox.Link("maple");
        var answer = await home.Fulfill("{\"requestId\":\"deep\",\"x\":" + new string('[', 500) + new string(']', 500) + "}");

        Assert.Equal("deep", answer.GetProperty("requestId").GetString());
        Assert.Equal("protocolError", answer.GetProperty("payload").GetProperty("errorCode").GetString());
    }

    [Fact]
    public async Task Ids_with_odd_characters_are_simply_not_found()
    {
        var home = await sandbox.Link("maple");
        string[] odd = ["", " ", "'; DROP TABLE devices;--", "../../etc/passwd", "ü\u0000\n\"\\", new string('x', 10_000), "%00", "dev_%", "__proto__"];

        var devices = await home.Query(odd);

        Assert.Equal(odd.Length, devices.EnumerateObject().Count());
        Assert.All(devices.EnumerateObject(), device => Assert.Equal("deviceNotFound", device.Value.GetProperty("errorCode").GetString()));
        Assert.Equal(8, (await home.Sync()).GetProperty("devices").GetArrayLength());
    }

    [Fact]
    public async Task Unknown_members_are_ignored()
    {
        var home = await sandbox.Link("maple");
        var answer = await home.Fulfill("""{"new":{"a":[1,2.5,null]},"requestId":"1","inputs":[{"more":true,"intent":"action.devices.SYNC","context":{}}]}""");

        Assert.Equal(JsonValueKind.Array, answer.GetProperty("payload").GetProperty("devices").ValueKind);
    }

    [Fact]
    public async Task Ten_thousand_devices_in_one_query_are_answered()
    {
        var home = await sandbox.Link("maple");
        var light = await home.Device("Kitchen light");
        var devices = await home.Query([light, .. Enumerable.Range(0, 9_999).Select(number => $"dev_{number:x32}")]);

        Assert.Equal(10_000, devices.EnumerateObject().Count());
        Assert.Equal("SUCCESS", devices.GetProperty(light).GetProperty("status").GetString());
    }
}
