namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// Reads the raw byte sequence payload of one NAL unit bit by bit. Behind its end there are zeros, and a reader that
/// goes far beyond is told so.
/// </summary>
internal sealed class BitReader
{
    private const int BeyondMax = 64;

    private readonly byte[] _bytes;
    private readonly int _end;
    private int _position;

    /// <param name="nal">The unit after its header byte, with emulation prevention (ISO/IEC 14496-10 7.4.1).</param>
    public BitReader(ReadOnlySpan<byte> nal)
    {
        var length = 0;
        var zeros = 0;
        _bytes = new byte[nal.Length];
        foreach (var value in nal)
        {
            if (zeros >= 2 && value == 3)
            {
                zeros = 0;
                continue;
            }

            _bytes[length++] = value;
            zeros = value == 0 ? zeros + 1 : 0;
        }

        // The last bit that is set is rbsp_stop_one_bit.
        while (length > 0 && _bytes[length - 1] == 0)
        {
            length--;
        }

        _end = length == 0 ? 0 : (8 * length) - 1 - System.Numerics.BitOperations.TrailingZeroCount(_bytes[length - 1]);
    }

    /// <summary>more_rbsp_data, 7.2.</summary>
    public bool More => _position < _end;

    /// <summary>The next bits (at most 24), which stay.</summary>
    public uint Peek(int count)
    {
        var value = 0u;
        var first = _position >> 3;
        for (var index = first; index < first + 4; index++)
        {
            value = (value << 8) | (index < _bytes.Length ? _bytes[index] : 0u);
        }

        return value << (_position & 7) >> (32 - count);
    }

    public void Skip(int count)
    {
        _position += count;
        if (_position > _end + BeyondMax)
        {
            throw new InvalidDataException("A NAL unit ends too soon.");
        }
    }

    public uint Bits(int count)
    {
        if (count == 0)
        {
            return 0;
        }

        var value = Peek(count);
        Skip(count);
        return value;
    }

    public bool Flag() => Bits(1) != 0;

    /// <summary>The zeros before the next one, which is read too.</summary>
    public int Zeros()
    {
        var zeros = 0;
        while (!Flag())
        {
            if (++zeros > 24)
            {
                throw new InvalidDataException("A code word has no end.");
            }
        }

        return zeros;
    }

    /// <summary>ue(v).</summary>
    public int Unsigned()
    {
        var zeros = Zeros();
        return (1 << zeros) - 1 + (int)Bits(zeros);
    }

    /// <summary>se(v).</summary>
    public int Signed()
    {
        var code = Unsigned();
        return (code & 1) == 0 ? -(code >> 1) : (code + 1) >> 1;
    }
}
