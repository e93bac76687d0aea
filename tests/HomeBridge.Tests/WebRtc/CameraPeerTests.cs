using System.Net;
using HomeBridge.Sandbox.CameraIngest;
using HomeBridge.Sandbox.CameraPeers;
using HomeBridge.Sandbox.Cameras;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Tests.WebRtc;

/// <summary>The parts of a simulated camera's peer connection, against published vectors and against themselves.</summary>
public sealed class CameraPeerTests
{
    /// <summary>RFC 3711 appendix B.3.</summary>
    private static readonly byte[] MasterKey = Convert.FromHexString("E1F97A0D3E018BE0D64FA32C06DE4139");
    private static readonly byte[] MasterSalt = Convert.FromHexString("0EC675AD498AFEEBB6960B3AABE6");

    private const string Offer =
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
        + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:them\r\na=ice-pwd:passwordpasswordpassword\r\na=rtpmap:111 opus/48000/2\r\n"
        + "m=video 9 UDP/TLS/RTP/SAVPF 96 102 104\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=ice-ufrag:them\r\na=ice-pwd:passwordpasswordpassword\r\na=setup:actpass\r\n"
        + "a=fingerprint:sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F\r\n"
        + "a=rtpmap:96 VP8/90000\r\na=rtpmap:102 H264/90000\r\na=fmtp:102 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f\r\n"
        + "a=rtpmap:104 H264/90000\r\na=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n"
        + "a=candidate:1 1 udp 2130706431 127.0.0.1 40000 typ host\r\na=candidate:2 1 udp 2130706431 6a1c.local 40001 typ host\r\n";

    [Fact]
    public void Media_and_control_packets_are_sealed_as_published_vectors_are()
    {
        using var seal = new SrtpSeal(MasterKey, MasterSalt);
        var plain = Convert.FromHexString("800f1234decafbadcafebabe" + new string('x', 32).Replace("xx", "ab", StringComparison.Ordinal));
        var packet = new byte[plain.Length + SrtpSeal.TagLength];
        plain.CopyTo(packet, 0);
        var length = seal.Protect(packet, plain.Length);
        Assert.Equal(
            "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb", Convert.ToHexStringLower(packet.AsSpan(0, length)));

        var control = Convert.FromHexString("81c8000bcafebabe" + new string('x', 32).Replace("xx", "ab", StringComparison.Ordinal));
        var sealedControl = seal.ProtectControl(control);
        Assert.Equal("81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798", Convert.ToHexStringLower(sealedControl));
        Assert.Equal(control, seal.OpenControl(sealedControl));
        for (var bit = 0; bit < 8 * sealedControl.Length; bit++)
        {
            var bent = (byte[])sealedControl.Clone();
            bent[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(seal.OpenControl(bent));
        }
    }

    /// <summary>RFC 5769 section 2.1.</summary>
    [Fact]
    public void A_check_is_believed_by_its_password_only_and_no_bit_of_it_may_change()
    {
        var published = Convert.FromHexString(
            "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36"
            + "000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf");
        var read = StunMessage.Read(published)!;
        Assert.Equal(("evtj:h6vY", StunMessage.BindingRequest), (read.User, read.Type));
        Assert.True(read.IsBy("VOkJxbRl1RmTxUk/WvJxBt"));
        Assert.False(read.IsBy("VOkJxbRl1RmTxUk/WvJxBu"));

        var own = StunMessage.Request(new byte[12], "them:us", "password", 7);
        Assert.True(StunMessage.Read(own)!.IsBy("password"));
        Assert.True(StunMessage.Read(StunMessage.Success(new byte[12], new IPEndPoint(IPAddress.Loopback, 9), "password"))!.IsBy("password"));
        for (var bit = 0; bit < 8 * own.Length; bit++)
        {
            var bent = (byte[])own.Clone();
            bent[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(StunMessage.Read(bent)?.IsBy("password") ?? false);
        }

        for (var length = 0; length < own.Length; length++)
        {
            Assert.Null(StunMessage.Read(own.AsSpan(0, length)));
        }
    }

    [Fact]
    public void An_offer_is_answered_section_by_section_with_the_cameras_own_profile()
    {
        var offer = PeerOffer.Read(Offer)!;
        Assert.Equal(("them", "passwordpasswordpassword"), (offer.Ufrag, offer.Password));
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 40000)], offer.Candidates);
        Assert.Equal([null, 104], offer.Sections.Select(section => section.H264));

