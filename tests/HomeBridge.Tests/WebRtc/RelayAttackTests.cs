using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using HomeBridge.StreamGateway.WebRtc.Relay;
using HomeBridge.Tests.Attack;

namespace HomeBridge.Tests.WebRtc;

/// <summary>Hosts on the network, and peers that know each other's passwords: whom a relay can be made to write to, and what can be read as a check.</summary>
public sealed class RelayAttackTests
{
    private const int Packets = 200_000;

    private static readonly PeerCredentials Display = new(Descriptions.DisplayUfrag, Descriptions.DisplayPassword);
    private static readonly PeerCredentials Camera = new(Descriptions.CameraUfrag, Descriptions.CameraPassword);

    [Fact]
    public async Task A_peer_that_writes_a_hundred_others_into_its_packets_has_few_of_them_written_to()
    {
        using var relay = NewRelay(new Frozen());
        _ = relay.Run();

        // On one machine each socket is a third party whose address stands in a packet with the right seal.
        var others = Enumerable.Range(0, 100).Select(_ => NewSocket()).ToList();
        var packet = Check(Camera, Display, nominates: false);
        for (var times = 0; times < 3; times++)
        {
            others.ForEach(other => other.SendTo(packet, new IPEndPoint(IPAddress.Loopback, relay.DisplayPort)));
            await Task.Delay(50);
        }

        await PeerWorld.Until(() => relay.Dropped >= 300, "All of them were read.");
        await Task.Delay(100);
        var (count, longest) = (0, 0);
        foreach (var other in others)
        {
            var buffer = new byte[2048];
            while (other.Available > 0)
            {
                longest = Math.Max(longest, other.Receive(buffer));
                count++;
            }

            other.Dispose();
        }

        Assert.InRange(count, 1, RelayLimits.Default.ChecksPerSecondMax);
        Assert.True(longest <= packet.Length + 32, $"{longest} bytes for {packet.Length}.");
        Assert.Equal(0, relay.BytesToDisplay);
    }

