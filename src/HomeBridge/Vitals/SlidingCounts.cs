using System.Collections.Immutable;

namespace HomeBridge.Vitals;

/// <summary>How far back figures look. The slot that is being filled counts too, so a window is up to one slot longer.</summary>
/// <param name="Name">For people and labels.</param>
/// <param name="Slot">The step in which it slides.</param>
/// <param name="Slots">Full slots.</param>
internal sealed record QualityWindow(string Name, TimeSpan Slot, int Slots)
{
    /// <summary>For whoever watches an incident.</summary>
    public static readonly QualityWindow Last15Minutes = new("15m", TimeSpan.FromMinutes(1), 15);

    /// <summary>For what the platform will say tomorrow.</summary>
    public static readonly QualityWindow Last24Hours = new("24h", TimeSpan.FromHours(1), 24);

    public static readonly ImmutableArray<QualityWindow> All = [Last15Minutes, Last24Hours];
}

/// <summary>
/// Counters over a sliding window, in a ring of slots whose memory is taken once. Adding takes a lock only when a slot
/// is entered for the first time.
/// </summary>
internal sealed class SlidingCounts
{
    private readonly long _slotSeconds;
    private readonly Slot[] _ring;

    public SlidingCounts(QualityWindow window, int cells)
    {
        _slotSeconds = (long)window.Slot.TotalSeconds;
        _ring = new Slot[window.Slots + 1];
        for (var index = 0; index < _ring.Length; index++)
        {
            _ring[index] = new Slot(cells);
        }
    }

    /// <summary>Adds one to each of these cells.</summary>
    public void Add(long second, params ReadOnlySpan<int> cells) => Add(second, 1, cells);

    /// <summary>Adds so many to each of these cells.</summary>
    public void Add(long second, int count, ReadOnlySpan<int> cells)
    {
        var number = NumberOf(second);
        var slot = _ring[number % _ring.Length];
        if (Volatile.Read(ref slot.Number) != number && !slot.Enter(number))
        {
            // Somebody was held up for longer than the window: too old to count.
            return;
        }

        foreach (var cell in cells)
        {
            Interlocked.Add(ref slot.Counts[cell], count);
        }
    }

    /// <summary>What the window holds now.</summary>
    public void Sum(long second, Span<long> into)
    {
        into.Clear();
        var now = NumberOf(second);
        foreach (var slot in _ring)
        {
            if (Volatile.Read(ref slot.Number) is var number && number > now - _ring.Length && number <= now)
            {
                for (var cell = 0; cell < into.Length; cell++)
                {
                    into[cell] += Volatile.Read(ref slot.Counts[cell]);
                }
            }
        }
    }

    /// <summary>Slots are numbered from one ring length on, so that a slot which was never entered (0) is out of the window.</summary>
    private long NumberOf(long second) => (second / _slotSeconds) + _ring.Length;

    private sealed class Slot(int cells)
    {
        private readonly Lock _entering = new();

        public readonly int[] Counts = new int[cells];
        public long Number;

        /// <summary>Empties the slot for a new number. False when a later one has it already.</summary>
        public bool Enter(long number)
        {
            lock (_entering)
            {
                if (Number < number)
                {
                    Array.Clear(Counts);
                    Volatile.Write(ref Number, number);
                }

                return Number == number;
            }
        }
    }
}
