namespace HomeBridge.Streaming;

/// <summary>What the gateway speaks to viewers, in the platform's words.</summary>
public static class StreamProtocols
{
    /// <summary>A playlist that is polled, and units.</summary>
    public const string Hls = "hls";

    /// <summary>One response of fragmented MP4.</summary>
    public const string ProgressiveMp4 = "progressive_mp4";

    /// <summary>A peer connection, agreed by way of the gateway.</summary>
    public const string WebRtc = "webrtc";
}
