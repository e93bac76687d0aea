using System.Net.Http.Json;
using System.Text.Json.Nodes;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Tests.Sandbox;

/// <summary>Each incident of the catalogue has a fault, and each fault has its incident's mechanism: the verifier and the bytes tell.</summary>
public sealed class IncidentKindTests
{
    [Fact]
    public async Task Every_incident_of_the_catalogue_has_a_kind_that_says_what_happened()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var listed = (await cloud.Anyone.GetFromJsonAsync<JsonObject[]>("/sandbox/faults"))!
            .ToDictionary(kind => (string)kind["kind"]!, kind => (string)kind["says"]!, StringComparer.Ordinal);

        foreach (var number in (string[])[.. Enumerable.Range(1, 9).Select(at => $"c{at}"), .. Enumerable.Range(1, 8).Select(at => $"x{at}")])
        {
            Assert.Contains(" Here: ", listed[$"incident-{number}"], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("incident-c1", EvidenceVerdict.OtherDevice)]
    [InlineData("incident-c2", EvidenceVerdict.OtherDevice)]
    [InlineData("incident-c3", EvidenceVerdict.OtherDevice)]
    [InlineData("incident-c6", EvidenceVerdict.OtherDevice)]
    [InlineData("incident-c7", EvidenceVerdict.OtherDevice)]
    [InlineData("incident-x1", EvidenceVerdict.OtherDevice)]
    [InlineData("incident-x2", EvidenceVerdict.OtherDevice)]
    [InlineData("incident-x3", EvidenceVerdict.OtherBytes)]
    [InlineData("incident-x4", EvidenceVerdict.FromCache)]
    [InlineData("incident-x5", EvidenceVerdict.OtherDevice)]
    [InlineData("incident-x6", EvidenceVerdict.OtherBytes)]
    [InlineData("incident-x7", EvidenceVerdict.OtherDevice)]
    [InlineData("incident-x8", EvidenceVerdict.OtherDevice)]
    public async Task A_strangers_picture_comes_again_and_again_until_the_faults_are_cleared(string kind, EvidenceVerdict expected)
    {
        await using var cloud = await RunningCloud.StartAsync();
        var (mine, theirs) = (await cloud.OpenAsync(), await cloud.OpenAsync("harbor"));
        await cloud.SwitchOnAsync(kind, device: mine.Camera);

        var strangers = (await cloud.DevicesAsync("harbor")).Select(device => (string)device["vendorDeviceId"]!).ToList();
        var (first, body) = await mine.JudgeAsync();
        var (second, again) = await mine.JudgeAsync();
        var (neighbours, _) = await theirs.JudgeAsync();
        await cloud.ClearFaultsAsync();
        var (afterwards, own) = await mine.JudgeAsync();

        Assert.Equal(expected, first);
        Assert.NotEqual(EvidenceVerdict.Proven, second);
        Assert.All((string[])[body, again], bytes => Assert.Contains(strangers, id => bytes.Contains(id, StringComparison.Ordinal)));
        Assert.Equal(EvidenceVerdict.Proven, neighbours);
        Assert.Equal(EvidenceVerdict.Proven, afterwards);
        Assert.Contains(mine.Camera, own, StringComparison.Ordinal);
    }

    /// <summary>Nothing but the name inside the bytes tells a cloned key; these cameras write none.</summary>
    [Fact]
    public async Task A_camera_with_this_ones_key_proves_itself_as_this_one()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var stream = await cloud.OpenAsync();
        await cloud.SwitchOnAsync("incident-c8");

        var (verdict, body) = await stream.JudgeAsync();

        Assert.Equal(EvidenceVerdict.Proven, verdict);
        Assert.DoesNotContain(stream.Camera, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accounts_that_are_swapped_are_swapped_everywhere_and_back()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var camera = await cloud.IdOfAsync("CAMERA");
        await cloud.SwitchOnAsync("incident-c5", device: camera);

        var listed = await Listed(cloud);
        var owner = await Owner(cloud, camera);
        var theirs = await Owner(cloud, await cloud.IdOfAsync("CAMERA", "harbor"));
        await cloud.ClearFaultsAsync();

        Assert.Equal((await cloud.DevicesAsync("harbor")).Select(device => (string)device["vendorDeviceId"]!).Order(StringComparer.Ordinal), listed);
        Assert.Equal("harbor", owner);
        Assert.Equal("harbor", theirs);
        Assert.Contains(camera, await Listed(cloud));
        Assert.Equal("maple", await Owner(cloud, camera));
    }

    [Fact]
    public async Task Half_a_rate_is_half_of_the_units_and_the_same_seed_hits_the_same_ones()
    {
        async Task<string> Run()
        {
            await using var cloud = await RunningCloud.StartAsync(seed: 11);
            var stream = await cloud.OpenAsync();
            await cloud.SwitchOnAsync("incident-x3", rate: 0.5, device: stream.Camera);
            var verdicts = new List<char>();
            for (var at = 0; at < 40; at++)
            {
                verdicts.Add((await stream.JudgeAsync(UnitKind.Init)).Verdict is EvidenceVerdict.Proven ? '.' : 'x');
            }

            return string.Concat(verdicts);
        }

        var first = await Run();

        Assert.InRange(first.Count(verdict => verdict == 'x'), 8, 32);
        Assert.Equal(first, await Run());
    }

    private static async Task<IEnumerable<string>> Listed(RunningCloud cloud) =>
        (await cloud.Bridge.GetFromJsonAsync<JsonObject>("/v1/accounts/maple/devices"))!["devices"]!.AsArray()
            .Select(device => (string)device!["id"]!).Order(StringComparer.Ordinal);

    private static async Task<string?> Owner(RunningCloud cloud, string device) =>
        (string?)(await cloud.Bridge.GetFromJsonAsync<JsonObject>($"/v1/devices/{device}/owner"))!["accountId"];
}
