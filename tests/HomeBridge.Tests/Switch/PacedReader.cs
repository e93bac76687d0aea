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

    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(20);

    /// <summary>Bytes at one time, every 20 ms; 0: it doesn't read, <see cref="int.MaxValue"/>: as fast as they come.</summary>
    public int Pace { get; set; } = 2048;

    public long Received => Interlocked.Read(ref _received);

    /// <summary>When the last byte was read.</summary>
    public long LastByteAt => Interlocked.Read(ref _lastByteAt);

    /// <summary>When the reset reached the viewer's machine: nothing more comes there. What waits there may still be read.</summary>
    public long? CutAt { get; private set; }

    /// <summary>When everything was read and the connection was over; null while it is not.</summary>
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

    /// <summary>
    /// Reads all of them until their connections are over, on a thread of its own: the gateway in this process keeps the
    /// pool's threads for itself, as it would beside viewers who are elsewhere.
    /// </summary>
    public static Task ReadAll(IReadOnlyList<PacedReader> readers, CancellationToken giveUp)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            var buffer = new byte[64 * 1024];
            while (readers.Any(reader => reader.EndedAt is null) && !giveUp.IsCancellationRequested)
            {
                var round = Stopwatch.GetTimestamp();
                foreach (var reader in readers)
                {
                    reader.Read(buffer);
                }

                var rest = Every - Stopwatch.GetElapsedTime(round);
                giveUp.WaitHandle.WaitOne(rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
            }

            done.SetResult();
        }) { IsBackground = true, Name = "viewers" }.Start();
        return done.Task;
    }

    private void Read(byte[] buffer)
    {
        _socket.Blocking = false;
        if (EndedAt is null && CutAt is null && _socket.Poll(0, SelectMode.SelectError))
        {
            CutAt = Stopwatch.GetTimestamp();
        }

        var pace = Pace;
        for (var left = pace; EndedAt is null && left > 0;)
        {
            var length = _socket.Receive(buffer.AsSpan(0, Math.Min(buffer.Length, left)), SocketFlags.None, out var error);
            if (error is SocketError.WouldBlock)
            {
                return;
            }

            if (error is not SocketError.Success || length == 0)
            {
                WasReset = error is SocketError.ConnectionReset;
                EndedAt = Stopwatch.GetTimestamp();
                return;
            }

            Take(length);
            left = pace == int.MaxValue ? pace : left - length;
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Take(int length)
    {
        Interlocked.Add(ref _received, length);
        Interlocked.Exchange(ref _lastByteAt, Stopwatch.GetTimestamp());
    }
}
