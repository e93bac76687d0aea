using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;

namespace HomeBridge.StreamGateway.WebRtc.Sdp;

/// <summary>One media section as it is read.</summary>
internal sealed class SdpSection
{
    private const int FormatsMax = 64;
    private const int SourcesMax = 8;
    private const int MidLengthMax = 16;
    private const int NumberDigitsMax = 7;

    private static readonly SearchValues<char> MidCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    private readonly List<int> _types = [];
    private readonly Dictionary<int, SdpCodec> _codecs = [];
    private readonly Dictionary<int, string> _parameters = [];
    private readonly HashSet<(int? Type, string Feedback)> _feedback = [];
    private readonly List<HeaderExtension> _extensions = [];
    private readonly List<uint> _sources = [];
    private (uint Source, uint Repair)? _repair;

    public MediaKind Kind { get; init; }

    public bool IsZeroPort { get; init; }

    /// <summary>Audio or video in the one protocol; of another one only the name is read.</summary>
    public bool IsSpoken { get; set; }

    public bool IsBundleOnly { get; private set; }

    public bool IsMuxed { get; private set; }

    public bool HasReducedSize { get; private set; }

    public string? Mid { get; private set; }

    public MediaDirection Direction { get; set; }

    public SdpLevel Level { get; } = new();

    /// <summary>A payload type of the <c>m=</c> line.</summary>
    public bool TryAdd(ReadOnlySpan<char> format)
    {
        if (_types.Count == FormatsMax || !SdpWords.Number(format, 127, out var type) || _types.Contains((int)type))
        {
            return false;
        }

        _types.Add((int)type);
        return true;
    }

    /// <summary>An attribute of this section. What is not on the list is passed over.</summary>
    public bool Take(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        if (!IsSpoken)
        {
            return name is not "mid" || TakeMid(value);
        }

        switch (name)
        {
            case "mid":
                return TakeMid(value);
            case "rtcp-mux":
                IsMuxed = true;
                return true;
            case "rtcp-rsize":
                HasReducedSize = true;
                return true;
            case "bundle-only":
                IsBundleOnly = true;
                return true;
            case "rtpmap":
                return Typed(value, out var mapped, out var encoding)
                    && _types.Contains(mapped) && (SdpCodec.Read(Kind, encoding) is not { } codec || _codecs.TryAdd(mapped, codec));
            case "fmtp":
                // A second line for a type would decide which of two profiles counts.
                return Typed(value, out var type, out var parameters) && (!_types.Contains(type) || _parameters.TryAdd(type, parameters.ToString()));
            case "rtcp-fb":
                TakeFeedback(value);
                return true;
            case "extmap":
                TakeExtension(value);
                return true;
            case "ssrc":
                TakeSource(value);
                return true;
            case "ssrc-group":
                TakeRepair(value);
                return true;
            default:
                return true;
        }
    }

    /// <summary>A section whose every format was passed over is refused.</summary>
    public MediaSection ToMedia()
    {
        var formats = _types
            .Select(type => (Type: type, Codec: _codecs.GetValueOrDefault(type) ?? SdpCodec.Static(Kind, type)))
            .Where(one => one.Codec is not null)
            .Select(one => Format(one.Type, one.Codec!))
            .ToList();
        formats.RemoveAll(format => format.Codec == SdpCodec.Rtx && !formats.Exists(one => one.Type == format.Repairs && one.Codec != SdpCodec.Rtx));
        return formats.Count == 0
            ? new MediaSection(Kind, Mid) { IsRefused = true }
            : new MediaSection(Kind, Mid)
            {
                Direction = Direction,
                Formats = [.. formats],
                Extensions = [.. _extensions],
                HasReducedSize = HasReducedSize,
                Sources = [.. _sources],
                Repair = _repair is var (source, repair) && _sources.Contains(source) && _sources.Contains(repair) ? _repair : null,
            };
    }

