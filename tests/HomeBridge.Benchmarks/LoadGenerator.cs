using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HomeBridge.Benchmarks;

/// <summary>A request as it goes over the wire. Each has a request id of its own: a repeat would not be a request.</summary>
internal sealed record Load(string Name, string Body, byte[] Request)
{
    public const string RequestId = "ff36a3cc-ec34-11e6-b1a0-000000000000";

    private const int DigitsOfCount = 12;

    private readonly int _endOfId = Request.AsSpan().IndexOf("-000000000000"u8) + 1 + DigitsOfCount;

    /// <summary>A copy for one connection, whose requests are counted from a number of its own.</summary>
    public byte[] Copy() => [.. Request];

    public void Count(byte[] request, long number)
    {
        for (var digit = 1; digit <= DigitsOfCount; digit++, number /= 10)
        {
            request[_endOfId - digit] = (byte)('0' + (number % 10));
        }
    }

    public static Load Post(string name, string token, string body, string path = "/fulfillment/google")
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var head = $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {bytes.Length}\r\n\r\n";
        return new Load(name, body, [.. Encoding.ASCII.GetBytes(head), .. bytes]);
    }
}

/// <summary>
/// Asks as fast as it is answered, over keep-alive connections without pipelining. It writes ready bytes and looks only
/// for the end of an answer, so that one core of it keeps any server's core busy.
/// </summary>
internal static class LoadGenerator
{
    private const long CountedInTurn = 10_000_000;
    private const long CountedByConnection = 1_000 * CountedInTurn;
    private static int _runs;

    private const int AnswerBytesMax = 4 * 1024 * 1024;

    public static async Task<double> RequestsPerSecond(int port, Load load, int connections, TimeSpan duration)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, connections).Select(number => Task.Run(() => One(port, load, number, startedAt, duration))));
        return counts.Sum() / Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
    }

    /// <summary>Bytes of one answer, without its head.</summary>
    public static async Task<int> AnswerBytes(int port, Load load)
    {
        using var connection = new Connection(port);
        var answer = await connection.Ask(load.Copy());
        return answer.Length - answer.Span.IndexOf("\r\n\r\n"u8) - 4;
    }

    private static async Task<long> One(int port, Load load, int number, long startedAt, TimeSpan duration)
    {
        using var connection = new Connection(port);
        var request = load.Copy();
        var first = (Interlocked.Increment(ref _runs) * CountedByConnection) + (number * CountedInTurn);
        var count = 0L;
        while (Stopwatch.GetElapsedTime(startedAt) < duration)
        {
            load.Count(request, first + count);
            var answer = await connection.Ask(request);
            if (count++ == 0 && Encoding.UTF8.GetString(answer.Span) is var text && (!text.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) || text.Contains("ERROR", StringComparison.Ordinal)))
            {
                throw new InvalidOperationException($"{load.Name}: {text}");
            }
        }

        return count;
    }

    /// <summary>One connection and its buffer.</summary>
    internal sealed class Connection : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private readonly byte[] _answer = new byte[AnswerBytesMax];

        public Connection(int port) => _socket.Connect(IPAddress.Loopback, port);

        /// <summary>The whole answer, until the next call.</summary>
        public async ValueTask<ReadOnlyMemory<byte>> Ask(ReadOnlyMemory<byte> request)
        {
            await _socket.SendAsync(request);
            var length = 0;
            do
            {
                var count = await _socket.ReceiveAsync(_answer.AsMemory(length));
                length += count > 0 ? count : throw new InvalidOperationException("The server hung up.");
            }
            while (!IsWhole(_answer.AsSpan(0, length)));
            return _answer.AsMemory(0, length);
        }

        public void Dispose() => _socket.Dispose();

        private static bool IsWhole(ReadOnlySpan<byte> answer)
        {
            var head = answer.IndexOf("\r\n\r\n"u8);
            if (head < 0)
            {
                return false;
            }

            var field = answer[..head].IndexOf("Content-Length: "u8);
            return field >= 0
                ? answer.Length == head + 4 + Number(answer[(field + 16)..])
                : answer.EndsWith("0\r\n\r\n"u8);
        }

        private static int Number(ReadOnlySpan<byte> text) =>
            System.Buffers.Text.Utf8Parser.TryParse(text, out int number, out _) ? number : throw new InvalidOperationException("No length.");
    }
}
