using System.Security.Cryptography;

namespace HomeBridge.HomeGraph;

/// <summary>How long to wait after failures: doubling, with jitter so that those who failed together don't come back together.</summary>
internal sealed class BackOff(HomeGraphOptions options)
{
    /// <summary>The longest wait of our own choosing.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(5);

    /// <summary>The longest that the platform may ask for.</summary>
    private static readonly TimeSpan AskedMax = TimeSpan.FromHours(1);

    private const int DoublingsMax = 20;

    /// <param name="failures">In a row, before this one.</param>
    /// <param name="asked">What the platform asked for: never less than that.</param>
    public TimeSpan After(long failures, TimeSpan? asked = null)
    {
        var full = Math.Min(WaitMax.TotalMilliseconds, options.RetryDelay.TotalMilliseconds * (1L << (int)Math.Min(failures, DoublingsMax)));
        var wait = TimeSpan.FromMilliseconds((full / 2) + RandomNumberGenerator.GetInt32((int)(full / 2) + 1));
        return asked is not { } least || least <= wait ? wait : least < AskedMax ? least : AskedMax;
    }
}
