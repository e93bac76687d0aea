namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// A simulated camera: from its name, its number and the time it makes H.264 in fragmented MP4 or a
/// transport stream that any player plays, in managed code. Every unit is a pure function of its sequence number; nothing is kept
/// between units, so any number of threads may ask.
/// </summary>
public sealed class CameraEncoder
{
    /// <summary>Frames of a unit.</summary>
    public const int FramesPerUnit = 20;

    /// <summary>Frames of a second.</summary>
    public const int FramesPerSecond = 10;

    /// <summary>The codecs parameter of RFC 6381: Constrained Baseline, level 3.</summary>
    public const string Codecs = "avc1.42C01E";

    /// <summary>The width of the picture in pixels.</summary>
    public const int Width = YuvPicture.Width;

    /// <summary>The height of the picture in pixels.</summary>
    public const int Height = YuvPicture.Height;

    /// <summary>What a unit plays.</summary>
    public static readonly TimeSpan UnitDuration = TimeSpan.FromSeconds(2);

    private static readonly long s_sequences =
        DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() / (long)UnitDuration.TotalMilliseconds;

    private readonly string _vendorDeviceId;
    private readonly CameraScene _scene;

    /// <param name="name">The name written into the picture.</param>
    /// <param name="number">
    /// The number in the block code, 0 to 65535; it also chooses hue and landscape.
    /// </param>
    /// <param name="vendorDeviceId">
    /// The maker's own id, printable ASCII; every unit carries it in a box.
    /// </param>
    public CameraEncoder(string name, int number, string vendorDeviceId)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, ushort.MaxValue);
        ArgumentException.ThrowIfNullOrEmpty(vendorDeviceId);
        if (vendorDeviceId.Any(static character => character is < ' ' or > '~'))
        {
            throw new ArgumentException("A vendor device id is printable ASCII.", nameof(vendorDeviceId));
        }

        _vendorDeviceId = vendorDeviceId;
        _scene = new CameraScene(name, (ushort)number);
    }

    /// <summary>The initialization segment: ftyp, the device id's uuid box, moov.</summary>
    public byte[] EncodeInit() => InitSegment.Write(_vendorDeviceId);

    /// <summary>
    /// The unit whose first frame was captured at <paramref name="sequence"/> times two seconds, Unix time.
    /// </summary>
    public byte[] EncodeUnit(long sequence)
    {
        Span<int> sizes = stackalloc int[FramesPerUnit];
        var samples = Encode(sequence, sizes);
        return MediaFragment.Write(_vendorDeviceId, sequence, sizes, samples.Written);
    }

    /// <summary>The same pictures as an MPEG-2 transport stream, which needs no initialization segment.</summary>
    public byte[] EncodeTransportStream(long sequence)
    {
        Span<int> sizes = stackalloc int[FramesPerUnit];
        var samples = Encode(sequence, sizes);
        return TransportStream.Write(_vendorDeviceId, sequence, sizes, samples.Written);
    }

    private ByteWriter Encode(long sequence, Span<int> sizes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sequence, s_sequences);
        var picture = new YuvPicture();
        var coder = new PictureCoder(picture);
        var samples = new ByteWriter(64 * 1024);
        for (var i = 0; i < FramesPerUnit; i++)
        {
            var start = samples.Length;
            var frame = (sequence * FramesPerUnit) + i;
            if (i == 0)
            {
                _scene.Paint(picture, frame);
            }
            else
            {
                _scene.Advance(picture, frame);
            }

            coder.Append(samples, i, (int)(sequence & 1));
            sizes[i] = samples.Length - start;
        }

        return samples;
    }
}
