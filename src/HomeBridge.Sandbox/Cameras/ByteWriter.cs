using System.Buffers.Binary;
using System.Text;

namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// A growing run of big-endian bytes in which ISO base media boxes get their size when they end.
/// </summary>
internal sealed class ByteWriter(int capacity)
{
    private byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    /// <summary>Starts anew in the same memory.</summary>
    public void Clear() => Length = 0;

    public void Byte(byte value)
    {
        Grow(1);
        _bytes[Length++] = value;
    }

    public void UInt16(int value) => BinaryPrimitives.WriteUInt16BigEndian(Take(2), (ushort)value);

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Take(8), value);

    public void Ascii(string value) => Encoding.ASCII.GetBytes(value, Take(value.Length));

    public void Raw(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    public void Zeros(int count) => Take(count).Clear();

    /// <summary>Fills in a 32-bit number left open before, e.g. a size or an offset.</summary>
    public void Patch(int position, uint value) =>
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(position, 4), value);

    /// <summary>Begins a box (ISO/IEC 14496-12 4.2) and answers where it begins.</summary>
    public int Begin(string type)
    {
        var start = Length;
        UInt32(0);
        Ascii(type);
        return start;
    }

    /// <summary>Begins a full box: a box with version and flags.</summary>
    public int Begin(string type, byte version, uint flags)
    {
        var start = Begin(type);
        UInt32(((uint)version << 24) | flags);
        return start;
    }

    /// <summary>Ends the box that began at <paramref name="start"/>.</summary>
    public void End(int start) => Patch(start, (uint)(Length - start));

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public byte[] ToArray() => Written.ToArray();

    private Span<byte> Take(int count)
    {
        Grow(count);
        var span = _bytes.AsSpan(Length, count);
        Length += count;
        return span;
    }

    private void Grow(int count)
    {
        if (Length + count > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + count));
        }
    }
}
