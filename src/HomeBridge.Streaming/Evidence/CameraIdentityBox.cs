using System.Buffers.Binary;
using System.Text;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// The camera's own name inside the bytes: a top-level <c>uuid</c> box (ISO/IEC 14496-12 section 4.2) whose payload is
/// the maker's device id. It travels with the pictures through caches and copies, apart from every header, and so it
/// also catches what headers can't: two cameras that were given the same key.
/// </summary>
public static class CameraIdentityBox
{
    /// <summary>The box's extended type: 6f1d5c0e-8a44-4b7b-9f53-2c9e0d7a41b6.</summary>
    public static ReadOnlySpan<byte> UserType =>
        [0x6f, 0x1d, 0x5c, 0x0e, 0x8a, 0x44, 0x4b, 0x7b, 0x9f, 0x53, 0x2c, 0x9e, 0x0d, 0x7a, 0x41, 0xb6];

    private const int HeaderLength = 8;
    private const int LongHeaderLength = 16;

    /// <summary>False when any identity box in the unit names another device. Bytes that are not boxes name nobody.</summary>
    public static bool AgreesWith(ReadOnlySpan<byte> unit, string vendorDeviceId)
    {
        if (TransportStreamIdentity.IsTransportStream(unit))
        {
            return TransportStreamIdentity.AgreesWith(unit, vendorDeviceId);
        }

        while (TryNext(ref unit, out var name))
        {
            if (!Ascii.Equals(name, vendorDeviceId))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The device that the first identity box names; null when there is none, or what it holds is no device's id.</summary>
    public static string? DeviceIn(ReadOnlySpan<byte> unit)
    {
        if (TransportStreamIdentity.IsTransportStream(unit))
        {
            return TransportStreamIdentity.Names(unit).Find(MediaUnit.IsDevice);
        }

        if (!TryNext(ref unit, out var name) || name.Length is 0 or > MediaUnit.DeviceLengthMax)
        {
            return null;
        }

        foreach (var letter in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)letter) && letter is not ((byte)'.' or (byte)'_' or (byte)':' or (byte)'-'))
            {
                return null;
            }
        }

        return Encoding.ASCII.GetString(name);
    }

    /// <summary>Goes on to behind the next identity box.</summary>
    private static bool TryNext(ref ReadOnlySpan<byte> unit, out ReadOnlySpan<byte> name)
    {
        while (unit.Length >= HeaderLength)
        {
            // 1 announces a 64-bit length behind the type, 0 a box to the end.
            var header = HeaderLength;
            ulong length = BinaryPrimitives.ReadUInt32BigEndian(unit);
            if (length == 1 && unit.Length >= LongHeaderLength)
            {
                header = LongHeaderLength;
                length = BinaryPrimitives.ReadUInt64BigEndian(unit[HeaderLength..]);
            }
            else if (length == 0)
            {
                length = (ulong)unit.Length;
            }

            if (length < (ulong)header || length > (ulong)unit.Length)
            {
                break;
            }

            var payload = unit[header..(int)length];
            var isIdentity = unit[4..HeaderLength].SequenceEqual("uuid"u8) && payload.StartsWith(UserType);
            unit = unit[(int)length..];
            if (isIdentity)
            {
                name = payload[UserType.Length..];
                return true;
            }
        }

        name = default;
        return false;
    }
}
