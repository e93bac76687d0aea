namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// Writes one raw byte sequence payload bit by bit and wraps it as a NAL unit with the start code emulation
/// prevention of ISO/IEC 14496-10 7.4.1. Exp-Golomb codes are those of 9.1.
/// </summary>
internal sealed class BitWriter(int capacity)
{
    private byte[] _bytes = new byte[capacity];
    private int _length;
    private ulong _pending;
    private int _pendingCount;

    /// <summary>Starts the next payload in the same memory.</summary>
    public void Clear()
    {
        _length = 0;
        _pending = 0;
        _pendingCount = 0;
    }

    /// <summary>Writes the low <paramref name="count"/> bits (at most 32), most significant first.</summary>
    public void Bits(uint value, int count)
    {
        _pending = (_pending << count) | value;
        _pendingCount += count;
        while (_pendingCount >= 8)
        {
            _pendingCount -= 8;
            if (_length == _bytes.Length)
            {
                Array.Resize(ref _bytes, _bytes.Length * 2);
            }

            _bytes[_length++] = (byte)(_pending >> _pendingCount);
        }
    }

    public void Flag(bool value) => Bits(value ? 1u : 0u, 1);

    /// <summary>ue(v).</summary>
    public void Unsigned(uint value)
    {
        var code = value + 1;
        var length = 32 - System.Numerics.BitOperations.LeadingZeroCount(code);
        Bits(0, length - 1);
        Bits(code, length);
    }

    /// <summary>se(v).</summary>
    public void Signed(int value) => Unsigned(value > 0 ? (uint)((2 * value) - 1) : (uint)(-2 * value));

    /// <summary>rbsp_trailing_bits, 7.3.2.11.</summary>
    public void TrailingBits()
    {
        Bits(1, 1);
        if (_pendingCount > 0)
        {
            Bits(0, 8 - _pendingCount);
        }
    }

    /// <summary>Appends the payload as a NAL unit without start code or length.</summary>
    public void AppendNalUnit(ByteWriter target, byte header)
    {
        target.Byte(header);
        var zeros = 0;
        for (var i = 0; i < _length; i++)
        {
            var value = _bytes[i];
            if (zeros == 2 && value <= 3)
            {
                target.Byte(3);
                zeros = 0;
            }

            target.Byte(value);
            zeros = value == 0 ? zeros + 1 : 0;
        }
    }
}
