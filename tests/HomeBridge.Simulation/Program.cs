using System.Globalization;

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

    private static string? Value(string[] args, string name) =>
        Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
}
