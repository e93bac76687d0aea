using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace HomeBridge.Hosting;

/// <summary>
/// Counts failures by what is behind them, an address or a name, within a span of time; in memory, and not much of it. When there
/// are too many, those that failed least are forgotten: who is over a limit stays over it, and nobody pays for another's failures.
/// </summary>
internal sealed class FailureCounts(TimeProvider time, TimeSpan within)
{
    /// <summary>Counted of one kind at one time. Of another kind others are: names can't push out addresses.</summary>
    public const int CountsMax = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<string, (long Since, int Failures)>> _kinds = new(StringComparer.Ordinal);

    /// <summary>How long to wait; null while there were no more than <paramref name="max"/> failures.</summary>
    public TimeSpan? Left(string kind, string value, int max)
    {
        lock (_gate)
        {
            return _kinds.TryGetValue(kind, out var counts) && counts.TryGetValue(value, out var count) ? Left(count, max) : null;
        }
    }

    /// <summary>Counts a failure, and answers how long to wait when that was one too many.</summary>
    public TimeSpan? Count(string kind, string value, int max)
    {
        lock (_gate)
        {
            if (!_kinds.TryGetValue(kind, out var counts))
            {
                _kinds[kind] = counts = new(StringComparer.Ordinal);
            }

            if (counts.Count >= CountsMax && !counts.ContainsKey(value))
            {
                MakeRoom(counts);
            }

            var (since, failures) = counts.TryGetValue(value, out var found) && !IsOver(found.Since) ? found : (time.GetTimestamp(), 0);
            return Left(counts[value] = (since, failures + 1), max);
        }
    }

    /// <summary>A network of the size that one customer gets counts as one address.</summary>
    public static string AddressOf(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address.ToString();
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return $"{new IPAddress(bytes)}/64";
    }

    public static void SetRetryAfter(HttpContext context, TimeSpan wait) =>
        context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);

    private TimeSpan? Left((long Since, int Failures) count, int max) =>
        count.Failures > max && within - time.GetElapsedTime(count.Since) is var left && left > TimeSpan.Zero ? left : null;

    private bool IsOver(long since) => time.GetElapsedTime(since) >= within;

    /// <summary>Half of them at once, so that a flood sorts them seldom.</summary>
    private void MakeRoom(Dictionary<string, (long Since, int Failures)> counts)
    {
        foreach (var (value, _) in counts.Where(count => IsOver(count.Value.Since)).ToList())
        {
            counts.Remove(value);
        }

        if (counts.Count > CountsMax / 2)
        {
            foreach (var (value, _) in counts.OrderBy(count => count.Value.Failures).ThenBy(count => count.Value.Since).Take(CountsMax / 2).ToList())
            {
                counts.Remove(value);
            }
        }
    }
}
