using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace HomeBridge.Tests.Sandbox.HomeGraph;

/// <summary>What the stand-in takes as a report, and what it refuses as the real one does.</summary>
public sealed class HomeGraphReportTests : IAsyncLifetime
{
    private RunningPlatform _platform = null!;

    public async Task InitializeAsync()
    {
        _platform = await RunningPlatform.Start();
        var bridge = _platform.Bridge;
        bridge.Add("lamp", "Lamp", "LIGHT", ["OnOff", "Brightness", "ColorSetting"], new() { ["on"] = false, ["brightness"] = 10 });
        bridge.Add("door", "Door", "LOCK", ["LockUnlock"], new() { ["isLocked"] = true, ["isJammed"] = false });
        bridge.Add("bell", "Bell", "DOORBELL", ["ObjectDetection"], notifies: true);
        bridge.Add("tv", "Television", "TV", ["Volume"], new() { ["currentVolume"] = 3, ["isMuted"] = false }, new() { ["volumeMaxLevel"] = 20 });
        await _platform.Link();
        await _platform.StoredOnce("lamp", stored => stored.TryGetProperty("online", out _));
    }

    public async Task DisposeAsync() => await _platform.DisposeAsync();

    [Fact]
    public async Task A_trait_that_is_spoken_of_is_overwritten_as_a_whole_and_no_other()
    {
        Assert.Equal(200, (await _platform.Report(new { door = new { isJammed = true } })).Status);
        Assert.Equal("""{"online":true,"isJammed":true}""", (await _platform.Stored("door")).GetRawText());
        Assert.Equal(200, (await _platform.Report(new { lamp = new { online = false, on = true } })).Status);
        var lamp = await _platform.Stored("lamp");
        Assert.True(lamp.GetProperty("on").GetBoolean());
        Assert.False(lamp.GetProperty("online").GetBoolean());
        Assert.Equal(10, lamp.GetProperty("brightness").GetInt32());
    }

    [Theory]
    [InlineData("""{"on":true,"status":"SUCCESS"}""")]
    [InlineData("""{"isLocked":true}""")]
    [InlineData("""{"nonsense":1}""")]
    [InlineData("""{"on":"true"}""")]
    [InlineData("""{"on":null}""")]
    [InlineData("""{"online":1}""")]
    [InlineData("""{"brightness":101}""")]
    [InlineData("""{"brightness":-1}""")]
    [InlineData("""{"brightness":50.5}""")]
    [InlineData("""{"color":{"temperature_k":2000}}""")]
    [InlineData("""{"color":{}}""")]
    [InlineData("""{"color":{"temperatureK":2000,"spectrumRgb":255}}""")]
    [InlineData("""{"color":{"spectrumHsv":{"hue":360,"saturation":1,"value":1}}}""")]
    [InlineData("""[]""")]
    public async Task An_invalid_state_refuses_the_whole_call(string states)
    {
        var (status, body) = await _platform.Call("devices:reportStateAndNotification", """{"requestId":"r","agentUserId":"user-1","payload":{"devices":{"states":{"door":{"isLocked":false},"lamp":""" + states + "}}}}");
        Assert.Equal(400, status);
        Assert.Equal("INVALID_ARGUMENT", body.GetProperty("error").GetProperty("status").GetString());
        Assert.False(string.IsNullOrEmpty(body.GetProperty("error").GetProperty("message").GetString()));
        Assert.True((await _platform.Stored("door")).GetProperty("isLocked").GetBoolean());
    }

    [Fact]
    public async Task A_range_that_the_device_declared_holds()
    {
        Assert.Equal(200, (await _platform.Report(new { tv = new { currentVolume = 20, isMuted = false } })).Status);
        Assert.Equal(400, (await _platform.Report(new { tv = new { currentVolume = 21, isMuted = false } })).Status);
    }

