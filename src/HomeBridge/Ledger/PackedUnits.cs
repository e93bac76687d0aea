using System.Security.Cryptography;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.Ledger;

/// <summary>One released unit as it is remembered.</summary>
internal sealed record ReleasedUnit(UnitKind Kind, long Sequence, string Sha256, int Bytes, bool Cut, DateTimeOffset At);

/// <summary>
/// The units of one row as bytes. Each is a flags byte, the sequence and the time as differences to the unit before,
/// the bytes that left, and the whole SHA-256. Numbers are LEB128, differences zigzag: a unit takes 40 bytes or so.
/// </summary>
internal static class PackedUnits
{
    private const byte SegmentFlag = 1;
    private const byte CutFlag = 2;
    private const byte PeerFlag = 4;
    private const int NumberLengthMax = 10;

    public static byte[] Pack(IReadOnlyList<UnitReleased> units, long firstAt)
    {
        var packed = new byte[units.Count * (1 + (3 * NumberLengthMax) + SHA256.HashSizeInBytes)];
        var (length, sequence, at) = (0, 0L, firstAt);
        foreach (var unit in units)
        {
            packed[length++] = (byte)((unit.Kind is UnitKind.Segment ? SegmentFlag : unit.Kind is UnitKind.Peer ? PeerFlag : 0) | (unit.Cut ? CutFlag : 0));
            Write(packed, ref length, ZigZag(unit.Sequence - sequence));
            Write(packed, ref length, ZigZag(unit.AtUnixMs - at));
            Write(packed, ref length, (ulong)unit.Bytes);
            unit.Sha256.CopyTo(packed, length);
            length += SHA256.HashSizeInBytes;
            (sequence, at) = (unit.Sequence, unit.AtUnixMs);
        }

        return packed[..length];
    }

    public static IEnumerable<ReleasedUnit> Unpack(byte[] packed, long firstAt)
    {
        var (position, sequence, at) = (0, 0L, firstAt);
        while (position < packed.Length)
        {
            var flags = packed[position++];
            sequence += UnZigZag(Read(packed, ref position));
            at += UnZigZag(Read(packed, ref position));
            var bytes = (int)Read(packed, ref position);
            var hash = Convert.ToHexStringLower(packed, position, SHA256.HashSizeInBytes);
            position += SHA256.HashSizeInBytes;
            yield return new ReleasedUnit(
                (flags & SegmentFlag) != 0 ? UnitKind.Segment : (flags & PeerFlag) != 0 ? UnitKind.Peer : UnitKind.Init, sequence, hash, bytes, (flags & CutFlag) != 0,
                DateTimeOffset.FromUnixTimeMilliseconds(at));
        }
    }

    private static void Write(byte[] packed, ref int length, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            packed[length++] = (byte)(value | 0x80);
        }

        packed[length++] = (byte)value;
    }

    private static ulong Read(byte[] packed, ref int position)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = packed[position++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}
