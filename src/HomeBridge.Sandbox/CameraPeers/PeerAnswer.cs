using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace HomeBridge.Sandbox.CameraPeers;

/// <summary>What a camera answers: it sends its video, refuses everything else, and waits for the DTLS handshake.</summary>
internal static class PeerAnswer
{
    /// <summary>The profile-level-id of the cameras' own parameter sets: Constrained Baseline, level 3.</summary>
    private const string ProfileLevelId = "42c01e";

    /// <summary>A host candidate's priority (RFC 8445 section 5.1.2.2).</summary>
    private const uint HostPriority = (126u << 24) | (65535u << 8) | 255;

    /// <param name="offer">What is answered; one section of it has H.264.</param>
    /// <param name="local">The camera's one address.</param>
    /// <param name="ufrag">Its ICE name.</param>
    /// <param name="password">And password.</param>
    /// <param name="fingerprint">SHA-256 of its certificate.</param>
    /// <param name="source">The SSRC of its packets.</param>
    public static string Write(PeerOffer offer, IPEndPoint local, string ufrag, string password, ReadOnlySpan<byte> fingerprint, uint source)
    {
        var hash = PeerCertificate.WriteFingerprint(fingerprint);
        var number = BinaryPrimitives.ReadUInt32BigEndian(RandomNumberGenerator.GetBytes(4));
        var sent = offer.Sections.First(section => section.H264 is not null);
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append("\r\n");

        Line($"v=0");
        Line($"o=- {number} 1 IN IP4 0.0.0.0");
        Line($"s=-");
        Line($"t=0 0");
        Line($"a=group:BUNDLE {sent.Mid}");
        foreach (var section in offer.Sections)
        {
            if (section != sent)
            {
                Line($"m={section.Kind} 0 UDP/TLS/RTP/SAVPF {section.FirstFormat}");
                Line($"c=IN IP4 0.0.0.0");
                Line($"a=mid:{section.Mid}");
                Line($"a=inactive");
                continue;
            }

            Line($"m=video {local.Port} UDP/TLS/RTP/SAVPF {sent.H264}");
            Line($"c=IN IP4 {local.Address}");
            Line($"a=mid:{sent.Mid}");
            Line($"a=ice-ufrag:{ufrag}");
            Line($"a=ice-pwd:{password}");
            Line($"a=fingerprint:sha-256 {hash}");
            Line($"a=setup:passive");
            Line($"a=sendonly");
            Line($"a=rtcp-mux");
            Line($"a=rtpmap:{sent.H264} H264/90000");
            Line($"a=fmtp:{sent.H264} level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={ProfileLevelId}");
            Line($"a=rtcp-fb:{sent.H264} nack pli");
            Line($"a=rtcp-fb:{sent.H264} ccm fir");
            Line($"a=ssrc:{source} cname:camera");
            Line($"a=candidate:1 1 udp {HostPriority} {local.Address} {local.Port} typ host");
            Line($"a=end-of-candidates");
        }

        return text.ToString();
    }
}
