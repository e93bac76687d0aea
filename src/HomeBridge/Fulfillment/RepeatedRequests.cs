using System.Buffers;
using System.Security.Cryptography;
using HomeBridge.AccountLinking;
using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.Fulfillment;

/// <summary>
/// A platform that got no answer sends the same EXECUTE again. It must not open the garage twice, so the same request of
/// the same link joins the first one and gets its answer. The same id with another body is another request, and two
/// links never meet.
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

    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<(AccountLinkId Link, string RequestId), Entry> _entries = [];
    private readonly Queue<((AccountLinkId Link, string RequestId) Key, Entry Entry)> _order = new();

    /// <summary>What makes a request this one: SHA-256 of its body.</summary>
    public static string Fingerprint(ReadOnlySequence<byte> body) => ByteChunks.Sha256(body);

    /// <summary>One id for one execution on one device of one request: a repeat has the same.</summary>
    public static string CommandId(AccountLinkId link, string fingerprint, string device, int index) =>
        Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{link.Value}\n{fingerprint}\n{device}\n{index}"))).Substring(0, 32);

    /// <summary>The answer of the first request, or of <paramref name="act"/> when this is the first.</summary>
    public Task<ReadOnlySequence<byte>> Once(AccountLinkId link, string requestId, string fingerprint, Func<Task<ReadOnlySequence<byte>>> act)
    {
        var key = (link, requestId);
        Entry entry;
        lock (_gate)
        {
            Forget();
            if (_entries.TryGetValue(key, out var earlier) && earlier.Fingerprint == fingerprint)
            {
                return earlier.Answer.Task;
            }

            entry = new Entry(fingerprint, time.GetUtcNow());
            _entries[key] = entry;
            _order.Enqueue((key, entry));
        }

        return Run(key, entry, act);
    }

    private async Task<ReadOnlySequence<byte>> Run((AccountLinkId, string) key, Entry entry, Func<Task<ReadOnlySequence<byte>>> act)
    {
        try
        {
            var answer = await act();
            entry.Answer.SetResult(answer);
            if (answer.Length > AnswerBytesMax)
            {
                Remove(key, entry);
            }

            return answer;
        }
        catch (Exception broken)
        {
            // Whoever joined sees the same failure; who comes later begins anew.
            Remove(key, entry);
            entry.Answer.SetException(broken);
            _ = entry.Answer.Task.Exception;
            throw;
        }
    }

    private void Forget()
    {
        var before = time.GetUtcNow() - Remembered;
        while (_order.TryPeek(out var oldest) && (oldest.Entry.At < before || _order.Count > RememberedMax))
        {
            _order.Dequeue();
            Remove(oldest.Key, oldest.Entry);
        }
    }

    private void Remove((AccountLinkId Link, string RequestId) key, Entry entry)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out var known) && ReferenceEquals(known, entry))
            {
                _entries.Remove(key);
            }
        }
    }

    private sealed record Entry(string Fingerprint, DateTimeOffset At)
    {
        public TaskCompletionSource<ReadOnlySequence<byte>> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
