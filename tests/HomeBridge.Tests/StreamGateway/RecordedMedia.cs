using System.Globalization;
using System.Text;
using HomeBridge.Streaming;

namespace HomeBridge.Tests.StreamGateway;

/// <summary>
/// A maker's live window over files that another encoder made: pictures with sound, and what a camera does that starts anew.
/// </summary>
/// <param name="container">How the files are packed.</param>
/// <param name="first">The sequence number of the first file.</param>
/// <param name="parts">Each with its init unit (empty in a transport stream) and its segments of 2 s; a new part is a discontinuity.</param>
internal sealed class RecordedMedia(MediaContainer container, long first, params (byte[] Init, byte[][] Segments)[] parts)
{
    private const int UnitsListed = 5;

    private readonly List<(long Version, byte[] Bytes)> _segments =
        [.. parts.SelectMany((part, version) => part.Segments.Select(segment => ((long)version, segment)))];

    public MediaContainer Container => container;

    /// <summary>The last of the segments that there are by now; the window stands still when all were listed.</summary>
    public string Playlist(long newest)
    {
        var last = (int)Math.Min(newest - first, _segments.Count - 1);
        var from = Math.Max(0, last - UnitsListed + 1);
        var text = new StringBuilder("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n");
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MEDIA-SEQUENCE:{first + from}\n");
        for (var i = from; i <= last; i++)
        {
            if (i > from && _segments[i].Version != _segments[i - 1].Version)
            {
                text.Append("#EXT-X-DISCONTINUITY\n");
            }

            if (container is MediaContainer.Fmp4 && (i == from || _segments[i].Version != _segments[i - 1].Version))
            {
                text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MAP:URI=\"{(_segments[i].Version == 0 ? "init" : $"init-{_segments[i].Version}")}.mp4\"\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"#EXTINF:2.000,\n{first + i}{(container is MediaContainer.Fmp4 ? ".m4s" : ".ts")}\n");
        }

        return text.ToString();
    }

    public byte[] Unit(bool isInit, long sequence) => isInit ? parts[sequence].Init : _segments[(int)(sequence - first)].Bytes;
}
