using System.Collections.Immutable;
using System.Net;

namespace HomeBridge.StreamGateway.WebRtc.Sdp;

/// <summary>Who begins the DTLS handshake (RFC 8842 section 5).</summary>
internal enum DtlsSetup
{
    ActPass,
    Active,
    Passive,
}

/// <summary>Which way media go, as whoever describes itself sees it.</summary>
[Flags]
internal enum MediaDirection
{
    Inactive = 0,
    Send = 1,
    Receive = 2,
}

/// <summary>
/// What is kept of a description (SDP, RFC 8866): by the list in <c>contracts/webrtc-signalling.md</c>, checked, and nothing
/// else. What is sent on is written from here, so nothing that was not read can be in it.
/// </summary>
/// <param name="Ufrag">ICE user name fragment, one for the whole description.</param>
/// <param name="Password">ICE password.</param>
/// <param name="Fingerprint">SHA-256 of the certificate, 32 bytes.</param>
/// <param name="Setup">Who begins.</param>
/// <param name="IsBundled">Its sections are in one BUNDLE group.</param>
/// <param name="Sections">Media sections, in order, refused ones too.</param>
/// <param name="Candidates">UDP over IPv4, as they stand; whether they may be used is the policy's to say.</param>
internal sealed record PeerDescription(
    string Ufrag, string Password, byte[] Fingerprint, DtlsSetup Setup, bool IsBundled, ImmutableArray<MediaSection> Sections, ImmutableArray<PeerCandidate> Candidates)
{
    /// <summary>Whether pictures may flow by it.</summary>
    public bool HasVideo => Sections.Any(section => section is { IsRefused: false, Kind: MediaKind.Video });

    /// <summary>Credentials don't belong into a log line.</summary>
    public override string ToString() => nameof(PeerDescription);
}

/// <summary>What a media section is of.</summary>
internal enum MediaKind
{
    Audio,
    Video,

    /// <summary>Anything else: refused.</summary>
    Application,
}

/// <summary>One media section.</summary>
/// <param name="Kind">What it is of.</param>
/// <param name="Mid">Its name; null where a refused one has none.</param>
internal sealed record MediaSection(MediaKind Kind, string? Mid)
{
    /// <summary>Port 0, or of a kind that is not spoken.</summary>
    public bool IsRefused { get; init; }

    public MediaDirection Direction { get; init; }

    public ImmutableArray<PayloadFormat> Formats { get; init; } = [];

    public ImmutableArray<HeaderExtension> Extensions { get; init; } = [];

    /// <summary>Reduced-size RTCP (RFC 5506).</summary>
    public bool HasReducedSize { get; init; }

    /// <summary>Synchronisation sources that it will send.</summary>
    public ImmutableArray<uint> Sources { get; init; } = [];

    /// <summary>A source, and the one that repeats its packets.</summary>
    public (uint Source, uint Repair)? Repair { get; init; }
}

/// <summary>One payload type.</summary>
/// <param name="Type">0 to 127.</param>
/// <param name="Codec">As the list of codecs spells it.</param>
/// <param name="Parameters">Those of the list, e.g. <c>profile-level-id=42e01f</c>.</param>
/// <param name="Feedback">RTCP feedback, e.g. <c>nack pli</c>.</param>
internal sealed record PayloadFormat(int Type, SdpCodec Codec, ImmutableArray<(string Name, string Value)> Parameters, ImmutableArray<string> Feedback)
{
    /// <summary>Of a repair format: which payload type it repeats.</summary>
    public int? Repairs { get; init; }
}

/// <summary>An RTP header extension (RFC 8285).</summary>
internal sealed record HeaderExtension(int Id, string Uri);

/// <summary>A transport address that a peer can be reached at.</summary>
/// <param name="Address">IPv4.</param>
/// <param name="Port">The port.</param>
/// <param name="Type"><c>host</c>, <c>srflx</c> or <c>relay</c>.</param>
/// <param name="Priority">RFC 8445 section 5.1.2.</param>
internal sealed record PeerCandidate(IPAddress Address, int Port, string Type, uint Priority);
