using System.Net;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Tests.Sandbox;

/// <summary>Each fault does what it says: the gateway's verifier and the bytes are the witnesses.</summary>
public sealed class MediaFaultTests
{
    [Theory]
    [InlineData("cache-mixup", UnitKind.Segment, EvidenceVerdict.OtherDevice)]
    [InlineData("cache-mixup", UnitKind.Init, EvidenceVerdict.OtherDevice)]
    [InlineData("mixup-signed-by-edge", UnitKind.Segment, EvidenceVerdict.OtherDevice)]
    [InlineData("relabelled", UnitKind.Segment, EvidenceVerdict.IngestForged)]
    [InlineData("relabelled", UnitKind.Init, EvidenceVerdict.IngestForged)]
    [InlineData("duplicate-key", UnitKind.Segment, EvidenceVerdict.Proven)]
    [InlineData("duplicate-key", UnitKind.Init, EvidenceVerdict.Proven)]
    [InlineData("torn", UnitKind.Segment, EvidenceVerdict.OtherBytes)]
    public async Task Another_homes_pictures_arrive(string kind, UnitKind unit, EvidenceVerdict expected)
    {
        await using var cloud = await RunningCloud.StartAsync();
        var stream = await cloud.OpenAsync();
        await cloud.SwitchOnAsync(kind);

        var (verdict, body) = await stream.JudgeAsync(unit);
        await cloud.ClearFaultsAsync();
        var (afterwards, own) = await stream.JudgeAsync(unit);

        Assert.Equal(expected, verdict);
        var theirs = (await cloud.DevicesAsync("harbor")).Select(device => (string)device["vendorDeviceId"]!);
        Assert.Contains(theirs, id => body.Contains(id, StringComparison.Ordinal));
        Assert.Equal(EvidenceVerdict.Proven, afterwards);
        Assert.Contains(stream.Camera, own, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("replay", UnitKind.Segment, EvidenceVerdict.OtherUnit)]
    [InlineData("replay-fresh", UnitKind.Segment, EvidenceVerdict.NotFresh)]
    [InlineData("replay-fresh", UnitKind.Init, EvidenceVerdict.NotFresh)]
    [InlineData("late-capture", UnitKind.Segment, EvidenceVerdict.NotLive)]
    [InlineData("stale", UnitKind.Segment, EvidenceVerdict.FromCache)]
    [InlineData("stale", UnitKind.Init, EvidenceVerdict.FromCache)]
    [InlineData("no-evidence", UnitKind.Segment, EvidenceVerdict.Missing)]
    [InlineData("doubled-evidence", UnitKind.Segment, EvidenceVerdict.Missing)]
    [InlineData("forged-evidence", UnitKind.Segment, EvidenceVerdict.IngestForged)]
    [InlineData("forged-evidence", UnitKind.Init, EvidenceVerdict.IngestForged)]
    [InlineData("truncated", UnitKind.Segment, EvidenceVerdict.OtherBytes)]
    [InlineData("extra-bytes", UnitKind.Init, EvidenceVerdict.OtherBytes)]
    [InlineData("error", UnitKind.Segment, EvidenceVerdict.NotAUnit)]
    [InlineData("redirect", UnitKind.Segment, EvidenceVerdict.NotAUnit)]
    [InlineData("encoded", UnitKind.Segment, EvidenceVerdict.OtherBytes)]
    public async Task A_unit_of_the_right_camera_arrives_wrong(
        string kind, UnitKind unit, EvidenceVerdict expected)
    {
        await using var cloud = await RunningCloud.StartAsync();
        var stream = await cloud.OpenAsync();
        await cloud.SwitchOnAsync(kind);

        var (verdict, _) = await stream.JudgeAsync(unit);
        await cloud.ClearFaultsAsync();
        var (afterwards, _) = await stream.JudgeAsync(unit);

        Assert.Equal(expected, verdict);
        Assert.Equal(EvidenceVerdict.Proven, afterwards);
    }

    [Theory]
    [InlineData("mapping-mixup")]
    [InlineData("id-collision")]
    public async Task A_stream_belongs_to_another_camera_until_the_faults_are_cleared(string kind)
    {
        await using var cloud = await RunningCloud.StartAsync();
        await cloud.SwitchOnAsync(kind);
        var stream = await cloud.OpenAsync();

        var (verdict, body) = await stream.JudgeAsync();
        await cloud.ClearFaultsAsync();
        var (afterwards, _) = await stream.JudgeAsync();

        Assert.Equal(EvidenceVerdict.OtherDevice, verdict);
        Assert.DoesNotContain(stream.Camera, body, StringComparison.Ordinal);
        Assert.Equal(EvidenceVerdict.Proven, afterwards);
    }

    [Fact]
    public async Task Id_collision_reaches_streams_that_are_open_already()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var stream = await cloud.OpenAsync();

        await cloud.SwitchOnAsync("id-collision", device: stream.Camera);

        Assert.Equal(EvidenceVerdict.OtherDevice, (await stream.JudgeAsync()).Verdict);
    }

