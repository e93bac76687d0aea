using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace HomeBridge.Tests.Switch;

/// <summary>
/// A viewer on a bare socket who reads an answer at a pace, so that there is always more to come, and remembers when the
/// last byte came and how it ended.
/// </summary>
internal sealed class PacedReader : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 8 * 1024, NoDelay = true };
    private long _lastByteAt;
    private long _received;

    /// <summary>Bytes at one time, every 20 ms; 0: it doesn't read, <see cref="int.MaxValue"/>: as fast as they come.</summary>
    public int Pace { get; set; } = 2048;

    public long Received => Interlocked.Read(ref _received);

    public long LastByteAt => Interlocked.Read(ref _lastByteAt);

    /// <summary>When the connection was over; null while it is not.</summary>
    public long? EndedAt { get; private set; }

    public bool WasReset { get; private set; }

    public string Head { get; private set; } = "";

    /// <summary>Sends the request and waits for the first bytes of the answer.</summary>
    public async Task Begin(Uri url)
    {
        await _socket.ConnectAsync(url.Host, url.Port);
        await _socket.SendAsync(Encoding.ASCII.GetBytes($"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\n\r\n"));
        var first = new byte[1024];
        var length = await _socket.ReceiveAsync(first);
        Head = Encoding.ASCII.GetString(first, 0, length).Split("\r\n")[0];
        Take(length);
    }

    /// <summary>Reads until the connection is over.</summary>
    public async Task ReadToEnd(CancellationToken giveUp)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var pace = Pace;
                if (pace < int.MaxValue)
                {
                    await Task.Delay(20, giveUp);
                }

                if (pace == 0)
                {
                    continue;
                }

                var length = await _socket.ReceiveAsync(buffer.AsMemory(0, Math.Min(buffer.Length, pace)), giveUp);
                if (length == 0)
                {
                    break;
                }

                Take(length);
            }
        }
        catch (SocketException broken)
        {
            WasReset = broken.SocketErrorCode is SocketError.ConnectionReset;
        }
        catch (OperationCanceledException)
        {
            return;
        }

        EndedAt = Stopwatch.GetTimestamp();
    }

    public void Dispose() => _socket.Dispose();

    private void Take(int length)
    {
        Interlocked.Add(ref _received, length);
        Interlocked.Exchange(ref _lastByteAt, Stopwatch.GetTimestamp());
    }
}
