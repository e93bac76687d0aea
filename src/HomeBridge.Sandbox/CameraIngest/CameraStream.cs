namespace HomeBridge.Sandbox.CameraIngest;

/// <summary>One open stream. Whom it shows is a pointer, as at every maker: faults move it.</summary>
internal sealed class CameraStream(IngestedCamera asked, TimeProvider time)
{
    private readonly Lock _gate = new();
    private IngestedCamera _shown = asked;
    private DateTimeOffset _fetched = time.GetUtcNow();
    private bool _closed;

    /// <summary>Also the part of the path that nobody can guess.</summary>
    public string Id { get; } = Secrets.New();

    public string Token { get; } = Secrets.New();

    /// <summary>The camera that the stream was opened for.</summary>
    public IngestedCamera Asked { get; } = asked;

    /// <summary>The camera whose units it serves.</summary>
    public IngestedCamera Shown
    {
        get
        {
            lock (_gate)
                return _shown;
        }
    }

    /// <summary>Somebody closed it, and a fault let it go on.</summary>
    public bool GoesOnAfterClose { get; set; }

    public bool UnusedFor(TimeSpan limit)
    {
        lock (_gate)
            return time.GetUtcNow() - _fetched > limit;
    }

    public void Touch()
    {
        lock (_gate)
            _fetched = time.GetUtcNow();
    }

    /// <summary>Starts to watch; or, with another camera, watches that one from now on.</summary>
    public async Task ShowAsync(IngestedCamera camera)
    {
        Task ready;
        lock (_gate)
        {
            if (_closed || _shown == camera)
                return;
            ready = camera.WatchAsync();
            _shown.Unwatch();
            _shown = camera;
        }

        await ready;
    }

    public void Close()
    {
        lock (_gate)
        {
            if (_closed)
                return;
            _closed = true;
            _shown.Unwatch();
        }
    }
}
