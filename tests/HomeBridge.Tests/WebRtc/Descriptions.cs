using System.Globalization;

namespace HomeBridge.Tests.WebRtc;

/// <summary>Descriptions as peers write them, with everything that must not pass.</summary>
internal static class Descriptions
{
    public const string DisplayUfrag = "dISp";
    public const string DisplayPassword = "displaypassword0000000001";
    public const string CameraUfrag = "cAMr";
    public const string CameraPassword = "camerapassword00000000001";

    public static string Fingerprint(int seed) => string.Join(':', Enumerable.Range(seed, 32).Select(one => ((byte)one).ToString("X2", CultureInfo.InvariantCulture)));

    /// <summary>As a display in a browser offers: sound and picture, a data channel, names instead of addresses.</summary>
    public static string Offer(string ufrag = DisplayUfrag, string password = DisplayPassword) => Lines(
        "v=0", "o=mozilla 4611686018427387905 2 IN IP4 livingroom.example", "s=Living room of the Smiths", "c=IN IP4 203.0.113.99", "t=0 0",
        "a=group:BUNDLE 0 1 2", "a=extmap-allow-mixed", "a=msid-semantic: WMS", "a=identity:eyJpZHAiOnsiZG9tYWluIjoiZXhhbXBsZSJ9fQ==",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110", "c=IN IP4 203.0.113.99", "a=rtcp:9 IN IP4 0.0.0.0",
        $"a=ice-ufrag:{ufrag}", $"a=ice-pwd:{password}", "a=ice-options:trickle", $"a=fingerprint:sha-256 {Fingerprint(0x40)}", "a=setup:actpass", "a=mid:0",
        "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid", "a=recvonly", "a=rtcp-mux", "a=rtcp-rsize",
        "a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc", "a=fmtp:111 minptime=10;useinbandfec=1", "a=rtpmap:63 red/48000/2", "a=fmtp:63 111/111",
        "a=rtpmap:9 G722/8000", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000", "a=rtpmap:13 CN/8000", "a=rtpmap:110 telephone-event/48000",
        "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 45", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0",
        "a=candidate:1 1 udp 2113937151 3f7a9a2e-0f7e-4a3e-8a8e-2f5d4c3b2a19.local 54321 typ host generation 0 network-cost 999",
        "a=candidate:2 1 udp 1677729535 198.51.100.20 54321 typ srflx raddr 192.168.1.20 rport 54321 generation 0",
        "a=candidate:3 1 udp 2113937151 192.168.1.20 54321 typ host", "a=candidate:4 1 tcp 1518280447 198.51.100.20 9 typ host tcptype active",
        "a=candidate:5 1 udp 2113937151 2001:db8::7 54321 typ host", "a=candidate:6 1 udp 2113937151 169.254.169.254 54321 typ host",
        $"a=ice-ufrag:{ufrag}", $"a=ice-pwd:{password}", "a=ice-options:trickle", $"a=fingerprint:sha-256 {Fingerprint(0x40)}", "a=setup:actpass", "a=mid:1",
        "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
        "a=extmap:14 urn:ietf:params:rtp-hdrext:toffset", "a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
        "a=sendrecv", "a=msid:- 7a1f3c2e-5b4d-4c6e-9f8a-1b2c3d4e5f60", "a=rtcp-mux", "a=rtcp-rsize",
        "a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 goog-remb", "a=rtcp-fb:96 nack pli", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96",
        "a=rtpmap:102 H264/90000", "a=rtcp-fb:102 goog-remb", "a=rtcp-fb:102 transport-cc", "a=rtcp-fb:102 ccm fir", "a=rtcp-fb:102 nack", "a=rtcp-fb:102 nack pli",
        "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f;x-google-start-bitrate=800",
        "a=rtpmap:103 rtx/90000", "a=fmtp:103 apt=102", "a=rtpmap:45 AV1/90000", "a=ssrc:1001 cname:smith-living-room", "a=x-acme-tag:secret",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", $"a=ice-ufrag:{ufrag}", $"a=ice-pwd:{password}",
        $"a=fingerprint:sha-256 {Fingerprint(0x40)}", "a=setup:actpass", "a=mid:2", "a=sctp-port:5000");

    /// <summary>As a camera answers what the gateway shows it of <see cref="Offer"/>: no sound.</summary>
    public static string Answer(
        string ufrag = CameraUfrag, string password = CameraPassword, int fingerprint = 0x80, string profile = "640028", string audio = "refused") => Lines([
        "v=0", "o=acme-cam-07 1 1 IN IP4 cam07.lan", "s=Nursery", "t=0 0", "a=group:BUNDLE " + (audio == "refused" ? "1" : "0 1"), "a=x-acme-firmware:1.2.3",
        .. audio == "refused"
            ? (string[])["m=audio 0 UDP/TLS/RTP/SAVPF 0", "a=mid:0", "a=inactive"]
            : ["m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=sendonly", "a=rtcp-mux", $"a=ice-ufrag:{ufrag}", $"a=ice-pwd:{password}",
                $"a=fingerprint:sha-256 {Fingerprint(fingerprint)}", "a=setup:active", "a=rtpmap:111 opus/48000/2"],
        "m=video 50004 UDP/TLS/RTP/SAVPF 102", "c=IN IP4 198.51.100.7", "a=mid:1", "a=sendonly", "a=rtcp-mux",
        $"a=ice-ufrag:{ufrag}", $"a=ice-pwd:{password}", $"a=fingerprint:sha-256 {Fingerprint(fingerprint)}", "a=setup:active",
        "a=rtpmap:102 H264/90000", $"a=fmtp:102 packetization-mode=1;profile-level-id={profile}", "a=rtcp-fb:102 nack pli", "a=ssrc:77 cname:nursery",
        "a=candidate:1 1 udp 2130706431 198.51.100.7 50004 typ host", "a=candidate:2 1 udp 2130706431 10.0.0.7 50004 typ host", "a=end-of-candidates",
        "m=application 0 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:2",
    ]);

    public static string Lines(params string[] lines) => string.Join("\r\n", lines) + "\r\n";

    public static string With(this string description, string line, string other) => description.Contains(line, StringComparison.Ordinal)
        ? description.Replace(line, other, StringComparison.Ordinal)
        : throw new ArgumentException($"No '{line}' there.", nameof(line));
}
