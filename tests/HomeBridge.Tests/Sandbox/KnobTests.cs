using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace HomeBridge.Tests.Sandbox;

public sealed class KnobTests
{
    [Fact]
    public async Task Cameras_are_numbered_through_all_homes()
    {
        await using var cloud = await RunningCloud.StartAsync();

        var devices = await cloud.Anyone.GetFromJsonAsync<JsonObject[]>("/sandbox/devices");

        Assert.Equal(
            Enumerable.Range(1, 10),
            devices!.Select(device => (int?)device["cameraNumber"]).OfType<int>());
        Assert.All(devices!, device =>
            Assert.Equal((string?)device["type"] == "CAMERA", device["cameraNumber"] is not null));
    }

    [Fact]
    public async Task A_state_changes_as_in_the_makers_app_or_not_at_all()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var url = $"/sandbox/devices/{await cloud.IdOfAsync("LIGHT")}";

        var changed = await cloud.Anyone.PostAsJsonAsync(url, new { on = true, brightness = 12 });
        var unknown = await cloud.Anyone.PostAsJsonAsync(url, new { on = false, colour = "red" });
        var wrong = await cloud.Anyone.PostAsJsonAsync(url, new { online = "no" });
        var nobody = await cloud.Anyone.PostAsJsonAsync("/sandbox/devices/nobody", new { online = false });

        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        var sentence = await unknown.Content.ReadAsStringAsync();
        Assert.Contains("'colour' is not something", sentence, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, nobody.StatusCode);
        var state = (await cloud.StateAsync(await cloud.IdOfAsync("LIGHT")))["states"]!;
        Assert.True((bool)state["on"]!);
        Assert.Equal(12, (int)state["brightness"]!);
    }

    [Fact]
    public async Task Each_kind_of_fault_is_listed_once_and_can_be_switched_on()
    {
        await using var cloud = await RunningCloud.StartAsync();

        var kinds = await cloud.Anyone.GetFromJsonAsync<JsonObject[]>("/sandbox/faults");

        Assert.Equal(kinds!.Length, kinds.Select(kind => (string)kind["kind"]!).Distinct().Count());
        Assert.All(kinds, kind => Assert.Matches(@"^[A-Z].+\.\)?$", (string)kind["says"]!));
        foreach (var kind in kinds)
            await cloud.SwitchOnAsync((string)kind["kind"]!, rate: 0);
    }

    [Theory]
    [InlineData("""{"kind":"flood","rate":1}""", HttpStatusCode.BadRequest, "cache-mixup, ")]
    [InlineData("""{"kind":"stale","rate":1.5}""", HttpStatusCode.BadRequest, "from 0 to 1")]
    [InlineData("""{"kind":"stale","rate":-1}""", HttpStatusCode.BadRequest, "from 0 to 1")]
    [InlineData("""{"kind":"stale","rate":1,"device":"nobody"}""", HttpStatusCode.NotFound, "no such device")]
    public async Task A_knob_that_cannot_be_turned_says_why(
        string body, HttpStatusCode status, string sentence)
    {
        await using var cloud = await RunningCloud.StartAsync();

        var answer = await cloud.Anyone.PostAsync(
            "/sandbox/faults", new StringContent(body, new MediaTypeHeaderValue("application/json")));

        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(sentence, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
