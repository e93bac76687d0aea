using System.Globalization;
using System.Text;
using HomeBridge.Streaming;

namespace HomeBridge.Sandbox.CameraIngest;

/// <summary>The maker's live playlist (RFC 8216), in the few tags that the contract allows.</summary>
internal static class MediaPlaylist
{
    /// <param name="units">Oldest first, without holes.</param>
    /// <param name="container">How they are packed.</param>
    /// <param name="hostile">Adds what a reader must not take over: foreign tags, another host.</param>
    public static string Of(IReadOnlyList<RecordedUnit> units, MediaContainer container, bool hostile)
    {
        var text = new StringBuilder();
        text.Append("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n");
        var first = units.Count == 0 ? 0 : units[0].Sequence;
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MEDIA-SEQUENCE:{first}\n");
        if (hostile)
            text.Append("#EXT-X-KEY:METHOD=AES-128,URI=\"http://attacker.example/key\"\n");
        if (container is MediaContainer.Fmp4)
            text.Append("#EXT-X-MAP:URI=\"init.mp4\"\n");
        foreach (var (sequence, _) in units)
        {
            var captured = IngestedCamera.CapturedAt(sequence);
            text.Append(
                CultureInfo.InvariantCulture,
                $"#EXT-X-PROGRAM-DATE-TIME:{captured:yyyy-MM-ddTHH:mm:ss.fffZ}\n");
            text.Append(CultureInfo.InvariantCulture, $"#EXTINF:2.000,\n{sequence}{Suffix(container)}\n");
        }

        if (hostile)
            text.Append("#EXTINF:2.000,<script>alert(1)</script>\nhttp://attacker.example/1.m4s\n");
        return text.ToString();
    }

    /// <summary>How a segment's name ends.</summary>
    public static string Suffix(MediaContainer container) => container is MediaContainer.Fmp4 ? ".m4s" : ".ts";
}
