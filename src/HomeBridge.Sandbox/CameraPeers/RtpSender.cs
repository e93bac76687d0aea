using System.Buffers.Binary;
using System.Security.Cryptography;
using HomeBridge.Sandbox.CameraIngest;

namespace HomeBridge.Sandbox.CameraPeers;

/// <summary>
/// Frames as packets: H.264 over RTP (RFC 6184, non-interleaved mode), single NAL units or fragments (FU-A), and sender
/// reports (RFC 3550 section 6.4.1).
/// </summary>
internal sealed class RtpSender(SrtpSeal seal, int payloadType, uint source, Action<ReadOnlyMemory<byte>> send)
{
    /// <summary>Of a whole packet, sealed: displays drop longer ones.</summary>
    public const int PacketLengthMax = 1200;

    private const int HeaderLength = 12;
    private const int PayloadLengthMax = PacketLengthMax - HeaderLength - SrtpSeal.TagLength;
    private const int FragmentHeaderLength = 2;
    private const byte FragmentUnit = 28;
    private const byte Start = 0x80;
    private const byte End = 0x40;
    private const uint TicksPerMillisecond = 90;

    private static readonly long s_secondsFrom1900 =
        (long)(DateTimeOffset.UnixEpoch - new DateTimeOffset(1900, 1, 1, 0, 0, 0, TimeSpan.Zero)).TotalSeconds;

    private readonly byte[] _packet = new byte[PacketLengthMax];
    private readonly uint _offset = BinaryPrimitives.ReadUInt32BigEndian(RandomNumberGenerator.GetBytes(4));
    private ushort _sequence = BinaryPrimitives.ReadUInt16BigEndian(RandomNumberGenerator.GetBytes(2));
    private uint _packets;
    private uint _bytes;

    public void Send(LiveFrame frame)
    {
        var ticks = Ticks(frame.CapturedUnixMs);
        for (var i = 0; i < frame.NalUnits.Count; i++)
        {
            var unit = frame.NalUnits[i].AsSpan();
            var isLast = i == frame.NalUnits.Count - 1;
            if (unit.Length <= PayloadLengthMax)
            {
                Send(ticks, isLast, [], unit);
                continue;
            }

            // Section 5.8: the unit's own header is told by the fragments', and not sent.
            var header = unit[0];
            var rest = unit[1..];
            for (var isFirst = true; rest.Length > 0; isFirst = false)
            {
                var take = Math.Min(rest.Length, PayloadLengthMax - FragmentHeaderLength);
                var ends = take == rest.Length;
                Span<byte> fragment =
                [
                    (byte)((header & 0xE0) | FragmentUnit),
                    (byte)((header & 0x1F) | (isFirst ? Start : 0) | (ends ? End : 0)),
                ];
                Send(ticks, isLast && ends, fragment, rest[..take]);
                rest = rest[take..];
            }
        }
    }

    /// <summary>Which time of the stream is which time of day, and how much was sent; with our name behind it.</summary>
    public void Report(DateTimeOffset now)
    {
        var name = "camera"u8;
        Span<byte> report = stackalloc byte[28 + 8 + 8];
        report.Clear();
        (report[0], report[1], report[3]) = (0x80, 200, 6);
        BinaryPrimitives.WriteUInt32BigEndian(report[4..], source);
        var milliseconds = now.ToUnixTimeMilliseconds();
        BinaryPrimitives.WriteUInt32BigEndian(report[8..], (uint)((milliseconds / 1000) + s_secondsFrom1900));
        BinaryPrimitives.WriteUInt32BigEndian(report[12..], (uint)((ulong)(milliseconds % 1000) * (1UL << 32) / 1000));
        BinaryPrimitives.WriteUInt32BigEndian(report[16..], Ticks(milliseconds));
        BinaryPrimitives.WriteUInt32BigEndian(report[20..], _packets);
        BinaryPrimitives.WriteUInt32BigEndian(report[24..], _bytes);
        var description = report[28..];
        (description[0], description[1], description[3]) = (0x81, 202, 3);
        BinaryPrimitives.WriteUInt32BigEndian(description[4..], source);
        (description[8], description[9]) = (1, (byte)name.Length);
        name.CopyTo(description[10..]);
        send(seal.ProtectControl(report));
    }

    /// <summary>Whether a control packet of the display asks for a picture that needs no other (RFC 4585 section 6.3.1, RFC 5104 section 4.3.1).</summary>
    public static bool AsksForKeyFrame(ReadOnlySpan<byte> compound)
    {
        const int Payload = 206;
        while (compound.Length >= 4)
        {
            var length = 4 * (BinaryPrimitives.ReadUInt16BigEndian(compound[2..]) + 1);
            if (compound[1] == Payload && (compound[0] & 0x1F) is 1 or 4)
            {
                return true;
            }

            compound = compound[Math.Min(length, compound.Length)..];
        }

        return false;
    }

    private uint Ticks(long unixMs) => unchecked((uint)(unixMs * TicksPerMillisecond) + _offset);

    private void Send(uint ticks, bool isLast, ReadOnlySpan<byte> before, ReadOnlySpan<byte> payload)
    {
        _packet[0] = 0x80;
        _packet[1] = (byte)(payloadType | (isLast ? 0x80 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(_packet.AsSpan(2), _sequence++);
        BinaryPrimitives.WriteUInt32BigEndian(_packet.AsSpan(4), ticks);
        BinaryPrimitives.WriteUInt32BigEndian(_packet.AsSpan(8), source);
        before.CopyTo(_packet.AsSpan(HeaderLength));
        payload.CopyTo(_packet.AsSpan(HeaderLength + before.Length));
        var length = HeaderLength + before.Length + payload.Length;
        (_packets, _bytes) = (_packets + 1, _bytes + (uint)(length - HeaderLength));
        send(_packet.AsMemory(0, seal.Protect(_packet, length)));
    }
}
