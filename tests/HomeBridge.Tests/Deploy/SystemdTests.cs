using System.Globalization;
using HomeBridge.Tests.House;

namespace HomeBridge.Tests.Deploy;

/// <summary>The units, looked at by systemd's own tool.</summary>
public sealed class SystemdTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "deploy", "systemd");

    public static TheoryData<string> Units => [.. Directory.GetFiles(Folder, "*.service").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Units))]
    public async Task Systemd_understands_every_line_and_finds_the_process_well_shut_in(string unit)
    {
        var file = Path.Combine(Folder, unit);
        var verified = await Tool.Run("systemd-analyze", ["verify", file]);

        // Where dotnet is differs from machine to machine.
        Assert.All(verified.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Contains("/usr/bin/dotnet is not executable", line, StringComparison.Ordinal));
        var exposed = await Tool.Run("systemd-analyze", ["security", "--offline=true", "--threshold=20", file]);
        Assert.True(exposed.Code == 0, exposed.Output);
    }

    [Theory]
    [MemberData(nameof(Units))]
    public void It_is_given_time_to_drain_and_its_secrets_as_files(string unit)
    {
        var lines = File.ReadAllLines(Path.Combine(Folder, unit));
        string Value(string name) => lines.Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..];
        var drain = TimeSpan.Parse(Value(lines.Any(line => line.Contains("Bridge__DrainFor", StringComparison.Ordinal)) ? "Environment=HOMEBRIDGE_Bridge__DrainFor=" : "Environment=HOMEBRIDGE_Gateway__DrainFor="), CultureInfo.InvariantCulture);

        Assert.True(int.Parse(Value("TimeoutStopSec="), CultureInfo.InvariantCulture) >= drain.TotalSeconds + 30);
        Assert.Equal("SIGTERM", Value("KillSignal="));
        var credentials = lines.Where(line => line.StartsWith("LoadCredential=", StringComparison.Ordinal)).Select(line => line["LoadCredential=".Length..].Split(':')[0]).ToList();
        Assert.True(credentials.Count >= 3);
        Assert.All(credentials, credential => Assert.Single(lines, line => line.EndsWith($"File=%d/{credential}", StringComparison.Ordinal)));
        Assert.Equal(credentials.Count, lines.Count(line => line.Contains("=%d/", StringComparison.Ordinal)));
    }
}
