using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using HomeBridge.StreamGateway.WebRtc.Sdp;
using Xunit.Abstractions;

namespace HomeBridge.Tests.WebRtc;

/// <summary>200,000 descriptions that somebody has been at: none crashes the reader, and what is written is on the list.</summary>
public sealed partial class SdpFuzzTests(ITestOutputHelper output)
{
    private const int Inputs = 200_000;
    private const ulong Seed = 20270131;

    private static readonly string[] Pieces =
    [
        "a=identity:x", "a=x-acme:1", "a=candidate:1 1 udp 1 127.0.0.1 80 typ host", "a=candidate:9 1 UDP 1 1.2.3.4 5 typ relay raddr 10.0.0.1 rport 9", "m=video 9 UDP/TLS/RTP/SAVPF 96", "m=audio 0 X 0",
        "a=mid:0", "a=mid:\u00e9", "a=fingerprint:sha-1 00", "a=setup:holdconn", "a=ice-ufrag:\"<x>\"", "a=rtpmap:102 H264/90000", "a=fmtp:102 profile-level-id=42e01f;sprop=x;y=\r\nz", "a=rtcp-fb:* nack pli",
        "a=extmap:1/sendonly urn:ietf:params:rtp-hdrext:sdes:mid", "a=ssrc:4294967296 cname:x", "a=ssrc-group:FID 1 2", "a=group:BUNDLE", "a=group:LS 0 1", "a=bundle-only", "b=AS:99999999999", "k=clear:x", "c=IN IP4 169.254.169.254",
        "a=", "=", "a", "a=:", "a=rtpmap:", "a=fmtp:102", "a=ssrc: ", "\0", "\ud800", "\u2028a=x", "a=msid:x y", "a=rid:1 send", "a=simulcast:send 1", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x", "a=candidate:", "a=rtpmap:999999999999 x",
    ];

    [Fact]
    public void Nothing_outside_the_list_is_ever_written()
    {
        string[] bases = [Descriptions.Offer(), Descriptions.Answer(), Descriptions.Answer(audio: "sent")];
        var (state, read) = (Seed, 0);
        using var random = RandomNumberGenerator.Create();
        for (var input = 0; input < Inputs; input++)
        {
            var text = Mutate(bases[Next(ref state, bases.Length)], ref state);
            if (SdpReader.TryReadOffer(text, out var description) || SdpReader.TryReadAnswer(text, out description))
            {
                read++;
                var candidates = description.Candidates.Where(new CandidatePolicy(false, false, []).Allows).Prepend(new PeerCandidate(IPAddress.Parse("192.0.2.10"), 40001, "host", 1));
                Check(SdpWriter.Write(description, [.. candidates], random), text);
                if (PeerNegotiation.ForCamera(description, withoutSound: false) is { } shown)
                {
                    Check(SdpWriter.Write(shown, [], random), text);
                }
            }
        }

        output.WriteLine($"{Inputs} inputs, seed {Seed}: {read} were descriptions, each written by the list");
        Assert.InRange(read, Inputs / 50, Inputs);
    }

    private static void Check(string written, string text)
    {
        Assert.EndsWith("\r\n", written, StringComparison.Ordinal);
        foreach (var line in written[..^2].Split("\r\n"))
        {
            if (!Allowed().IsMatch(line))
            {
                Assert.Fail($"'{line}' was written of:\n{text}");
            }
        }
    }

    private static string Mutate(string text, ref ulong state)
    {
        for (var times = 1 + Next(ref state, 4); times > 0; times--)
        {
            var lines = text.Split("\r\n").ToList();
            var at = Next(ref state, lines.Count);
            switch (Next(ref state, 9))
            {
                case 0:
                    lines.RemoveAt(at);
                    break;
                case 1:
                    lines.Insert(at, lines[Next(ref state, lines.Count)]);
                    break;
                case 2:
                    (lines[at], lines[^1]) = (lines[^1], lines[at]);
                    break;
                case 3:
                case 4:
                    lines.Insert(at, Pieces[Next(ref state, Pieces.Length)]);
                    break;
                case 5:
                    lines[at] = lines[at][..Next(ref state, lines[at].Length + 1)];
                    break;
                case 6:
                    lines[at] += Pieces[Next(ref state, Pieces.Length)];
                    break;
                default:
                    if (lines[at].Length > 0)
                    {
                        var characters = lines[at].ToCharArray();
                        characters[Next(ref state, characters.Length)] = (char)(Next(ref state, 20) == 0 ? Next(ref state, 65536) : Next(ref state, 128));
                        lines[at] = new string(characters);
                    }

                    break;
            }

            text = string.Join(Next(ref state, 30) == 0 ? "\n" : "\r\n", lines);
        }

        return text;
    }

    /// <summary>SplitMix64: the same inputs each time.</summary>
    private static int Next(ref ulong state, int below)
    {
        state += 0x9E3779B97F4A7C15;
        var mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)((mixed ^ (mixed >> 31)) % (ulong)below);
    }

    [GeneratedRegex(
        """
        \A(v=0|o=-\ [0-9]{1,19}\ 1\ IN\ IP4\ 0\.0\.0\.0|s=-|t=0\ 0|a=group:BUNDLE(\ [A-Za-z0-9_-]{1,16})+
        |m=(audio|video)\ [0-9]{1,5}\ UDP/TLS/RTP/SAVPF(\ [0-9]{1,3})+|m=application\ 0\ UDP/DTLS/SCTP\ webrtc-datachannel|c=IN\ IP4\ (0\.0\.0\.0|192\.0\.2\.10)
        |a=mid:[A-Za-z0-9_-]{1,16}|a=(sendrecv|sendonly|recvonly|inactive|rtcp-mux|rtcp-rsize|end-of-candidates)
        |a=ice-ufrag:[A-Za-z0-9+/]{4,64}|a=ice-pwd:[A-Za-z0-9+/]{22,256}|a=fingerprint:sha-256\ [0-9A-F]{2}(:[0-9A-F]{2}){31}|a=setup:(actpass|active|passive)
        |a=rtpmap:[0-9]{1,3}\ (H264/90000|VP8/90000|rtx/90000|opus/48000/2|PCMU/8000|PCMA/8000|G722/8000)
        |a=fmtp:[0-9]{1,3}\ (;?(level-asymmetry-allowed|packetization-mode|max-fr|max-fs|apt|rtx-time|minptime|useinbandfec|usedtx|stereo|sprop-stereo|maxaveragebitrate|maxplaybackrate)=[0-9]{1,7}|;?profile-level-id=[0-9A-Fa-f]{6})+
        |a=rtcp-fb:[0-9]{1,3}\ (nack|nack\ pli|ccm\ fir|goog-remb|transport-cc)
        |a=extmap:[0-9]{1,2}\ (urn:ietf:params:rtp-hdrext:sdes:mid|http://www\.webrtc\.org/experiments/rtp-hdrext/abs-send-time|http://www\.ietf\.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01)
        |a=msid:camera\ camera-(audio|video)|a=ssrc-group:FID\ [0-9]{1,10}\ [0-9]{1,10}|a=ssrc:[0-9]{1,10}\ cname:camera
        |a=candidate:[0-9]{1,2}\ 1\ udp\ [0-9]{1,10}\ [0-9]{1,3}(\.[0-9]{1,3}){3}\ [0-9]{1,5}\ typ\ (host|(srflx|relay)\ raddr\ 0\.0\.0\.0\ rport\ 0))\z
        """,
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Allowed();
}
