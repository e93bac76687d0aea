using System.Net;
using System.Security.Cryptography;
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
    [InlineData("signatures-stripped", "maple", EvidenceGrade.G2, EvidenceVerdict.Missing)]
    [InlineData("signatures-stripped", "maple", EvidenceGrade.G1, EvidenceVerdict.Proven)]
    [InlineData("signatures-stripped", "hill", EvidenceGrade.G3, EvidenceVerdict.Missing)]
    [InlineData("weaker-signature", "maple", EvidenceGrade.G2, EvidenceVerdict.Proven)]
    [InlineData("weaker-signature", "hill", EvidenceGrade.G3, EvidenceVerdict.OtherAlgorithm)]
    [InlineData("weaker-signature", "hill", EvidenceGrade.G1, EvidenceVerdict.Proven)]
    [InlineData("no-evidence", "maple", EvidenceGrade.G1, EvidenceVerdict.Missing)]
    [InlineData("no-evidence", "maple", EvidenceGrade.G0, EvidenceVerdict.Proven)]
    [InlineData("forged-evidence", "hill", EvidenceGrade.G3, EvidenceVerdict.IngestForged)]
    [InlineData("cache-mixup", "hill", EvidenceGrade.G3, EvidenceVerdict.OtherDevice)]
    [InlineData("relabelled", "hill", EvidenceGrade.G3, EvidenceVerdict.OtherAlgorithm)]
    [InlineData("replay-fresh", "hill", EvidenceGrade.G3, EvidenceVerdict.NotFresh)]
    [InlineData("late-capture", "hill", EvidenceGrade.G3, EvidenceVerdict.NotLive)]
    public async Task What_is_demanded_decides(string kind, string home, EvidenceGrade grade, EvidenceVerdict expected)
    {
        await using var cloud = await RunningCloud.StartAsync();
        var stream = await cloud.OpenAsync(home) with { Grade = grade };
        await cloud.SwitchOnAsync(kind);

        var (verdict, _) = await stream.JudgeAsync();
        await cloud.ClearFaultsAsync();
        var (afterwards, _) = await stream.JudgeAsync();

        Assert.Equal(expected, verdict);
        Assert.Equal(EvidenceVerdict.Proven, afterwards);
    }

    [Fact]
    public async Task A_camera_made_with_anothers_key_is_enrolled_with_it_and_signs_with_it()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var (own, first) = (await cloud.OpenAsync("hill"), await cloud.IdOfAsync("CAMERA", "hill"));
        await cloud.SwitchOnAsync("key-duplicated", device: await cloud.IdOfAsync("CAMERA"));

        var other = await cloud.OpenAsync();

        Assert.Equal(first, own.Camera);
        Assert.Equal(own.Keys.Device!.Thumbprint, other.Keys.Device!.Thumbprint);
        Assert.Equal(EvidenceVerdict.Proven, (await (other with { Grade = EvidenceGrade.G3 }).JudgeAsync()).Verdict);
        await cloud.ClearFaultsAsync();
        Assert.Null(await cloud.EnrolledKeyAsync(other.Camera, "maple"));
    }

    [Fact]
    public async Task A_changed_key_signs_what_is_recorded_from_then_on()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var before = await cloud.OpenAsync("hill");
        Assert.Equal(EvidenceVerdict.Proven, (await before.JudgeAsync(UnitKind.Init)).Verdict);
        await before.CloseAsync();
        await cloud.SwitchOnAsync("key-changed", device: before.Camera);

        var after = await cloud.OpenAsync("hill");

        Assert.NotEqual(before.Keys.Device!.Thumbprint, after.Keys.Device!.Thumbprint);
        Assert.Equal(EvidenceVerdict.Proven, (await after.JudgeAsync(UnitKind.Init)).Verdict);
        Assert.Equal(EvidenceVerdict.IngestForged, (await (after with { Keys = before.Keys }).JudgeAsync(UnitKind.Init)).Verdict);
    }

    [Fact]
    public async Task A_camera_has_the_same_key_after_each_start()
    {
        var makerKey = RandomNumberGenerator.GetBytes(32);
        var keys = new List<string>();
        for (var start = 0; start < 2; start++)
        {
            await using var cloud = await RunningCloud.StartAsync(makerKey: makerKey);
            keys.Add((await cloud.EnrolledKeyAsync(await cloud.IdOfAsync("CAMERA", "hill"), "hill"))!.Thumbprint);
        }

        Assert.Equal(keys[0], keys[1]);
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
