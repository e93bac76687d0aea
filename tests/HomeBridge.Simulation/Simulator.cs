using System.Globalization;
using System.Security.Cryptography;
using HomeBridge.Simulation.Clock;

namespace HomeBridge.Simulation;

/// <summary>How much is run.</summary>
internal sealed record Sizes(ulong Seed, long Sessions, long Deliveries)
{
    public static Sizes Suite { get; } = new(20_200_101, 200_000, 4_000_000);

    public static Sizes Long { get; } = Suite with { Sessions = 1_000_000, Deliveries = 20_000_000 };
}

/// <summary>A whole run: worlds, by schedule in turn, until the sizes are reached. The outcome follows from the seed.</summary>
internal static class Simulator
{
    /// <summary>Worlds between two looks at whether it is enough: a whole number of turns through the schedules.</summary>
    private const int TurnsPerBlock = 2;

    private const int Workers = 2;

    public static RunReport Run(Sizes sizes, TimeProvider time, Action<string>? say = null)
    {
        var started = time.GetTimestamp();
        var report = new RunReport(sizes);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var schedules = Schedule.All;
        for (var block = 0; (report.Counts.Sessions < sizes.Sessions || report.Counts.Deliveries < sizes.Deliveries) && report.Failed is null; block++)
        {
            var first = block * schedules.Count * TurnsPerBlock;
            foreach (var world in Block(sizes.Seed, first, schedules.Count * TurnsPerBlock))
            {
                hash.AppendData(world.Hash);
                report.Add(world);
            }

            report.Took = time.GetElapsedTime(started);
            say?.Invoke(string.Create(
                CultureInfo.InvariantCulture,
                $"{report.Took.TotalSeconds,6:0.0} s  {report.Worlds} worlds, {report.Counts.Sessions:N0} sessions, {report.Counts.Deliveries:N0} deliveries, {report.ForeignBytes} foreign bytes"));
        }

        report.EventHash = Convert.ToHexStringLower(hash.GetHashAndReset());
        return report;
    }

    /// <summary>One world of a run, as it was in it.</summary>
    public static WorldResult Replay(ulong seed, int number, bool naive = false) =>
        World.Live(number, Schedule.All[number % Schedule.All.Count], SeedOf(seed, number), naive);

    public static ulong SeedOf(ulong seed, int number) => Dice.For(seed, (ulong)number + 1000).Next();

    private static WorldResult[] Block(ulong seed, int first, int count)
    {
        var results = new WorldResult[count];
        var next = -1;
        var workers = Enumerable.Range(0, Workers).Select(_ => new Thread(() =>
        {
            for (var index = Interlocked.Increment(ref next); index < count; index = Interlocked.Increment(ref next))
            {
                results[index] = Replay(seed, first + index);
            }
        })).ToArray();
        Array.ForEach(workers, worker => worker.Start());
        Array.ForEach(workers, worker => worker.Join());
        return results;
    }
}
