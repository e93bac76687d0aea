using System.Net;
using System.Net.Sockets;
using HomeBridge.StreamGateway.Media;

namespace HomeBridge.StreamGateway.WebRtc.Relay;

/// <summary>
/// The blind relay of one session: a port for the display and one for the camera. What comes in at one goes out at the other as
/// it is, if it comes from where its peer was confirmed to be, if the door is open, and if there is somebody confirmed to send it
/// to. It has no key of the media and keeps no packet.
/// </summary>
internal sealed class PeerRelay : IMediaOutlet, IDisposable
{
    private readonly RelaySide _display;
    private readonly RelaySide _camera;
    private readonly Func<bool> _isOpen;
    private readonly TimeProvider _time;
    private volatile bool _isCut;
    private long _toDisplay;
    private long _toCamera;
    private long _packetsToDisplay;
    private long _dropped;
    private long _heardDisplay;
    private long _heardCamera;

    /// <param name="display">The display's side.</param>
    /// <param name="camera">The camera's side.</param>
    /// <param name="isOpen">The door: asked before each packet that goes on.</param>
    /// <param name="time">The clock.</param>
    public PeerRelay(RelaySide display, RelaySide camera, Func<bool> isOpen, TimeProvider time)
    {
        (_display, _camera, _isOpen, _time) = (display, camera, isOpen, time);
        _heardDisplay = _heardCamera = time.GetTimestamp();
    }

    /// <summary>The port that the display is told.</summary>
    public int DisplayPort => _display.Port;

    /// <summary>The port that the camera is told.</summary>
    public int CameraPort => _camera.Port;

    /// <summary>Bytes that went to the display, all of them read by it alone.</summary>
    public long BytesToDisplay => Interlocked.Read(ref _toDisplay);

    public long BytesToCamera => Interlocked.Read(ref _toCamera);

    /// <summary>Media packets that went to the display.</summary>
    public long PacketsToDisplay => Interlocked.Read(ref _packetsToDisplay);

    /// <summary>Packets that went nowhere: strangers', too long, too many, behind a closed door.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Since the display was last heard: it asks for consent every few seconds (RFC 7675).</summary>
    public TimeSpan SinceDisplay => _time.GetElapsedTime(Interlocked.Read(ref _heardDisplay));

    /// <summary>Since the camera was last heard.</summary>
    public TimeSpan SinceCamera => _time.GetElapsedTime(Interlocked.Read(ref _heardCamera));

    public bool IsCut => _isCut;

    /// <summary>Begins to forward. One loop and one buffer for each side; the task ends when both have ended.</summary>
    public Task Run() => Task.WhenAll(Forward(_display, _camera, toDisplay: false), Forward(_camera, _display, toDisplay: true));

    /// <summary>Nothing goes on from now on, and both ports are given back.</summary>
    public void Cut()
    {
        _isCut = true;
        _display.Dispose();
        _camera.Dispose();
    }

    public void Dispose() => Cut();

    private async Task Forward(RelaySide from, RelaySide to, bool toDisplay)
    {
        var buffer = new byte[RelayLimits.PacketLengthMax + 4];
        while (!_isCut)
        {
            try
            {
                var length = await from.Socket.ReceiveFromAsync(buffer, SocketFlags.None, from.From);
                if (!Take(from, to, buffer, length, toDisplay))
                {
                    Interlocked.Increment(ref _dropped);
                }
            }
            catch (SocketException) when (!_isCut)
            {
                // A port that is closed at the other end says so (ICMP), or a queue is full: that packet is lost.
                Interlocked.Increment(ref _dropped);
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                break;
            }
        }
    }

    /// <summary>One packet. False when it goes nowhere.</summary>
    private bool Take(RelaySide from, RelaySide to, byte[] buffer, int length, bool toDisplay)
    {
        var now = _time.GetTimestamp();
        if (length > RelayLimits.PacketLengthMax || !from.IsWithinRate(length, now))
        {
            return false;
        }

        var packet = buffer.AsSpan(0, length);
        switch (Stun.KindOf(packet))
        {
            case PacketKind.Media:
                return from.IsFromCurrent(now) && Send(to, to.Current, packet, now, toDisplay, isMedia: true);
            case PacketKind.Stun when Stun.TryReadHeader(packet, out var type, out var transaction):
                return type switch
                {
                    Stun.BindingRequest => Check(from, to, packet, transaction, now, toDisplay),
                    Stun.BindingSuccess or Stun.BindingError =>
                        from.TakeAnswer(packet, type, transaction, now, _time.TimestampFrequency)
                        || (from.IsFromCurrent(now) && Send(to, to.Asker(transaction), packet, now, toDisplay, isMedia: false)),
                    Stun.BindingIndication => from.IsFromCurrent(now) && Send(to, to.Current, packet, now, toDisplay, isMedia: false),
                    _ => false,
                };
            default:
                return false;
        }
    }

    /// <summary>A check is passed on when its address is confirmed; until then the address is asked by a check of our own.</summary>
    private bool Check(RelaySide from, RelaySide to, ReadOnlySpan<byte> packet, TransactionId transaction, long now, bool toDisplay)
    {
        var isConfirmed = from.TakeCheck(packet, transaction, now, _time.TimestampFrequency, out var probe);
        if (probe is not null && _isOpen())
        {
            Span<byte> check = stackalloc byte[Stun.LengthMax];
            from.Socket.SendTo(check[..from.WriteCheck(probe, check)], SocketFlags.None, probe.Address);
        }

        return isConfirmed && Send(to, to.Current, packet, now, toDisplay, isMedia: false);
    }

    private bool Send(RelaySide to, SocketAddress? address, ReadOnlySpan<byte> packet, long now, bool toDisplay, bool isMedia)
    {
        Interlocked.Exchange(ref toDisplay ? ref _heardCamera : ref _heardDisplay, now);
        if (address is null || _isCut || !_isOpen())
        {
            return false;
        }

        to.Socket.SendTo(packet, SocketFlags.None, address);
        Interlocked.Add(ref toDisplay ? ref _toDisplay : ref _toCamera, packet.Length);
        if (isMedia && toDisplay)
        {
            Interlocked.Increment(ref _packetsToDisplay);
        }

        return true;
    }
}
