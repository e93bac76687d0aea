using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using HomeBridge.Streaming;

namespace HomeBridge.StreamGateway.Media;

/// <summary>
/// What is read of a maker's playlist: numbers and times, by the allow-list of <c>contracts/media-evidence.md</c>. A name
/// must be exactly the name of its unit, so that there is no address in it to follow.
/// </summary>
internal sealed record MakerPlaylist(int TargetDurationSeconds, ImmutableArray<MakerUnit> Units)
{
    /// <summary>Characters of a playlist.</summary>
    public const int TextLengthMax = 32 * 1024;

    private const int UnitsMax = 32;
    private const int DurationMsMax = 10_000;

    /// <summary>Reads it whole or not at all.</summary>
    public static bool TryRead(string text, MediaContainer container, [NotNullWhen(true)] out MakerPlaylist? playlist)
    {
        playlist = null;
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (lines is not ["#EXTM3U", .. var rest])
        {
            return false;
        }

        var units = ImmutableArray.CreateBuilder<MakerUnit>();
        long? sequence = null;
        var target = 0;
        int? duration = null;
        DateTimeOffset? startsAt = null;
        var discontinuity = false;
        long? init = null;
        var suffix = MediaUrls.SegmentSuffixOf(container);
        foreach (var line in rest)
        {
            if (Value(line, "#EXT-X-MEDIA-SEQUENCE:") is { } first)
            {
                if (sequence is not null || !long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                {
                    return false;
                }

                sequence = number;
            }
            else if (Value(line, "#EXT-X-TARGETDURATION:") is { } seconds)
            {
                if (!int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out target) || target is < 1 or > 10)
                {
                    return false;
                }
            }
            else if (Value(line, "#EXTINF:") is { } length)
            {
                if (!decimal.TryParse(length.TrimEnd(','), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
                    || value <= 0 || value > DurationMsMax / 1000m)
                {
                    return false;
                }

                duration = (int)(value * 1000);
            }
            else if (Value(line, "#EXT-X-PROGRAM-DATE-TIME:") is { } moment)
            {
                startsAt = DateTimeOffset.TryParse(moment, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;
            }
            else if (line == "#EXT-X-DISCONTINUITY")
            {
                discontinuity = true;
            }
            else if (Value(line, "#EXT-X-MAP:") is { } map)
            {
                // A decoder that is started anew without being told shows whatever it likes.
                if (ReadInit(map) is not { } version || (units.Count > 0 && version != init && !discontinuity))
                {
                    return false;
                }

                init = version;
            }
            else if (!line.StartsWith('#'))
            {
                if (sequence is not { } next || duration is not { } ms || units.Count == UnitsMax
                    || line != string.Create(CultureInfo.InvariantCulture, $"{next}{suffix}")
                    || (init is null) != (container is MediaContainer.MpegTs))
                {
                    return false;
                }

                units.Add(new MakerUnit(next, ms, startsAt, discontinuity, init ?? 0));
                (sequence, duration, startsAt, discontinuity) = (next + 1, null, null, false);
            }
        }

        if (target == 0 || units.Count == 0)
        {
            return false;
        }

        playlist = new MakerPlaylist(target, units.ToImmutable());
        return true;
    }

    /// <summary>0 for <c>init.mp4</c>, the number in <c>init-{number}.mp4</c>; null for anything else.</summary>
    private static long? ReadInit(string map) =>
        map == "URI=\"init.mp4\"" ? 0
        : map.StartsWith("URI=\"init-", StringComparison.Ordinal) && map.EndsWith(".mp4\"", StringComparison.Ordinal)
            && long.TryParse(map.AsSpan(10, map.Length - 15), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            && map == $"URI=\"{InitName(version)}\"" ? version
        : null;

    /// <summary>An init unit's name at the maker.</summary>
    public static string InitName(long version) =>
        version == 0 ? "init.mp4" : string.Create(CultureInfo.InvariantCulture, $"init-{version}.mp4");

    private static string? Value(string line, string tag) =>
        line.StartsWith(tag, StringComparison.Ordinal) ? line[tag.Length..] : null;
}

/// <summary>One unit that the maker lists.</summary>
/// <param name="Sequence">Its media sequence number.</param>
/// <param name="DurationMs">How long it plays.</param>
/// <param name="StartsAt">When it was captured, for players.</param>
/// <param name="Discontinuity">Its times don't follow those of the unit before.</param>
/// <param name="Init">Which init unit it needs; 0 in a transport stream, which has none.</param>
internal sealed record MakerUnit(long Sequence, int DurationMs, DateTimeOffset? StartsAt, bool Discontinuity, long Init);
