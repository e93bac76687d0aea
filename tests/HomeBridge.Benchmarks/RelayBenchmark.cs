using System.Globalization;
using System.Net;
using System.Net.Sockets;
using HomeBridge.StreamGateway.WebRtc.Relay;
using HomeBridge.Tests.WebRtc;

namespace HomeBridge.Benchmarks;

/// <summary>
/// The blind relay of peer connections beside a forwarder that knows nothing: two sockets, two loops, one buffer each. Turn by
/// turn with the same packets, and what a session takes of memory. The median of the turns counts.
/// </summary>
internal static class RelayBenchmark
{
    private const double RatioMin = 0.8;
    private const int SessionBytesMax = 32 * 1024;
    private const int PacketLength = 1100;
    private const int UnderWayMax = 64;
    private const int SessionsMeasured = 200;

    private static readonly PeerCredentials Display = new("dISp", "displaypassword0000000001");
    private static readonly PeerCredentials Camera = new("cAMr", "camerapassword00000000001");

    private static readonly RelayLimits Unlimited = RelayLimits.Default with { PacketsPerSecondMax = int.MaxValue, BytesPerSecondMax = int.MaxValue };

    public static async Task<int> Run(int turns, TimeSpan turn)
    {
        var (plain, relayed) = (new List<double>(), new List<double>());
        for (var number = 0; number <= turns; number++)
        {
            var (one, other) = (await Plain(turn), await Relayed(turn));
            if (number > 0)
            {
                // The first turn compiles.
                plain.Add(one);
                relayed.Add(other);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"turn {number}: plain {one:0}, relay {other:0} packets/s, ratio {other / one:0.00}"));
            }
        }

        var bytes = await SessionBytes();
        var ratio = Median(relayed) / Median(plain);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"median: plain {Median(plain):0}, relay {Median(relayed):0} packets/s, ratio {ratio:0.00} (at least {RatioMin}); {bytes} bytes a session (at most {SessionBytesMax})"));
        return ratio >= RatioMin && bytes <= SessionBytesMax ? 0 : 1;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static async Task<double> Relayed(TimeSpan turn)
    {
        using var relay = NewRelay();
        var running = relay.Run();
        using var display = new SyntheticPeer(Display, Camera, isControlling: true, relay.DisplayPort);
        using var camera = new SyntheticPeer(Camera, Display, isControlling: false, relay.CameraPort);
        await Connect(display, camera);
        var rate = await Task.Run(() => Pump(() => camera.SendMedia(PacketLength), () => display.Packets, turn));
        relay.Cut();
        await running;
        return rate;
    }

    private static async Task<double> Plain(TimeSpan turn)
    {
        using var display = new SyntheticPeer(Display, Camera, isControlling: true, 9);
        using var to = Bound();
        using var from = Bound();
        var running = Task.WhenAll(Forward(from, to, display.Address.Serialize()), Forward(to, from, display.Address.Serialize()));
        using var camera = new SyntheticPeer(Camera, Display, isControlling: false, ((IPEndPoint)from.LocalEndPoint!).Port);
        var rate = await Task.Run(() => Pump(() => camera.SendMedia(PacketLength), () => display.Packets, turn));
        from.Dispose();
        to.Dispose();
        await running;
        return rate;
    }

    private static async Task Forward(Socket from, Socket to, SocketAddress destination)
    {
        var buffer = new byte[RelayLimits.PacketLengthMax + 4];
        var sender = new SocketAddress(AddressFamily.InterNetwork);
        try
        {
            while (true)
            {
                var length = await from.ReceiveFromAsync(buffer, SocketFlags.None, sender);
                to.SendTo(buffer.AsSpan(0, length), SocketFlags.None, destination);
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The turn is over.
        }
    }

    /// <summary>Packets a second that arrive, with so many under way that nothing waits and nothing is lost.</summary>
    private static double Pump(Action send, Func<long> arrived, TimeSpan turn)
    {
        var time = TimeProvider.System;
        var (start, first, sent) = (time.GetTimestamp(), arrived(), 0L);
        var heard = start;
        var last = first;
        while (time.GetElapsedTime(start) < turn)
        {
            var now = arrived();
            if (now != last)
            {
                (last, heard) = (now, time.GetTimestamp());
            }

            if (sent - (now - first) < UnderWayMax)
            {
                send();
                sent++;
            }
            else if (time.GetElapsedTime(heard).TotalMilliseconds > 20)
            {
                // Lost after all: begin with an empty road.
                sent = now - first;
            }
            else
            {
                Thread.Yield();
            }
        }

        return (arrived() - first) / time.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<long> SessionBytes()
    {
        var relays = new List<PeerRelay>(SessionsMeasured);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var running = new List<Task>(SessionsMeasured);
        for (var number = 0; number < SessionsMeasured; number++)
        {
            var relay = NewRelay();
            relays.Add(relay);
            running.Add(relay.Run());
        }

        var after = GC.GetTotalMemory(forceFullCollection: true);
        relays.ForEach(relay => relay.Cut());
        await Task.WhenAll(running);
        return (after - before) / SessionsMeasured;
    }

    private static Task Connect(SyntheticPeer display, SyntheticPeer camera)
    {
        var within = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        return Task.WhenAll(display.Connect(within.Token), camera.Connect(within.Token));
    }

    private static PeerRelay NewRelay()
    {
        var ports = new RelayPorts(new RelayAddress(IPAddress.Loopback, IPAddress.Loopback, 0, 0));
        var frequency = TimeProvider.System.TimestampFrequency;
        return new PeerRelay(
            new RelaySide(ports.Take()!, Display, Camera, isControlling: true, Unlimited, frequency),
            new RelaySide(ports.Take()!, Camera, Display, isControlling: false, Unlimited, frequency),
            static () => true, TimeProvider.System);
    }

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false, ReceiveBufferSize = RelayLimits.SocketBufferMax / 2, SendBufferSize = RelayLimits.SocketBufferMax / 2 };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
