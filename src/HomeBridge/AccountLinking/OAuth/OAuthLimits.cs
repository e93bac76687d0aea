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

    /// <summary>Addresses and links counted at one time; beyond them all new ones share a count.</summary>
    private const int CountsMax = 50_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Kind, string Value), (long Since, int Count)> _counts = [];
    private readonly ConcurrentDictionary<string, int> _entered = new(StringComparer.Ordinal);

    /// <summary>Seconds that an address has to wait; null while it is within its limit.</summary>
    public string? IsOver(string address)
    {
        lock (_gate)
        {
            return Left(("address", address), options.ClientFailuresPerAddressMax);
        }
    }

    /// <summary>An address did not say rightly which client it is.</summary>
    public void Failed(string address) => Count(("address", address), options.ClientFailuresPerAddressMax);

    /// <summary>An address begins to link; seconds to wait when that was one too many.</summary>
    public string? Attempted(string address) => Count(("attempt", address), options.AttemptsPerAddressMax);

    /// <summary>A link was refreshed; seconds to wait when that was one too many.</summary>
    public string? Refreshed(AccountLinkId link) => Count(("link", link.Value), options.RefreshesPerLinkMax);

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

    private string? Count((string Kind, string Value) key, int max)
    {
        lock (_gate)
        {
            if (_counts.Count >= CountsMax && !_counts.ContainsKey(key))
            {
                foreach (var old in _counts.Where(count => time.GetElapsedTime(count.Value.Since) >= Within).Select(count => count.Key).ToList())
                {
                    _counts.Remove(old);
                }

                key = _counts.Count >= CountsMax ? (key.Kind, "") : key;
            }

            var (since, count) = _counts.TryGetValue(key, out var found) && time.GetElapsedTime(found.Since) < Within ? found : (time.GetTimestamp(), 0);
            _counts[key] = (since, count + 1);
            return Left(key, max);
        }
    }

    private string? Left((string Kind, string Value) key, int max)
    {
        if (!_counts.TryGetValue(key, out var found) || found.Count <= max)
        {
            return null;
        }

        var left = Within - time.GetElapsedTime(found.Since);
        return left > TimeSpan.Zero ? Math.Ceiling(left.TotalSeconds).ToString("0", CultureInfo.InvariantCulture) : null;
    }

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