    [Fact]
    public async Task A_stream_that_ignored_its_close_is_closed_with_the_faults()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var stream = await cloud.OpenAsync();
        await cloud.SwitchOnAsync("ignore-close");

        var closed = await stream.CloseAsync();
        var goesOn = await stream.StatusAsync();
        await cloud.ClearFaultsAsync();

        Assert.Equal(HttpStatusCode.NoContent, closed.StatusCode);
        Assert.Equal(HttpStatusCode.OK, goesOn);
        Assert.Equal(HttpStatusCode.NotFound, await stream.StatusAsync());
    }

    [Fact]
    public async Task A_reply_out_of_step_is_the_one_before()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var (mine, theirs) = (await cloud.OpenAsync(), await cloud.OpenAsync("harbor"));
        await theirs.JudgeAsync();
        await cloud.SwitchOnAsync("reply-desync");

        var (first, body) = await mine.JudgeAsync();
        var (second, _) = await mine.JudgeAsync();

        Assert.Equal(EvidenceVerdict.OtherDevice, first);
        Assert.Contains(theirs.Camera, body, StringComparison.Ordinal);
        Assert.NotEqual(EvidenceVerdict.Proven, second);
    }

    [Fact]
    public async Task A_hanging_unit_ends_when_the_faults_are_cleared()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var stream = await cloud.OpenAsync();
        await cloud.SwitchOnAsync("hang");

        var hanging = stream.GetAsync("init.mp4");
        await Task.Delay(TimeSpan.FromMilliseconds(300));
        var wasHanging = !hanging.IsCompleted;
        await cloud.ClearFaultsAsync();

        Assert.True(wasHanging);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => hanging);
    }

    [Fact]
    public async Task A_reset_comes_in_the_middle_of_a_unit()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var stream = await cloud.OpenAsync();
        await cloud.SwitchOnAsync("reset");

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => stream.JudgeAsync());
    }

    [Fact]
    public async Task A_slow_unit_takes_its_time()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var stream = await cloud.OpenAsync();
        await cloud.SwitchOnAsync("slow");

        var slow = stream.JudgeAsync();
        await Task.Delay(TimeSpan.FromSeconds(1));

        Assert.False(slow.IsCompleted);
        Assert.Equal(EvidenceVerdict.Proven, (await slow).Verdict);
    }

    [Fact]
    public async Task Whoever_follows_the_redirect_is_served()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var stream = await cloud.OpenAsync();
        await cloud.SwitchOnAsync("redirect");

        var redirected = await stream.GetAsync("init.mp4");
        var followed = await stream.GetAsync("init.mp4?elsewhere");

        Assert.Equal(HttpStatusCode.Found, redirected.StatusCode);
        var location = redirected.Headers.Location!.ToString();
        Assert.EndsWith("init.mp4?elsewhere", location, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, followed.StatusCode);
    }

    [Fact]
    public async Task An_encoded_unit_says_so_and_a_hostile_playlist_names_another_host()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var stream = await cloud.OpenAsync();
        await cloud.SwitchOnAsync("encoded");
        await cloud.SwitchOnAsync("hostile-playlist");

        var unit = await stream.GetAsync("init.mp4");
        var playlist = await stream.PlaylistAsync();

        Assert.Equal("gzip", unit.Content.Headers.ContentEncoding.Single());
        Assert.Contains("http://attacker.example/", playlist, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_for_one_device_leaves_the_others_alone_and_a_rate_hits_its_share()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var (mine, theirs) = (await cloud.OpenAsync(), await cloud.OpenAsync("harbor"));
        await cloud.SwitchOnAsync("no-evidence", rate: 0.5, device: mine.Camera);

        var (hits, foreignHits) = (0, 0);
        for (var at = 0; at < 200; at++)
        {
            var (verdict, _) = await mine.JudgeAsync(UnitKind.Init);
            var (foreign, _) = await theirs.JudgeAsync(UnitKind.Init);
            hits += verdict == EvidenceVerdict.Missing ? 1 : 0;
            foreignHits += foreign == EvidenceVerdict.Missing ? 1 : 0;
        }

        Assert.InRange(hits, 60, 140);
        Assert.Equal(0, foreignHits);
    }
}
