namespace HomeBridge.Simulation.Clock;

/// <summary>
/// A world's time and its one thread. Whatever awaits inside comes back here, in an order that the seed decides; when
/// nothing is left to do the clock jumps to the next timer. Whatever comes back on another thread has escaped, and fails
/// the run.
/// </summary>
internal sealed class Clockwork(Dice dice) : TimeProvider
{
    /// <summary>More than any world takes: one that goes on is a loop without time.</summary>
    private const long StepsMax = 50_000_000;

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly List<(SendOrPostCallback Callback, object? State)> _ready = [];
    private readonly PriorityQueue<(Timer Timer, long Version), (long Due, ulong Tie)> _timers = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _now;
    private bool _stopped;
    private volatile bool _escaped;

    public long Steps { get; private set; }

    public TimeSpan Elapsed => new(_now);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => Start.AddTicks(_now);

    public long UnixMs => Start.ToUnixTimeMilliseconds() + (_now / TimeSpan.TicksPerMillisecond);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ThrowIfEscaped();
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Lets simulated time pass. Ends early, without an exception, when cancelled.</summary>
    public async Task Wait(TimeSpan time, CancellationToken cancel = default) =>
        await Task.Delay(time, this, cancel).ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>No step after this one.</summary>
    public void Stop() => _stopped = true;

    public void ThrowIfEscaped()
    {
        if (_escaped || Environment.CurrentManagedThreadId != _thread)
        {
            throw new InvalidOperationException("Something left the world's thread: a wait without TimeProvider, or without its context.");
        }
    }

    /// <summary>Runs until the task is done or the world was stopped.</summary>
    public void Run(Func<Task> life)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new Context(this));
        try
        {
            var task = life();
            while (!_stopped && !task.IsCompleted)
            {
                if (++Steps > StepsMax)
                {
                    throw new InvalidOperationException("The world goes on without time passing.");
                }

                Step();
            }

            if (task.IsFaulted)
            {
                task.GetAwaiter().GetResult();
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private void Step()
    {
        ThrowIfEscaped();
        if (_ready.Count > 0)
        {
            var index = _ready.Count == 1 ? 0 : dice.Below(_ready.Count);
            var (callback, state) = _ready[index];
            _ready[index] = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
            callback(state);
        }
        else if (_timers.TryDequeue(out var next, out var at))
        {
            if (next.Version == next.Timer.Version)
            {
                _now = Math.Max(_now, at.Due);
                next.Timer.Fire();
            }
        }
        else
        {
            throw new InvalidOperationException("Nothing will ever happen again, but somebody waits: it escaped or was forgotten.");
        }
    }

    private sealed class Context(Clockwork clock) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
            if (Environment.CurrentManagedThreadId == clock._thread)
            {
                clock._ready.Add((d, state));
            }
            else
            {
                // Told by the next step: what is thrown on a thread of the pool ends the process.
                clock._escaped = true;
            }
        }

        public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

        public override SynchronizationContext CreateCopy() => this;
    }

    private sealed class Timer(Clockwork clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public long Version { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock.ThrowIfEscaped();
            Version++;
            _period = period;
            if (dueTime >= TimeSpan.Zero)
            {
                clock._timers.Enqueue((this, Version), (clock._now + dueTime.Ticks, clock.Tie()));
            }

            return true;
        }

        public void Fire()
        {
            if (_period > TimeSpan.Zero)
            {
                clock._timers.Enqueue((this, Version), (clock._now + _period.Ticks, clock.Tie()));
            }

            callback(state);
        }

        public void Dispose() => Version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private ulong Tie() => dice.Next();
}
