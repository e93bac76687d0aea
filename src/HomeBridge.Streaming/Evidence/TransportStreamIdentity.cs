using System.Buffers.Binary;
using System.Text;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// The counterpart of <see cref="CameraIdentityBox"/> in an MPEG-2 transport stream: an SEI message "user data
/// unregistered" (ISO/IEC 14496-10 annex D) with the same 16 byte UUID and the maker's device id. Neither has two zero
/// bytes in a row, so emulation prevention never changes them and they can be sought as they are.
/// </summary>
public static class TransportStreamIdentity
{
    private const int PacketLength = 188;
    private const byte SyncByte = 0x47;

    /// <summary>The bytes before the UUID: payload type 5, then the payload's size.</summary>
    private const int MessageHeaderLength = 2;

    private const byte UserDataUnregistered = 5;

    /// <summary>Streams that are looked at in one unit; a camera has pictures, sound and tables.</summary>
    private const int StreamsMax = 16;

    /// <summary>Whether these bytes are whole transport stream packets.</summary>
    public static bool IsTransportStream(ReadOnlySpan<byte> unit)
    {
        if (unit.Length == 0 || unit.Length % PacketLength != 0)
        {
            return false;
        }

        for (var at = 0; at < unit.Length; at += PacketLength)
        {
            if (unit[at] != SyncByte)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>False when any identity message in the unit names another device.</summary>
    public static bool AgreesWith(ReadOnlySpan<byte> unit, string vendorDeviceId) =>
        Names(unit).TrueForAll(name => string.Equals(name, vendorDeviceId, StringComparison.Ordinal));

    /// <summary>The devices that the identity messages of a unit name, in order. Bytes that are no transport stream name nobody.</summary>
    public static List<string> Names(ReadOnlySpan<byte> unit)
    {
        var names = new List<string>();
        if (!IsTransportStream(unit))
        {
            return names;
        }

        // A message may be cut by a packet's end, so each stream's payload is put together first.
        var payload = new byte[unit.Length];
        foreach (var stream in Streams(unit))
        {
            var length = 0;
            for (var at = 0; at < unit.Length; at += PacketLength)
            {
                var packet = unit.Slice(at, PacketLength);
                if (StreamOf(packet) == stream)
                {
                    var part = PayloadOf(packet);
                    part.CopyTo(payload.AsSpan(length));
                    length += part.Length;
                }
            }

            AddNames(payload.AsSpan(0, length), names);
        }

        return names;
    }

    private static List<int> Streams(ReadOnlySpan<byte> unit)
    {
        var streams = new List<int>();
        for (var at = 0; at < unit.Length && streams.Count < StreamsMax; at += PacketLength)
        {
            var stream = StreamOf(unit.Slice(at, PacketLength));
            if (!streams.Contains(stream))
            {
                streams.Add(stream);
            }
        }

        return streams;
    }

    private static void AddNames(ReadOnlySpan<byte> stream, List<string> names)
    {
        for (var at = stream.IndexOf(CameraIdentityBox.UserType); at >= 0;)
        {
            var name = stream[(at + CameraIdentityBox.UserType.Length)..];
            if (at >= MessageHeaderLength && stream[at - MessageHeaderLength] == UserDataUnregistered)
            {
                // A size that doesn't fit is a message that names nobody we know: it is told as what is there.
                var size = Math.Max(0, stream[at - 1] - CameraIdentityBox.UserType.Length);
                names.Add(Encoding.ASCII.GetString(name[..Math.Min(size, name.Length)]));
            }

            var next = name.IndexOf(CameraIdentityBox.UserType);
            at = next < 0 ? -1 : at + CameraIdentityBox.UserType.Length + next;
        }
    }

    private static int StreamOf(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt16BigEndian(packet[1..]) & 0x1FFF;

    private static ReadOnlySpan<byte> PayloadOf(ReadOnlySpan<byte> packet)
    {
        var hasPayload = (packet[3] & 0x10) != 0;
        var skip = 4 + ((packet[3] & 0x20) != 0 ? 1 + packet[4] : 0);
        return hasPayload && skip < PacketLength ? packet[skip..] : [];
    }
}
