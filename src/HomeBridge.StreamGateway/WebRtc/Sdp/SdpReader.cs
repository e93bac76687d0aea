using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.StreamGateway.WebRtc.Sdp;

/// <summary>
/// Reads a description line by line, from left to right. What is on the list is taken and checked, what isn't is passed
/// over, and what contradicts itself makes the whole of it none. No names are looked up and nothing is followed.
/// </summary>
internal sealed class SdpReader
{
    /// <summary>Candidates of one description, those that are passed over too.</summary>
    public const int CandidatesMax = 64;

    /// <summary>Lines of a description.</summary>
    public const int LinesMax = 2_000;

    /// <summary>Media sections, refused ones too.</summary>
    public const int SectionsMax = 8;

    private const int FormatsMax = 64;
    private const int SourcesMax = 8;
    private const int MidLengthMax = 16;
    private const int PasswordLengthMin = 22;
    private const int PasswordLengthMax = 256;
    private const int FingerprintBytes = 32;
    private const int NumberDigitsMax = 7;

    /// <summary>RFC 8839 section 5.4.</summary>
    private static readonly SearchValues<char> IceCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

    private static readonly SearchValues<char> MidCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    private readonly Level _session = new();
    private readonly List<Section> _sections = [];
    private readonly List<PeerCandidate> _candidates = [];
    private string[]? _bundle;
    private int _candidateLines;
    private MediaDirection _direction = MediaDirection.Send | MediaDirection.Receive;

    private SdpReader()
    {
    }

    /// <summary>The display's. It may leave it to us who begins the handshake.</summary>
    public static bool TryReadOffer(ReadOnlySpan<char> text, [NotNullWhen(true)] out PeerDescription? offer) => TryRead(text, isOffer: true, out offer);

    /// <summary>The camera's. Who begins is said.</summary>
    public static bool TryReadAnswer(ReadOnlySpan<char> text, [NotNullWhen(true)] out PeerDescription? answer) => TryRead(text, isOffer: false, out answer);

    private static bool TryRead(ReadOnlySpan<char> text, bool isOffer, out PeerDescription? description)
    {
        description = null;
        if (text.Length is 0 or > PeerAnswerVerifier.TextLengthMax)
        {
            return false;
        }

        var reader = new SdpReader();
        var lines = 0;
        foreach (var range in text.Split('\n'))
        {
            // Lines end with CR and LF; a line feed alone is taken as well (RFC 8866 section 5).
            var ended = text[range];
            var line = ended is [.., '\r'] ? ended[..^1] : ended;
            if (line.IsEmpty)
            {
                continue;
            }

            if (++lines > LinesMax || line.ContainsAnyInRange('\0', '\x1f') || line.Length < 2 || line[1] != '='
                || (lines == 1 && line is not "v=0") || !reader.Line(line[0], line[2..]))
            {
                return false;
            }
        }

        description = reader.Finish(isOffer);
        return description is not null;
    }

    private bool Line(char type, ReadOnlySpan<char> value) => type switch
    {
        'm' => Media(value),
        'a' => value.IndexOf(':') is >= 0 and var colon ? Attribute(value[..colon], value[(colon + 1)..]) : Attribute(value, []),

        // Origin, name, addresses, times, bandwidth: ours is written instead.
        _ => true,
    };

    /// <summary><c>m=video 9 UDP/TLS/RTP/SAVPF 96 97</c>.</summary>
    private bool Media(ReadOnlySpan<char> value)
    {
        var words = new Words(value);
        if (_sections.Count == SectionsMax || !words.Next(out var kind) || !words.Next(out var port) || !words.Next(out var protocol) || !Number(port, 65535, out var number))
        {
            return false;
        }

        var section = new Section
        {
            Kind = kind switch
            {
                "audio" => MediaKind.Audio,
                "video" => MediaKind.Video,
                _ => MediaKind.Application,
            },
            IsZeroPort = number == 0,
            Direction = _direction,
        };
        section.IsSpoken = section.Kind is not MediaKind.Application && protocol is "UDP/TLS/RTP/SAVPF";
        if (section.IsSpoken)
        {
            while (words.Next(out var format))
            {
                if (section.Types.Count == FormatsMax || !Number(format, 127, out var payload) || section.Types.Contains((int)payload))
                {
                    return false;
                }

                section.Types.Add((int)payload);
            }
        }

        _sections.Add(section);
        return true;
    }

