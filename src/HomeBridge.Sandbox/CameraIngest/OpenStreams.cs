using System.Collections.Concurrent;
using HomeBridge.Sandbox.DeviceCloud;
using HomeBridge.Sandbox.Faults;
using HomeBridge.Sandbox.Incidents;
using HomeBridge.Streaming;

namespace HomeBridge.Sandbox.CameraIngest;

/// <summary>All open streams of the maker.</summary>
internal sealed class OpenStreams : IDisposable
{
    /// <summary>
    /// Above the bridge's own limit of sessions, so that the bridge's is the one that shows.
    /// </summary>
    private const int MostForOneCamera = 1000;

    private static readonly TimeSpan UnusedLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, CameraStream> _streams = new(StringComparer.Ordinal);
    private readonly MakerCameras _cameras;
    private readonly FaultBoard _faults;
    private readonly StreamIncidents _incidents;
    private readonly TimeProvider _time;
    private readonly ITimer _sweep;

    public OpenStreams(MakerCameras cameras, FaultBoard faults, TimeProvider time)
    {
        _cameras = cameras;
        _faults = faults;
        _incidents = new StreamIncidents(cameras, faults);
        _time = time;
        _sweep = time.CreateTimer(
            _ => CloseWhere(stream => stream.UnusedFor(UnusedLimit)), null, SweepEvery, SweepEvery);
    }

    /// <summary>
    /// Opens a stream and waits for its first units, where it is of units; null when the camera has too many.
    /// </summary>
    public async Task<CameraStream?> OpenAsync(SandboxDevice device, MediaContainer container, bool isOfUnits = true)
    {
        var camera = _cameras[device, container];
        if (_streams.Values.Count(open => open.Asked == camera) >= MostForOneCamera)
            return null;
        var stream = new CameraStream(camera, isOfUnits, _time);
        var ready = isOfUnits ? camera.WatchAsync() : Task.CompletedTask;
        _streams[stream.Id] = stream;
        try
        {
            await ready;
            if (_faults.Hits(MediaFaults.MappingMixup, device))
                await stream.ShowAsync(_cameras.StrangerTo(camera));
        }
        catch
        {
            Remove(stream);
            throw;
        }

        if (device.CanStream)
            return stream;
        Remove(stream);
        return null;
    }

    /// <summary>The stream of that id, if it still runs.</summary>
    public async Task<CameraStream?> FindAsync(string streamId)
    {
        if (!_streams.TryGetValue(streamId, out var stream))
            return null;
        if (stream.UnusedFor(UnusedLimit))
        {
            Remove(stream);
            return null;
        }

        if (_faults.Hits(MediaFaults.IdCollision, stream.Asked.Device))
            await stream.ShowAsync(_cameras.StrangerTo(stream.Asked));
        else if (_incidents.ShownInstead(stream) is { } other)
            await stream.ShowAsync(other);
        return stream;
    }

    public void Close(string deviceId, string streamId)
    {
        if (!_streams.TryGetValue(streamId, out var stream) || stream.Asked.Device.Id != deviceId)
            return;
        if (_faults.Hits(MediaFaults.IgnoreClose, stream.Asked.Device)
            || _faults.Hits(IncidentCatalogue.UnheardRevocation.Kind, stream.Asked.Device))
            stream.GoesOnAfterClose = true;
        else
            Remove(stream);
    }

    /// <summary>A camera went offline or was switched off: its streams end, they don't wait for it.</summary>
    public void CloseAllOf(SandboxDevice device) => CloseWhere(stream => stream.Asked.Device == device);

    /// <summary>
    /// No stream that a fault bent survives the fault: pointers go back, closed means closed.
    /// </summary>
    public async Task UndoFaultsAsync()
    {
        CloseWhere(stream => stream.GoesOnAfterClose);
        foreach (var stream in _streams.Values)
            await stream.ShowAsync(stream.Asked);
    }

    public void Dispose()
    {
        _sweep.Dispose();
        CloseWhere(_ => true);
    }

    private void CloseWhere(Func<CameraStream, bool> condition)
    {
        foreach (var stream in _streams.Values.Where(condition))
            Remove(stream);
    }

    private void Remove(CameraStream stream)
    {
        _streams.TryRemove(stream.Id, out _);
        stream.Close();
    }
}
