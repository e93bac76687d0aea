using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using HomeBridge.AccountLinking;
using HomeBridge.Devices;

namespace HomeBridge.Fulfillment;

/// <summary>What makes an EXECUTE this one: SHA-256 over its link and its body, in which its request id stands.</summary>
internal readonly record struct RequestFingerprint(ulong A, ulong B, ulong C, ulong D)
{
    /// <summary>Longer requests are hashed piece by piece.</summary>
    private const int CopiedBytesMax = 2 * 1024;

    /// <summary>More than the register ever gives one.</summary>
    private const int DeviceIdBytesMax = 128;

    public static RequestFingerprint Of(AccountLinkId link, ReadOnlySequence<byte> body)
    {
        // No link's id has a line end in it, so nothing of a body is taken for a part of one.
        Span<byte> both = stackalloc byte[CopiedBytesMax];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (Encoding.UTF8.TryGetBytes(link.Value, both, out var length) && length + 1 + body.Length <= CopiedBytesMax)
        {
            both[length++] = (byte)'\n';
            body.CopyTo(both[length..]);
            SHA256.HashData(both[..(length + (int)body.Length)], hash);
        }
        else
        {
            using var pieces = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            pieces.AppendData(Encoding.UTF8.GetBytes(link.Value + "\n"));
            foreach (var piece in body)
            {
                pieces.AppendData(piece.Span);
            }

            pieces.GetHashAndReset(hash);
        }

        return new RequestFingerprint(
            BinaryPrimitives.ReadUInt64BigEndian(hash),
            BinaryPrimitives.ReadUInt64BigEndian(hash[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(hash[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(hash[24..]));
    }

    /// <summary>One id for one execution on one device of this request: a repeat has the same.</summary>
    public string CommandId(DeviceId device, int index)
    {
        const int Before = (4 * sizeof(ulong)) + sizeof(int);
        Span<byte> parts = stackalloc byte[Before + DeviceIdBytesMax];
        BinaryPrimitives.WriteUInt64BigEndian(parts, A);
        BinaryPrimitives.WriteUInt64BigEndian(parts[8..], B);
        BinaryPrimitives.WriteUInt64BigEndian(parts[16..], C);
        BinaryPrimitives.WriteUInt64BigEndian(parts[24..], D);
        BinaryPrimitives.WriteInt32BigEndian(parts[32..], index);
        var length = Before + Encoding.UTF8.GetBytes(device.Value, parts[Before..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(parts[..length], hash);
        return Convert.ToHexStringLower(hash[..16]);
    }

    /// <summary>A part of a hash is as good a number as any.</summary>
    public override int GetHashCode() => (int)A;
}

/// <summary>
/// A platform that got no answer sends the same EXECUTE again. It must not open the garage twice, so the same request of
/// the same link joins the first one and gets its answer. The same id with another body is another request, and two
/// links never meet. What is kept has limits in number and in bytes.
/// </summary>
/// <remarks>
/// Kept in memory, for as long as platforms repeat. A repeat that comes to another replica, or after a restart, carries
/// the same command ids to the device cloud, which acts once on each (<see cref="RequestFingerprint.CommandId"/>).
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
    private readonly Dictionary<RequestFingerprint, Entry> _entries = [];

    /// <summary>As they came. One that was given up stays here until its turn.</summary>
    private readonly Queue<Entry> _order = [];
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

    /// <summary>The answer of the first request, or of <paramref name="act"/> when this is the first.</summary>
    /// <param name="fingerprint">Whose request, and which.</param>
    /// <param name="act">Executes it.</param>
    public Task<ReadOnlySequence<byte>> Once(RequestFingerprint fingerprint, Func<Task<ReadOnlySequence<byte>>> act)
    {
        Entry entry;
        lock (_gate)
        {
            Forget();
            if (_entries.TryGetValue(fingerprint, out var earlier))
            {
                return earlier.Answer is { } answer
                    ? Task.FromResult(new ReadOnlySequence<byte>(answer))
                    : (earlier.Joined ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            entry = new Entry(fingerprint, time.GetUtcNow());
            _entries[fingerprint] = entry;
            _order.Enqueue(entry);
        }

        return Run(entry, act);
    }

    private async Task<ReadOnlySequence<byte>> Run(Entry entry, Func<Task<ReadOnlySequence<byte>>> act)
    {
        try
        {
            var answer = await act();
            Keep(entry, answer)?.SetResult(answer);
            return answer;
        }
        catch (Exception broken)
        {
            // Whoever joined sees the same failure; who comes later begins anew.
            TaskCompletionSource<ReadOnlySequence<byte>>? joined;
            lock (_gate)
            {
                Remove(entry);
                joined = entry.Joined;
            }

            if (joined is not null)
            {
                joined.SetException(broken);
                _ = joined.Task.Exception;
            }

            throw;
        }
    }

    /// <summary>Those who joined until now: who comes later finds the answer.</summary>
    private TaskCompletionSource<ReadOnlySequence<byte>>? Keep(Entry entry, ReadOnlySequence<byte> answer)
    {
        // No longer than it is: it lives on for a minute.
        var kept = answer.Length > AnswerBytesMax ? null : answer.ToArray();
        lock (_gate)
        {
            var joined = entry.Joined;
            entry.Joined = null;
            if (kept is null)
            {
                Remove(entry);
            }
            else if (!entry.IsGone)
            {
                entry.Answer = kept;
                _bytes += kept.Length;
                Forget();
            }

            return joined;
        }
    }

    private void Forget()
    {
        var before = time.GetUtcNow() - Remembered;
        while (_order.TryPeek(out var oldest) && (oldest.IsGone || oldest.At < before || _order.Count > RememberedMax || _bytes > AnswersBytesMax))
        {
            _order.Dequeue();
            Remove(oldest);
        }
    }

    private void Remove(Entry entry)
    {
        if (!entry.IsGone)
        {
            entry.IsGone = true;
            _entries.Remove(entry.Fingerprint);
            _bytes -= entry.Answer?.Length ?? 0;
        }
    }

    /// <summary>Small: at full speed thousands of them are alive, and each is moved by the garbage collector.</summary>
    private sealed class Entry(RequestFingerprint fingerprint, DateTimeOffset at)
    {
        public RequestFingerprint Fingerprint { get; } = fingerprint;

        public DateTimeOffset At { get; } = at;

        public byte[]? Answer { get; set; }

        public bool IsGone { get; set; }

        /// <summary>Set while somebody waits for the answer of another's request.</summary>
        public TaskCompletionSource<ReadOnlySequence<byte>>? Joined { get; set; }
    }
}
