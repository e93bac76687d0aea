using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.Loader;
using System.Text;

namespace HomeBridge.Simulation.Mutants;

/// <summary>Compiles every mutant and lets the simulation find it. The unmutated copy must live through the same worlds.</summary>
internal static class MutantRun
{
    /// <summary>By then it must be found.</summary>
    public const int SessionsMax = 10_000;

    private const int WorldsMax = 1000;
    private const int Workers = 2;
    private const ulong Seed = 20_240_216;

    /// <summary>The verdicts in the order of the data, and what the unmutated copy violated: nothing.</summary>
    public static (IReadOnlyList<Verdict> Verdicts, IReadOnlyList<string> Unmutated) Run(string repository, IReadOnlyList<Mutant> mutants, Action<string>? say = null)
    {
        var compiler = new MutantCompiler(repository);
        var verdicts = new Verdict[mutants.Count];
        InParallel(mutants.Count, index =>
        {
            verdicts[index] = Try(compiler, mutants[index]);
            var verdict = verdicts[index];
            say?.Invoke(string.Create(
                CultureInfo.InvariantCulture, $"{verdict.Mutant.Id}: {(verdict.Violation is null ? "SURVIVED" : $"killed in {verdict.Sessions} sessions by {verdict.Schedule}: {verdict.Violation}")}"));
        });

        // The same worlds, each once, as many as the longest trial by those schedules took.
        var worlds = verdicts.GroupBy(verdict => string.Join('|', verdict.Mutant.Schedules)).Select(group => (group.First().Mutant.Schedules, Worlds: group.Max(verdict => verdict.Worlds))).ToList();
        var wrong = new ConcurrentQueue<string>();
        var copy = compiler.Compile("unmutated", []);
        InParallel(worlds.Count, index =>
        {
            var (violation, schedule, _, _) = Live(copy, worlds[index].Schedules, worlds[index].Worlds, long.MaxValue);
            if (violation is not null)
            {
                wrong.Enqueue($"{schedule}: {violation}");
            }
        });
        return (verdicts, [.. wrong]);
    }

    /// <summary>What one world of each schedule says of these edits; null when nothing is wrong.</summary>
    public static string? Find(string repository, string name, Edit[] edits, string[] schedules) =>
        Call(new MutantCompiler(repository), name, edits, schedules, schedules.Length, SessionsMax).Violation;

    /// <summary>The table for <c>MUTANTS.md</c>.</summary>
    public static string ToMarkdown(IReadOnlyList<Verdict> verdicts)
    {
        var text = new StringBuilder();
        text.AppendLine("# Leak mutants").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"""
            Bugs that were put into copies of the gateway's sources, one at a time, and what the simulation said. They are data,
            [`mutants.json`](Mutants/mutants.json); each must be found within {SessionsMax:N0} sessions, and the copy without a bug must live
            through the same worlds. Where a bug takes away two things, each alone is harmless, since the other one holds.

            Written by `dotnet run -c Release --project tests/HomeBridge.Simulation -- --mutants`. A test compares the list with
            the data.
            """).AppendLine();
        text.AppendLine("| mutant | stands for | the bug | found by schedule | the oracle's words | sessions |").AppendLine("| --- | --- | --- | --- | --- | ---: |");
        foreach (var verdict in verdicts)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {verdict.Mutant.Id} | {string.Join(", ", verdict.Mutant.Rows)} | {verdict.Mutant.Bug} | {verdict.Schedule} | {verdict.Violation?.Split(':')[0]} | {verdict.Sessions} |");
        }

        return text.ToString();
    }

    private static Verdict Try(MutantCompiler compiler, Mutant mutant)
    {
        var (violation, schedule, worlds, sessions) = Call(compiler, mutant.Id, mutant.Edits, mutant.Schedules, WorldsMax, SessionsMax);
        if (violation?.StartsWith("the simulation failed", StringComparison.Ordinal) == true)
        {
            throw new InvalidOperationException($"Mutant {mutant.Id} breaks the simulation instead of being found by it: {violation}");
        }

        return new Verdict(mutant, violation, schedule, worlds, sessions);
    }

    private static (string? Violation, string? Schedule, int Worlds, long Sessions) Call(
        MutantCompiler compiler, string name, Edit[] edits, string[] schedules, int worldsMax, long sessionsMax)
    {
        var copy = compiler.Compile(name, edits);
        return Live(copy, schedules, worldsMax, sessionsMax);
    }

    private static (string? Violation, string? Schedule, int Worlds, long Sessions) Live(
        AssemblyLoadContext copy, string[] schedules, int worldsMax, long sessionsMax)
    {
        var trial = copy.LoadFromAssemblyName(typeof(Trial).Assembly.GetName()).GetType(typeof(Trial).FullName!, throwOnError: true)!;
        return ((string?, string?, int, long))trial.GetMethod(nameof(Trial.Run))!.Invoke(null, [schedules, Seed, worldsMax, sessionsMax])!;
    }

    private static void InParallel(int count, Action<int> act)
    {
        var next = -1;
        var failures = new ConcurrentQueue<Exception>();
        var workers = Enumerable.Range(0, Workers).Select(_ => new Thread(() =>
        {
            for (var index = Interlocked.Increment(ref next); index < count; index = Interlocked.Increment(ref next))
            {
                try
                {
                    act(index);
                }
                catch (Exception failure) when (failure is not OutOfMemoryException)
                {
                    failures.Enqueue(failure);
                }
            }
        })).ToArray();
        Array.ForEach(workers, worker => worker.Start());
        Array.ForEach(workers, worker => worker.Join());
        if (!failures.IsEmpty)
        {
            throw new AggregateException(failures);
        }
    }
}
