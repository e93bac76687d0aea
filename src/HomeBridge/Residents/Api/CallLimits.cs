using System.Collections.Concurrent;

namespace HomeBridge.Residents.Api;

/// <summary>How often one session of the companion app may call: so many calls in a minute.</summary>
internal sealed class CallLimits(TimeProvider time)
{
    /// <summary>An app that looks every second, with room for a hand that presses buttons.</summary>
    public const int CallsPerMinute = 120;

    /// <summary>Sessions that are remembered before those of past minutes are forgotten.</summary>
    private const int RememberedMax = 10_000;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (DateTimeOffset Begun, int Calls)> _sessions = new(StringComparer.Ordinal);

    private long _sweptAt;

    /// <summary>Null when the call may be made, else how long to wait.</summary>
    public TimeSpan? Wait(string session)
    {
        var now = time.GetUtcNow();
        if (_sessions.Count > RememberedMax && now.UtcTicks - Interlocked.Read(ref _sweptAt) >= Window.Ticks)
        {
            Interlocked.Exchange(ref _sweptAt, now.UtcTicks);
            foreach (var old in _sessions.Where(one => now - one.Value.Begun >= Window))
            {
                _sessions.TryRemove(old);
            }
        }

        var (begun, calls) = _sessions.AddOrUpdate(
            session, _ => (now, 1), (_, had) => now - had.Begun >= Window ? (now, 1) : (had.Begun, had.Calls + 1));
        return calls > CallsPerMinute ? begun + Window - now : null;
    }
}
