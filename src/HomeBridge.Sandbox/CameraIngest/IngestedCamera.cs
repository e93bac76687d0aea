using HomeBridge.Sandbox.DeviceCloud;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Sandbox.CameraIngest;

/// <summary>
/// One camera with the maker's ingest behind it, packing its pictures one way. It records only while somebody
/// watches, as battery cameras do.
/// </summary>
internal sealed class IngestedCamera(
    SandboxDevice device, MediaContainer container, CameraFactory cameras, MakerEvidence evidence, TimeProvider time)
    : IDisposable
{
    public const int UnitMilliseconds = 2000;

    private readonly CameraPictures _pictures = cameras(device.Name, device.CameraNumber!.Value, device.Id);
    private readonly Lock _gate = new();
    private int _watchers;
    private Recording? _recording;

    public SandboxDevice Device => device;

    public MediaContainer Container => container;

    public string? Codecs => _pictures.Codecs;

    public DeviceEvidenceKeys Keys { get; } = evidence.KeysOf(device.Id);

    /// <summary>Units of now, oldest first; empty while nobody watches.</summary>
    public IReadOnlyList<RecordedUnit> Live
    {
        get
        {
            lock (_gate)
                return _recording?.Units ?? [];
        }
    }

    /// <summary>One more watcher from now on; the task ends when the first units are there.</summary>
    public Task WatchAsync()
    {
        lock (_gate)
        {
            if (_watchers++ == 0)
                _recording = new Recording(this, time);
            return _recording!.Ready;
        }
    }

    public void Unwatch()
    {
        lock (_gate)
        {
            if (--_watchers > 0)
                return;
            _recording?.Dispose();
            _recording = null;
        }
    }

    /// <summary>What is recorded right now, or null.</summary>
    public StoredUnit? Find(UnitKind kind, long sequence)
    {
        Recording? recording;
        lock (_gate)
            recording = _recording;
        return kind == UnitKind.Init
            ? recording?.Init
            : recording?.Units.FirstOrDefault(unit => unit.Sequence == sequence)?.Unit;
    }

    /// <summary>A unit of this camera, watched or not: for faults that need one where none is due.</summary>
    public Task<StoredUnit> MakeAsync(UnitKind kind, long sequence) =>
        Find(kind, sequence) is { } recorded
            ? Task.FromResult(recorded)
            : Task.Run(() => Make(kind, sequence));

    public StoredUnit Make(UnitKind kind, long sequence) => kind == UnitKind.Init
        ? Store(kind, sequence, _pictures.EncodeInit(), time.GetUtcNow())
        : Store(kind, sequence, Encode(_pictures, sequence), CapturedAt(sequence));

    /// <summary>
    /// Another camera's pictures as if they had come over this one's connection: its name in the bytes, its
    /// keys, its statement.
    /// </summary>
    public StoredUnit MakeShowing(IngestedCamera other, long sequence) => Store(
        UnitKind.Segment, sequence,
        Encode(cameras(other.Device.Name, other.Device.CameraNumber!.Value, device.Id), sequence),
        CapturedAt(sequence));

    private byte[] Encode(CameraPictures pictures, long sequence) => container is MediaContainer.Fmp4
        ? pictures.EncodeUnit(sequence)
        : pictures.EncodeTransportStream!(sequence);

    /// <summary>Ingest: these bytes came over the connection that authenticated as this camera.</summary>
    public StoredUnit Store(UnitKind kind, long sequence, byte[] bytes, DateTimeOffset captured)
    {
        var unit = new MediaUnit(device.Id, kind, sequence, captured.ToUnixTimeMilliseconds(), bytes.Length);
        var arrived = kind == UnitKind.Init ? captured : captured.AddMilliseconds(UnitMilliseconds);
        return evidence.Store(unit, bytes, evidence.IngestKeyOf(device), arrived);
    }

    /// <summary>The maker shuts down, watched or not.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _recording?.Dispose();
            _recording = null;
        }
    }

    public static DateTimeOffset CapturedAt(long sequence) =>
        DateTimeOffset.FromUnixTimeMilliseconds(sequence * UnitMilliseconds);
}
