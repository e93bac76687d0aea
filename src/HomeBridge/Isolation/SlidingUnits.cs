namespace HomeBridge.Isolation;

/// <summary>A sum over a sliding window, in a ring of a sixtieth of it each. Its memory is taken once.</summary>
internal sealed class SlidingUnits(TimeSpan window)
{
    private const int Slots = 60;

    private readonly long _slotTicks = window.Ticks / Slots;
    private readonly (long Slot, long Units)[] _ring = new (long, long)[Slots];

    public void Add(int units, DateTimeOffset now)
    {
        var slot = now.UtcTicks / _slotTicks;
        ref var cell = ref _ring[slot % Slots];
        cell = cell.Slot == slot ? (slot, cell.Units + units) : (slot, units);
    }

    public long Count(DateTimeOffset now)
    {
        var newest = now.UtcTicks / _slotTicks;
        var sum = 0L;
        foreach (var (slot, units) in _ring)
        {
            sum += slot > newest - Slots && slot <= newest ? units : 0;
        }

        return sum;
    }
}
