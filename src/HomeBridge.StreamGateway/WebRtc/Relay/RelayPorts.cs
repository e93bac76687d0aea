using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace HomeBridge.StreamGateway.WebRtc.Relay;

/// <summary>Where the relay is, and which ports it may take.</summary>
/// <param name="Address">What displays and cameras are told: an IPv4 address that both reach.</param>
/// <param name="ListenAddress">What its ports are bound to; another one behind a NAT that maps ports one to one.</param>
/// <param name="First">The first port; 0: whatever the system gives.</param>
/// <param name="Last">The last one.</param>
internal sealed record RelayAddress(IPAddress Address, IPAddress ListenAddress, int First, int Last)
{
    /// <summary>Two ports for each session.</summary>
    public int PortsMax => First == 0 ? int.MaxValue : Last - First + 1;

    /// <summary>Reads <c>40000-40999</c>; null when it is no range of ports that anybody may take.</summary>
    public static (int First, int Last)? ReadPorts(string? text) =>
        string.IsNullOrEmpty(text) ? (0, 0)
        : text.Split('-') is [var first, var last]
            && int.TryParse(first, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var from)
            && int.TryParse(last, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var to)
            && from >= 1024 && to > from && to <= 65_535
            ? (from, to)
            : null;
}

/// <summary>Gives out ports. One that is given back is free for the next: packets of the session before it have the wrong seal.</summary>
internal sealed class RelayPorts(RelayAddress address)
{
    /// <summary>Ports that are tried, from a random one on, before the relay is full.</summary>
    private const int TriesMax = 256;

    /// <summary>A bound socket; null when there is no free port.</summary>
    public Socket? Take()
    {
        var count = address.PortsMax;
        var start = address.First == 0 ? 0 : RandomNumberGenerator.GetInt32(count);
        for (var attempt = 0; attempt < Math.Min(count, TriesMax); attempt++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                socket.Blocking = false;
                socket.ReceiveBufferSize = socket.SendBufferSize = RelayLimits.SocketBufferMax / 2;
                socket.Bind(new IPEndPoint(address.ListenAddress, address.First == 0 ? 0 : address.First + ((start + attempt) % count)));
                return socket;
            }
            catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse)
            {
                socket.Dispose();
            }
            catch (SocketException)
            {
                socket.Dispose();
                return null;
            }
        }

        return null;
    }
}
