using System.Globalization;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Tests.Suspensions;

namespace HomeBridge.Benchmarks;

/// <summary>
/// What a decision costs with 0, 100 and 10,000 suspensions of every shape in force, asked as a gateway asks: once with all
/// facts, once without model and firmware, and for things that nothing covers. The fastest turn of each counts.
/// </summary>
internal static class SuspensionBenchmark
{
    private const double MicrosecondsMax = 5;
    private const int Questions = 2_000;

    public static int Run(int turns)
    {
        var worst = 0.0;
        Console.WriteLine("entries  facts               denied   ns per decision   bytes");
        foreach (var entries in (int[])[0, 100, 10_000])
        {
            var mixed = new MixedSuspensions(1, 2_000);
            var snapshot = mixed.Snapshot(entries, spareEvery: 100);
            foreach (var (name, facts) in (IEnumerable<(string, SuspensionFacts[])>)[
                ("all known", [.. Enumerable.Range(0, Questions).Select(_ => mixed.Known(withModel: true))]),
                ("model not told", [.. Enumerable.Range(0, Questions).Select(_ => mixed.Known(withModel: false))])])
            {
                var (best, denied, bytes) = Measure(snapshot, facts, turns);
                worst = Math.Max(worst, best);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{entries,7}  {name,-18} {100.0 * denied / Questions,6:0.0} % {best * 1000,17:0} {bytes,7}"));
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"slowest {worst * 1000:0} ns, allowed {MicrosecondsMax * 1000:0}"));
        return worst <= MicrosecondsMax ? 0 : 1;
    }

    private static (double Microseconds, int Denied, long Bytes) Measure(SuspensionSnapshot snapshot, SuspensionFacts[] facts, int turns)
    {
        var (best, denied, bytes) = (double.MaxValue, 0, 0L);
        for (var turn = 0; turn < turns; turn++)
        {
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var start = TimeProvider.System.GetTimestamp();
            denied = 0;
            foreach (var one in facts)
            {
                denied += snapshot.Denies(SuspensionEffects.CutStreams, one, out _) ? 1 : 0;
            }

            best = Math.Min(best, TimeProvider.System.GetElapsedTime(start).TotalMicroseconds / facts.Length);
            bytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
        }

        return (best, denied, bytes);
    }
}
