using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace HomeBridge.Hosting.StrangersJson;

/// <summary>Reads the characters of UTF-8 bytes, straight into the JSON reader's own buffer.</summary>
internal sealed class Utf8TextReader(ReadOnlySequence<byte> bytes) : TextReader
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private ReadOnlySequence<byte> _left = bytes;

    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    public override int Read(Span<char> buffer)
    {
        var written = 0;
        while (written == 0 && !_left.IsEmpty)
        {
            _decoder.Convert(_left.FirstSpan, buffer, flush: false, out var used, out written, out _);
            _left = _left.Slice(used);
        }

        return written;
    }

    public override int Read()
    {
        Span<char> one = stackalloc char[1];
        return Read(one) == 1 ? one[0] : -1;
    }

    public override int Peek() => -1;
}

/// <summary>Writes characters as UTF-8 bytes, without a buffer of its own.</summary>
internal sealed class Utf8TextWriter(IBufferWriter<byte> into) : TextWriter
{
    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        if (char.IsAscii(value))
        {
            into.GetSpan(1)[0] = (byte)value;
            into.Advance(1);
        }
        else
        {
            Write([value]);
        }
    }

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer)
    {
        while (!buffer.IsEmpty)
        {
            // Room for the longest character at least; half a surrogate pair becomes U+FFFD.
            Utf8.FromUtf16(buffer, into.GetSpan(4), out var used, out var written);
            into.Advance(written);
            buffer = buffer[used..];
        }
    }
}
