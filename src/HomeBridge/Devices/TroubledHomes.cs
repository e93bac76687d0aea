using System.Collections.Concurrent;

namespace HomeBridge.Devices;

/// <summary>
/// Homes (or cameras) whose calls fail again and again are set aside, with one call at a time to see whether that is
/// over. So one home in trouble costs the maker next to nothing, and its failures are too few to look like the maker's.
/// Only what fails is remembered, and only until it works again.
/// </summary>
internal sealed class TroubledHomes(TimeProvider time)
{
    /// <summary>Homes remembered at a time. When a whole maker fails there are more, and then its breaker opens.</summary>
    private const int TroubledMax = 10_000;

    /// <summary>A failure this long ago says nothing.</summary>
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Trouble> _troubles = new(StringComparer.Ordinal);

    public int SetAside => _troubles.Count(one => one.Value.Failures >= DeviceCloudLimits.FailuresInARowMax);

    /// <summary>Whether a home may be called; of a home that is set aside, one caller may now and then.</summary>
    public bool MayCall(string home)
    {
        if (!_troubles.TryGetValue(home, out var trouble) || trouble.Failures < DeviceCloudLimits.FailuresInARowMax)
        {
            return true;
        }

        // Whoever moves the time is the one who tries.
        return time.GetElapsedTime(trouble.At) >= DeviceCloudLimits.SetAsideFor
            && _troubles.TryUpdate(home, trouble with { At = time.GetTimestamp() }, trouble);
    }

    public void Succeeded(string home)
    {
        if (!_troubles.IsEmpty)
        {
            _troubles.TryRemove(home, out _);
        }
    }

    public void Failed(string home)
    {
        if (_troubles.Count >= TroubledMax && !_troubles.ContainsKey(home))
        {
            Forget();
            return;
        }

        _troubles.AddOrUpdate(
            home,
            static (_, now) => new Trouble(1, now),
            static (_, before, now) => new Trouble(before.Failures + 1, now),
            time.GetTimestamp());
    }

    private void Forget()
    {
        foreach (var (home, trouble) in _troubles)
        {
            if (time.GetElapsedTime(trouble.At) > ForgottenAfter)
            {
                _troubles.TryRemove(home, out _);
            }
        }
    }

    private sealed record Trouble(int Failures, long At);
}
