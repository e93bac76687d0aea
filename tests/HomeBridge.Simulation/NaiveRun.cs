using System.Globalization;
using System.Text;

namespace HomeBridge.Simulation;

/// <summary>One schedule, once with the naive gateway and once with ours.</summary>
/// <param name="Schedule">Which.</param>
/// <param name="Deliveries">Answers that reached the naive gateway.</param>
/// <param name="NaiveForeignBytes">Bytes of other cameras and homes that its viewers got.</param>
/// <param name="NaiveAfterCut">Units and playlists after the permission had ended.</param>
/// <param name="OurForeignBytes">Ours: nothing.</param>
/// <param name="OurViolation">Ours: none.</param>
internal sealed record Comparison(Schedule Schedule, long Deliveries, long NaiveForeignBytes, long NaiveAfterCut, long OurForeignBytes, string? OurViolation)
{
    public bool NaiveLeaks => NaiveForeignBytes > 0 || NaiveAfterCut > 0;

    public bool IsAsExpected => OurForeignBytes == 0 && OurViolation is null && NaiveLeaks == (Schedule.Naive is NaiveOutcome.Leaks);
}

/// <summary>Every published incident, replayed against a gateway as it is usually built and against ours.</summary>
internal static class NaiveRun
{
    private const int WorldsEach = 2;

    public static IReadOnlyList<Comparison> Run(ulong seed) =>
        [.. Schedule.All.Where(schedule => schedule.Naive is not NaiveOutcome.NotAsked).Select(schedule => Compare(seed, schedule))];

    public static string ToMarkdown(IReadOnlyList<Comparison> comparisons)
    {
        var text = new StringBuilder();
        text.AppendLine("| schedule | deliveries | naive: foreign bytes | naive: after the cut | ours: foreign bytes |").AppendLine("| --- | ---: | ---: | ---: | ---: |");
        foreach (var one in comparisons)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {one.Schedule.Name} | {one.Deliveries:N0} | {one.NaiveForeignBytes:N0} | {one.NaiveAfterCut:N0} | {one.OurForeignBytes} |");
        }

        return text.ToString();
    }

    private static Comparison Compare(ulong seed, Schedule schedule)
    {
        long deliveries = 0, foreign = 0, afterCut = 0, ours = 0;
        string? violation = null;
        for (var number = 0; number < WorldsEach; number++)
        {
            var naive = World.Live(number, schedule, Simulator.SeedOf(seed, number), naive: true);
            deliveries += naive.Counts.Deliveries;
            foreign += naive.ForeignBytes;
            afterCut += naive.Violations.Where(rule => rule.Key.EndsWith("after the cut", StringComparison.Ordinal)).Sum(rule => rule.Value);
            violation ??= naive.Violation;
            var real = World.Live(number, schedule, Simulator.SeedOf(seed, number));
            ours += real.ForeignBytes;
            violation ??= real.Violation;
        }

        return new Comparison(schedule, deliveries, foreign, afterCut, ours, violation);
    }
}
