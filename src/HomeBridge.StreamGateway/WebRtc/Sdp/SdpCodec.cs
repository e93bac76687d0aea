using System.Collections.Immutable;

namespace HomeBridge.StreamGateway.WebRtc.Sdp;

/// <summary>A codec that is let through: the platform's list, and what repeats lost packets.</summary>
/// <param name="Kind">Audio or video.</param>
/// <param name="Name">As it is written; read without regard to case (RFC 4855 section 3).</param>
/// <param name="ClockRate">Ticks per second.</param>
/// <param name="Channels">Channels, where they are written.</param>
/// <param name="Parameters">Names of the parameters that are kept; a value is a number unless said otherwise.</param>
internal sealed record SdpCodec(MediaKind Kind, string Name, int ClockRate, int? Channels, ImmutableArray<string> Parameters)
{
    /// <summary>The one parameter that is no number: three bytes in hexadecimal (RFC 6184 section 8.1).</summary>
    public const string ProfileLevelId = "profile-level-id";

    /// <summary>Which payload type a repair format repeats (RFC 4588 section 8.1).</summary>
    public const string Repairs = "apt";

    private const int VideoClock = 90_000;

    public static SdpCodec H264 { get; } = new(MediaKind.Video, "H264", VideoClock, null, ["level-asymmetry-allowed", "packetization-mode", ProfileLevelId]);

    public static SdpCodec Rtx { get; } = new(MediaKind.Video, "rtx", VideoClock, null, [Repairs, "rtx-time"]);

    private static readonly ImmutableArray<SdpCodec> All =
    [
        H264,
        new(MediaKind.Video, "VP8", VideoClock, null, ["max-fr", "max-fs"]),
        Rtx,
        new(MediaKind.Audio, "opus", 48_000, 2, ["minptime", "useinbandfec", "usedtx", "stereo", "sprop-stereo", "maxaveragebitrate", "maxplaybackrate"]),
        new(MediaKind.Audio, "PCMU", 8_000, null, []),
        new(MediaKind.Audio, "PCMA", 8_000, null, []),
        new(MediaKind.Audio, "G722", 8_000, null, []),
    ];

    /// <summary>What feedback is let through (RFC 4585, RFC 5104).</summary>
    public static readonly ImmutableArray<string> Feedback = ["nack", "nack pli", "ccm fir", "goog-remb", "transport-cc"];

    /// <summary>What extensions of packets are let through: none of them says whose or where.</summary>
    public static readonly ImmutableArray<string> Extensions =
    [
        "urn:ietf:params:rtp-hdrext:sdes:mid",
        "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    ];

    /// <summary>Reads <c>H264/90000</c>; null for what is not let through in such a section.</summary>
    public static SdpCodec? Read(MediaKind kind, ReadOnlySpan<char> encoding)
    {
        foreach (var codec in All)
        {
            if (codec.Kind == kind && encoding.Equals(codec.Encoding, StringComparison.OrdinalIgnoreCase))
            {
                return codec;
            }
        }

        return null;
    }

    /// <summary>Payload types that need no <c>rtpmap</c> (RFC 3551 section 6).</summary>
    public static SdpCodec? Static(MediaKind kind, int type) => type switch
    {
        0 => Read(kind, "PCMU/8000"),
        8 => Read(kind, "PCMA/8000"),
        9 => Read(kind, "G722/8000"),
        _ => null,
    };

    /// <summary>As it stands in an <c>rtpmap</c>.</summary>
    public string Encoding { get; } = Channels is { } channels ? $"{Name}/{ClockRate}/{channels}" : $"{Name}/{ClockRate}";
}
