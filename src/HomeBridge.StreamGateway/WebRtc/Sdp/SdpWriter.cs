using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace HomeBridge.StreamGateway.WebRtc.Sdp;

/// <summary>
/// Writes a description anew, line by line with CR and LF, from what was read. Origin, name and addresses are ours: nothing in
/// it says who made the one that was read.
/// </summary>
internal static class SdpWriter
{
    private const int LengthUsual = 2048;

    /// <param name="description">What was read and let through.</param>
    /// <param name="candidates">What the reader of this shall try. The first is the default.</param>
    /// <param name="random">For the origin's number.</param>
    public static string Write(PeerDescription description, ImmutableArray<PeerCandidate> candidates, RandomNumberGenerator random)
    {
        var text = new StringBuilder(LengthUsual);
        Span<byte> number = stackalloc byte[8];
        random.GetBytes(number);
        Line(text, "v=0");
        Line(text, $"o=- {BinaryPrimitives.ReadInt64BigEndian(number) & long.MaxValue} 1 IN IP4 0.0.0.0");
        Line(text, "s=-");
        Line(text, "t=0 0");
        var active = description.Sections.Where(section => !section.IsRefused).ToList();
        if (description.IsBundled && active.Count > 0)
        {
            Line(text, $"a=group:BUNDLE {string.Join(' ', active.Select(section => section.Mid))}");
        }

        var isFirst = true;
        foreach (var section in description.Sections)
        {
            if (section.IsRefused)
            {
                Refused(text, section);
                continue;
            }

            Section(text, description, section, candidates, isFirst);
            isFirst = false;
        }

        return text.ToString();
    }

    private static void Refused(StringBuilder text, MediaSection section)
    {
        Line(text, section.Kind switch
        {
            MediaKind.Audio => "m=audio 0 UDP/TLS/RTP/SAVPF 0",
            MediaKind.Video => "m=video 0 UDP/TLS/RTP/SAVPF 0",
            _ => "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
        });
        Line(text, "c=IN IP4 0.0.0.0");
        if (section.Mid is { } mid)
        {
            Line(text, $"a=mid:{mid}");
        }

        if (section.Kind is not MediaKind.Application)
        {
            Line(text, "a=inactive");
        }
    }

    private static void Section(StringBuilder text, PeerDescription description, MediaSection section, ImmutableArray<PeerCandidate> candidates, bool isFirst)
    {
        // RFC 8839 section 4.2.1.2: where there is nothing to begin with, port 9.
        var (address, port) = candidates is [var first, ..] ? (first.Address, first.Port) : (IPAddress.Any, 9);
        Line(text, $"m={(section.Kind is MediaKind.Audio ? "audio" : "video")} {port} UDP/TLS/RTP/SAVPF {string.Join(' ', section.Formats.Select(format => format.Type))}");
        Line(text, $"c=IN IP4 {address}");
        Line(text, $"a=mid:{section.Mid}");
        Line(text, section.Direction switch
        {
            MediaDirection.Send => "a=sendonly",
            MediaDirection.Receive => "a=recvonly",
            MediaDirection.Inactive => "a=inactive",
            _ => "a=sendrecv",
        });
        Line(text, "a=rtcp-mux");
        if (section.HasReducedSize)
        {
            Line(text, "a=rtcp-rsize");
        }

        Line(text, $"a=ice-ufrag:{description.Ufrag}");
        Line(text, $"a=ice-pwd:{description.Password}");
        Line(text, $"a=fingerprint:sha-256 {string.Join(':', description.Fingerprint.Select(part => part.ToString("X2", CultureInfo.InvariantCulture)))}");
        Line(text, $"a=setup:{description.Setup switch { DtlsSetup.ActPass => "actpass", DtlsSetup.Active => "active", _ => "passive" }}");
        foreach (var format in section.Formats)
        {
            Line(text, $"a=rtpmap:{format.Type} {format.Codec.Encoding}");
            if (!format.Parameters.IsEmpty)
            {
                Line(text, $"a=fmtp:{format.Type} {string.Join(';', format.Parameters.Select(one => $"{one.Name}={one.Value}"))}");
            }

            foreach (var feedback in format.Feedback)
            {
                Line(text, $"a=rtcp-fb:{format.Type} {feedback}");
            }
        }

        foreach (var extension in section.Extensions)
        {
            Line(text, $"a=extmap:{extension.Id} {extension.Uri}");
        }

        if (section.Direction.HasFlag(MediaDirection.Send))
        {
            Line(text, $"a=msid:camera camera-{(section.Kind is MediaKind.Audio ? "audio" : "video")}");
            if (section.Repair is var (source, repair))
            {
                Line(text, $"a=ssrc-group:FID {source} {repair}");
            }

            foreach (var one in section.Sources)
            {
                Line(text, $"a=ssrc:{one} cname:camera");
            }
        }

        // With BUNDLE, one transport: that of the first section.
        if (isFirst)
        {
            foreach (var (index, candidate) in candidates.Index())
            {
                var related = candidate.Type is "host" ? "" : " raddr 0.0.0.0 rport 0";
                Line(text, $"a=candidate:{index + 1} 1 udp {candidate.Priority} {candidate.Address} {candidate.Port} typ {candidate.Type}{related}");
            }

            Line(text, "a=end-of-candidates");
        }
    }

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append("\r\n");

    private static void Line(StringBuilder text, string line) => text.Append(line).Append("\r\n");
}
