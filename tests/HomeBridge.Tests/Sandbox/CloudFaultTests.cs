using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace HomeBridge.Tests.Sandbox;

public sealed class CloudFaultTests
{
    [Fact]
    public async Task Lists_and_states_of_a_swapped_account_are_a_strangers()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var light = await cloud.IdOfAsync("LIGHT");
        var theirs = (await cloud.DevicesAsync("harbor"))
            .Select(device => (string)device["vendorDeviceId"]!)
            .ToArray();
        await cloud.SwitchOnAsync("account-swap");

        var list = await cloud.Bridge.GetFromJsonAsync<JsonObject>("/v1/accounts/maple/devices");
        var answer = await cloud.Bridge.PostAsJsonAsync(
            "/v1/accounts/maple/states", new { deviceIds = new[] { light } });
        var states = await answer.Content.ReadFromJsonAsync<JsonObject>();

        Assert.Equal(theirs, list!["devices"]!.AsArray().Select(device => (string)device!["id"]!));
        Assert.Equal(theirs, states!["devices"]!.AsObject().Select(device => device.Key));
    }

    [Fact]
    public async Task The_owner_is_unknown_or_another()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var (camera, light) = (await cloud.IdOfAsync("CAMERA"), await cloud.IdOfAsync("LIGHT"));

        await cloud.SwitchOnAsync("owner-unknown", device: camera);
        var unknown = await cloud.Bridge.GetAsync($"/v1/devices/{camera}/owner");
        var untouched = await cloud.Bridge.GetFromJsonAsync<JsonObject>($"/v1/devices/{light}/owner");
        await cloud.ClearFaultsAsync();
        await cloud.SwitchOnAsync("owner-changed");
        var changed = await cloud.Bridge.GetFromJsonAsync<JsonObject>($"/v1/devices/{camera}/owner");
        await cloud.ClearFaultsAsync();
        var afterwards = await cloud.Bridge.GetFromJsonAsync<JsonObject>($"/v1/devices/{camera}/owner");

        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("maple", (string?)untouched!["accountId"]);
        Assert.Equal("harbor", (string?)changed!["accountId"]);
        Assert.Equal("maple", (string?)afterwards!["accountId"]);
    }

    [Fact]
    public async Task A_call_out_of_step_gets_the_reply_before_it()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var camera = await cloud.IdOfAsync("CAMERA", "harbor");
        var theirs = await cloud.Bridge.GetStringAsync($"/v1/devices/{camera}/owner");
        await cloud.SwitchOnAsync("reply-desync");

        var mine = await cloud.Bridge.GetStringAsync("/v1/accounts/maple/devices");

        Assert.Equal(theirs, mine);
    }

    [Fact]
    public async Task An_error_has_no_effect_and_garbage_has_one()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var light = await cloud.IdOfAsync("LIGHT");
        var command = new { commandId = "1", command = "OnOff", @params = new { on = true } };
        var url = $"/v1/accounts/maple/devices/{light}/commands";

        await cloud.SwitchOnAsync("cloud-error");
        var error = await cloud.Bridge.PostAsJsonAsync(url, command);
        await cloud.ClearFaultsAsync();
        var afterError = await cloud.StateAsync(light);
        await cloud.SwitchOnAsync("cloud-garbage");
        var garbage = await cloud.Bridge.PostAsJsonAsync(url, command);
        await cloud.ClearFaultsAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, error.StatusCode);
        Assert.False((bool)afterError["states"]!["on"]!);
        Assert.Equal("text/html", garbage.Content.Headers.ContentType!.MediaType);
        Assert.True((bool)(await cloud.StateAsync(light))["states"]!["on"]!);
    }

    [Fact]
    public async Task A_slow_call_is_late_and_a_hanging_one_ends_when_the_faults_are_cleared()
    {
        await using var cloud = await RunningCloud.StartAsync();
        await cloud.SwitchOnAsync("cloud-slow");
        var started = Stopwatch.GetTimestamp();

        await cloud.Bridge.GetAsync("/v1/accounts/maple/devices");
        var took = Stopwatch.GetElapsedTime(started);
        await cloud.SwitchOnAsync("cloud-slow", rate: 0);
        await cloud.SwitchOnAsync("cloud-hang");
        var hanging = cloud.Bridge.GetAsync("/v1/accounts/maple/devices");
        await Task.Delay(TimeSpan.FromMilliseconds(300));
        var wasHanging = !hanging.IsCompleted;
        await cloud.ClearFaultsAsync();

        Assert.True(took > TimeSpan.FromSeconds(1));
        Assert.True(wasHanging);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => hanging);
    }
}
