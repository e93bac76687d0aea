using HomeBridge.Streaming;

namespace HomeBridge.StreamGateway.Media;

/// <summary>How a URL of ours ends.</summary>
internal static class MediaUrls
{
    /// <summary>The file name that an entry ticket is followed by.</summary>
    public const string EntryFile = "live.m3u8";

    /// <summary>The file name that a progressive ticket is followed by.</summary>
    public const string ProgressiveFile = "live.mp4";

    public const string PlaylistSuffix = ".m3u8";
    public const string InitSuffix = ".mp4";
    public const string SegmentSuffix = ".m4s";
    public const string TransportStreamSuffix = ".ts";

    /// <summary>How a segment's URL ends, and its name at the maker.</summary>
    public static string SegmentSuffixOf(MediaContainer container) =>
        container is MediaContainer.MpegTs ? TransportStreamSuffix : SegmentSuffix;
}