        var answer = PeerAnswer.Write(offer, new IPEndPoint(IPAddress.Loopback, 5000), "ufragufr", "pwd", new byte[32], 7);
        var lines = answer.Split("\r\n");
        Assert.Equal(["m=audio 0 UDP/TLS/RTP/SAVPF 111", "m=video 5000 UDP/TLS/RTP/SAVPF 104"], lines.Where(line => line.StartsWith("m=", StringComparison.Ordinal)));
        Assert.Contains("a=group:BUNDLE 1", lines);
        Assert.Contains("a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42c01e", lines);
        Assert.Contains("a=setup:passive", lines);
        Assert.DoesNotContain("a=ice-lite", lines);

        Assert.Null(PeerOffer.Read(Offer.Replace("sha-256", "sha-1", StringComparison.Ordinal)));
        Assert.Null(PeerOffer.Read("v=0\r\n"));
        Assert.Null(PeerOffer.Read(""));
    }

    [Fact]
    public void Frames_travel_in_packets_of_1200_bytes_at_most_with_parameter_sets_before_each_key_frame()
    {
        var encoder = new LiveEncoder("Test camera", 7);
        var packets = new List<byte[]>();
        using var seal = new SrtpSeal(MasterKey, MasterSalt);
        using var opener = new SrtpSeal(MasterKey, MasterSalt);
        var sender = new RtpSender(seal, 104, 0xCAFEBABE, packet => packets.Add(packet.ToArray()));
        var decoder = new PictureDecoder();
        var first = 17_953_380_000L;
        foreach (var (frame, wantsKey) in ((long, bool)[])[(first + 3, false), (first + 4, false), (first + 9, false), (first + 10, true), (first + 11, false), (first + 20, false)])
        {
            packets.Clear();
            var encoded = encoder.Encode(frame, wantsKey);
            sender.Send(encoded);

            Assert.All(packets, packet => Assert.InRange(packet.Length, 1, RtpSender.PacketLengthMax));
            var units = Units(packets, opener);
            Assert.Equal(encoded.NalUnits, units);
            Assert.Equal(wantsKey || frame == first + 3 || frame == first + 20, encoded.IsKey);
            Assert.Equal(encoded.IsKey ? [7, 8, 5] : [1], units.Select(unit => unit[0] & 0x1F));
            decoder.Decode(units[^1]);
            Assert.True(BlockCode.TryRead(decoder.Luma, 640, 360, 640, out var code));
            Assert.Equal((7, unchecked((uint)frame)), ((int)code.Number, code.Frame));
        }
    }

    [Fact]
    public async Task A_camera_encodes_only_while_somebody_watches()
    {
        var started = 0;
        var encoded = 0;
        using var camera = new LiveCamera(
            () =>
            {
                started++;
                return (frame, isKey) =>
                {
                    Interlocked.Increment(ref encoded);
                    return new LiveFrame(frame * 100, isKey, [[0x65]]);
                };
            },
            TimeProvider.System);
        var certificate = PeerCertificate.New(TimeProvider.System.GetUtcNow());
        var peer = new CameraPeer(PeerOffer.Read(Offer)!, camera, certificate, certificate, TimeProvider.System);
        Assert.Equal(0, started);
        camera.Watch(peer);
        await Until(() => encoded > 1);
        peer.End();
        await Task.Delay(300);
        var after = encoded;
        await Task.Delay(500);
        Assert.Equal((1, after), (started, encoded));
        Assert.True(peer.IsOver);
    }

    [Fact]
    public void A_signed_answer_names_camera_offer_certificate_and_ice_name()
    {
        var statement = PeerAnswerStatement.Of("acme-camera-000007", "offer"u8, new byte[32], "ufrag");
        Assert.True(PeerAnswerStatement.TryParse(statement.ToHeader(), out var read));
        Assert.Equal(statement, read);
    }

    private static async Task Until(Func<bool> so)
    {
        for (var looked = 0; looked < 200 && !so(); looked++)
        {
            await Task.Delay(50);
        }

        Assert.True(so());
    }

    /// <summary>What a receiver makes of the packets of one frame (RFC 6184 sections 5.6 and 5.8).</summary>
    private static List<byte[]> Units(List<byte[]> packets, SrtpSeal opener)
    {
        var units = new List<byte[]>();
        foreach (var packet in packets)
        {
            // Counter mode: to seal is to open.
            opener.Protect(packet, packet.Length - SrtpSeal.TagLength);
            var payload = packet.AsSpan(12, packet.Length - 12 - SrtpSeal.TagLength);
            if ((payload[0] & 0x1F) != 28)
            {
                units.Add(payload.ToArray());
                continue;
            }

            if ((payload[1] & 0x80) != 0)
            {
                units.Add([(byte)((payload[0] & 0xE0) | (payload[1] & 0x1F))]);
            }

            units[^1] = [.. units[^1], .. payload[2..]];
        }

        Assert.True((packets[^1][1] & 0x80) != 0);
        Assert.DoesNotContain(packets.SkipLast(1), packet => (packet[1] & 0x80) != 0);
        return units;
    }
}
