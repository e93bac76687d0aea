using HomeBridge.CameraStreams;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Streaming;
using HomeBridge.Tests.Devices;

namespace HomeBridge.Tests.CameraStreams;

/// <summary>By which protocol a camera is handed over, and to which receiver.</summary>
public sealed class ProtocolTests
{
    [Theory]
    [InlineData("""["hls","progressive_mp4"]""", "hls progressive_mp4")]
    [InlineData("""["webrtc","progressive_mp4","dash","hls","hls"]""", "progressive_mp4 hls")]
    [InlineData("""["webrtc"]""", "hls")]
    [InlineData("""[]""", "hls")]
    [InlineData("""[1,null,"HLS"]""", "hls")]
    [InlineData("\"hls\"", "hls")]
    [InlineData("null", "hls")]
    public void A_camera_is_offered_by_what_the_gateway_speaks_in_the_makers_order(string declared, string offered) =>
        Assert.Equal(offered, string.Join(' ', CameraProtocols.Offered(JsonInput.ParseMap($$"""{"cameraStreamSupportedProtocols":{{declared}}}"""), webRtc: false)));

    [Theory]
    [InlineData("""["webrtc","hls"]""", "webrtc hls", true)]
    [InlineData("""["hls","webrtc"]""", "hls webrtc", true)]
    [InlineData("""["hls"]""", "hls", false)]
    public void Where_peer_connections_are_on_they_stand_where_the_maker_put_them_and_need_a_token(string declared, string offered, bool needsToken)
    {
        var found = CameraProtocols.Offered(JsonInput.ParseMap($$"""{"cameraStreamSupportedProtocols":{{declared}}}"""), webRtc: true);

        Assert.Equal(offered, string.Join(' ', found));
        Assert.Equal(needsToken, CameraProtocols.NeedsToken(found));
    }

    [Theory]
    [InlineData("avc1.42C01E", true)]
    [InlineData("avc1.64001f,mp4a.40.2", true)]
    [InlineData("avc1.42C01E,mp4a.40.2,evil", false)]
    [InlineData("avc1.42C01E\"\nhttp://attacker.example/", false)]
    [InlineData("avc1.42C01E\n", false)]
    [InlineData("hvc1.1.6.L93", false)]
    [InlineData(null, false)]
    public void A_makers_word_on_codecs_is_passed_on_in_known_forms_only(string? declared, bool isKnown) =>
        Assert.Equal(isKnown ? declared : null, StreamCodecs.Read(declared));

    [Theory]
    [InlineData(null)]
    [InlineData("A1B2C3D4")]
    public async Task Every_stream_names_our_receiver_if_there_is_one(string? receiver)
    {
        await using var bridge = await BridgeOnMaker.Start(more: new() { ["CameraStreams:ReceiverAppId"] = receiver });
        var home = await bridge.Link("one");

        var states = (await bridge.OpenCamera(home)).Payload.GetProperty("commands")[0].GetProperty("states");

        Assert.Equal("hls", states.GetProperty("cameraStreamProtocol").GetString());
        Assert.Equal(receiver, states.TryGetProperty("cameraStreamReceiverAppId", out var told) ? told.GetString() : null);
    }
}
