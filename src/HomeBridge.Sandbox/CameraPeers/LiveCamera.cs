using HomeBridge.Sandbox.CameraIngest;

namespace HomeBridge.Sandbox.CameraPeers;

/// <summary>
/// One camera's frames for its peer connections: encoded once for all of them, ten times a second, and only while there is
/// one.
/// </summary>
internal sealed class LiveCamera(Func<EncodeLive> start, TimeProvider time) : IDisposable
{
    private const int FrameMilliseconds = 100;

    /// <summary>Displays that lose packets ask and ask; a picture of its own costs ten times the bytes of another.</summary>
    private static readonly TimeSpan BetweenKeyFrames = TimeSpan.FromMilliseconds(300);

    private readonly Lock _gate = new();
    private CameraPeer[] _watchers = [];
    private CancellationTokenSource? _running;
    private bool _wantsKey;

    /// <summary>From now on it is sent every frame, first one that needs no other.</summary>
    public void Watch(CameraPeer peer)
    {
        lock (_gate)
        {
            _watchers = [.. _watchers, peer];
            _wantsKey = true;
            if (_running is null)
            {
                _running = new();
                _ = RunAsync(start(), _running.Token);
            }
        }
    }

    public void Unwatch(CameraPeer peer)
    {
        lock (_gate)
        {
            _watchers = [.. _watchers.Where(other => other != peer)];
            if (_watchers.Length == 0)
            {
                Stop();
            }
        }
    }

    public void WantKeyFrame()
    {
        lock (_gate)
        {
            _wantsKey = true;
        }
    }

    /// <summary>The maker shuts down, watched or not.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            Stop();
        }
    }

    private void Stop()
    {
        _running?.Cancel();
        _running?.Dispose();
        _running = null;
    }

    private async Task RunAsync(EncodeLive encode, CancellationToken stopped)
    {
        var last = long.MinValue;
        var keyAt = long.MinValue;
        try
        {
            while (!stopped.IsCancellationRequested)
            {
                var now = time.GetUtcNow().ToUnixTimeMilliseconds();
                var frame = now / FrameMilliseconds;
                if (frame <= last)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(((last + 1) * FrameMilliseconds) - now), time, stopped);
                    continue;
                }

                CameraPeer[] watchers;
                bool isKey;
                lock (_gate)
                {
                    watchers = _watchers;
                    isKey = _wantsKey && now - keyAt >= (long)BetweenKeyFrames.TotalMilliseconds;
                    _wantsKey &= !isKey;
                }

                var encoded = await Task.Run(() => encode(frame, isKey), stopped);
                (last, keyAt) = (frame, encoded.IsKey ? now : keyAt);
                foreach (var watcher in watchers)
                {
                    watcher.Show(encoded);
                }
            }
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            // The last watcher left.
        }
    }
}
