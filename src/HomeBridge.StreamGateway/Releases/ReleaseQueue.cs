using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.Releases;

/// <summary>
/// What was released and not yet told to the bridge. A unit goes to a viewer only when its record has a place here, and
/// there are none while the bridge can't be told: rather no picture than one that nobody remembers.
/// </summary>
internal sealed class ReleaseQueue(TimeProvider time)
{
    /// <summary>Records that wait at one time, each some 200 bytes: five times what the most sessions release in two seconds.</summary>
    public const int PlacesMax = 100_000;

    /// <summary>When the oldest record has waited this long, nothing more is released.</summary>
    public static readonly TimeSpan UntoldMax = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Queue<UnitReleased> _waiting = new();
    private readonly List<(long Number, TaskCompletionSource Told)> _flushes = [];
    private TaskCompletionSource _asked = New();
    private int _reserved;
    private int _underWay;
    private long _added;
    private long _told;
    private long? _oldestAt;

    /// <summary>Whether units may be released, as far as their record is concerned.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count + _underWay + _reserved < PlacesMax
                    && (_oldestAt is not { } at || time.GetElapsedTime(at) < UntoldMax);
            }
        }
    }

    /// <summary>Completes when somebody waits for what is queued to be told.</summary>
    public Task Asked
    {
        get
        {
            lock (_gate)
            {
                return _asked.Task;
            }
        }
    }

    /// <summary>A place for the record of one unit, taken before its first byte leaves; null when there is none.</summary>
    public ReleasePlace? Reserve()
    {
        lock (_gate)
        {
            if (!IsOpen)
            {
                return null;
            }

            _reserved++;
        }

        return new ReleasePlace(this, time.GetUtcNow().ToUnixTimeMilliseconds());
    }

    /// <summary>The next records to tell, in order. They count as waiting until <see cref="Told"/>.</summary>
    public UnitReleased[] Take(int max)
    {
        lock (_gate)
        {
            var taken = new UnitReleased[Math.Min(max, _waiting.Count)];
            for (var index = 0; index < taken.Length; index++)
            {
                taken[index] = _waiting.Dequeue();
            }

            _underWay = taken.Length;
            if (taken.Length == 0)
            {
                _asked = _asked.Task.IsCompleted ? New() : _asked;
            }

            return taken;
        }
    }

    /// <summary>The bridge has recorded what was taken last.</summary>
    public void Told()
    {
        lock (_gate)
        {
            _told += _underWay;
            _underWay = 0;

            // Not exactly since when the next one waits, but it came within the time that the last batch took.
            _oldestAt = _waiting.Count == 0 ? null : time.GetTimestamp();
            foreach (var (_, told) in _flushes.Where(flush => flush.Number <= _told))
            {
                told.TrySetResult();
            }

            _flushes.RemoveAll(flush => flush.Number <= _told);
        }
    }

    /// <summary>Completes when everything that is queued now has been told.</summary>
    public Task Flush()
    {
        lock (_gate)
        {
            if (_told == _added)
            {
                return Task.CompletedTask;
            }

            var told = New();
            _flushes.Add((_added, told));
            _asked.TrySetResult();
            return told.Task;
        }
    }

    internal long NowUnixMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    internal void Add(UnitReleased? released)
    {
        lock (_gate)
        {
            _reserved--;
            if (released is not null)
            {
                _waiting.Enqueue(released);
                _added++;
                _oldestAt ??= time.GetTimestamp();
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>The place of one unit's record. It is filled when the unit is over, however it ended.</summary>
internal sealed class ReleasePlace(ReleaseQueue queue, long at)
{
    /// <summary>So many bytes left at most: those of a write that was broken off count as gone. None: nothing to record.</summary>
    public void Fill(string grant, VerifiedUnit unit, int bytes) => queue.Add(bytes == 0 ? null : new UnitReleased(
        grant, unit.Kind, unit.Sequence, unit.Sha256.ToArray(), bytes, bytes < unit.Bytes.Length, at));

    /// <summary>By what a peer connection was agreed, and in the end how much went through it.</summary>
    public void Fill(string grant, PeerRecord record, ReadOnlySpan<byte> sha256, long bytes) => queue.Add(new UnitReleased(
        grant, UnitKind.Peer, (long)record, sha256.ToArray(), (int)Math.Min(bytes, int.MaxValue), Cut: false, record is PeerRecord.Relayed ? queue.NowUnixMs : at));

    /// <summary>Nothing is to be recorded after all.</summary>
    public void GiveBack() => queue.Add(null);
}
