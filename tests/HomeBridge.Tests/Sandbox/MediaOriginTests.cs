using System.Net;
using System.Net.Http.Json;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Tests.Sandbox;

public sealed class MediaOriginTests
{
    [Fact]
    public async Task The_first_playlist_has_three_units_of_now_and_names_no_device()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var stream = await cloud.OpenAsync();

        var playlist = await stream.PlaylistAsync();
        var sequences = await stream.SequencesAsync();

        Assert.StartsWith("#EXTM3U\n#EXT-X-VERSION:7\n", playlist, StringComparison.Ordinal);
        Assert.InRange(sequences.Length, 3, 4);
        Assert.Equal(Enumerable.Range(0, sequences.Length).Select(at => sequences[0] + at), sequences);
        Assert.InRange((cloud.Time.GetUtcNow().ToUnixTimeMilliseconds() / 2000) - sequences[^1], 1, 2);
        Assert.DoesNotContain(stream.Camera, playlist + stream.MediaUrl, StringComparison.Ordinal);
        Assert.EndsWith("/", stream.MediaUrl, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_two_seconds_there_is_a_new_unit()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var stream = await cloud.OpenAsync();
        var before = await stream.SequencesAsync();

        await Task.Delay(TimeSpan.FromSeconds(4.5));
        var after = await stream.SequencesAsync();

        Assert.InRange(after[^1] - before[^1], 2, 3);
        Assert.InRange(after.Length, 5, 6);
    }

    [Theory]
    [InlineData(UnitKind.Init)]
    [InlineData(UnitKind.Segment)]
    public async Task A_unit_comes_with_evidence_that_the_gateway_accepts(UnitKind kind)
    {
        await using var cloud = await RunningCloud.StartAsync();
        var stream = await cloud.OpenAsync();

        var (verdict, body) = await stream.JudgeAsync(kind);

        Assert.Equal(EvidenceVerdict.Proven, verdict);
        Assert.Contains(stream.Camera, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_ingest_signature_is_stored_and_only_the_fresh_one_changes()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var stream = await cloud.OpenAsync();
        var newest = await stream.NewestAsync();

        var first = await stream.GetAsync($"{newest}.m4s", "nonce-aaaaaaaaaa");
        var second = await stream.GetAsync($"{newest}.m4s", "nonce-bbbbbbbbbb");
        var one = first.Headers.GetValues("Signature").Single();
        var two = second.Headers.GetValues("Signature").Single();

        Assert.Equal(one.Split(", ")[0], two.Split(", ")[0]);
        Assert.NotEqual(one.Split(", ")[1], two.Split(", ")[1]);
    }

    [Fact]
    public async Task Refusals_are_by_the_contract()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var stream = await cloud.OpenAsync();
        var other = await cloud.OpenAsync("harbor");

        Assert.Equal(HttpStatusCode.BadRequest, await StatusOf(stream.GetAsync("init.mp4", nonce: null)));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusOf(stream.GetAsync("init.mp4", nonce: "a\"b")));
        Assert.Equal(
            HttpStatusCode.Unauthorized, await StatusOf(stream.GetAsync("init.mp4", token: other.Token)));
        Assert.Equal(HttpStatusCode.NotFound, await StatusOf(stream.GetAsync("1.m4s")));
        Assert.Equal(HttpStatusCode.NotFound, await StatusOf(stream.GetAsync("init.mp4.m4s")));
        Assert.Equal(HttpStatusCode.NotFound, await StatusOf(stream.GetAsync("../x/init.mp4")));
    }

    [Fact]
    public async Task A_closed_stream_is_gone_and_closing_twice_is_fine()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var (stream, other) = (await cloud.OpenAsync(), await cloud.OpenAsync());

        var first = await stream.CloseAsync();
        var second = await stream.CloseAsync();

        Assert.Equal(HttpStatusCode.NoContent, first.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, second.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, await stream.StatusAsync());
        Assert.Equal(HttpStatusCode.OK, await other.StatusAsync());
    }

    [Fact]
    public async Task A_stream_that_nobody_fetches_for_a_minute_closes_itself()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var stream = await cloud.OpenAsync();

        cloud.Time.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal(HttpStatusCode.NotFound, await stream.StatusAsync());
    }

    [Fact]
    public async Task An_offline_camera_ends_its_streams_and_opens_none()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var stream = await cloud.OpenAsync();

        await cloud.Anyone.PostAsJsonAsync($"/sandbox/devices/{stream.Camera}", new { online = false });
        var opened = await cloud.Bridge.PostAsJsonAsync(
            $"/v1/devices/{stream.Camera}/streams", new { accountId = "maple", sessionId = "s" });

        Assert.Equal(HttpStatusCode.NotFound, await stream.StatusAsync());
        Assert.Equal(HttpStatusCode.Conflict, opened.StatusCode);
    }

    private static async Task<HttpStatusCode> StatusOf(Task<HttpResponseMessage> answer) =>
        (await answer).StatusCode;
}
