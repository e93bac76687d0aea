using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace HomeBridge.Simulation.Clock;

/// <summary>What happened, in order: its hash is how two runs are compared, its last lines are how a failure is read.</summary>
internal sealed class EventLog(Clockwork clock) : IDisposable
{
    private const int Length = 8 + 1 + 8 + 8;
    private const int LastKept = 40;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[Length * 256];
    private readonly (TimeSpan At, Happening What, long A, long B)[] _last = new (TimeSpan, Happening, long, long)[LastKept];
    private int _filled;
    private long _count;

    public void Add(Happening what, long a = 0, long b = 0)
    {
        var line = _buffer.AsSpan(_filled, Length);
        BinaryPrimitives.WriteInt64LittleEndian(line, clock.Elapsed.Ticks);
        line[8] = (byte)what;
        BinaryPrimitives.WriteInt64LittleEndian(line[9..], a);
        BinaryPrimitives.WriteInt64LittleEndian(line[17..], b);
        _last[_count++ % LastKept] = (clock.Elapsed, what, a, b);
        _filled += Length;
        if (_filled == _buffer.Length)
        {
            Flush();
        }
    }

    /// <summary>Of everything so far.</summary>
    public byte[] Hash()
    {
        Flush();
        return _hash.GetCurrentHash();
    }

    public IEnumerable<string> Last()
    {
        for (var index = Math.Max(0, _count - LastKept); index < _count; index++)
        {
            var (at, what, a, b) = _last[index % LastKept];
            yield return string.Create(CultureInfo.InvariantCulture, $"{at.TotalSeconds,9:0.000} s  {what} {a} {b}");
        }
    }

    public void Dispose() => _hash.Dispose();

    private void Flush()
    {
        _hash.AppendData(_buffer, 0, _filled);
        _filled = 0;
    }
}

/// <summary>Kinds of events, each with up to two numbers.</summary>
internal enum Happening : byte
{
    ViewerCame,
    Granted,
    GrantDenied,
    Entered,
    EntryRefused,
    Polled,
    PollRefused,
    Asked,
    Released,
    UnitRefused,
    UnitCut,
    Gone,
    Redeemed,
    Renewed,
    Fault,
    Unlinked,
    Unbound,
    Linked,
    ReHomed,
    Restarted,
    SuspensionRaised,
    SuspensionLifted,
    FeedHeard,
    FeedLost,
    KeyRotated,
    SessionEnded,
    AttackRefused,
    Failure,
}
