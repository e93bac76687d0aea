using System.Globalization;
using HomeBridge.Simulation.Mutants;

namespace HomeBridge.Simulation;

/// <summary>The simulation from the command line.</summary>
internal static class Program
{
    private const string Usage = """
        dotnet run -c Release --project tests/HomeBridge.Simulation -- [options]

          --seed N          the run's seed
          --sessions N      at least so many sessions
          --deliveries N    and so many deliveries
          --long            1,000,000 sessions and 20,000,000 deliveries
          --world M         replays world M of the run with that seed and prints its last events
          --naive           with --world: the naive gateway in its place
          --report FILE     writes the report there too
          --compare         replays every incident against the naive gateway and against ours
          --mutants [ID]    compiles and hunts the leak mutants, or one, and writes MUTANTS.md
        """;

    private static int Main(string[] args)
    {
        var sizes = args.Contains("--long") ? Sizes.Long : Sizes.Suite;
        try
        {
            sizes = sizes with
            {
                Seed = ulong.Parse(Value(args, "--seed") ?? sizes.Seed.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
                Sessions = long.Parse(Value(args, "--sessions") ?? sizes.Sessions.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
                Deliveries = long.Parse(Value(args, "--deliveries") ?? sizes.Deliveries.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
            };
            if (Value(args, "--world") is { } number)
            {
                return Replay(sizes.Seed, int.Parse(number, CultureInfo.InvariantCulture), args.Contains("--naive"));
            }
        }
        catch (FormatException)
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        if (args.Contains("--mutants"))
        {
            return HuntMutants(Value(args, "--mutants"));
        }

        if (args.Contains("--compare"))
        {
            var comparisons = NaiveRun.Run(sizes.Seed);
            Console.WriteLine(NaiveRun.ToMarkdown(comparisons));
            foreach (var one in comparisons.Where(one => !one.IsAsExpected))
            {
                Console.WriteLine($"Not as expected: {one.Schedule.Name} {one.OurViolation}");
            }

            return comparisons.All(one => one.IsAsExpected) ? 0 : 1;
        }

        var report = Simulator.Run(sizes, TimeProvider.System, Console.WriteLine);
        var text = report.ToMarkdown();
        Console.WriteLine(text);
        if (Value(args, "--report") is { } file)
        {
            File.WriteAllText(file, text);
        }

        if (report.Failed is null)
        {
            return 0;
        }

        Console.Error.WriteLine(report.Failure());
        return 1;
    }

    private static int Replay(ulong seed, int number, bool naive)
    {
        var world = Simulator.Replay(seed, number, naive);
        foreach (var line in world.LastEvents)
        {
            Console.WriteLine(line);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"world {number} of seed {seed}, \"{world.Schedule.Name}\": {world.Counts.Sessions} sessions, {world.Counts.Deliveries} deliveries, {world.Steps} steps, hash {Convert.ToHexStringLower(world.Hash)}"));
        foreach (var (rule, times) in world.Violations)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"violated {times} times: {rule}"));
        }

        Console.WriteLine(world.Violation ?? "nothing wrong");
        return world.Violation is null ? 0 : 1;
    }

    private static int HuntMutants(string? id)
    {
        var repository = RepositoryRoot();
        var mutants = Mutant.Read(repository).Where(mutant => id is null || mutant.Id.Contains(id, StringComparison.Ordinal)).ToList();
        var started = TimeProvider.System.GetTimestamp();
        var (verdicts, unmutated) = MutantRun.Run(repository, mutants, Console.WriteLine);
        foreach (var wrong in unmutated)
        {
            Console.WriteLine($"The unmutated copy: {wrong}");
        }

        var survivors = verdicts.Count(verdict => verdict.Violation is null);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{verdicts.Count} mutants, {survivors} survived, in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0} s"));
        if (id is null && survivors == 0 && unmutated.Count == 0)
        {
            File.WriteAllText(Path.Combine(repository, "tests/HomeBridge.Simulation/MUTANTS.md"), MutantRun.ToMarkdown(verdicts));
        }

        return survivors == 0 && unmutated.Count == 0 ? 0 : 1;
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "HomeBridge.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The mutants are made from the sources: run this within the repository.");
        }

        return folder.FullName;
    }

    private static string? Value(string[] args, string name) =>
        Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length && !args[at + 1].StartsWith("--", StringComparison.Ordinal) ? args[at + 1] : null;
}
