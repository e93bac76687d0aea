using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace HomeBridge.Tests.Sandbox;

public sealed class DeviceCloudApiTests
{
    [Theory]
    [InlineData("maple", 8)]
    [InlineData("harbor", 8)]
    [InlineData("hill", 200)]
    public async Task A_home_has_the_devices_that_the_documents_promise(string home, int count)
    {
        await using var cloud = await RunningCloud.StartAsync();

        var answer = await cloud.Bridge.GetAsync($"/v1/accounts/{home}/devices");
        var devices = (await answer.Content.ReadFromJsonAsync<JsonObject>())!["devices"]!.AsArray();

        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
        Assert.Equal(count, devices.Count);
        Assert.Equal(count, devices.Select(device => (string)device!["name"]!).Distinct().Count());
        Assert.All(devices, device => Assert.Matches("^[a-z0-9]{20}$", (string)device!["id"]!));
        // What hill has, is HillHomeTests' business.
        if (home != "hill")
        {
            Assert.Equal(
                ["CAMERA", "LIGHT", "LOCK", "SENSOR", "THERMOSTAT"],
                devices.Select(device => (string)device!["type"]!).Distinct().Order(StringComparer.Ordinal));
            Assert.All(devices.Where(device => (string)device!["type"]! == "LIGHT"), light =>
                Assert.Equal(
                    ["OnOff", "Brightness"], light!["traits"]!.AsArray().Select(trait => (string)trait!)));
        }
    }

    [Fact]
    public async Task The_seed_decides_the_device_ids_and_no_id_comes_twice()
    {
        await using var one = await RunningCloud.StartAsync(seed: 1);
        await using var again = await RunningCloud.StartAsync(seed: 1);
        await using var other = await RunningCloud.StartAsync(seed: 2);

        var ids = await AllIds(one);

        Assert.Equal(216, ids.Distinct().Count());
        Assert.Equal(ids, await AllIds(again));
        Assert.Empty(ids.Intersect(await AllIds(other)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    public async Task Without_the_bridge_key_every_call_is_401(string? key)
    {
        await using var cloud = await RunningCloud.StartAsync();
        cloud.Anyone.DefaultRequestHeaders.Authorization =
            key is null ? null : new AuthenticationHeaderValue("Bearer", key);

        var list = await cloud.Anyone.GetAsync("/v1/accounts/maple/devices");
        var command = await cloud.Anyone.PostAsync(
            "/v1/accounts/maple/devices/x/commands", new StringContent("nonsense"));

        Assert.Equal(HttpStatusCode.Unauthorized, list.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, command.StatusCode);
    }

    [Fact]
    public async Task Unknown_and_foreign_things_get_the_same_404()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var (mine, theirs) = (await cloud.IdOfAsync("CAMERA"), await cloud.IdOfAsync("CAMERA", "harbor"));
        var light = await cloud.IdOfAsync("LIGHT");
        var command = new { commandId = "1", command = "OnOff", @params = new { on = true } };

        HttpResponseMessage[] answers =
        [
            await cloud.Bridge.GetAsync("/v1/accounts/nobody/devices"),
            await cloud.Bridge.PostAsJsonAsync(
                "/v1/accounts/nobody/states", new { deviceIds = new[] { mine } }),
            await cloud.Bridge.PostAsJsonAsync($"/v1/accounts/maple/devices/{theirs}/commands", command),
            await cloud.Bridge.PostAsJsonAsync(
                $"/v1/accounts/maple/devices/{new string('x', 20)}/commands", command),
            await cloud.Bridge.GetAsync($"/v1/devices/{new string('x', 20)}/owner"),
            await OpenAsync(cloud, theirs, "maple"),
            await OpenAsync(cloud, light, "maple"),
            await OpenAsync(cloud, new string('x', 20), "maple"),
        ];

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode));
        var bodies = await Task.WhenAll(answers.Select(answer => answer.Content.ReadAsStringAsync()));
        Assert.Single(bodies.Distinct());
    }

    [Fact]
    public async Task States_are_answered_for_own_devices_only()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var (light, thermostat) = (await cloud.IdOfAsync("LIGHT"), await cloud.IdOfAsync("THERMOSTAT"));
        var theirs = await cloud.IdOfAsync("LIGHT", "harbor");

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/accounts/maple/states")
        {
            Content = JsonContent.Create(
                new { deviceIds = new[] { light, thermostat, theirs, "unknown", light } }),
            Headers = { { "Deadline-Ms", "700" } },
        };
        var answer = await (await cloud.Bridge.SendAsync(request)).Content.ReadFromJsonAsync<JsonObject>();

        var devices = answer!["devices"]!.AsObject();
        Assert.Equal(2, devices.Count);
        Assert.False((bool)devices[light]!["states"]!["on"]!);
        Assert.Equal("heat", (string?)devices[thermostat]!["states"]!["thermostatMode"]);
    }

    [Fact]
    public async Task The_owner_of_a_device_is_its_home()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var camera = await cloud.IdOfAsync("CAMERA", "hill");

        var owner = await cloud.Bridge.GetFromJsonAsync<JsonObject>($"/v1/devices/{camera}/owner");

        Assert.Equal("hill", (string?)owner!["accountId"]);
        Assert.True((bool)owner["online"]!);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("not json")]
    [InlineData("""{"commandId":"","command":"OnOff","params":{}}""")]
    public async Task A_command_of_a_wrong_shape_is_400(string body)
    {
        await using var cloud = await RunningCloud.StartAsync();
        var light = await cloud.IdOfAsync("LIGHT");

        var answer = await cloud.Bridge.PostAsync(
            $"/v1/accounts/maple/devices/{light}/commands",
            new StringContent(body, new MediaTypeHeaderValue("application/json")));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Nulls_where_ids_belong_break_nothing()
    {
        await using var cloud = await RunningCloud.StartAsync();

        const string Url = "/v1/accounts/maple/states";
        var noList = await cloud.Bridge.PostAsJsonAsync(Url, new { deviceIds = (string?)null });
        var noId = await cloud.Bridge.PostAsJsonAsync(Url, new { deviceIds = new string?[] { null } });

        Assert.Equal(HttpStatusCode.BadRequest, noList.StatusCode);
        Assert.Equal(HttpStatusCode.OK, noId.StatusCode);
    }

    private static async Task<string[]> AllIds(RunningCloud cloud) =>
    [
        .. (await cloud.Anyone.GetFromJsonAsync<JsonObject[]>("/sandbox/devices"))!
            .Select(device => (string)device["vendorDeviceId"]!),
    ];

    private static Task<HttpResponseMessage> OpenAsync(RunningCloud cloud, string device, string accountId) =>
        cloud.Bridge.PostAsJsonAsync($"/v1/devices/{device}/streams", new { accountId, sessionId = "s" });
}
