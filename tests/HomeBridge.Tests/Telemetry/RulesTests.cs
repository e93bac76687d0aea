using System.Text.Json;
using System.Text.RegularExpressions;
using HomeBridge.Tests.Deploy;
using HomeBridge.Tests.House;
using HomeBridge.Tests.Vitals;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Telemetry;

/// <summary>Alarm rules and dashboards: what they ask for is what a bridge tells, and they ring when they should.</summary>
[Collection(SandboxCollection.Name)]
public sealed partial class RulesTests(SandboxFixture sandbox)
{
    private static readonly string Rules = Path.Combine(Repository.Root, "deploy", "prometheus");
    private static readonly string Boards = Path.Combine(Repository.Root, "deploy", "grafana");

    [Fact]
    public async Task Promtool_accepts_the_rules_and_they_ring_when_they_should()
    {
        var config = await Tool.Run("promtool", ["check", "config", "prometheus.yml"], Rules);
        Assert.True(config.Code == 0, config.Output);
        var rings = await Tool.Run("promtool", ["test", "rules", "rules.test.yml"], Rules);
        Assert.True(rings.Code == 0, rings.Output);
    }

    [Fact]
    public void Every_alarm_leads_to_a_page_and_the_bridges_own_are_all_handed_on()
    {
        var rules = string.Concat(Directory.GetFiles(Rules, "*.rules.yml").Select(File.ReadAllText));
        var pages = Page().Matches(rules).Select(match => match.Groups["page"].Value).ToList();
        Assert.NotEmpty(pages);
        Assert.All(pages.Where(page => !page.Contains("{{", StringComparison.Ordinal)), page => Assert.True(File.Exists(Path.Combine(Repository.Root, page)), page));

        var tickets = HomeBridge.Alarms.Alarm.All.Where(alarm => !alarm.IsPage).Select(alarm => alarm.Name).Order(StringComparer.Ordinal);
        Assert.Contains($"alarm!~\"{string.Join('|', tickets)}\"", rules, StringComparison.Ordinal);
        Assert.Contains($"alarm=~\"{string.Join('|', tickets)}\"", rules, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_metric_and_label_that_is_asked_for_is_one_that_a_bridge_tells()
    {
        var home = await sandbox.Link("maple");
        await home.Query(await home.Device("Kitchen light"), "dev_not_there");
        var viewer = await home.Watch(await home.Device("Front door camera"));
        await viewer.Enter();
        await viewer.Poll();
        await viewer.Fetch(viewer.Init);
        await viewer.Fetch(viewer.Units[0]);
        await home.Disconnect();
        var told = Exposition.Read(await sandbox.Http.GetStringAsync(new Uri(sandbox.Ops, "/metrics")));
        var labels = told.Series.GroupBy(series => series.Name, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.SelectMany(series => series.Labels.Keys).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        var recorded = Record().Matches(File.ReadAllText(Path.Combine(Rules, "recording.rules.yml"))).Select(match => match.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);
        Assert.NotEmpty(recorded);

        var asked = Expressions().ToList();
        Assert.True(asked.Count > 60, $"{asked.Count}");
        foreach (var expression in asked)
        {
            var metrics = Metric().Matches(Grouping().Replace(expression, "")).Where(match => !match.Groups["name"].Value.Contains(':', StringComparison.Ordinal)).ToList();
            Assert.All(Recorded().Matches(expression), match => Assert.Contains(match.Value, recorded));
            foreach (var name in metrics.Select(match => match.Groups["name"].Value))
            {
                Assert.True(IsTold(told, name), $"No bridge tells {name}: {expression}");
            }

            // Prometheus adds `instance` and `job` to whatever it scrapes.
            foreach (var match in metrics.Where(match => labels.ContainsKey(match.Groups["name"].Value)))
            {
                var known = labels[match.Groups["name"].Value];
                Assert.All(
                    Label().Matches(match.Groups["selector"].Value).Select(label => label.Groups["name"].Value),
                    label => Assert.True(known.Contains(label), $"{match.Groups["name"].Value} has no label {label}: {expression}"));
            }
        }
    }

    private static bool IsTold(Exposition told, string name) => name == "up" || told.Types.ContainsKey(name)
        || (told.Types.GetValueOrDefault(Suffix().Replace(name, "")) == "histogram" && Suffix().IsMatch(name));

    /// <summary>Whatever dashboards and rules ask of Prometheus.</summary>
    private static IEnumerable<string> Expressions()
    {
        foreach (var file in Directory.GetFiles(Boards, "*.json"))
        {
            using var board = JsonDocument.Parse(File.ReadAllText(file));
            var ids = new HashSet<int>();
            foreach (var panel in board.RootElement.GetProperty("panels").EnumerateArray())
            {
                Assert.True(ids.Add(panel.GetProperty("id").GetInt32()), $"{file}: a panel's id is there twice.");
                Assert.False(string.IsNullOrWhiteSpace(panel.GetProperty("title").GetString()));
                foreach (var target in panel.GetProperty("targets").EnumerateArray())
                {
                    yield return target.GetProperty("expr").GetString()!;
                }
            }
        }

        foreach (var file in Directory.GetFiles(Rules, "*.rules.yml"))
        {
            foreach (var group in YamlDocuments.Read(file).SelectMany(document => YamlDocuments.List(document, "groups")))
            {
                foreach (var rule in YamlDocuments.List(group, "rules"))
                {
                    yield return YamlDocuments.Text(rule, "expr");
                }
            }
        }
    }

    [GeneratedRegex("""runbook: "?(?<page>[^"\n]+)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Page();

    [GeneratedRegex("record: (?<name>[a-z0-9_:]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Record();

    [GeneratedRegex("homebridge:[a-z_]+:[a-z0-9_:]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Recorded();

    [GeneratedRegex(@"\b(?<name>(homebridge|http|kestrel|dotnet|aspnetcore)_[a-z0-9_]+|up(?=\{))(\{(?<selector>[^}]*)\})?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Metric();

    /// <summary>Names of labels, not of metrics.</summary>
    [GeneratedRegex(@"\b(by|on|without) ?\([^)]*\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Grouping();

    [GeneratedRegex("(?<name>[a-z_]+)(=|!)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Label();

    [GeneratedRegex("_(bucket|sum|count)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Suffix();
}
