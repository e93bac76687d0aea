using HomeBridge.Alarms;

namespace HomeBridge.Tests.House;

/// <summary>What rings has a page, and a page that is opened at 3 a.m. has what is looked for where it is looked for.</summary>
public sealed class RunbookTests
{
    private static readonly string[] Sections = ["First 60 seconds", "Meaning", "Impact", "Diagnosis", "Mitigation", "Verify", "Tell whom", "Undo"];

    private static readonly string Folder = Path.Combine(Repository.Root, "deploy", "runbooks");

    public static TheoryData<string> Pages => [.. Directory.GetFiles(Folder, "*.md").Select(file => Path.GetFileName(file)).Where(name => name != "README.md").Order(StringComparer.Ordinal)];

    [Fact]
    public void Every_alarm_has_its_page_and_the_list_names_each()
    {
        Assert.All(Alarm.All, alarm => Assert.True(File.Exists(Path.Combine(Repository.Root, alarm.Runbook)), $"{alarm.Runbook} is missing."));
        var list = File.ReadAllText(Path.Combine(Folder, "README.md"));
        Assert.All(Directory.GetFiles(Folder, "*.md").Select(Path.GetFileName).Where(name => name != "README.md"), page => Assert.Contains($"({page})", list, StringComparison.Ordinal));
        Assert.Equal(Alarm.All.Length, Alarm.All.Select(alarm => alarm.Name).Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_has_its_sections_in_order_and_starts_with_a_command(string page)
    {
        var lines = File.ReadAllLines(Path.Combine(Folder, page));

        Assert.Equal(Sections, lines.Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..]));
        var first = Array.IndexOf(lines, "## " + Sections[0]);
        var second = Array.IndexOf(lines, "## " + Sections[1]);
        Assert.Contains("```sh", lines[first..second]);
        Assert.Contains("```text", lines[first..second]);
        Assert.All(Sections.Skip(1), section => Assert.NotEqual("", lines[Array.IndexOf(lines, "## " + section) + 2].Trim()));
        Assert.DoesNotContain(lines, line => line.Contains("TODO", StringComparison.Ordinal));
    }

    /// <summary>The lines of a page that somebody would paste.</summary>
    internal static IEnumerable<string> Commands(string page)
    {
        var isShell = false;
        foreach (var line in File.ReadLines(Path.Combine(Folder, page)))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                isShell = line == "```sh";
            }
            else if (isShell && line.Trim().Length > 0 && !line.StartsWith('#'))
            {
                yield return line;
            }
        }
    }
}
