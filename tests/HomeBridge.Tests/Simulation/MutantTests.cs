using HomeBridge.Simulation.Mutants;
using HomeBridge.Tests.House;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Simulation;

/// <summary>The proof of the proof: bugs that leak must be found, and a gateway that shows nothing must not pass.</summary>
public sealed class MutantTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_leak_mutant_is_found_and_the_copy_without_a_bug_is_not()
    {
        var mutants = Mutant.Read(Repository.Root);

        var (verdicts, unmutated) = MutantRun.Run(Repository.Root, mutants);

        output.WriteLine(MutantRun.ToMarkdown(verdicts));
        Assert.InRange(mutants.Count, 30, int.MaxValue);
        Assert.Empty(verdicts.Where(verdict => verdict.Violation is null).Select(verdict => verdict.Mutant.Id));
        Assert.All(verdicts, verdict => Assert.InRange(verdict.Sessions, 1, MutantRun.SessionsMax));
        Assert.Empty(unmutated);
    }

    [Fact]
    public void Each_row_of_the_incident_tables_has_a_mutant()
    {
        var rows = Mutant.Read(Repository.Root).SelectMany(mutant => mutant.Rows).ToHashSet(StringComparer.Ordinal);

        Assert.Empty(Enumerable.Range(1, 9).Select(row => $"C{row}").Concat(Enumerable.Range(1, 8).Select(row => $"X{row}")).Except(rows));
    }

    [Fact]
    public void The_document_lists_the_mutants_that_there_are()
    {
        var documented = Repository.Read("tests/HomeBridge.Simulation/MUTANTS.md").Split('\n')
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| mutant", StringComparison.Ordinal) && !line.StartsWith("| ---", StringComparison.Ordinal))
            .Select(line => string.Join('|', line.Split('|').Skip(1).Take(3).Select(cell => cell.Trim())));

        Assert.Equal(Mutant.Read(Repository.Root).Select(mutant => $"{mutant.Id}|{string.Join(", ", mutant.Rows)}|{mutant.Bug}"), documented);
    }

    [Fact]
    public void A_gateway_that_shows_nothing_does_not_pass()
    {
        var nothing = new Edit(
            "src/HomeBridge.StreamGateway/Media/SessionEgress.cs", "public override async Task Give(IViewer viewer)\n    {", "public override async Task Give(IViewer viewer)\n    {\n        await Unavailable.Give(viewer);\n        if (unit is not null)\n        {\n            return;\n        }\n");

        Assert.Contains("Nothing was wrong, but", MutantRun.Find(Repository.Root, "nothing", [nothing], ["clean"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_snippet_that_is_not_there_fails_the_run()
    {
        var gone = new Edit("src/HomeBridge.StreamGateway/Media/SessionEgress.cs", "no such text", "");
        var twice = new Edit("src/HomeBridge.StreamGateway/Media/SessionEgress.cs", "viewer", "");

        Assert.Throws<InvalidOperationException>(() => MutantRun.Find(Repository.Root, "gone", [gone], ["clean"]));
        Assert.Throws<InvalidOperationException>(() => MutantRun.Find(Repository.Root, "twice", [twice], ["clean"]));
    }
}