    [Theory]
    [InlineData("""{"request_id":"r","agentUserId":"user-1","payload":{"devices":{"states":{"lamp":{"on":true}}}}}""")]
    [InlineData("""{"agent_user_id":"user-1","payload":{"devices":{"states":{"lamp":{"on":true}}}}}""")]
    [InlineData("""{"agentUserId":"user-1","payload":{"devices":{"states":{"lamp":{"on":true}},"more":{}}}}""")]
    [InlineData("""{"agentUserId":"user-1","payload":{"devices":{}}}""")]
    [InlineData("""{"agentUserId":"user-1"}""")]
    [InlineData("""{"payload":{"devices":{"states":{"lamp":{"on":true}}}}}""")]
    [InlineData("""{"agentUserId":"user-1","agentUserId":"user-2","payload":{"devices":{"states":{"lamp":{"on":true}}}}}""")]
    [InlineData("""{"agentUserId":""")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task A_request_of_another_shape_is_an_invalid_argument(string body)
    {
        var (status, answer) = await _platform.Call("devices:reportStateAndNotification", body);
        Assert.Equal(400, status);
        Assert.Equal("INVALID_ARGUMENT", answer.GetProperty("error").GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_report_may_be_larger_than_what_a_page_sends()
    {
        var report = """{"agentUserId":"user-1","payload":{"devices":{"states":{"lamp":{"on":true}}}}}""";
        Assert.Equal(200, (await _platform.Call("devices:reportStateAndNotification", report + new string(' ', 1024 * 1024))).Status);
    }

    [Fact]
    public async Task Unknown_users_and_devices_are_not_found()
    {
        var (status, body) = await _platform.Report(new { lamp = new { on = true } }, user: "user-2");
        Assert.Equal((404, "NOT_FOUND"), (status, body.GetProperty("error").GetProperty("status").GetString()));
        Assert.Equal(404, (await _platform.Report(new { lamp = new { on = true }, stranger = new { on = true } })).Status);
        Assert.False((await _platform.Stored("lamp")).GetProperty("on").GetBoolean());
    }

    [Fact]
    public async Task A_compressed_report_is_read()
    {
        using var packed = new MemoryStream();
        await using (var zip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            await zip.WriteAsync(Encoding.UTF8.GetBytes("""{"agentUserId":"user-1","payload":{"devices":{"states":{"lamp":{"on":true}}}}}"""));
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, "/homegraph/v1/devices:reportStateAndNotification")
        {
            Content = new ByteArrayContent(packed.ToArray()) { Headers = { ContentEncoding = { "gzip" }, ContentType = new("application/json") } },
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", await _platform.Token()) },
        };
        using var answer = await _platform.Http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        Assert.True((await _platform.Stored("lamp")).GetProperty("on").GetBoolean());
    }

    [Theory]
    [InlineData("""{"bell":{"ObjectDetection":{"priority":0,"detectionTimestamp":1795338000000,"objects":{"unclassified":1}}}}""", 200)]
    [InlineData("""{"bell":{"ObjectDetection":{"priority":0,"detectionTimestamp":1795338000000,"objects":{}}}}""", 400)]
    [InlineData("""{"bell":{"ObjectDetection":{"priority":0,"objects":{"named":["Ada"]}}}}""", 400)]
    [InlineData("""{"bell":{"ObjectDetection":{"priority":"0","detectionTimestamp":1,"objects":{"named":["Ada"]}}}}""", 400)]
    [InlineData("""{"lamp":{"ObjectDetection":{"priority":0,"detectionTimestamp":1,"objects":{"named":["Ada"]}}}}""", 400)]
    [InlineData("""{"door":{"LockUnlock":{"priority":0,"followUpResponse":{"status":"SUCCESS","followUpToken":"t","isLocked":true}}}}""", 200)]
    [InlineData("""{"door":{"LockUnlock":{"priority":0,"followUpResponse":{"status":"FAILURE","followUpToken":"t","errorCode":"lockFailure"}}}}""", 200)]
    [InlineData("""{"door":{"LockUnlock":{"priority":0,"followUpResponse":{"status":"SUCCESS","isLocked":true}}}}""", 400)]
    [InlineData("""{"door":{"LockUnlock":{"priority":0,"followUpResponse":{"status":"SUCCESS","followUpToken":"t"}}}}""", 400)]
    [InlineData("""{"lamp":{"OnOff":{"priority":0,"followUpResponse":{"status":"SUCCESS","followUpToken":"t"}}}}""", 400)]
    public async Task Notifications_are_held_to_their_shape(string notifications, int expected)
    {
        var (status, body) = await _platform.Call(
            "devices:reportStateAndNotification", """{"eventId":"e","agentUserId":"user-1","payload":{"devices":{"notifications":""" + notifications + "}}}");
        Assert.True(status == expected, body.ToString());
    }

    /// <summary>The checker knows the whole catalogue: each state is taken with a value of its kind, and refused with another.</summary>
    [Fact]
    public async Task Every_state_of_the_catalogue_is_known_and_checked()
    {
        var traits = JsonNode.Parse(House.Repository.Read("contracts/trait-catalogue.json"))!["traits"]!.AsObject();
        foreach (var (trait, known) in traits)
        {
            if (known!["states"]!.AsObject().Count > 0)
            {
                _platform.Bridge.Add(trait, trait, "SENSOR", [trait]);
            }
        }

        Assert.Equal(200, (await _platform.Call("devices:requestSync", new { agentUserId = "user-1" })).Status);
        var states = 0;
        foreach (var (trait, known) in traits)
        {
            foreach (var (state, shape) in known!["states"]!.AsObject())
            {
                states++;
                foreach (var (value, expected) in ((JsonNode?, int)[])[(Valid(shape!), 200), (shape!["type"]!.ToString() == "string" ? 5 : "text", 400)])
                {
                    var (status, body) = await _platform.Report(new JsonObject { [trait] = new JsonObject { [state] = value } });
                    Assert.True(status == expected, $"{trait}.{state} = {value}: {body}");
                }
            }
        }

        Assert.True(states > 50);
    }

    private static JsonNode Valid(JsonNode shape) => shape["type"]!.ToString() switch
    {
        "boolean" => true,
        "string" => shape["enum"] is JsonArray allowed ? allowed[0]!.DeepClone() : "any",
        "array" => new JsonArray(Valid(shape["items"]!)),
        "object" => Members(shape),
        _ => (shape["min"] ?? 1).DeepClone(),
    };

    private static JsonObject Members(JsonNode shape)
    {
        var first = shape["oneOf"]?[0]?["required"]?.AsArray().Select(name => name!.ToString()).ToList();
        return new(shape["members"]?.AsObject()
            .Where(member => first?.Contains(member.Key) ?? true)
            .Select(member => KeyValuePair.Create(member.Key, (JsonNode?)Valid(member.Value!))) ?? []);
    }
}
