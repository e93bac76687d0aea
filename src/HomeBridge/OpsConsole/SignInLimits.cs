using HomeBridge.Hosting;

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

    private readonly FailureCounts _counts = new(time, Within);

    public static string AddressOf(HttpContext context) => FailureCounts.AddressOf(context);

    /// <summary>How long an address has to wait; null while it is within its limit.</summary>
    public TimeSpan? IsOver(string address) => _counts.Left("address", address, FailuresPerAddressMax);

    /// <summary>Counts a failure, and answers how long to wait when that was one too many.</summary>
    public TimeSpan? Failed(string address, string? name = null)
    {
        var wait = _counts.Count("address", address, FailuresPerAddressMax);
        return name is null ? wait : Longer(wait, _counts.Count("name", name, FailuresPerNameMax));
    }

    public static void SetRetryAfter(HttpContext context, TimeSpan wait) => FailureCounts.SetRetryAfter(context, wait);

    private static TimeSpan? Longer(TimeSpan? one, TimeSpan? other) => one > other || other is null ? one : other;
}
