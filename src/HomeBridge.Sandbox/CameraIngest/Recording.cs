using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Sandbox.CameraIngest;

internal sealed record RecordedUnit(long Sequence, StoredUnit Unit);

/// <summary>
/// What a camera records from its first watcher to its last: three units at once, then one at each two-second
/// boundary. A new watcher after the last one gets a new recording and nothing of this one.
/// </summary>
internal sealed class Recording : IDisposable
{
    private const int UnitsAtOnce = 3;

    /// <summary>The most that a live playlist may list.</summary>
    private const int UnitsKept = 6;

    /// <summary>A timer may fire a little early; a unit must not.</summary>
    private const int AfterTheBoundaryMilliseconds = 5;

    private readonly IngestedCamera _camera;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile RecordedUnit[] _units = [];
    private volatile StoredUnit? _init;

    public Recording(IngestedCamera camera, TimeProvider time)
    {
        _camera = camera;
        _time = time;
        var stopped = _stop.Token;
        _ = RecordAsync(stopped);
    }

    public Task Ready => _ready.Task;

    public StoredUnit? Init => _init;

    public IReadOnlyList<RecordedUnit> Units => _units;

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task RecordAsync(CancellationToken stopped)
    {
        try
        {
            while (!stopped.IsCancellationRequested)
            {
                // Encoding keeps a core busy: on a thread of its own it delays no request.
                await Task.Factory.StartNew(
                    () => CatchUp(stopped), CancellationToken.None, TaskCreationOptions.LongRunning,
                    TaskScheduler.Default);
                _ready.TrySetResult();
                var untilNext = IngestedCamera.UnitMilliseconds - (Now() % IngestedCamera.UnitMilliseconds);
                await Task.Delay(
                    TimeSpan.FromMilliseconds(untilNext + AfterTheBoundaryMilliseconds), _time, stopped);
            }
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            // The last watcher left.
        }
        catch (Exception broken)
        {
            // Whoever opens a stream learns it; a camera that broke later has no more units, and that shows
            // too.
            _ready.TrySetException(broken);
            throw;
        }
        finally
        {
            _ready.TrySetResult();
        }
    }

    private void CatchUp(CancellationToken stopped)
    {
        _init ??= _camera.Make(UnitKind.Init, 0);
        var newest = (Now() / IngestedCamera.UnitMilliseconds) - 1;
        var next = _units.Length == 0 ? long.MinValue : _units[^1].Sequence + 1;
        if (next <= newest - UnitsAtOnce)
        {
            // Too far behind to make up for: a playlist has no holes, so it starts over.
            _units = [];
            next = newest - UnitsAtOnce + 1;
        }

        for (; next <= newest && !stopped.IsCancellationRequested; next++)
            _units = [.. _units.TakeLast(UnitsKept - 1), new(next, _camera.Make(UnitKind.Segment, next))];
    }

    private long Now() => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