    private bool TakeMid(ReadOnlySpan<char> value)
    {
        if (Mid is not null || value.Length is 0 or > MidLengthMax || value.ContainsAnyExcept(MidCharacters))
        {
            return false;
        }

        Mid = value.ToString();
        return true;
    }

    /// <summary><c>96 VP8/90000</c>: a payload type, and what is said of it.</summary>
    private static bool Typed(ReadOnlySpan<char> value, out int type, out ReadOnlySpan<char> rest)
    {
        var space = value.IndexOf(' ');
        type = 0;
        rest = value[(space + 1)..];
        if (space <= 0 || !SdpWords.Number(value[..space], 127, out var number))
        {
            return false;
        }

        type = (int)number;
        return true;
    }

    /// <summary><c>96 nack pli</c>, or <c>* nack pli</c> for every type.</summary>
    private void TakeFeedback(ReadOnlySpan<char> value)
    {
        var space = value.IndexOf(' ');
        if (space <= 0)
        {
            return;
        }

        foreach (var known in SdpCodec.Feedback)
        {
            if (value[(space + 1)..].SequenceEqual(known))
            {
                if (value[..space] is "*")
                {
                    _feedback.Add((null, known));
                }
                else if (SdpWords.Number(value[..space], 127, out var type))
                {
                    _feedback.Add(((int)type, known));
                }
            }
        }
    }

    /// <summary><c>3 urn:…</c>. A direction behind the number is dropped.</summary>
    private void TakeExtension(ReadOnlySpan<char> value)
    {
        var words = new SdpWords(value);
        if (!words.Next(out var id) || !words.Next(out var uri))
        {
            return;
        }

        var slash = id.IndexOf('/');
        if (!SdpWords.Number(slash < 0 ? id : id[..slash], 14, out var number) || number == 0)
        {
            return;
        }

        foreach (var known in SdpCodec.Extensions)
        {
            if (uri.SequenceEqual(known) && !_extensions.Exists(one => one.Id == (int)number || one.Uri == known))
            {
                _extensions.Add(new HeaderExtension((int)number, known));
            }
        }
    }

    private void TakeSource(ReadOnlySpan<char> value)
    {
        var words = new SdpWords(value);
        if (words.Next(out var source) && SdpWords.Number(source, uint.MaxValue, out var number) && _sources.Count < SourcesMax && !_sources.Contains((uint)number))
        {
            _sources.Add((uint)number);
        }
    }

    private void TakeRepair(ReadOnlySpan<char> value)
    {
        var words = new SdpWords(value);
        if (words.Next(out var kind) && kind is "FID" && words.Next(out var source) && words.Next(out var repair)
            && SdpWords.Number(source, uint.MaxValue, out var first) && SdpWords.Number(repair, uint.MaxValue, out var second))
        {
            _repair = ((uint)first, (uint)second);
        }
    }

    private PayloadFormat Format(int type, SdpCodec codec)
    {
        var parameters = ImmutableArray.CreateBuilder<(string Name, string Value)>();
        int? repairs = null;
        foreach (var part in _parameters.GetValueOrDefault(type, "").Split(';', StringSplitOptions.TrimEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = equals > 0 ? (part[..equals], part[(equals + 1)..]) : ("", "");
            var known = codec.Parameters.FirstOrDefault(parameter => parameter.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (known is null || parameters.Any(one => one.Name == known))
            {
                continue;
            }

            if (known is SdpCodec.ProfileLevelId
                ? value.Length == 6 && value.All(char.IsAsciiHexDigit)
                : value.Length is > 0 and <= NumberDigitsMax && value.All(char.IsAsciiDigit))
            {
                parameters.Add((known, value));
                repairs = known is SdpCodec.Repairs ? int.Parse(value, CultureInfo.InvariantCulture) : repairs;
            }
        }

        return new PayloadFormat(
            type, codec, parameters.ToImmutable(), [.. SdpCodec.Feedback.Where(known => _feedback.Contains((null, known)) || _feedback.Contains((type, known)))])
        {
            Repairs = repairs,
        };
    }
}
