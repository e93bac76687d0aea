using System.Globalization;
using System.Text;

namespace HomeBridge.Vitals;

/// <summary>The Prometheus text format, version 0.0.4.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string DroppedName = "homebridge_metrics_dropped_total";

    /// <summary>An instrument's name as Prometheus spells it: underscores, the unit, <c>_total</c> for counters.</summary>
    public static string NameOf(string instrument, string? unit, MeasuredKind kind)
    {
        var name = new StringBuilder(instrument.Length + 16);
        foreach (var letter in instrument)
        {
            name.Append(char.IsAsciiLetterOrDigit(letter) ? letter : '_');
        }

        // Units in braces are annotations (UCUM) and no part of a name.
        name.Append(unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" });
        return name.Append(kind is MeasuredKind.Counter ? "_total" : "").ToString();
    }

    public static string Write(IEnumerable<MeasuredInstrument> instruments, long dropped)
    {
        var text = new StringBuilder();
        foreach (var instrument in instruments)
        {
            Header(text, instrument.Name, instrument.Help, instrument.Kind);
            foreach (var series in instrument.AllSeries.Select(series => (Labels: Labels(series.Tags), Series: series)).OrderBy(one => one.Labels, StringComparer.Ordinal))
            {
                var (value, buckets) = series.Series.Read();
                if (instrument.Kind is MeasuredKind.Histogram)
                {
                    Histogram(text, instrument, series.Labels, value, buckets);
                }
                else
                {
                    Sample(text, instrument.Name, series.Labels, value);
                }
            }
        }

        Header(text, DroppedName, "Measurements that were dropped because an instrument has too many label sets.", MeasuredKind.Counter);
        Sample(text, DroppedName, "", dropped);
        return text.ToString();
    }

    private static void Header(StringBuilder text, string name, string help, MeasuredKind kind)
    {
        var escaped = help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {escaped}\n");
        text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {(kind switch { MeasuredKind.Counter => "counter", MeasuredKind.Histogram => "histogram", _ => "gauge" })}\n");
    }

    private static void Histogram(StringBuilder text, MeasuredInstrument instrument, string labels, double sum, long[] buckets)
    {
        var count = 0L;
        for (var index = 0; index < buckets.Length; index++)
        {
            count += buckets[index];
            var bound = index < instrument.Bounds.Length ? Number(instrument.Bounds[index]) : "+Inf";
            Sample(text, instrument.Name + "_bucket", labels.Length == 0 ? $"le=\"{bound}\"" : $"{labels},le=\"{bound}\"", count);
        }

        Sample(text, instrument.Name + "_sum", labels, sum);
        Sample(text, instrument.Name + "_count", labels, count);
    }

    private static void Sample(StringBuilder text, string name, string labels, double value) =>
        text.Append(name).Append(labels.Length == 0 ? "" : $"{{{labels}}}").Append(' ').Append(Number(value)).Append('\n');

    private static string Labels(IEnumerable<KeyValuePair<string, object?>> tags) => string.Join(',', tags.Select(tag =>
    {
        var name = string.Concat(tag.Key.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));
        var value = Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "";
        value = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return $"{name}=\"{value}\"";
    }));

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
