using HomeBridge.Sandbox.CameraPeers;

namespace HomeBridge.Sandbox.CameraIngest;

/// <summary>One open stream. Whom it shows is a pointer, as at every maker: faults move it.</summary>
internal sealed class CameraStream(IngestedCamera asked, bool isOfUnits, TimeProvider time)
{
    private readonly Lock _gate = new();
    private IngestedCamera _shown = asked;
    private CameraPeer? _peer;
    private DateTimeOffset _fetched = time.GetUtcNow();
    private bool _closed;

    /// <summary>Also the part of the path that nobody can guess.</summary>
    public string Id { get; } = Secrets.New();

    public string Token { get; } = Secrets.New();

    /// <summary>The camera that the stream was opened for.</summary>
    public IngestedCamera Asked { get; } = asked;

    /// <summary>Whether somebody fetches units of it; otherwise a peer connection is agreed on it.</summary>
    public bool IsOfUnits => isOfUnits;

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
            return _peer is null or { IsOver: true } && time.GetUtcNow() - _fetched > limit;
    }

    /// <summary>The one peer connection of this stream from now on; the one before is over.</summary>
    public void Attach(CameraPeer peer)
    {
        CameraPeer? ended;
        lock (_gate)
        {
            ended = _closed ? peer : _peer;
            _peer = _closed ? null : peer;
        }

        ended?.End();
    }

    /// <summary>Ends the peer connection of that id, if it is still there.</summary>
    public void EndPeer(string id)
    {
        CameraPeer? ended;
        lock (_gate)
            ended = _peer?.Id == id ? _peer : null;
        ended?.End();
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
            if (!isOfUnits)
            {
                // A peer connection shows what it showed; the next one shows that camera.
                _shown = camera;
                return;
            }

            ready = camera.WatchAsync();
            _shown.Unwatch();
            _shown = camera;
        }

        await ready;
    }

    public void Close()
    {
        CameraPeer? ended;
        lock (_gate)
        {
            if (_closed)
                return;
            _closed = true;
            (ended, _peer) = (_peer, null);
            if (isOfUnits)
                _shown.Unwatch();
        }

        ended?.End();
    }
}
