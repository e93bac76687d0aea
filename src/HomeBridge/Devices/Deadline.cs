namespace HomeBridge.Devices;

/// <summary>
/// How long a caller still waits. A cancellation says only that the time is up; this also says how much is left, so that
/// whoever is called isn't left working for nobody.
/// </summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource? _end;
    private readonly ITimer? _timer;
    private readonly TimeProvider? _time;
    private readonly long _startedAt;
    private readonly TimeSpan _budget = TimeSpan.MaxValue;

    public Deadline(TimeSpan budget, TimeProvider time, CancellationToken cancel)
    {
        (_time, _startedAt, _budget) = (time, time.GetTimestamp(), budget);
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _timer = time.CreateTimer(static end => ((CancellationTokenSource)end!).Cancel(), _end, budget, Timeout.InfiniteTimeSpan);
        Token = _end.Token;
    }

    private Deadline(CancellationToken cancel) => Token = cancel;

    /// <summary>Cancelled when the time is up or the caller hung up.</summary>
    public CancellationToken Token { get; }

    /// <summary>What is left of the budget, never below zero.</summary>
    public TimeSpan Left => _time is null ? TimeSpan.MaxValue
        : _budget - _time.GetElapsedTime(_startedAt) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>A caller that waits until it hangs up.</summary>
    public static implicit operator Deadline(CancellationToken cancel) => new(cancel);

    public void Dispose()
    {
        _timer?.Dispose();
        _end?.Dispose();
    }
}
