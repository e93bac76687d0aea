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
        Assert.All(Sections.Skip(1), section => Assert.False(lines.Skip(Array.IndexOf(lines, "## " + section) + 1).First(line => line.Length > 0).StartsWith('#'), $"{section} is empty."));
        Assert.DoesNotContain(lines, line => line.Contains("TODO", StringComparison.Ordinal));
    }

    /// <summary>What is pasted at 3 a.m. must be a command: hbctl's own parser says so, and the others are known by name.</summary>
    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_of_a_page_parses(string page)
    {
        string[] others = ["curl", "touch", "rm", "ls", "cat", "cp", "mv", "echo", "sudo", "systemctl", "journalctl", "sqlite3", "psql", "export", "openssl", "date", "dotnet", "df", "ping"];
        var commands = Commands(page).ToList();

        Assert.NotEmpty(commands);
        foreach (var command in commands)
        {
            var name = command.Split(' ')[0];
            if (name == "hbctl")
            {
                var line = command["hbctl ".Length..].Split(['|', '>'])[0].Trim();
                Assert.True(HomeBridge.Hbctl.Program.Root().Parse(line).Errors is [], $"{page}: {command}: {string.Join(' ', HomeBridge.Hbctl.Program.Root().Parse(line).Errors.Select(error => error.Message))}");
            }
            else
            {
                Assert.Contains(name, others);
                Assert.DoesNotContain('<', command.Replace("<<", "", StringComparison.Ordinal));
            }
        }
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