    [Fact]
    public async Task A_check_that_is_repeated_from_elsewhere_moves_no_media_while_the_peer_is_there_nor_afterwards()
    {
        using var relay = NewRelay(TimeProvider.System, RelayLimits.Default with { SilentAfter = TimeSpan.FromMilliseconds(200) });
        _ = relay.Run();
        using var display = new SyntheticPeer(Display, Camera, isControlling: true, relay.DisplayPort);
        using var camera = new SyntheticPeer(Camera, Display, isControlling: false, relay.CameraPort);
        using var within = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await Task.WhenAll(display.Connect(within.Token), camera.Connect(within.Token));

        // Somebody on the way has seen a check that chooses this path, and sends it from their own address.
        using var thief = NewSocket();
        var seen = Check(Camera, Display, nominates: true);
        for (var times = 0; times < 30; times++)
        {
            thief.SendTo(seen, new IPEndPoint(IPAddress.Loopback, relay.DisplayPort));
            camera.SendMedia(1200);
            await Task.Delay(20);
        }

        await PeerWorld.Until(() => display.Packets == 30, "The display has every packet.");
        var buffer = new byte[2048];
        while (thief.Available > 0)
        {
            Assert.True(thief.Receive(buffer) < 200, "Only checks of the relay go there.");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(53)]
    [InlineData(123)]
    [InlineData(1023)]
    public void What_says_that_it_comes_from_a_service_is_not_answered(int port)
    {
        using var side = new RelaySide(NewSocket(), Display, Camera, isControlling: true, RelayLimits.Default, TimeProvider.System.TimestampFrequency);
        var packet = Check(Camera, Display, nominates: true);
        foreach (var (from, isTaken) in (IEnumerable<(int, bool)>)[(port, false), (40000, true)])
        {
            new IPEndPoint(IPAddress.Parse("198.51.100.20"), from).Serialize().Buffer.Span[..8].CopyTo(side.From.Buffer.Span);
            Assert.False(side.TakeCheck(packet, TransactionId.New(), 1, TimeProvider.System.TimestampFrequency, out var probe));
            Assert.Equal(isTaken, probe is not null);
        }
    }

    [Fact]
    public void Of_packets_that_somebody_has_been_at_none_is_a_check_and_none_is_too_much()
    {
        var (name, password) = (Encoding.ASCII.GetBytes($"{Camera.Ufrag}:{Display.Ufrag}"), Encoding.ASCII.GetBytes(Camera.Password));
        var check = Check(Camera, Display, nominates: true);
        Assert.True(Stun.IsCheck(check, name, password, out var nominates) && nominates);

        // The seal covers all in front of it; what stands behind it is its own 24 bytes and a checksum of 8, which nobody is asked to believe.
        for (var bit = 0; bit < 8 * (check.Length - 8); bit++)
        {
            var changed = (byte[])check.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Stun.TryReadHeader(changed, out var type, out _) && type == Stun.BindingRequest && Stun.IsCheck(changed, name, password, out _), $"Bit {bit}.");
        }

        var dice = new Dice(20270131);
        for (var number = 0; number < Packets; number++)
        {
            var packet = number % 2 == 0 ? new byte[dice.Next(1600)] : (byte[])check.Clone();
            if (number % 2 == 0)
            {
                Fill(dice, packet);
                if (packet.Length >= Stun.HeaderLength && number % 4 == 0)
                {
                    // With a header in order: attributes of any length behind it.
                    check.AsSpan(0, Stun.HeaderLength).CopyTo(packet);
                    (packet[2], packet[3]) = ((byte)((packet.Length - Stun.HeaderLength) >> 8), (byte)(packet.Length - Stun.HeaderLength));
                }
            }
            else
            {
                Fill(dice, packet.AsSpan(dice.Next(Stun.HeaderLength, packet.Length - 8), dice.Next(1, 8)));
            }

            Stun.KindOf(packet);
            if (Stun.TryReadHeader(packet, out _, out _) && !packet.AsSpan().SequenceEqual(check))
            {
                Assert.False(Stun.IsCheck(packet, name, password, out _) && !packet.AsSpan(..^8).SequenceEqual(check.AsSpan(..^8)));
                Assert.False(Stun.IsSealed(packet, password) && !packet.AsSpan(..^8).SequenceEqual(check.AsSpan(..^8)));
            }
        }
    }

    private static void Fill(Dice dice, Span<byte> bytes)
    {
        foreach (ref var one in bytes)
        {
            one = (byte)dice.Next(256);
        }
    }

    /// <summary>A check as the display sends it to the camera; one that nominates has an attribute more in front of its seal.</summary>
    private static byte[] Check(PeerCredentials asked, PeerCredentials asking, bool nominates)
    {
        Span<byte> message = stackalloc byte[Stun.LengthMax];
        var length = Stun.WriteCheck(message, TransactionId.New(), Encoding.ASCII.GetBytes($"{asked.Ufrag}:{asking.Ufrag}"), Encoding.ASCII.GetBytes(asked.Password), asControlling: true);
        if (nominates)
        {
            var end = length - 4 - HMACSHA1.HashSizeInBytes - 8;
            ReadOnlySpan<byte> useCandidate = [0x00, 0x25, 0x00, 0x00];
            useCandidate.CopyTo(message[end..]);
            length = Stun.Seal(message, end + useCandidate.Length, Encoding.ASCII.GetBytes(asked.Password));
        }

        return message[..length].ToArray();
    }

    private static Socket NewSocket()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private static PeerRelay NewRelay(TimeProvider time, RelayLimits? limits = null)
    {
        var ports = new RelayPorts(new RelayAddress(IPAddress.Loopback, IPAddress.Loopback, 0, 0));
        return new PeerRelay(
            new RelaySide(ports.Take()!, Display, Camera, isControlling: true, limits ?? RelayLimits.Default, time.TimestampFrequency),
            new RelaySide(ports.Take()!, Camera, Display, isControlling: false, limits ?? RelayLimits.Default, time.TimestampFrequency),
            static () => true, time);
    }

    /// <summary>All within one moment: a rate is what it has in store.</summary>
    private sealed class Frozen : TimeProvider
    {
        public override long GetTimestamp() => 1;
    }
}
