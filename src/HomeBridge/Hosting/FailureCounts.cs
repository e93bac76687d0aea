using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace HomeBridge.Hosting;

/// <summary>Counts failures by what is behind them, an address or a name, within a span of time; in memory, and not much of it.</summary>
internal sealed class FailureCounts(TimeProvider time, TimeSpan within)
{
    /// <summary>Addresses and names counted at one time; beyond them all new ones share a count.</summary>
    private const int CountsMax = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Kind, string Value), (long Since, int Failures)> _counts = [];

    /// <summary>How long to wait; null while there were no more than <paramref name="max"/> failures.</summary>
    public TimeSpan? Left(string kind, string value, int max)
    {
        lock (_gate)
        {
            return Left((kind, value), max);
        }
    }

    /// <summary>Counts a failure, and answers how long to wait when that was one too many.</summary>
    public TimeSpan? Count(string kind, string value, int max)
    {
        lock (_gate)
        {
            var key = (kind, value);
            if (!_counts.ContainsKey(key) && _counts.Count >= CountsMax)
            {
                foreach (var (old, _) in _counts.Where(count => time.GetElapsedTime(count.Value.Since) >= within).ToList())
                {
                    _counts.Remove(old);
                }

                key = _counts.Count >= CountsMax ? (kind, "") : key;
            }

            var (since, failures) = _counts.TryGetValue(key, out var found) && time.GetElapsedTime(found.Since) < within ? found : (time.GetTimestamp(), 0);
            _counts[key] = (since, failures + 1);
            return Left(key, max);
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

    private TimeSpan? Left((string Kind, string Value) key, int max)
    {
        if (!_counts.TryGetValue(key, out var count) || count.Failures <= max)
        {
            return null;
        }

        var left = within - time.GetElapsedTime(count.Since);
        return left > TimeSpan.Zero ? left : null;
    }
}
