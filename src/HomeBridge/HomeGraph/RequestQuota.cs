namespace HomeBridge.HomeGraph;

/// <summary>
/// The project's quota as a token bucket: all homes draw from it, whoever asked first is served first. A pause stops
/// everybody, for failures that are the project's and not a home's.
/// </summary>
internal sealed class RequestQuota : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly TimeProvider _time;
    private readonly double _perSecond;
    private readonly double _burst;
    private double _tokens;
    private long _filledAt;
    private long _pausedUntil;

    /// <summary>A second's worth may go at once; the rest is paced so that no minute has more than the quota.</summary>
    public RequestQuota(HomeGraphOptions options, TimeProvider time)
    {
        _time = time;
        _burst = options.RequestsPerMinute / 60.0;
        _perSecond = (options.RequestsPerMinute - _burst) / 60;
        _tokens = _burst;
        _filledAt = time.GetTimestamp();
    }

    /// <summary>Returns when one request may go.</summary>
    public async Task Take(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            while (Missing() is { } wait)
            {
                await Task.Delay(wait, _time, cancel);
            }

            _tokens--;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Nobody goes before then. A shorter pause does not end a longer one.</summary>
    public void Pause(TimeSpan time)
    {
        var until = _time.GetTimestamp() + (long)(time.TotalSeconds * _time.TimestampFrequency);
        for (var known = Volatile.Read(ref _pausedUntil); known < until; known = Volatile.Read(ref _pausedUntil))
        {
            Interlocked.CompareExchange(ref _pausedUntil, until, known);
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>How long until there is a token; null when there is one. At least a timer's tick, or it would spin.</summary>
    private TimeSpan? Missing()
    {
        var now = _time.GetTimestamp();
        _tokens = Math.Min(_burst, _tokens + (_time.GetElapsedTime(_filledAt, now).TotalSeconds * _perSecond));
        _filledAt = now;
        var paused = _time.GetElapsedTime(now, Volatile.Read(ref _pausedUntil));
        var missing = TimeSpan.FromSeconds(Math.Max(0, 1 - _tokens) / _perSecond);
        var wait = paused > missing ? paused : missing;
        return wait <= TimeSpan.Zero ? null : wait < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : wait;
    }
}
