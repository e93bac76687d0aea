using HomeBridge.Hosting.Replicas;

namespace HomeBridge.HomeGraph;

/// <summary>
/// The project's quota as a token bucket: all homes draw from it, whoever asked first is served first. A pause stops
/// everybody, for failures that are the project's and not a home's.
/// </summary>
internal sealed class RequestQuota : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly TimeProvider _time;
    private readonly ReplicaTurns? _turns;
    private readonly double _perSecond;
    private readonly double _burst;
    private double _tokens;
    private long _filledAt;
    private readonly Lock _pausing = new();
    private readonly BackOff _backOff;
    private long _pausedAt;
    private long _pausedUntil;
    private TimeSpan _pause;
    private int _refusals;

    /// <summary>
    /// A second's worth may go at once; the rest is paced so that no minute has more than the quota. With many replicas each has the
    /// part of the quota that its part of the homes is.
    /// </summary>
    public RequestQuota(HomeGraphOptions options, TimeProvider time, ReplicaTurns? turns = null)
    {
        _time = time;
        _turns = turns;
        _backOff = new BackOff(options);
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

    /// <summary>
    /// The project was refused: nobody goes for a while, longer each time. Calls that were under way when the pause
    /// began don't make it longer.
    /// </summary>
    public TimeSpan Refused(long started, TimeSpan? asked)
    {
        lock (_pausing)
        {
            if (_refusals == 0 || started >= _pausedAt)
            {
                _pause = _backOff.After(_refusals++, asked);
                _pausedAt = _time.GetTimestamp();
                Volatile.Write(ref _pausedUntil, _pausedAt + (long)(_pause.TotalSeconds * _time.TimestampFrequency));
            }

            return _pause;
        }
    }

    /// <summary>The project was served.</summary>
    public void Served(long started)
    {
        lock (_pausing)
        {
            _refusals = started >= _pausedAt ? 0 : _refusals;
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>How long until there is a token; null when there is one. At least a timer's tick, or it would spin.</summary>
    private TimeSpan? Missing()
    {
        var now = _time.GetTimestamp();
        var part = _turns is { AreShared: true } shared ? Math.Max(shared.PartOfHomes, 1.0 / Turn.HomeShares) : 1;
        var perSecond = _perSecond * part;
        _tokens = Math.Min(part < 1 ? Math.Max(1, _burst * part) : _burst, _tokens + (_time.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond));
        _filledAt = now;
        var paused = _time.GetElapsedTime(now, Volatile.Read(ref _pausedUntil));
        var missing = TimeSpan.FromSeconds(Math.Max(0, 1 - _tokens) / perSecond);
        var wait = paused > missing ? paused : missing;
        return wait <= TimeSpan.Zero ? null : wait < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : wait;
    }
}
