using System.Buffers.Binary;
using System.Security.Cryptography;

namespace HomeBridge.Sandbox.CameraPeers;

/// <summary>
/// One direction of SRTP (RFC 3711) with AES in counter mode and 80 bits of HMAC-SHA1, the profile that every WebRTC peer has
/// (RFC 8827 section 6.5). One stream of packets, so one roll-over counter.
/// </summary>
/// <remarks>Used by one thread at a time.</remarks>
internal sealed class SrtpSeal : IDisposable
{
    /// <summary>What it adds to a packet of media.</summary>
    public const int TagLength = 10;

    private const int RtcpHeaderLength = 8;
    private const int RtpHeaderLength = 12;
    private const int IndexLength = 4;
    private const uint EncryptedFlag = 0x80000000;

    private readonly Half _media;
    private readonly Half _control;
    private byte[] _stream = new byte[2048];
    private uint _rollOver;
    private ushort _last;
    private uint _controlIndex;

    public SrtpSeal(byte[] masterKey, byte[] masterSalt)
    {
        using var master = Aes.Create();
        master.Key = masterKey;
        _media = new Half(master, masterSalt, firstLabel: 0);
        _control = new Half(master, masterSalt, firstLabel: 3);
    }

    /// <summary>Seals a packet of media in place; behind its <paramref name="length"/> bytes there is room for the tag.</summary>
    public int Protect(byte[] packet, int length)
    {
        var sequence = BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(2));
        if (sequence < _last)
        {
            _rollOver++;
        }

        _last = sequence;
        var source = BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(8));
        Apply(_media, packet.AsSpan(RtpHeaderLength, length - RtpHeaderLength), source, ((ulong)_rollOver << 16) | sequence);
        Span<byte> rollOver = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(rollOver, _rollOver);
        _media.Tag(packet.AsSpan(0, length), rollOver, packet.AsSpan(length, TagLength));
        return length + TagLength;
    }

    /// <summary>Seals a control packet.</summary>
    public byte[] ProtectControl(ReadOnlySpan<byte> packet)
    {
        var index = ++_controlIndex & ~EncryptedFlag;
        var sealedPacket = new byte[packet.Length + IndexLength + TagLength];
        packet.CopyTo(sealedPacket);
        Apply(_control, sealedPacket.AsSpan(RtcpHeaderLength, packet.Length - RtcpHeaderLength), BinaryPrimitives.ReadUInt32BigEndian(packet[4..]), index);
        BinaryPrimitives.WriteUInt32BigEndian(sealedPacket.AsSpan(packet.Length), index | EncryptedFlag);
        _control.Tag(sealedPacket.AsSpan(0, packet.Length + IndexLength), [], sealedPacket.AsSpan(packet.Length + IndexLength));
        return sealedPacket;
    }

    /// <summary>Opens a control packet; null when it isn't theirs.</summary>
    public byte[]? OpenControl(ReadOnlySpan<byte> packet)
    {
        var length = packet.Length - IndexLength - TagLength;
        if (length < RtcpHeaderLength)
        {
            return null;
        }

        Span<byte> tag = stackalloc byte[TagLength];
        _control.Tag(packet[..(length + IndexLength)], [], tag);
        if (!CryptographicOperations.FixedTimeEquals(tag, packet[(length + IndexLength)..]))
        {
            return null;
        }

        var opened = packet[..length].ToArray();
        var index = BinaryPrimitives.ReadUInt32BigEndian(packet[length..]);
        if ((index & EncryptedFlag) != 0)
        {
            Apply(_control, opened.AsSpan(RtcpHeaderLength), BinaryPrimitives.ReadUInt32BigEndian(opened.AsSpan(4)), index & ~EncryptedFlag);
        }

        return opened;
    }

    public void Dispose()
    {
        _media.Dispose();
        _control.Dispose();
    }

    /// <summary>Section 4.1.1: the key stream of a packet, over the packet.</summary>
    private void Apply(Half half, Span<byte> payload, uint source, ulong index)
    {
        if (_stream.Length < payload.Length + Half.BlockLength)
        {
            _stream = new byte[payload.Length + Half.BlockLength];
        }

        var stream = _stream.AsSpan(0, (payload.Length + Half.BlockLength - 1) & ~(Half.BlockLength - 1));
        half.KeyStream(stream, source, index);
        for (var i = 0; i < payload.Length; i++)
        {
            payload[i] ^= stream[i];
        }
    }

    /// <summary>The session keys of media or of control (section 4.3).</summary>
    private sealed class Half : IDisposable
    {
        public const int BlockLength = 16;

        private const int MacKeyLength = 20;

        private readonly Aes _cipher = Aes.Create();
        private readonly byte[] _salt;
        private readonly IncrementalHash _mac;

        public Half(Aes master, byte[] masterSalt, byte firstLabel)
        {
            _cipher.Key = Derive(master, masterSalt, firstLabel, SrtpKeys.KeyLength);
#pragma warning disable CA5350 // RFC 8827 section 6.5 demands this profile, and it is HMAC-SHA1.
            _mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA1, Derive(master, masterSalt, (byte)(firstLabel + 1), MacKeyLength));
#pragma warning restore CA5350
            _salt = Derive(master, masterSalt, (byte)(firstLabel + 2), SrtpKeys.SaltLength);
        }

        public void KeyStream(Span<byte> stream, uint source, ulong index)
        {
            Span<byte> start = stackalloc byte[BlockLength];
            start.Clear();
            BinaryPrimitives.WriteUInt32BigEndian(start[4..], source);
            BinaryPrimitives.WriteUInt64BigEndian(start[8..], index << 16);
            for (var i = 0; i < _salt.Length; i++)
            {
                start[i] ^= _salt[i];
            }

            Counter(_cipher, start, stream);
        }

        public void Tag(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> more, Span<byte> tag)
        {
            Span<byte> mac = stackalloc byte[MacKeyLength];
            _mac.AppendData(packet);
            _mac.AppendData(more);
            _mac.GetHashAndReset(mac);
            mac[..TagLength].CopyTo(tag);
        }

        public void Dispose()
        {
            _cipher.Dispose();
            _mac.Dispose();
        }

        private static byte[] Derive(Aes master, byte[] masterSalt, byte label, int length)
        {
            Span<byte> start = stackalloc byte[BlockLength];
            start.Clear();
            masterSalt.CopyTo(start);
            start[7] ^= label;
            Span<byte> stream = stackalloc byte[2 * BlockLength];
            Counter(master, start, stream);
            return stream[..length].ToArray();
        }

        /// <summary>Counter blocks, enciphered in one go.</summary>
        private static void Counter(Aes cipher, ReadOnlySpan<byte> start, Span<byte> stream)
        {
            for (var block = 0; block * BlockLength < stream.Length; block++)
            {
                start.CopyTo(stream[(block * BlockLength)..]);
                BinaryPrimitives.WriteUInt16BigEndian(stream[((block * BlockLength) + BlockLength - 2)..], (ushort)block);
            }

            cipher.EncryptEcb(stream, stream, PaddingMode.None);
        }
    }
}
