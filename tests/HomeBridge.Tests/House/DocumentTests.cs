using System.Diagnostics;
using System.Text.RegularExpressions;

namespace HomeBridge.Tests.House;

/// <summary>What the documents say is what the house does.</summary>
public sealed partial class DocumentTests
{
    private static readonly string[] TopLevel =
    [
        "src", "tests", "contracts", "deploy", "HomeBridge.sln", "README.md", "global.json", "Directory.Build.props", "Directory.Packages.props",
        ".ci", ".config", ".editorconfig", ".gitignore", ".gitattributes",
    ];

    [Fact]
    public async Task The_first_command_of_the_readme_prints_what_the_readme_says()
    {
        var readme = Repository.Read("README.md");
        var expected = CodeBlocks(readme).Single(block => block.Split('\n').Contains("ready")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("dotnet run --project src/HomeBridge.Sandbox", readme, StringComparison.Ordinal);
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Repository.Root };
        foreach (var argument in (string[])["run", "--project", "src/HomeBridge.Sandbox"])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var printed = new List<string>();
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
            while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
            {
                printed.Add(line);
                if (line == "ready")
                {
                    break;
                }
            }
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        Assert.True(printed.Contains("ready"), string.Join('\n', printed) + await errors);
        // A folder and a port that are new each time.
        string Steady(string line) => line.Trim().Split(' ')[0] is "data" or "directory" ? line.Trim().Split(' ')[0] : line.Trim();
        foreach (var line in expected.Where(line => !line.StartsWith('$')))
        {
            Assert.Contains(Steady(line), printed.Select(Steady));
        }
    }

    [Fact]
    public void Every_configuration_key_is_in_the_readme_and_every_one_there_exists()
    {
        var code = Repository.Sources("src/HomeBridge").SelectMany(file => Key().Matches(File.ReadAllText(file)).Select(match => match.Groups["key"].Value))
            .Select(key => key.Replace("{key}:", "", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        var readme = Repository.Read("README.md");
        var told = KeyCell().Matches(readme).Select(match => match.Groups["key"].Value).ToHashSet(StringComparer.Ordinal);

        Assert.All(code.Where(key => key.Contains(':', StringComparison.Ordinal)), key => Assert.Contains(key, readme, StringComparison.Ordinal));
        Assert.All(told, key => Assert.Contains(Repository.Sources("src/HomeBridge"), file => File.ReadAllText(file).Contains(key.Split(':')[^1], StringComparison.Ordinal)));
        Assert.NotEmpty(told);
    }

    [Fact]
    public void Links_in_documents_lead_somewhere()
    {
        foreach (var document in Directory.EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories).Where(file => !file.Contains("/bin/", StringComparison.Ordinal)))
        {
            foreach (Match match in Link().Matches(File.ReadAllText(document)))
            {
                var target = match.Groups["target"].Value.Split('#')[0];
                if (target.Length > 0 && !target.Contains("://", StringComparison.Ordinal))
                {
                    Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(document)!, target)), $"{document} links to {target}.");
                }
            }
        }
    }

    [Fact]
    public void Every_decision_is_listed_by_its_title_and_in_order()
    {
        var folder = Path.Combine(Repository.Root, "src/decisions");
        var records = Directory.EnumerateFiles(folder, "0*.md").Order(StringComparer.Ordinal)
            .Select(file => $"* [{File.ReadLines(file).First().TrimStart('#', ' ')}]({Path.GetFileName(file)})");

        Assert.Equal(records, Repository.Read("src/decisions/README.md").Split('\n').Skip(4).Where(line => line.Length > 0));
    }

    [Fact]
    public void The_top_level_holds_what_belongs_there()
    {
        var entries = Directory.EnumerateFileSystemEntries(Repository.Root).Select(Path.GetFileName).Where(name => name != ".git");

        Assert.All(entries, name => Assert.Contains(name, TopLevel));
    }

    [Fact]
    public void What_ci_runs_is_the_readmes_test_command()
    {
        Assert.Contains("tests/run.sh", Repository.Read("README.md"), StringComparison.Ordinal);
        Assert.Contains("tests/run.sh", Repository.Read(".ci/run"), StringComparison.Ordinal);
    }

    private static IEnumerable<string> CodeBlocks(string markdown) => Block().Matches(markdown).Select(match => match.Groups["text"].Value);

    [GeneratedRegex("```[a-z]*\n(?<text>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Block();

    [GeneratedRegex("""read\.(Text|OptionalText|Flag|Secret|SecretText|PublicUrl|Url|ListenUrl|Duration|Number|Children|Texts)\(\s*\$?"(?<key>[A-Za-z0-9:{}]+)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Key();

    [GeneratedRegex("""^\| `(?<key>[A-Z][A-Za-z0-9:]+)`""", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KeyCell();

    [GeneratedRegex("""\]\((?<target>[^)\s]+)\)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();
}
