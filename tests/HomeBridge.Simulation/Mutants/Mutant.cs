using System.Text.Json;

namespace HomeBridge.Simulation.Mutants;

/// <summary>A bug as data: what it is, and which text of the sources it replaces.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Rows">Rows of the incident and hazard tables that it stands for.</param>
/// <param name="Bug">What is wrong with it.</param>
/// <param name="Schedules">Where it must be found: names of schedules, tried in turn.</param>
/// <param name="Edits">One as a rule. More where the code has a second defence behind the first: both have to fall.</param>
internal sealed record Mutant(string Id, string[] Rows, string Bug, string[] Schedules, Edit[] Edits)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static IReadOnlyList<Mutant> Read(string repository) => JsonSerializer.Deserialize<Mutant[]>(
        File.ReadAllText(Path.Combine(repository, "tests/HomeBridge.Simulation/Mutants/mutants.json")), Json)!;
}

/// <summary>One replacement. The original must be in the file exactly once.</summary>
internal sealed record Edit(string File, string Original, string Replacement);

/// <summary>What became of one.</summary>
/// <param name="Mutant">Which.</param>
/// <param name="Violation">The oracle's finding; null when it survived.</param>
/// <param name="Schedule">Where.</param>
/// <param name="Worlds">Worlds that it took.</param>
/// <param name="Sessions">Sessions that it took.</param>
internal sealed record Verdict(Mutant Mutant, string? Violation, string? Schedule, int Worlds, long Sessions);
