namespace HomeBridge.StreamGateway.Media;

/// <summary>How a URL of ours ends.</summary>
internal static class MediaUrls
{
    /// <summary>The file name that an entry ticket is followed by.</summary>
    public const string EntryFile = "live.m3u8";

    public const string PlaylistSuffix = ".m3u8";
    public const string InitSuffix = ".mp4";
    public const string SegmentSuffix = ".m4s";
}
