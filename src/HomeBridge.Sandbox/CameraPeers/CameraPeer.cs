using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using HomeBridge.Sandbox.CameraIngest;

namespace HomeBridge.Sandbox.CameraPeers;

/// <summary>
/// One peer connection of a camera: one UDP port of loopback on which checks (ICE), the handshake (DTLS) and sealed media
/// (SRTP) stand side by side (RFC 7983).
/// </summary>
internal sealed class CameraPeer : IDisposable
{
    /// <summary>From the answer to the first picture.</summary>
    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(1);

    private const int PacketLengthMax = 2048;
    private const string IceCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    private readonly Lock _gate = new();
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CancellationTokenSource _over = new();
    private readonly LiveCamera _camera;
    private readonly TimeProvider _time;
    private readonly IceAgent _ice;
    private readonly DtlsHandshake _dtls;
    private readonly int _payloadType;
    private readonly uint _source;
    private readonly long _begunAt;
    private SrtpSeal? _out;
    private SrtpSeal? _in;
    private RtpSender? _sender;
    private bool _handshakeBegun;
    private bool _hasKeyFrame;
    private long _reportedAt;

    /// <param name="offer">What it answers; one section of it has H.264.</param>
    /// <param name="camera">What it shows.</param>
    /// <param name="shown">The certificate that its answer names.</param>
    /// <param name="used">The certificate that it shakes hands with: the same, but for a fault.</param>
    /// <param name="time">The clock.</param>
    public CameraPeer(PeerOffer offer, LiveCamera camera, PeerCertificate shown, PeerCertificate used, TimeProvider time)
    {
        (_camera, _time, _begunAt) = (camera, time, time.GetTimestamp());
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Ufrag = RandomNumberGenerator.GetString(IceCharacters, 8);
        var password = RandomNumberGenerator.GetString(IceCharacters, 24);
        _payloadType = offer.Sections.First(section => section.H264 is not null).H264!.Value;
        _source = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4));
        Fingerprint = shown.Fingerprint;
        Answer = PeerAnswer.Write(offer, (IPEndPoint)_socket.LocalEndPoint!, Ufrag, password, shown.Fingerprint, _source);
        _ice = new IceAgent(offer, Ufrag, password, (packet, to) => Send(packet.Span, to), time);
        _dtls = new DtlsHandshake(used, offer.Fingerprint, packet => SendSelected(packet.Span));
    }

    /// <summary>Also the part of its address that nobody can guess.</summary>
    public string Id { get; } = Secrets.New();

    public string Ufrag { get; }

    /// <summary>SHA-256 of the certificate that the answer names.</summary>
    public byte[] Fingerprint { get; }

    /// <summary>SDP.</summary>
    public string Answer { get; }

    public bool IsOver => _over.IsCancellationRequested;

    public void Start()
    {
        _ = ReceiveAsync();
        _ = TickAsync();
    }

    /// <summary>A frame of the camera. Those before the first that needs no other are none for us.</summary>
    public void Show(LiveFrame frame)
    {
        lock (_gate)
        {
            if (IsOver || _sender is not { } sender || !(_hasKeyFrame |= frame.IsKey))
            {
                return;
            }

            sender.Send(frame);
        }
    }

    /// <summary>Stops at once: after this no packet is sent but the farewell.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (IsOver)
            {
                return;
            }

            _camera.Unwatch(this);
            _dtls.Dispose();
            _over.Cancel();
            _out?.Dispose();
            _in?.Dispose();
            _socket.Dispose();
        }
    }

    void IDisposable.Dispose() => End();

    private async Task ReceiveAsync()
    {
        var buffer = new byte[PacketLengthMax];
        var from = new SocketAddress(AddressFamily.InterNetwork);
        var endPoint = new IPEndPoint(IPAddress.Any, 0);
        while (!IsOver)
        {
            try
            {
                var length = await _socket.ReceiveFromAsync(buffer.AsMemory(), SocketFlags.None, from, _over.Token);
                if (length > 0)
                {
                    Take(buffer.AsSpan(0, length), (IPEndPoint)endPoint.Create(from));
                }
            }
            catch (SocketException)
            {
                // A port of theirs is closed; consent will tell whether all of them are.
            }
            catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Take(ReadOnlySpan<byte> packet, IPEndPoint from)
    {
        lock (_gate)
        {
            if (IsOver)
            {
                return;
            }

            switch (packet[0])
            {
                case < 4:
                    _ice.Take(packet, from);
                    BeginHandshake();
                    break;
                case >= 20 and < 64 when _ice.Knows(from):
                    _dtls.Take(packet);
                    break;
                case >= 128 and < 192 when _ice.Knows(from) && _in?.OpenControl(packet) is { } control && RtpSender.AsksForKeyFrame(control):
                    _camera.WantKeyFrame();
                    break;
            }
        }
    }

    private void BeginHandshake()
    {
        if (!_handshakeBegun && _ice.Selected is not null)
        {
            _handshakeBegun = true;
            _ = ShakeHandsAsync();
        }
    }

    private async Task ShakeHandsAsync()
    {
        SrtpKeys keys;
        try
        {
            keys = await _dtls.RunAsync();
        }
        catch (Exception refused) when (refused is IOException or CryptographicException or OperationCanceledException)
        {
            // They are not who they said, they gave up, or we did.
            End();
            return;
        }

        lock (_gate)
        {
            if (IsOver)
            {
                return;
            }

            _in = new SrtpSeal(keys.ClientKey, keys.ClientSalt);
            _out = new SrtpSeal(keys.ServerKey, keys.ServerSalt);
            _sender = new RtpSender(_out, _payloadType, _source, packet => SendSelected(packet.Span));
            _camera.Watch(this);
        }
    }

    private async Task TickAsync()
    {
        using var ticks = new PeriodicTimer(IceAgent.Pace, _time);
        try
        {
            while (await ticks.WaitForNextTickAsync(_over.Token))
            {
                if (!Tick())
                {
                    End();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }
    }

    /// <summary>False when it is time to end.</summary>
    private bool Tick()
    {
        lock (_gate)
        {
            if (IsOver)
            {
                return true;
            }

            _ice.Tick();
            if (_sender is { } sender && _time.GetElapsedTime(_reportedAt) >= BetweenReports)
            {
                _reportedAt = _time.GetTimestamp();
                sender.Report(_time.GetUtcNow());
            }

            return !_dtls.IsClosed && !_ice.ConsentIsGone && (_sender is not null || _time.GetElapsedTime(_begunAt) < ConnectWithin);
        }
    }

    private void SendSelected(ReadOnlySpan<byte> packet)
    {
        if (_ice.Selected is { } selected)
        {
            Send(packet, selected);
        }
    }

    private void Send(ReadOnlySpan<byte> packet, IPEndPoint to)
    {
        try
        {
            _socket.SendTo(packet, SocketFlags.None, to);
        }
        catch (SocketException)
        {
            // Nobody there (any more). Datagrams may get lost.
        }
        catch (ObjectDisposedException)
        {
            // The handshake's thread was a moment late.
        }
    }
}
