using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using HomeBridge.OpsConsole;
using HomeBridge.Tests.House;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Hbctl;

/// <summary>What the tool is without a bridge: help, completion, credentials, and that it installs.</summary>
public sealed partial class HbctlHelpTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, string> Nothing = [];

    [Fact]
    public async Task Every_command_has_help_with_examples_that_parse_and_fit_80_columns()
    {
        var home = Directory.CreateTempSubdirectory("hbctl-home-").FullName;
        var nowhere = new Dictionary<string, string>(StringComparer.Ordinal) { ["HBCTL_URL"] = "http://127.0.0.1:1", ["HBCTL_TOKEN"] = "x", ["HBCTL_HOME"] = home };
        var root = await HbctlRun.Of(Nothing, "--help");
        var commands = Commands(root.Output).ToList();
        Assert.Superset(
            new HashSet<string>(["suspend", "lift", "resume", "rebase", "status", "explain", "effective", "audit", "drill", "links", "sessions", "alarms", "login", "logout", "breakglass", "completion"], StringComparer.Ordinal),
            commands.ToHashSet(StringComparer.Ordinal));

        foreach (var command in commands)
        {
            var help = await HbctlRun.Of(Nothing, command, "--help");
            Assert.Equal(0, help.Code);
            Assert.All(help.Output.Split("Examples:")[0].Split('\n'), line => Assert.True(line.Length <= 80, line));
            var examples = help.Output.Split("Examples:")[1].Split('\n').Where(line => line.TrimStart().StartsWith("hbctl ", StringComparison.Ordinal)).ToList();
            Assert.NotEmpty(examples);
            foreach (var example in examples.Select(line => line.Trim()).Where(line => !line.Contains("--watch", StringComparison.Ordinal)))
            {
                var words = Word().Matches(example.Split('|')[0]).Select(word => word.Value.Trim('"')).Skip(1).ToArray();
                var run = await HbctlRun.Of(nowhere, words);
                Assert.True(
                    run.Code == 0 || run.Errors.Contains("can't be reached", StringComparison.Ordinal), $"{example}: {run.Errors}");
            }
        }
    }

    [Fact]
    public async Task Help_starts_quickly()
    {
        await HbctlRun.Of(Nothing, "--help");
        var started = Stopwatch.GetTimestamp();
        var help = await HbctlRun.Of(Nothing, "--help");
        output.WriteLine($"hbctl --help: {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms");

        Assert.Equal(0, help.Code);
    }

    [Fact]
    public async Task A_break_glass_credential_is_printed_once_and_is_one_that_the_bridge_takes()
    {
        var made = await HbctlRun.Of(Nothing, "breakglass", "new", "night-1", "--roles", "Operator,Approver", "--json");
        var credential = JsonDocument.Parse(made.Output).RootElement;
        var secret = credential.GetProperty("secret").GetString()!;
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, credential.GetProperty("line").GetString());
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var (read, problem) = BreakGlassCredentials.Read(file);

        Assert.Null(problem);
        Assert.Equal("night-1", Assert.Single(read).Name);
        Assert.True(BreakGlassSecret.Matches(secret, read[0].Hash));
        Assert.DoesNotContain(secret, credential.GetProperty("line").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, (await HbctlRun.Of(Nothing, "breakglass", "new", "Night", "--roles", "Operator")).Code);
        Assert.Equal(1, (await HbctlRun.Of(Nothing, "breakglass", "new", "night", "--roles", "Owner")).Code);
        File.Delete(file);
    }

    [Fact]
    public async Task Bash_completes_commands_and_options()
    {
        var script = await HbctlRun.Of(Nothing, "completion", "bash");
        var zsh = await HbctlRun.Of(Nothing, "completion", "zsh");
        Assert.Contains("compdef _hbctl hbctl", zsh.Output, StringComparison.Ordinal);

        // A shell with the script, and hbctl in its path by a function.
        var bash = $"""
            hbctl() {'{'} dotnet "{HbctlRun.Program}" "$@"; {'}'}
            {script.Output}
            COMP_LINE="hbctl sus"; COMP_POINT=9; COMP_WORDS=(hbctl sus); COMP_CWORD=1; _hbctl; echo "1: ${'{'}COMPREPLY[*]{'}'}"
            COMP_LINE="hbctl suspend --pre"; COMP_POINT=19; COMP_WORDS=(hbctl suspend --pre); COMP_CWORD=2; _hbctl; echo "2: ${'{'}COMPREPLY[*]{'}'}"
            COMP_LINE="hbctl suspend --preset cam"; COMP_POINT=26; COMP_WORDS=(hbctl suspend --preset cam); COMP_CWORD=3; _hbctl; echo "3: ${'{'}COMPREPLY[*]{'}'}"
            """;
        var start = new ProcessStartInfo("bash", ["-c", bash]) { RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Contains("1: suspend\n", said, StringComparison.Ordinal);
        Assert.Contains("2: --preset\n", said, StringComparison.Ordinal);
        Assert.Contains("3: camera-leak\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_packs_and_installs_as_a_tool()
    {
        var folder = Directory.CreateTempSubdirectory("hbctl-tool-").FullName;
        var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        await Dotnet("pack", Path.Combine(Repository.Root, "src/HomeBridge.Hbctl"), "-c", configuration, "--no-build", "-o", folder, "-v", "quiet");
        await Dotnet("tool", "install", "HomeBridge.Hbctl", "--tool-path", Path.Combine(folder, "bin"), "--source", folder, "--version", "0.1.0");

        var start = new ProcessStartInfo(Path.Combine(folder, "bin", "hbctl"), ["--help"]) { RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var help = await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Contains("hbctl suspend --preset camera-leak --wait", help, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    private static IEnumerable<string> Commands(string help) => help.Split("Commands:")[1].Split("Examples:")[0].Split('\n')
        .Where(line => line.Length > 2 && line[..2] == "  " && line[2] != ' ').Select(line => line.Trim().Split(' ')[0]);

    [GeneratedRegex("\"[^\"]*\"|\\S+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();

    private static async Task Dotnet(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}: {await output} {await errors}");
    }
}
