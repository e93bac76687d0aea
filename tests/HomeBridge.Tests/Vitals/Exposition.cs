using System.Globalization;
using System.Text.RegularExpressions;

namespace HomeBridge.Tests.Vitals;

/// <summary>A strict reader of the Prometheus text format 0.0.4: what it doesn't expect is an error.</summary>
internal sealed partial class Exposition
{
    private readonly Dictionary<string, string> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _samples = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> Types => _types;

    /// <summary>By name and labels, as they are written.</summary>
    public IReadOnlyDictionary<string, double> Samples => _samples;

    public IEnumerable<(string Name, IReadOnlyDictionary<string, string> Labels)> Series => _samples.Keys.Select(key =>
    {
        var match = Sample().Match(key + " 0");
        return (match.Groups["name"].Value, (IReadOnlyDictionary<string, string>)LabelsOf(match.Groups["labels"].Value, key));
    });

    public static Exposition Read(string text)
    {
        var read = new Exposition();
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', text);
        string? help = null, family = null;
        foreach (var line in text[..^1].Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                var match = Help().Match(line);
                Assert.True(match.Success, line);
                help = match.Groups["name"].Value;
                Assert.DoesNotContain(read._types.Keys, known => known == help);
            }
            else if (line.StartsWith('#'))
            {
                var match = TypeLine().Match(line);
                Assert.True(match.Success, line);
                family = match.Groups["name"].Value;
                Assert.True(family == help, $"The HELP before is for {help}: {line}");
                read._types.Add(family, match.Groups["type"].Value);
                Assert.True(match.Groups["type"].Value != "counter" || family.EndsWith("_total", StringComparison.Ordinal), line);
            }
            else
            {
                read.Take(line, family);
            }
        }

        read.CheckHistograms();
        return read;
    }

    private void Take(string line, string? family)
    {
        var match = Sample().Match(line);
        Assert.True(match.Success, line);
        Assert.NotNull(family);
        var name = match.Groups["name"].Value;
        string[] names = _types[family] == "histogram" ? [family + "_bucket", family + "_sum", family + "_count"] : [family];
        Assert.True(names.Contains(name), $"Not of {family}: {line}");
        LabelsOf(match.Groups["labels"].Value, line);
        var text = match.Groups["value"].Value;
        var value = text == "+Inf" ? double.PositiveInfinity : double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        Assert.True(_samples.TryAdd(line[..line.LastIndexOf(' ')], value), $"Twice: {line}");
    }

    private static Dictionary<string, string> LabelsOf(string text, string line)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        var matches = Label().Matches(text);
        Assert.True(string.Join(',', matches.Select(match => match.Value)) == text, line);
        foreach (Match match in matches)
        {
            Assert.True(labels.TryAdd(match.Groups["name"].Value, match.Groups["value"].Value), line);
        }

        return labels;
    }

    /// <summary>Buckets grow, end in +Inf, and +Inf is the count.</summary>
    private void CheckHistograms()
    {
        foreach (var family in _types.Where(type => type.Value == "histogram").Select(type => type.Key))
        {
            foreach (var group in Series.Where(series => series.Name == family + "_bucket")
                .GroupBy(series => string.Join(',', series.Labels.Where(label => label.Key != "le").Select(label => $"{label.Key}=\"{label.Value}\"")), StringComparer.Ordinal))
            {
                var rest = group.Key.Length == 0 ? "" : group.Key + ",";
                var buckets = group.Select(series => (
                    Bound: series.Labels["le"] == "+Inf" ? double.PositiveInfinity : double.Parse(series.Labels["le"], CultureInfo.InvariantCulture),
                    Count: _samples[$"{family}_bucket{{{rest}le=\"{series.Labels["le"]}\"}}"])).ToList();
                Assert.Equal(buckets.Select(bucket => bucket.Bound).Order(), buckets.Select(bucket => bucket.Bound));
                Assert.Equal(buckets.Select(bucket => bucket.Count).Order(), buckets.Select(bucket => bucket.Count));
                Assert.Equal(double.PositiveInfinity, buckets[^1].Bound);
                var labels = group.Key.Length == 0 ? "" : $"{{{group.Key}}}";
                Assert.Equal(buckets[^1].Count, _samples[$"{family}_count{labels}"]);
                Assert.True(_samples.ContainsKey($"{family}_sum{labels}"), group.Key);
            }
        }
    }

    [GeneratedRegex(@"\A# HELP (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<text>([^\\\n]|\\\\|\\n)*)\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Help();

    [GeneratedRegex(@"\A# TYPE (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<type>counter|gauge|histogram)\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TypeLine();

    [GeneratedRegex("""\A(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>[^\n]+)\})? (?<value>[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?|\+Inf|-Inf|NaN)\z""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Sample();

    [GeneratedRegex("""(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>([^"\\\n]|\\\\|\\"|\\n)*)(?:")""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Label();
}
