using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using HomeBridge.StreamGateway.WebRtc.Sdp;

namespace HomeBridge.Tests.WebRtc;

/// <summary>The pitfalls of descriptions, one after the other: what a camera is shown of an offer, and a display of an answer.</summary>
public sealed class SdpTests
{
    private static readonly PeerCandidate Own = new(IPAddress.Parse("192.0.2.10"), 40001, "host", 2130706431);

    [Fact]
    public void An_offer_is_written_anew_and_nothing_of_its_maker_is_in_it()
    {
        var shown = Shown(Descriptions.Offer());

        foreach (var told in (string[])["Smith", "mozilla", "livingroom", "identity", "trickle", ".local", "198.51.100", "192.168", "169.254", "2001:", " tcp ", "x-", "AV1", "red/", "telephone", "7a1f3c2e", "ssrc", "toffset", "203.0.113"])
        {
            Assert.DoesNotContain(told, shown, StringComparison.Ordinal);
        }

        Assert.Contains("a=candidate:1 1 udp 2130706431 192.0.2.10 40001 typ host\r\n", shown, StringComparison.Ordinal);
        Assert.Contains("s=-\r\n", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_end_with_CR_and_LF_and_a_line_feed_alone_is_read()
    {
        var shown = Shown(Descriptions.Offer().Replace("\r\n", "\n", StringComparison.Ordinal));

        Assert.Equal(shown.Split('\n').Length, shown.Split("\r\n").Length);
        Assert.EndsWith("\r\n", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Sections_keep_their_order_and_names_and_what_is_no_media_is_refused_in_its_place()
    {
        var lines = Shown(Descriptions.Offer()).Split("\r\n");

        Assert.Equal(["m=audio 40001", "m=video 40001", "m=application 0"], lines.Where(line => line.StartsWith("m=", StringComparison.Ordinal)).Select(line => string.Join(' ', line.Split(' ')[..2])));
        Assert.Equal(["a=mid:0", "a=mid:1", "a=mid:2"], lines.Where(line => line.StartsWith("a=mid", StringComparison.Ordinal)));
        Assert.Contains("a=group:BUNDLE 0 1", lines);
    }

    [Fact]
    public void A_camera_sends_and_a_display_receives_whatever_it_would_like()
    {
        Assert.Equal(["a=recvonly", "a=recvonly"], Directions(Shown(Descriptions.Offer())));
        Assert.Equal(["a=inactive", "a=sendonly"], Directions(Answered(Descriptions.Answer())!));
        Assert.Null(Answered(Descriptions.Answer().With("a=sendonly", "a=sendrecv")));
        Assert.False(IsOffer(Descriptions.Offer().With("a=sendrecv", "a=sendonly")));
    }

    [Fact]
    public void The_profile_is_the_cameras_own()
    {
        Assert.Contains("a=fmtp:102 packetization-mode=1;profile-level-id=640028\r\n", Answered(Descriptions.Answer())!, StringComparison.Ordinal);
        Assert.DoesNotContain("profile-level-id", Answered(Descriptions.Answer(profile: "64zz28"))!, StringComparison.Ordinal);
    }

    [Fact]
    public void There_is_no_sound_where_the_resident_gives_none()
    {
        Assert.True(SdpReader.TryReadOffer(Descriptions.Offer(), out var offer));
        var shown = PeerNegotiation.ForCamera(offer, withoutSound: true)!;
        Assert.True(SdpReader.TryReadAnswer(Descriptions.Answer(audio: "sent"), out var answer));

        Assert.Contains("m=audio 0 ", SdpWriter.Write(shown, [Own], RandomNumberGenerator.Create()), StringComparison.Ordinal);
        Assert.Null(PeerNegotiation.ForDisplay(shown, answer));
        Assert.NotNull(PeerNegotiation.ForDisplay(PeerNegotiation.ForCamera(offer, withoutSound: false)!, answer));
    }

    [Theory]
    [InlineData("sha-1 beside it", "a=setup:actpass", "a=setup:actpass\r\na=fingerprint:sha-1 AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD")]
    [InlineData("sha-1 alone", "a=fingerprint:sha-256 ", "a=fingerprint:sha-1 ")]
    [InlineData("twice in one section", "a=mid:0", "a=mid:0\r\na=fingerprint:sha-256 40:41:42:43:44:45:46:47:48:49:4A:4B:4C:4D:4E:4F:50:51:52:53:54:55:56:57:58:59:5A:5B:5C:5D:5E:5F")]
    [InlineData("another one for the session", "a=extmap-allow-mixed", "a=fingerprint:sha-256 00:41:42:43:44:45:46:47:48:49:4A:4B:4C:4D:4E:4F:50:51:52:53:54:55:56:57:58:59:5A:5B:5C:5D:5E:5F")]
    [InlineData("another fragment for the session", "a=extmap-allow-mixed", "a=ice-ufrag:other")]
    [InlineData("another password for the session", "a=extmap-allow-mixed", "a=ice-pwd:another0password0000000001")]
    [InlineData("another setup for the session", "a=extmap-allow-mixed", "a=setup:active")]
    [InlineData("who begins is decided", "a=setup:actpass", "a=setup:active")]
    [InlineData("ICE lite", "a=extmap-allow-mixed", "a=ice-lite")]
    [InlineData("a section outside the bundle", "a=group:BUNDLE 0 1 2", "a=group:BUNDLE 0 2")]
    [InlineData("two bundles", "a=group:BUNDLE 0 1 2", "a=group:BUNDLE 0 1 2\r\na=group:BUNDLE 0 1")]
    [InlineData("no bundle", "a=group:BUNDLE 0 1 2", "a=x:y")]
    [InlineData("one name for two sections", "a=mid:1", "a=mid:0")]
    [InlineData("a name with a line in it", "a=mid:1", "a=mid:1 2")]
    [InlineData("RTCP on a port of its own", "a=rtcp-mux", "a=x")]
    [InlineData("a short fingerprint", ":5E:5F", ":5E")]
    [InlineData("a fragment of other characters", "a=ice-ufrag:dISp", "a=ice-ufrag:dI p")]
    [InlineData("a short password", "a=ice-pwd:displaypassword0000000001", "a=ice-pwd:short")]
    [InlineData("a control character", "s=Living", "s=\u0001Living")]
    [InlineData("a carriage return in a line", "s=Living", "s=a\rb")]
    [InlineData("another version", "v=0", "v=1")]
    [InlineData("no picture", "m=video 9 UDP/TLS/RTP/SAVPF", "m=video 0 UDP/TLS/RTP/SAVPF")]
    [InlineData("media in the clear", "m=video 9 UDP/TLS/RTP/SAVPF", "m=video 9 RTP/AVP")]
    [InlineData("two codecs for one type", "a=rtpmap:102 H264/90000", "a=rtpmap:102 H264/90000\r\na=rtpmap:102 VP8/90000")]
    [InlineData("two profiles for one type", "a=rtpmap:102 H264/90000", "a=rtpmap:102 H264/90000\r\na=fmtp:102 profile-level-id=640028")]
    [InlineData("a name of many letters", "a=mid:1", "a=mid:12345678901234567")]
    [InlineData("a name in other letters", "a=mid:1", "a=mid:\u0661")]
    [InlineData("no name", "a=mid:1", "a=x:y")]
    [InlineData("one type twice", "SAVPF 96 97 102 103 45", "SAVPF 96 97 102 103 96")]
    [InlineData("a type that is none", "SAVPF 96 97 102 103 45", "SAVPF 96 97 102 103 128")]
    [InlineData("a type in other digits", "SAVPF 96 97 102 103 45", "SAVPF 96 97 102 103 \u0664")]
    [InlineData("two ports", "m=video 9 ", "m=video 9/2 ")]
    [InlineData("a port that is none", "m=video 9 ", "m=video 65536 ")]
    [InlineData("a line ending within a line", "s=Living", "s=\u000bLiving")]
    [InlineData("a candidate that ends early", "169.254.169.254 54321 typ host", "169.254.169.254 54321 typ")]
    [InlineData("a fingerprint in other digits", "sha-256 40:41", "sha-256 \uff14\uff10:41")]
    [InlineData("a fingerprint and a word", ":5E:5F", ":5E:5F x")]
    [InlineData("a fragment that is too long", "a=ice-ufrag:dISp", "a=ice-ufrag:dISpdISpdISpdISpdISpdISpdISpdISpdISpdISpdISpdISpdISpdISpdISpdISpx")]
    [InlineData("a profile for two types in one line", "a=rtpmap:97 rtx/90000", "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=102")]
    public void What_contradicts_itself_or_lacks_something_is_no_offer(string why, string line, string other) =>
        Assert.False(IsOffer(Descriptions.Offer().With(line, other)), why);

    [Fact]
    public void There_are_64_candidates_and_64_KiB_at_most()
    {
        var candidate = "a=candidate:1 1 udp 1 198.51.100.20 5000 typ host\r\n";
        Assert.True(IsOffer(Descriptions.Offer() + string.Concat(Enumerable.Repeat(candidate, 58))));
        Assert.False(IsOffer(Descriptions.Offer() + string.Concat(Enumerable.Repeat(candidate, 59))));
        Assert.False(IsOffer(Descriptions.Offer() + "a=x:" + new string('x', 64 * 1024)));
    }

    /// <summary>Of two cameras in one answer the display would show one, and nobody could say which.</summary>
    [Fact]
    public void Of_many_pictures_and_sounds_the_first_are_offered_and_no_other_can_be_answered()
    {
        var video = Descriptions.Offer().Split("m=video")[1].Split("m=application")[0];
        var many = Descriptions.Offer().Replace("a=group:BUNDLE 0 1 2", "a=group:BUNDLE 0 1 2 3 4", StringComparison.Ordinal)
            + "m=video" + video.With("a=mid:1", "a=mid:3") + "m=video" + video.With("a=mid:1", "a=mid:4");
        var lines = Shown(many).Split("\r\n");

        Assert.Equal(["m=audio 40001", "m=video 40001", "m=application 0", "m=video 0", "m=video 0"], lines.Where(line => line.StartsWith("m=", StringComparison.Ordinal)).Select(line => string.Join(' ', line.Split(' ')[..2])));
        Assert.Contains("a=group:BUNDLE 0 1", lines);
        Assert.True(SdpReader.TryReadOffer(many, out var offer));
        var second = Descriptions.Answer().Split("m=video")[1].Split("m=application")[0];
        Assert.True(SdpReader.TryReadAnswer(
            Descriptions.Answer().With("a=group:BUNDLE 1", "a=group:BUNDLE 1 3") + "m=video" + second.With("a=mid:1", "a=mid:3") + Descriptions.Lines("m=video 0 UDP/TLS/RTP/SAVPF 0", "a=mid:4"), out var answer));
        Assert.Null(PeerNegotiation.ForDisplay(PeerNegotiation.ForCamera(offer, withoutSound: false)!, answer));
    }

    /// <summary>A bundle-only section has no port in an offer; in an answer a port of 0 is a no.</summary>
    [Fact]
    public void A_camera_that_says_no_is_not_made_to_say_yes() =>
        Assert.False(SdpReader.TryReadAnswer(Descriptions.Answer().With("m=video 50004", "m=video 0").With("a=mid:1", "a=mid:1\r\na=bundle-only"), out _));

    [Fact]
    public void What_is_said_a_thousand_times_is_kept_once()
    {
        var types = string.Join(' ', Enumerable.Range(64, 63).Append(45));
        var offer = Descriptions.Offer().With("SAVPF 96 97 102 103 45", "SAVPF " + types).With("a=mid:1", "a=mid:1\r\n" + string.Concat(Enumerable.Repeat("a=rtcp-fb:* nack\r\n", 1_800)));

        Assert.Equal(4, Shown(offer).Split("\r\n").Count(line => line.EndsWith(" nack", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("168.63.129.16")]
    [InlineData("100.100.100.200")]
    [InlineData("169.254.169.254")]
    [InlineData("192.0.0.192")]
    public void Nobody_is_sent_where_clouds_keep_their_secrets(string address) =>
        Assert.False(new CandidatePolicy(true, true, []).Allows(new PeerCandidate(IPAddress.Parse(address), 50000, "host", 1)));

    [Theory]
    [InlineData("198.51.100.20", 50000, true, true, true)]
    [InlineData("192.168.1.20", 50000, false, true, true)]
    [InlineData("10.1.2.3", 50000, false, true, true)]
    [InlineData("172.16.0.1", 50000, false, true, true)]
    [InlineData("100.64.0.1", 50000, false, true, true)]
    [InlineData("127.0.0.1", 50000, false, false, true)]
    [InlineData("169.254.169.254", 50000, false, false, false)]
    [InlineData("169.254.1.1", 50000, false, false, false)]
    [InlineData("0.0.0.0", 50000, false, false, false)]
    [InlineData("224.0.0.251", 50000, false, false, false)]
    [InlineData("255.255.255.255", 50000, false, false, false)]
    [InlineData("192.0.2.10", 50000, false, false, true)]
    [InlineData("198.51.100.20", 53, false, false, false)]
    public void Candidates_are_let_through_by_policy(string address, int port, bool isPublic, bool isPrivate, bool isLoopback)
    {
        var candidate = new PeerCandidate(IPAddress.Parse(address), port, "host", 1);
        ImmutableArray<IPAddress> own = [Own.Address];

        Assert.Equal(isPublic, new CandidatePolicy(false, false, own).Allows(candidate));
        Assert.Equal(isPrivate, new CandidatePolicy(false, true, own).Allows(candidate));
        Assert.Equal(isLoopback, new CandidatePolicy(true, true, own).Allows(candidate));
    }

    [Theory]
    [InlineData("0x7f.0.0.1")]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0177.0.0.1")]
    [InlineData("metadata.internal")]
    [InlineData("fe80::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:7f00:1")]
    [InlineData("[::1]")]
    [InlineData("127.0.0.1.")]
    [InlineData("127.0.0.1%lo")]
    [InlineData("\u0661\u0662\u0667.0.0.1")]
    [InlineData("256.0.0.1")]
    [InlineData("3f7a9a2e-0f7e-4a3e-8a8e-2f5d4c3b2a19.local")]
    public void An_address_is_four_numbers_or_none(string address)
    {
        Assert.True(SdpReader.TryReadOffer(Descriptions.Offer().With("198.51.100.20 54321 typ srflx", $"{address} 54321 typ srflx"), out var offer));

        Assert.DoesNotContain(offer.Candidates, candidate => candidate.Type == "srflx");
    }

    [Theory]
    [InlineData("another name", "a=mid:1", "a=mid:7")]
    [InlineData("a type that was not offered", "a=rtpmap:102 H264/90000", "a=rtpmap:102 VP8/90000")]
    [InlineData("sound where there was none to be", "m=application 0 UDP/DTLS/SCTP webrtc-datachannel", "m=audio 0 UDP/TLS/RTP/SAVPF 0")]
    [InlineData("an extension that was not offered", "a=ssrc:77 cname:nursery", "a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid")]
    public void What_is_no_answer_to_the_offer_reaches_no_display(string why, string line, string other) =>
        Assert.True(Answered(Descriptions.Answer().With(line, other)) is null, why);

    [Fact]
    public void An_answer_says_who_begins_and_only_one_may()
    {
        Assert.False(SdpReader.TryReadAnswer(Descriptions.Answer().With("a=setup:active", "a=setup:actpass"), out _));
        Assert.Contains("a=setup:active\r\n", Answered(Descriptions.Answer())!, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_of_the_cameras_own_is_in_an_answer()
    {
        var answered = Answered(Descriptions.Answer())!;

        foreach (var told in (string[])["Nursery", "nursery", "acme", "cam07", "10.0.0.7", "198.51.100", "x-"])
        {
            Assert.DoesNotContain(told, answered, StringComparison.Ordinal);
        }
    }

    private static bool IsOffer(string text) => SdpReader.TryReadOffer(text, out var offer) && PeerNegotiation.ForCamera(offer, withoutSound: false) is not null;

    private static string Shown(string text)
    {
        Assert.True(SdpReader.TryReadOffer(text, out var offer));
        return SdpWriter.Write(PeerNegotiation.ForCamera(offer, withoutSound: false)!, [Own], RandomNumberGenerator.Create());
    }

    private static string? Answered(string text)
    {
        Assert.True(SdpReader.TryReadOffer(Descriptions.Offer(), out var offer));
        return SdpReader.TryReadAnswer(text, out var answer) && PeerNegotiation.ForDisplay(PeerNegotiation.ForCamera(offer, withoutSound: false)!, answer) is { } allowed
            ? SdpWriter.Write(allowed, [Own], RandomNumberGenerator.Create())
            : null;
    }

    private static IEnumerable<string> Directions(string text) =>
        text.Split("\r\n").Where(line => line is "a=sendrecv" or "a=sendonly" or "a=recvonly" or "a=inactive");
}