    private bool Attribute(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        var section = _sections.Count == 0 ? null : _sections[^1];
        var level = section?.Level ?? _session;
        switch (name)
        {
            case "ice-ufrag":
                return Level.Take(ref level.Ufrag, value, PeerAnswerStatement.UfragLengthMin, PeerAnswerStatement.UfragLengthMax, IceCharacters);
            case "ice-pwd":
                return Level.Take(ref level.Password, value, PasswordLengthMin, PasswordLengthMax, IceCharacters);
            case "fingerprint":
                return Fingerprint(level, value);
            case "setup":
                if (level.Setup is not null)
                {
                    return false;
                }

                level.Setup = value switch
                {
                    "actpass" => DtlsSetup.ActPass,
                    "active" => DtlsSetup.Active,
                    "passive" => DtlsSetup.Passive,
                    _ => null,
                };
                return level.Setup is not null;
            case "sendrecv" or "sendonly" or "recvonly" or "inactive":
                var direction = name switch
                {
                    "sendrecv" => MediaDirection.Send | MediaDirection.Receive,
                    "sendonly" => MediaDirection.Send,
                    "recvonly" => MediaDirection.Receive,
                    _ => MediaDirection.Inactive,
                };
                if (section is null)
                {
                    _direction = direction;
                }
                else
                {
                    section.Direction = direction;
                }

                return true;
            case "ice-lite":
                // It would not look for the gateway by itself, and nobody else does.
                return false;
            case "candidate":
                return ++_candidateLines <= CandidatesMax && (section is null || Candidate(value));
            case "group" when section is null && value.StartsWith("BUNDLE ", StringComparison.Ordinal):
                if (_bundle is not null)
                {
                    return false;
                }

                _bundle = value["BUNDLE ".Length..].ToString().Split(' ', SectionsMax + 1, StringSplitOptions.RemoveEmptyEntries);
                return true;
            default:
                return section is null || (section.IsSpoken ? OfSection(section, name, value) : name is not "mid" || Mid(section, value));
        }
    }

    private static bool OfSection(Section section, ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        switch (name)
        {
            case "mid":
                return Mid(section, value);
            case "rtcp-mux":
                section.IsMuxed = true;
                return true;
            case "rtcp-rsize":
                section.HasReducedSize = true;
                return true;
            case "bundle-only":
                section.IsBundleOnly = true;
                return true;
            case "rtpmap":
                return Format(section, value, static (section, type, rest) =>
                    section.Types.Contains(type) && (SdpCodec.Read(section.Kind, rest) is not { } codec || section.Codecs.TryAdd(type, codec)));
            case "fmtp":
                return Format(section, value, static (section, type, rest) =>
                {
                    // A second line for a type would decide which of two profiles counts.
                    return !section.Types.Contains(type) || section.Parameters.TryAdd(type, rest.ToString());
                });
            case "rtcp-fb":
                Feedback(section, value);
                return true;
            case "extmap":
                Extension(section, value);
                return true;
            case "ssrc":
                Source(section, value);
                return true;
            case "ssrc-group":
                Repair(section, value);
                return true;
            default:
                return true;
        }
    }

    private static bool Mid(Section section, ReadOnlySpan<char> value)
    {
        if (section.Mid is not null || value.Length is 0 or > MidLengthMax || value.ContainsAnyExcept(MidCharacters))
        {
            return false;
        }

        section.Mid = value.ToString();
        return true;
    }

