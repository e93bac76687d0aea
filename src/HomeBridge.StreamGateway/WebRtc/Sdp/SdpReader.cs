using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
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

    private readonly SdpLevel _session = new();
    private readonly List<SdpSection> _sections = [];
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
        var words = new SdpWords(value);
        if (_sections.Count == SectionsMax || !words.Next(out var kind) || !words.Next(out var port) || !words.Next(out var protocol) || !SdpWords.Number(port, 65535, out var number))
        {
            return false;
        }

        var section = new SdpSection
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
                if (!section.TryAdd(format))
                {
                    return false;
                }
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
            case "ice-ufrag" or "ice-pwd" or "fingerprint" or "setup":
                return level.Take(name, value);
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
                return ++_candidateLines <= CandidatesMax && (section is not { IsSpoken: true } || Candidate(value));
            case "group" when section is null && value.StartsWith("BUNDLE ", StringComparison.Ordinal):
                if (_bundle is not null)
                {
                    return false;
                }

                _bundle = value["BUNDLE ".Length..].ToString().Split(' ', SectionsMax + 1, StringSplitOptions.RemoveEmptyEntries);
                return true;
            default:
                return section is null || section.Take(name, value);
        }
    }

    /// <summary>
    /// <c>1 1 udp 2130706431 192.0.2.1 40001 typ host …</c>. What is no UDP over IPv4, a name among them, is passed over: it
    /// is never looked up. What follows the type is dropped: it tells other addresses.
    /// </summary>
    private bool Candidate(ReadOnlySpan<char> value)
    {
        var words = new SdpWords(value);
        if (!words.Next(out _) || !words.Next(out var component) || !words.Next(out var transport) || !words.Next(out var priority)
            || !words.Next(out var address) || !words.Next(out var port) || !words.Next(out var typ) || typ is not "typ" || !words.Next(out var type))
        {
            return false;
        }

        if (component is "1"
            && transport.Equals("udp", StringComparison.OrdinalIgnoreCase)
            && SdpWords.Number(priority, uint.MaxValue, out var preference)
            && SdpWords.Number(port, 65535, out var number) && number > 0
            && SdpWords.IsIPv4(address, out var ip)
            && (type switch { "host" => "host", "srflx" => "srflx", "relay" => "relay", _ => null }) is { } known)
        {
            _candidates.Add(new PeerCandidate(ip, (int)number, known, (uint)preference));
        }

        return true;
    }

    /// <summary>Everything together; null when it contradicts itself or lacks something.</summary>
    private PeerDescription? Finish(bool isOffer)
    {
        // A port of 0 says no, unless an offer says that another section's port is used (RFC 9143 section 6).
        var spoken = _sections.Where(section => section.IsSpoken && (!section.IsZeroPort || (isOffer && section.IsBundleOnly))).ToList();
        var mids = _sections.Where(section => section.Mid is not null).Select(section => section.Mid!).ToList();
        List<SdpLevel> levels = [_session, .. spoken.Select(section => section.Level)];
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
    private static string? One(List<SdpLevel> levels, Func<SdpLevel, string?> value)
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
}
