using System.Buffers.Binary;

namespace HomeBridge.Streaming;

/// <summary>
/// Whether a media unit carries anything but pictures. For viewers to whom the resident does not give sound: what can't be read
/// counts as sound.
/// </summary>
public static class MediaSound
{
    private const int PacketLength = 188;
    private const byte SyncByte = 0x47;
    private const int BoxHeaderLength = 8;
    private const int LongBoxHeaderLength = 16;

    /// <summary>Boxes within boxes: <c>moov/trak/mdia/hdlr</c>.</summary>
    private const int DepthMax = 3;

    /// <summary>Behind version, flags and <c>pre_defined</c> of a <c>hdlr</c> (ISO/IEC 14496-12 section 8.4.3).</summary>
    private const int HandlerOffset = 8;

    /// <summary>
    /// fMP4: a track whose handler is not <c>vide</c>. MPEG-TS: an elementary stream whose id is not a video stream's (ISO/IEC 13818-1
    /// table 2-22).
    /// </summary>
    public static bool MayBeIn(ReadOnlySpan<byte> unit) => unit.Length > 0 && unit[0] == SyncByte && unit.Length % PacketLength == 0
        ? IsInPackets(unit)
        : IsInBoxes(unit, depth: 0);

    private static bool IsInPackets(ReadOnlySpan<byte> unit)
    {
        for (var at = 0; at < unit.Length; at += PacketLength)
        {
            var packet = unit.Slice(at, PacketLength);
            if (packet[0] != SyncByte)
            {
                return true;
            }

            var starts = (packet[1] & 0x40) != 0;
            var payload = PayloadOf(packet);
            if (starts && payload.StartsWith(StartCode) && (payload.Length == StartCode.Length || payload[StartCode.Length] is < VideoFirst or > VideoLast))
            {
                return true;
            }
        }

        return false;
    }

    private const byte VideoFirst = 0xE0;
    private const byte VideoLast = 0xEF;

    /// <summary>Of an elementary stream's packet; tables begin otherwise.</summary>
    private static ReadOnlySpan<byte> StartCode => [0, 0, 1];

    private static ReadOnlySpan<byte> PayloadOf(ReadOnlySpan<byte> packet)
    {
        var hasPayload = (packet[3] & 0x10) != 0;
        var skip = 4 + ((packet[3] & 0x20) != 0 ? 1 + packet[4] : 0);
        return hasPayload && skip < PacketLength ? packet[skip..] : [];
    }

    private static bool IsInBoxes(ReadOnlySpan<byte> boxes, int depth)
    {
        while (!boxes.IsEmpty)
        {
            if (!TryRead(boxes, out var type, out var payload, out var length))
            {
                return true;
            }

            if (type.SequenceEqual("hdlr"u8) && depth == DepthMax)
            {
                if (payload.Length < HandlerOffset + 4 || !payload.Slice(HandlerOffset, 4).SequenceEqual("vide"u8))
                {
                    return true;
                }
            }
            else if (IsOnTheWay(type, depth) && IsInBoxes(payload, depth + 1))
            {
                return true;
            }

            boxes = boxes[length..];
        }

        return false;
    }

    private static bool IsOnTheWay(ReadOnlySpan<byte> type, int depth) => depth switch
    {
        0 => type.SequenceEqual("moov"u8),
        1 => type.SequenceEqual("trak"u8),
        2 => type.SequenceEqual("mdia"u8),
        _ => false,
    };

    private static bool TryRead(ReadOnlySpan<byte> boxes, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> payload, out int length)
    {
        type = payload = default;
        length = 0;
        if (boxes.Length < BoxHeaderLength)
        {
            return false;
        }

        // 1 announces a 64-bit length behind the type, 0 a box to the end.
        var header = BoxHeaderLength;
        ulong stated = BinaryPrimitives.ReadUInt32BigEndian(boxes);
        if (stated == 1 && boxes.Length >= LongBoxHeaderLength)
        {
            header = LongBoxHeaderLength;
            stated = BinaryPrimitives.ReadUInt64BigEndian(boxes[BoxHeaderLength..]);
        }
        else if (stated == 0)
        {
            stated = (ulong)boxes.Length;
        }

        if (stated < (ulong)header || stated > (ulong)boxes.Length)
        {
            return false;
        }

        length = (int)stated;
        type = boxes[4..BoxHeaderLength];
        payload = boxes[header..length];
        return true;
    }
}
