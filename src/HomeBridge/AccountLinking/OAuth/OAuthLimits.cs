using System.Collections.Concurrent;
using System.Globalization;
using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>
/// How much one address, one client and one link may ask for. Of an address only failures to say who it is are counted, so
/// that a platform with thousands of dead tokens is never shut out; what is beyond a limit is told when to come back.
/// </summary>
internal sealed class OAuthLimits(AccountLinkingOptions options, TimeProvider time)
{
    /// <summary>What is counted is forgotten after it.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(1);

    /// <summary>Requests of one client that are answered at one time: half of what the writer takes, so that there is room for others.</summary>
    private const int AtOncePerClientMax = BatchWriter.WaitingMax / 2;

    /// <summary>Links share so many counters: memory that doesn't grow, and two busy links in one are far from the limit still.</summary>
    private const int LinkCounters = 1 << 16;

    private readonly FailureCounts _addresses = new(time, Within);
    private readonly Lock _gate = new();
    private readonly int[] _refreshes = new int[LinkCounters];
    private readonly ConcurrentDictionary<string, int> _entered = new(StringComparer.Ordinal);
    private long _since = time.GetTimestamp();

    /// <summary>Seconds that an address has to wait; null while it is within its limit.</summary>
    public string? IsOver(string address) => Seconds(_addresses.Left("client", address, options.ClientFailuresPerAddressMax));

    /// <summary>An address did not say rightly which client it is.</summary>
    public void Failed(string address) => _addresses.Count("client", address, options.ClientFailuresPerAddressMax);

    /// <summary>An address begins to link; seconds to wait when that was one too many.</summary>
    public string? Attempted(string address) => Seconds(_addresses.Count("attempt", address, options.AttemptsPerAddressMax));

    /// <summary>A link was refreshed; seconds to wait when that was one too many.</summary>
    public string? Refreshed(AccountLinkId link)
    {
        lock (_gate)
        {
            var passed = time.GetElapsedTime(_since);
            if (passed >= Within)
            {
                Array.Clear(_refreshes);
                (_since, passed) = (time.GetTimestamp(), TimeSpan.Zero);
            }

            return ++_refreshes[(uint)link.Value.GetHashCode(StringComparison.Ordinal) % LinkCounters] > options.RefreshesPerLinkMax
                ? Seconds(Within - passed)
                : null;
        }
    }

    /// <summary>A place among the requests of a client; null when all are taken.</summary>
    public IDisposable? Enter(PlatformClient client)
    {
        if (_entered.AddOrUpdate(client.ClientId, 1, static (_, count) => count + 1) <= AtOncePerClientMax)
        {
            return new Place(this, client.ClientId);
        }

        Leave(client.ClientId);
        return null;
    }

    private void Leave(string clientId) => _entered.AddOrUpdate(clientId, 0, static (_, count) => count - 1);

    private static string? Seconds(TimeSpan? wait) => wait is { } left ? Math.Ceiling(left.TotalSeconds).ToString("0", CultureInfo.InvariantCulture) : null;

    private sealed class Place(OAuthLimits limits, string clientId) : IDisposable
    {
        private int _isLeft;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isLeft, 1) == 0)
            {
                limits.Leave(clientId);
            }
        }
    }
}
