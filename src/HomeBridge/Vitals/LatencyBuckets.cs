using System.Numerics;

namespace HomeBridge.Vitals;

/// <summary>
/// Buckets for durations, each a sixteenth of its power of two wide: whatever the duration, the middle of its bucket is
/// at most 3.2 % away.
/// </summary>
internal static class LatencyBuckets
{
    /// <summary>Buckets of one power of two, as a power of two.</summary>
    private const int FinenessBits = 4;

    /// <summary>Ticks of the unit, as a power of two: 512 ticks are 51.2 µs.</summary>
    private const int UnitBits = 9;

    /// <summary>Units of the longest duration, as a power of two: 107 s. What takes longer counts as that.</summary>
    private const int RangeBits = 21;

    public const int Count = (RangeBits - FinenessBits + 1) << FinenessBits;

    public static int IndexOf(TimeSpan took)
    {
        var units = (uint)Math.Clamp(took.Ticks >> UnitBits, 0, (1L << RangeBits) - 1);
        var shift = Math.Max(0, BitOperations.Log2(units | 1) - FinenessBits);
        return (shift << FinenessBits) + (int)(units >> shift);
    }

    /// <summary>The middle of a bucket.</summary>
    public static TimeSpan MiddleOf(int index)
    {
        var shift = Math.Max(0, (index >> FinenessBits) - 1);
        var from = (long)(index - (shift << FinenessBits)) << shift;
        return TimeSpan.FromTicks(((from << UnitBits) + ((from + (1L << shift)) << UnitBits)) / 2);
    }

    /// <summary>The nearest-rank percentile of what was counted; null when nothing was.</summary>
    public static TimeSpan? Percentile(ReadOnlySpan<long> counts, int percent)
    {
        var total = 0L;
        foreach (var count in counts)
        {
            total += count;
        }

        var (rank, seen) = (RankOf(total, percent), 0L);
        for (var index = 0; index < counts.Length; index++)
        {
            seen += counts[index];
            if (seen >= rank && seen > 0)
            {
                return MiddleOf(index);
            }
        }

        return null;
    }

    /// <summary>Which one in order of size is the percentile of so many.</summary>
    public static long RankOf(long total, int percent) => ((total * percent) + 99) / 100;
}