    /// <summary>RFC 8122 section 5: one, of SHA-256. Another hash beside it is a second opinion, and there must be one.</summary>
    private static bool Fingerprint(Level level, ReadOnlySpan<char> value)
    {
        const string start = "sha-256 ";
        if (level.Fingerprint is not null || !value.StartsWith(start, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var pairs = value[start.Length..];
        if (pairs.Length != (FingerprintBytes * 3) - 1)
        {
            return false;
        }

        var bytes = new byte[FingerprintBytes];
        for (var index = 0; index < FingerprintBytes; index++)
        {
            var pair = pairs.Slice(index * 3, 2);
            if ((index > 0 && pairs[(index * 3) - 1] != ':') || !char.IsAsciiHexDigit(pair[0]) || !char.IsAsciiHexDigit(pair[1]))
            {
                return false;
            }

            bytes[index] = byte.Parse(pair, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }

        level.Fingerprint = bytes;
        return true;
    }

    /// <summary>
    /// <c>1 1 udp 2130706431 192.0.2.1 40001 typ host …</c>. What is no UDP over IPv4, a name among them, is passed over: it
    /// is never looked up. What follows the type is dropped: it tells other addresses.
    /// </summary>
    private bool Candidate(ReadOnlySpan<char> value)
    {
        var words = new Words(value);
        if (!words.Next(out _) || !words.Next(out var component) || !words.Next(out var transport) || !words.Next(out var priority)
            || !words.Next(out var address) || !words.Next(out var port) || !words.Next(out var typ) || typ is not "typ" || !words.Next(out var type))
        {
            return false;
        }

        if (component is "1"
            && transport.Equals("udp", StringComparison.OrdinalIgnoreCase)
            && Number(priority, uint.MaxValue, out var preference)
            && Number(port, 65535, out var number) && number > 0
            && IsIPv4(address, out var ip)
            && (type switch { "host" => "host", "srflx" => "srflx", "relay" => "relay", _ => null }) is { } known)
        {
            _candidates.Add(new PeerCandidate(ip, (int)number, known, (uint)preference));
        }

        return true;
    }

    /// <summary>Four numbers and nothing else: the framework would also take <c>0x7f.1</c>.</summary>
    private static bool IsIPv4(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        Span<byte> bytes = stackalloc byte[4];
        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (parts == 4 || part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0') || !Number(part, 255, out var value))
            {
                return false;
            }

            bytes[parts++] = (byte)value;
        }

        address = parts == 4 ? new IPAddress(bytes) : null;
        return address is not null;
    }

    private delegate bool OfFormat(Section section, int type, ReadOnlySpan<char> rest);

    private static bool Format(Section section, ReadOnlySpan<char> value, OfFormat take)
    {
        var space = value.IndexOf(' ');
        return space > 0 && Number(value[..space], 127, out var type) && take(section, (int)type, value[(space + 1)..]);
    }

    /// <summary><c>96 nack pli</c>, or <c>* nack pli</c> for every video type.</summary>
    private static void Feedback(Section section, ReadOnlySpan<char> value)
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
                    section.Feedback.AddRange(section.Types.Select(type => (type, known)));
                }
                else if (Number(value[..space], 127, out var type))
                {
                    section.Feedback.Add(((int)type, known));
                }
            }
        }
    }

    /// <summary><c>3 urn:…</c>. A direction behind the number is dropped.</summary>
    private static void Extension(Section section, ReadOnlySpan<char> value)
    {
        var words = new Words(value);
        if (!words.Next(out var id) || !words.Next(out var uri))
        {
            return;
        }

        var slash = id.IndexOf('/');
        if (!Number(slash < 0 ? id : id[..slash], 14, out var number) || number == 0)
        {
            return;
        }

        foreach (var known in SdpCodec.Extensions)
        {
            if (uri.SequenceEqual(known) && !section.Extensions.Exists(one => one.Id == (int)number || one.Uri == known))
            {
                section.Extensions.Add(new HeaderExtension((int)number, known));
            }
        }
    }

    private static void Source(Section section, ReadOnlySpan<char> value)
    {
        var words = new Words(value);
        if (words.Next(out var source) && Number(source, uint.MaxValue, out var number) && section.Sources.Count < SourcesMax && !section.Sources.Contains((uint)number))
        {
            section.Sources.Add((uint)number);
        }
    }

    private static void Repair(Section section, ReadOnlySpan<char> value)
    {
        var words = new Words(value);
        if (words.Next(out var kind) && kind is "FID" && words.Next(out var source) && words.Next(out var repair)
            && Number(source, uint.MaxValue, out var first) && Number(repair, uint.MaxValue, out var second))
        {
            section.Repair = ((uint)first, (uint)second);
        }
    }

    /// <summary>Everything together; null when it contradicts itself or lacks something.</summary>
    private PeerDescription? Finish(bool isOffer)
    {
        // A port of 0 says no, unless it says that another section's port is used (RFC 9143 section 6).
        var spoken = _sections.Where(section => section.IsSpoken && (!section.IsZeroPort || section.IsBundleOnly)).ToList();
        var mids = _sections.Where(section => section.Mid is not null).Select(section => section.Mid!).ToList();
        List<Level> levels = [_session, .. spoken.Select(section => section.Level)];
        if (spoken.Count == 0
            || spoken.Exists(section => section.Mid is null || !section.IsMuxed)
            || mids.Distinct(StringComparer.Ordinal).Count() != mids.Count
            || (_bundle is null ? spoken.Count > 1 : !spoken.TrueForAll(section => _bundle.Contains(section.Mid, StringComparer.Ordinal)))
            || One(levels, level => level.Ufrag) is not { } ufrag
            || One(levels, level => level.Password) is not { } password
            || One(levels, level => level.Fingerprint is { } bytes ? Convert.ToHexString(bytes) : null) is not { } fingerprint
            || One(levels, level => level.Setup?.ToString()) is not { } setup)
        {
            return null;
        }

        var who = Enum.Parse<DtlsSetup>(setup);
        return who is DtlsSetup.ActPass != isOffer
            ? null
            : new PeerDescription(
                ufrag, password, Convert.FromHexString(fingerprint), who, _bundle is not null,
                [.. _sections.Select(section => spoken.Contains(section) ? section.ToMedia() : new MediaSection(section.Kind, section.Mid) { IsRefused = true })],
                [.. _candidates]);
    }

    /// <summary>The one value that all levels agree on; null when there is none or there are two.</summary>
    private static string? One(List<Level> levels, Func<Level, string?> value)
    {
        string? one = null;
        foreach (var level in levels)
        {
            if (value(level) is { } said)
            {
                if (one is not null && !string.Equals(one, said, StringComparison.Ordinal))
                {
                    return null;
                }

                one = said;
            }
        }

        return one;
    }

    private static bool Number(ReadOnlySpan<char> text, long max, out long value)
    {
        value = 0;
        return text.Length is > 0 and <= 10 && !text.ContainsAnyExceptInRange('0', '9')
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= max;
    }

    /// <summary>What is said at session level or in one section.</summary>
    private sealed class Level
    {
        public string? Ufrag;
        public string? Password;

        public byte[]? Fingerprint { get; set; }

        public DtlsSetup? Setup { get; set; }

        /// <summary>Once, of the right length and characters.</summary>
        public static bool Take(ref string? into, ReadOnlySpan<char> value, int min, int max, SearchValues<char> allowed)
        {
            if (into is not null || value.Length < min || value.Length > max || value.ContainsAnyExcept(allowed))
            {
                return false;
            }

            into = value.ToString();
            return true;
        }
    }

    private sealed class Section
    {
        public MediaKind Kind { get; init; }

        public bool IsZeroPort { get; init; }

        public bool IsSpoken { get; set; }

        public bool IsBundleOnly { get; set; }

        public bool IsMuxed { get; set; }

        public bool HasReducedSize { get; set; }

        public string? Mid { get; set; }

        public MediaDirection Direction { get; set; }

        public Level Level { get; } = new();

        public List<int> Types { get; } = [];

        public Dictionary<int, SdpCodec> Codecs { get; } = [];

        public Dictionary<int, string> Parameters { get; } = [];

        public List<(int Type, string Feedback)> Feedback { get; } = [];

        public List<HeaderExtension> Extensions { get; } = [];

        public List<uint> Sources { get; } = [];

        public (uint Source, uint Repair)? Repair { get; set; }

        /// <summary>A section whose every format was passed over is refused.</summary>
        public MediaSection ToMedia()
        {
            var formats = Types
                .Select(type => (Type: type, Codec: Codecs.GetValueOrDefault(type) ?? SdpCodec.Static(Kind, type)))
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
                    Extensions = [.. Extensions],
                    HasReducedSize = HasReducedSize,
                    Sources = [.. Sources],
                    Repair = Repair is var (source, repair) && Sources.Contains(source) && Sources.Contains(repair) ? Repair : null,
                };
        }

        private PayloadFormat Format(int type, SdpCodec codec)
        {
            var parameters = ImmutableArray.CreateBuilder<(string Name, string Value)>();
            int? repairs = null;
            foreach (var part in Parameters.GetValueOrDefault(type, "").Split(';', StringSplitOptions.TrimEntries))
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
                type, codec, parameters.ToImmutable(), [.. Feedback.Where(one => one.Type == type).Select(one => one.Feedback).Distinct(StringComparer.Ordinal)])
            {
                Repairs = repairs,
            };
        }
    }

    /// <summary>Words between single spaces.</summary>
    private ref struct Words(ReadOnlySpan<char> text)
    {
        private ReadOnlySpan<char> _rest = text;

        public bool Next(out ReadOnlySpan<char> word)
        {
            var space = _rest.IndexOf(' ');
            word = space < 0 ? _rest : _rest[..space];
            _rest = space < 0 ? [] : _rest[(space + 1)..];
            return !word.IsEmpty;
        }
    }
}
