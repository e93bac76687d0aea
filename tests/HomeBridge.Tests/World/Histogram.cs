using System.Globalization;
using System.Text;

namespace HomeBridge.Tests.World;

/// <summary>Measured times as bars of text: each bin with its share, those that nothing fell into too, and the percentiles below.</summary>
internal static class Histogram
{
    private const int BarMax = 60;

    /// <summary>What lies beyond is one line: a single late one would draw a page of empty bins.</summary>
    private const int BinsMax = 24;

    /// <param name="title">What was measured, and how.</param>
    /// <param name="milliseconds">Each time.</param>
    /// <param name="binMilliseconds">The width of a bin.</param>
    public static string Draw(string title, IEnumerable<double> milliseconds, int binMilliseconds)
    {
        var sorted = milliseconds.Order().ToArray();
        var bins = sorted.CountBy(one => Math.Min(BinsMax, (int)(one / binMilliseconds))).ToDictionary();
        var (most, text) = (bins.Count == 0 ? 1 : bins.Values.Max(), new StringBuilder());
        text.Append(CultureInfo.InvariantCulture, $"{title}\n\n      ms  count  share\n");
        for (var bin = bins.Keys.DefaultIfEmpty().Min(); bin <= bins.Keys.DefaultIfEmpty().Max(); bin++)
        {
            var count = bins.GetValueOrDefault(bin);
            var from = bin == BinsMax ? $"from {bin * binMilliseconds}" : $"{bin * binMilliseconds}-{(bin + 1) * binMilliseconds}";
            text.Append(CultureInfo.InvariantCulture, $"{from,8} {count,6} {(sorted.Length == 0 ? 0 : 100.0 * count / sorted.Length),5:0.0}%  {new string('#', (int)Math.Ceiling((double)BarMax * count / most))}\n");
        }

        double At(double share) => sorted.Length == 0 ? double.NaN : sorted[(int)(share * (sorted.Length - 1))];
        text.Append(CultureInfo.InvariantCulture, $"\n{sorted.Length} measured: youngest {At(0):0} ms, median {At(0.5):0} ms, p90 {At(0.9):0} ms, p95 {At(0.95):0} ms, p99 {At(0.99):0} ms, oldest {At(1):0} ms\n");
        return text.ToString();
    }
}
