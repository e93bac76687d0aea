using HomeBridge.Sandbox.CameraIngest;

namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// One camera's frames as they happen, for peer connections: each is a picture of its own or the difference from the one that
/// was encoded before it. Kept between frames, so one thread at a time.
/// </summary>
public sealed class LiveEncoder
{
    /// <summary>A frame that needs no other at each multiple of this counter: the day in the picture changes on one.</summary>
    private const int KeyFrameEvery = CameraEncoder.FramesPerUnit;

    /// <summary>NAL units stand behind their length.</summary>
    private const int LengthPrefix = 4;

    private readonly CameraScene _scene;
    private readonly YuvPicture _picture = new();
    private readonly PictureCoder _coder;
    private readonly ByteWriter _unit = new(64 * 1024);
    private long _frame = -1;
    private int _sinceKey;
    private int _keys;

    /// <param name="name">The name written into the picture.</param>
    /// <param name="number">The number in the block code, 0 to 65535.</param>
    public LiveEncoder(string name, int number)
    {
        _scene = new CameraScene(name, checked((ushort)number));
        _coder = new PictureCoder(_picture);
    }

    /// <summary>
    /// A later frame than the one before. Whoever misses one asks for a key frame; none is needed because frames were left out
    /// here.
    /// </summary>
    /// <param name="frame">Its counter: tenths of a second since the epoch.</param>
    /// <param name="isKey">Whether it must need no other.</param>
    public LiveFrame Encode(long frame, bool isKey)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(frame, _frame);
        isKey |= _frame < 0 || frame / KeyFrameEvery != _frame / KeyFrameEvery;
        if (isKey)
        {
            _scene.Paint(_picture, frame);
            (_sinceKey, _keys) = (0, _keys + 1);
        }
        else
        {
            for (var drawn = _frame + 1; drawn <= frame; drawn++)
            {
                _scene.Advance(_picture, drawn);
            }

            _sinceKey++;
        }

        _frame = frame;
        _unit.Clear();
        _coder.Append(_unit, _sinceKey, _keys & 1);
        var slice = _unit.Written[LengthPrefix..].ToArray();
        return new(frame * 1000 / CameraEncoder.FramesPerSecond, isKey, isKey ? [ParameterSets.Sequence(), ParameterSets.Picture(), slice] : [slice]);
    }
}
