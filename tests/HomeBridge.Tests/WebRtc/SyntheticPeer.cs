using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using HomeBridge.StreamGateway.WebRtc.Relay;

namespace HomeBridge.Tests.WebRtc;

/// <summary>One end of a peer connection as far as a blind relay can tell: it checks, answers checks, sends packets and counts them.</summary>
internal sealed class SyntheticPeer : IDisposable
{
    private static readonly TimeSpan CheckEvery = TimeSpan.FromMilliseconds(50);

    private readonly PeerCredentials _own;
    private readonly PeerCredentials _other;
    private readonly bool _isControlling;
    private readonly IPEndPoint _relay;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time = TimeProvider.System;
    private long _lastMedia;
    private long _packets;

    public SyntheticPeer(PeerCredentials own, PeerCredentials other, bool isControlling, int relayPort)
    {
        (_own, _other, _isControlling, _relay) = (own, other, isControlling, new IPEndPoint(IPAddress.Loopback, relayPort));
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _ = Receive();
    }

    public long Packets => Interlocked.Read(ref _packets);

    /// <summary>When the last media packet came.</summary>
    public long LastMedia => Interlocked.Read(ref _lastMedia);

    public IPEndPoint Address => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Set: it does not answer checks, as somebody who only writes this address into packets.</summary>
    public bool IsMute { get; init; }

    /// <summary>Checks until the other end answered one.</summary>
    public async Task Connect(CancellationToken cancel)
    {
        while (!_connected.Task.IsCompleted)
        {
            SendCheck();
            await Task.WhenAny(_connected.Task, Task.Delay(CheckEvery, cancel));
            cancel.ThrowIfCancellationRequested();
        }
    }

    public void SendCheck(string? userName = null, string? password = null)
    {
        Span<byte> check = stackalloc byte[Stun.LengthMax];
        var length = Stun.WriteCheck(
            check, TransactionId.New(), Encoding.ASCII.GetBytes(userName ?? $"{_other.Ufrag}:{_own.Ufrag}"), Encoding.ASCII.GetBytes(password ?? _other.Password), _isControlling);
        Send(check[..length]);
    }

    /// <summary>A packet of this length that looks like SRTP.</summary>
    public void SendMedia(int length)
    {
        Span<byte> packet = stackalloc byte[length];
        packet[0] = 0x80;
        Send(packet);
    }

    public void Send(ReadOnlySpan<byte> packet)
    {
        try
        {
            _socket.SendTo(packet, SocketFlags.None, _relay);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The relay has closed its port.
        }
    }

    public void Dispose() => _socket.Dispose();

    private async Task Receive()
    {
        var buffer = new byte[2048];
        var from = new SocketAddress(AddressFamily.InterNetwork);
        while (true)
        {
            try
            {
                var length = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, from);
                Take(buffer.AsSpan(0, length), from);
            }
            catch (SocketException refused) when (refused.SocketErrorCode is SocketError.ConnectionRefused)
            {
                // The relay has closed its port.
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Take(ReadOnlySpan<byte> packet, SocketAddress from)
    {
        if (Stun.KindOf(packet) is PacketKind.Media)
        {
            Interlocked.Increment(ref _packets);
            Interlocked.Exchange(ref _lastMedia, _time.GetTimestamp());
        }
        else if (Stun.TryReadHeader(packet, out var type, out var transaction))
        {
            if (type == Stun.BindingSuccess && Stun.IsSealed(packet, Encoding.ASCII.GetBytes(_other.Password)))
            {
                _connected.TrySetResult();
            }
            else if (type == Stun.BindingRequest && !IsMute
                && Stun.IsCheck(packet, Encoding.ASCII.GetBytes($"{_own.Ufrag}:{_other.Ufrag}"), Encoding.ASCII.GetBytes(_own.Password), out _))
            {
                Span<byte> answer = stackalloc byte[Stun.LengthMax];
                BinaryPrimitives.WriteUInt16BigEndian(answer, Stun.BindingSuccess);
                packet[4..Stun.HeaderLength].CopyTo(answer[4..]);
                _socket.SendTo(answer[..Stun.Seal(answer, Stun.HeaderLength, Encoding.ASCII.GetBytes(_own.Password))], SocketFlags.None, from);
            }
        }
    }
}
