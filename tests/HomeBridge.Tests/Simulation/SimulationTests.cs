using System.Diagnostics;
using System.Text.RegularExpressions;
using HomeBridge.Simulation;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Simulation;

/// <summary>
/// The gateway's real code in simulated worlds. A failure names seed and world; the program in
/// <c>tests/HomeBridge.Simulation</c> lives that world again.
/// </summary>
public sealed partial class SimulationTests(ITestOutputHelper output)
{
    private static readonly Sizes Small = Sizes.Suite with { Seed = 7, Sessions = 500, Deliveries = 2_000 };

    private static Sizes Size => Environment.GetEnvironmentVariable("HOMEBRIDGE_TESTS_LONG") == "true" ? Sizes.Long : Sizes.Suite;

    [Fact]
    public void No_viewer_gets_a_foreign_byte_in_any_world()
    {
        var report = Simulator.Run(Size, TimeProvider.System, output.WriteLine);

        output.WriteLine(report.ToMarkdown());
        File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "simulation-report.md"), report.ToMarkdown());
        Assert.True(report.Failed is null, report.Failed is null ? "" : report.Failure());
        Assert.Equal(0, report.ForeignBytes);
        Assert.InRange(report.Counts.Sessions, Size.Sessions, long.MaxValue);
        Assert.InRange(report.Counts.Deliveries, Size.Deliveries, long.MaxValue);
        Assert.InRange(report.CleanShare, 0.999, 1);
    }

    [Fact]
    public async Task The_same_seed_is_the_same_run_here_and_in_another_process()
    {
        var first = Simulator.Run(Small, TimeProvider.System);
        var other = Simulator.Run(Small with { Seed = 8 }, TimeProvider.System);

        output.WriteLine($"{first.Worlds} worlds, {first.Counts.Sessions} sessions: {first.EventHash}");
        Assert.NotEqual(first.EventHash, other.EventHash);
        Assert.Equal(first.EventHash, await HashInAnotherProcess());
    }

    [Fact]
    public void Each_incident_leaks_through_a_naive_gateway_and_none_through_ours()
    {
        var comparisons = NaiveRun.Run(Sizes.Suite.Seed);

        output.WriteLine(NaiveRun.ToMarkdown(comparisons));
        foreach (var one in comparisons)
        {
            Assert.True(one.IsAsExpected, $"{one}");
        }

        Assert.Contains(comparisons, one => one.Schedule.Naive is NaiveOutcome.Holds);
    }

    [Fact]
    public void Each_row_of_the_incident_tables_has_a_schedule()
    {
        var rows = Enumerable.Range(1, 9).Select(row => $"C{row}").Concat(Enumerable.Range(1, 8).Select(row => $"X{row}"));

        Assert.Equal(rows.Order(StringComparer.Ordinal), Schedule.All.Select(schedule => schedule.Incident).OfType<string>().Order(StringComparer.Ordinal));
        Assert.All(Schedule.All.Where(schedule => schedule.Incident is not null), schedule => Assert.Equal(NaiveOutcome.Leaks, schedule.Naive));
    }

    [Fact]
    public void Each_kind_of_fault_is_in_some_schedule()
    {
        var used = Schedule.All.SelectMany(schedule => schedule.Phases).SelectMany(phase => phase.Faults).Select(fault => fault.Kind).ToHashSet();

        Assert.Equal(Enum.GetValues<FaultKind>(), used.Order());
    }

    private static async Task<string> HashInAnotherProcess()
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                typeof(Simulator).Assembly.Location,
                "--seed", $"{Small.Seed}", "--sessions", $"{Small.Sessions}", "--deliveries", $"{Small.Deliveries}",
            },
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return EventHash().Match(said).Groups["hash"].Value;
    }

    [GeneratedRegex(@"event hash: (?<hash>[0-9a-f]{64})", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EventHash();
}
