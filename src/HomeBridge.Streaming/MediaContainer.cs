using System.Text.Json.Serialization;

namespace HomeBridge.Streaming;

/// <summary>How the units of a stream are packed. Evidence is over their bytes, so it is the same for both.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MediaContainer>))]
public enum MediaContainer
{
    /// <summary>Fragmented MP4 (ISO/IEC 14496-12): an init unit and segments.</summary>
    [JsonStringEnumMemberName("fmp4")]
    Fmp4,

    /// <summary>MPEG-2 transport stream (ISO/IEC 13818-1): segments only, each with its own tables.</summary>
    [JsonStringEnumMemberName("mpegts")]
    MpegTs,
}

/// <summary>The names of the containers in contracts and configuration.</summary>
public static class MediaContainers
{
    /// <summary>Fragmented MP4.</summary>
    public const string Fmp4 = "fmp4";

    /// <summary>MPEG-2 transport stream.</summary>
    public const string MpegTs = "mpegts";

    /// <summary>The name in contracts.</summary>
    public static string Name(this MediaContainer container) => container is MediaContainer.MpegTs ? MpegTs : Fmp4;

    /// <summary>Reads a name; null when it is none.</summary>
    public static MediaContainer? Parse(string? name) => name switch
    {
        Fmp4 => MediaContainer.Fmp4,
        MpegTs => MediaContainer.MpegTs,
        _ => null,
    };
}
