namespace HomeBridge.OpsConsole;

/// <summary>
/// Counts failed sign-ins by address and by name, and nothing else: who signs in rightly is never counted. A name over its
/// limit is told to wait, but its right secret still opens: otherwise anybody could lock the person on call out.
/// </summary>
internal sealed class SignInLimits(TimeProvider time)
{
    /// <summary>Failures of one address within <see cref="Within"/>: a team behind one proxy mistypes less.</summary>
    public const int FailuresPerAddressMax = 30;

    /// <summary>Failures of one break-glass name within <see cref="Within"/>.</summary>
    public const int FailuresPerNameMax = 10;

    public static readonly TimeSpan Within = TimeSpan.FromMinutes(5);

    /// <summary>Addresses and names counted at one time; beyond them all new ones share a count.</summary>
    private const int CountsMax = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Kind, string Value), (long Since, int Failures)> _counts = [];

    /// <summary>How long an address has to wait; null while it is within its limit.</summary>
    public TimeSpan? IsOver(string address)
    {
        lock (_gate)
        {
            return Left(("address", address), FailuresPerAddressMax);
        }
    }

    /// <summary>Counts a failure, and answers how long to wait when that was one too many.</summary>
    public TimeSpan? Failed(string address, string? name = null)
    {
        lock (_gate)
        {
            var wait = Count(("address", address), FailuresPerAddressMax);
            return name is null ? wait : Longer(wait, Count(("name", name), FailuresPerNameMax));
        }
    }

    public static void SetRetryAfter(HttpContext context, TimeSpan wait) =>
        context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString("0", System.Globalization.CultureInfo.InvariantCulture);

    private static TimeSpan? Longer(TimeSpan? one, TimeSpan? other) => one > other || other is null ? one : other;

    private TimeSpan? Count((string Kind, string Value) key, int max)
    {
        if (!_counts.ContainsKey(key) && _counts.Count >= CountsMax)
        {
            foreach (var (old, count) in _counts.Where(count => time.GetElapsedTime(count.Value.Since) >= Within).ToList())
            {
                _counts.Remove(old);
            }

            key = _counts.Count >= CountsMax ? (key.Kind, "") : key;
        }

        var (since, failures) = _counts.TryGetValue(key, out var found) && time.GetElapsedTime(found.Since) < Within ? found : (time.GetTimestamp(), 0);
        _counts[key] = (since, failures + 1);
        return Left(key, max);
    }

    private TimeSpan? Left((string Kind, string Value) key, int max)
    {
        if (!_counts.TryGetValue(key, out var count) || count.Failures <= max)
        {
            return null;
        }

        var left = Within - time.GetElapsedTime(count.Since);
        return left > TimeSpan.Zero ? left : null;
    }
}
