using System.Buffers;
using System.Security.Cryptography;

namespace HomeBridge.Hosting.StrangersJson;

/// <summary>
/// Bytes in pieces, as they come. No piece is ever copied into a larger one, and none is so large that it would be a large
/// object: those are collected late and leave holes.
/// </summary>
internal sealed class ByteChunks(int expected = 0) : IBufferWriter<byte>
{
    private const int FirstBytes = 512;

    /// <summary>How far an announced length is believed: who announces much and sends nothing holds no more than this.</summary>
    private const int ExpectedBytesMax = 8 * 1024;
    private const int ChunkBytesMax = 32 * 1024;

    private Chunk? _first;
    private Chunk? _last;
    private byte[] _open = [];
    private int _used;

    public long Length => (_last is null ? 0 : _last.RunningIndex + _last.Memory.Length) + _used;

    /// <summary>All of it. Nothing may be written afterwards.</summary>
    public ReadOnlySequence<byte> ToSequence()
    {
        if (_first is null)
        {
            return new ReadOnlySequence<byte>(_open, 0, _used);
        }

        Close();
        return new ReadOnlySequence<byte>(_first, 0, _last!, _last!.Memory.Length);
    }

    /// <summary>Empty again, for more. What <see cref="ToSequence"/> gave is no longer there.</summary>
    public void Clear() => (_first, _last, _used) = (null, null, 0);

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _open.AsMemory(_used);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _open.AsSpan(_used);
    }

    public void Advance(int count) => _used += count;

    public void Put(byte one)
    {
        if (_used == _open.Length)
        {
            Reserve(1);
        }

        _open[_used++] = one;
    }

    /// <summary>SHA-256 of bytes in pieces, in lower-case hexadecimal.</summary>
    public static string Sha256(ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsSingleSegment)
        {
            return Convert.ToHexStringLower(SHA256.HashData(bytes.FirstSpan));
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var piece in bytes)
        {
            hash.AppendData(piece.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Everything that a stream has; false when that is more than <paramref name="bytesMax"/>.</summary>
    public async ValueTask<bool> ReadToEnd(Stream from, int bytesMax, CancellationToken cancel)
    {
        while (await from.ReadAsync(GetMemory(), cancel) is > 0 and var count)
        {
            Advance(count);
            if (Length > bytesMax)
            {
                return false;
            }
        }

        return true;
    }

    private void Reserve(int size)
    {
        if (_open.Length - _used >= size)
        {
            return;
        }

        if (_used > 0)
        {
            Close();
        }

        // Twice as much each time: what is small stays small, what is large has few pieces.
        var first = Math.Clamp(expected, FirstBytes, ExpectedBytesMax);
        _open = new byte[Math.Max(size, Math.Min(ChunkBytesMax, Math.Max(first, _open.Length * 2)))];
        _used = 0;
    }

    private void Close()
    {
        if (_used > 0)
        {
            var chunk = new Chunk(_open.AsMemory(0, _used), _last);
            _first ??= chunk;
            _last = chunk;
            _used = 0;
        }
    }

    private sealed class Chunk : ReadOnlySequenceSegment<byte>
    {
        public Chunk(ReadOnlyMemory<byte> memory, Chunk? before)
        {
            Memory = memory;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
