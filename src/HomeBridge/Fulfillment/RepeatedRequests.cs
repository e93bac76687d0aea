using System.Buffers;
using System.Security.Cryptography;
using HomeBridge.AccountLinking;
using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.Fulfillment;

/// <summary>
/// A platform that got no answer sends the same EXECUTE again. It must not open the garage twice, so the same request of
/// the same link joins the first one and gets its answer. The same id with another body is another request, and two
/// links never meet. What is kept has limits in number and in bytes.
/// </summary>
/// <remarks>
/// Kept in memory, for as long as platforms repeat. A repeat that comes to another replica, or after a restart, carries
/// the same command ids to the device cloud, which acts once on each (<see cref="CommandId"/>).
/// </remarks>
internal sealed class RepeatedRequests(TimeProvider time)
{
    /// <summary>Requests that are remembered at one time; the oldest go first.</summary>
    public const int RememberedMax = 20_000;

    /// <summary>An answer with more bytes is given and not kept.</summary>
    private const int AnswerBytesMax = 64 * 1024;

    /// <summary>Bytes of all answers that are kept at one time; the oldest go first.</summary>
    public const int AnswersBytesMax = 32 * 1024 * 1024;

    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<(AccountLinkId Link, string Fingerprint), Entry> _entries = [];
    private readonly LinkedList<Entry> _order = [];
    private long _bytes;

    /// <summary>Bytes of the answers that are kept.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _bytes;
            }
        }
    }

    /// <summary>What makes a request this one: SHA-256 of its body.</summary>
    public static string Fingerprint(ReadOnlySequence<byte> body) => ByteChunks.Sha256(body);

    /// <summary>One id for one execution on one device of one request: a repeat has the same.</summary>
    public static string CommandId(AccountLinkId link, string fingerprint, string device, int index) =>
        Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{link.Value}\n{fingerprint}\n{device}\n{index}"))).Substring(0, 32);

    /// <summary>The answer of the first request, or of <paramref name="act"/> when this is the first.</summary>
    /// <param name="link">Whose request.</param>
    /// <param name="fingerprint">Of its body, in which its id stands.</param>
    /// <param name="act">Executes it.</param>
    public Task<ReadOnlySequence<byte>> Once(AccountLinkId link, string fingerprint, Func<Task<ReadOnlySequence<byte>>> act)
    {
        var key = (link, fingerprint);
        Entry entry;
        lock (_gate)
        {
            Forget();
            if (_entries.TryGetValue(key, out var earlier))
            {
                return earlier.Answer.Task;
            }

            entry = new Entry(key, time.GetUtcNow());
            _entries[key] = entry;
            _order.AddLast(entry.Place);
        }

        return Run(entry, act);
    }

    private async Task<ReadOnlySequence<byte>> Run(Entry entry, Func<Task<ReadOnlySequence<byte>>> act)
    {
        try
        {
            var answer = await act();
            entry.Answer.SetResult(answer);
            Keep(entry, answer.Length);
            return answer;
        }
        catch (Exception broken)
        {
            // Whoever joined sees the same failure; who comes later begins anew.
            lock (_gate)
            {
                Remove(entry);
            }

            entry.Answer.SetException(broken);
            _ = entry.Answer.Task.Exception;
            throw;
        }
    }

    private void Keep(Entry entry, long bytes)
    {
        lock (_gate)
        {
            if (entry.Place.List is null)
            {
                return;
            }

            if (bytes > AnswerBytesMax)
            {
                Remove(entry);
                return;
            }

            entry.Bytes = bytes;
            _bytes += bytes;
            Forget();
        }
    }

    private void Forget()
    {
        var before = time.GetUtcNow() - Remembered;
        while (_order.First is { Value: var oldest } && (oldest.At < before || _order.Count > RememberedMax || _bytes > AnswersBytesMax))
        {
            Remove(oldest);
        }
    }

    private void Remove(Entry entry)
    {
        if (entry.Place.List is not null)
        {
            _order.Remove(entry.Place);
            _entries.Remove(entry.Key);
            _bytes -= entry.Bytes;
        }
    }

    private sealed class Entry
    {
        public Entry((AccountLinkId Link, string Fingerprint) key, DateTimeOffset at)
        {
            (Key, At) = (key, at);
            Place = new LinkedListNode<Entry>(this);
        }

        public (AccountLinkId Link, string Fingerprint) Key { get; }

        public DateTimeOffset At { get; }

        public LinkedListNode<Entry> Place { get; }

        public long Bytes { get; set; }

        public TaskCompletionSource<ReadOnlySequence<byte>> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
