using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace HomeBridge.Sandbox.CameraPeers;

/// <summary>
/// A connectivity check or its answer (RFC 8445 section 7, in RFC 8489's format), as far as two peers with short-term credentials
/// need it. Nothing of it is believed before <see cref="IsBy"/>.
/// </summary>
internal sealed class StunMessage
{
    public const ushort BindingRequest = 0x0001;
    public const ushort BindingSuccess = 0x0101;
    public const int TransactionIdLength = 12;

    /// <summary>A type preference of 110 (RFC 8445 section 5.1.2.1): what the other side learns of us by our check.</summary>
    private const uint PeerReflexivePriority = (110u << 24) | (65535u << 8) | 255;

    private const int HeaderLength = 20;
    private const uint MagicCookie = 0x2112A442;
    private const uint FingerprintMask = 0x5354554E;
    private const int AttributesMax = 32;

    private const ushort Username = 0x0006;
    private const ushort MessageIntegrity = 0x0008;
    private const ushort XorMappedAddress = 0x0020;
    private const ushort Priority = 0x0024;
    private const ushort UseCandidateAttribute = 0x0025;
    private const ushort Fingerprint = 0x8028;
    private const ushort IceControlled = 0x8029;

    private const int MacLength = HMACSHA1.HashSizeInBytes;

    private byte[] _bytes = [];
    private int _macAt;

    public ushort Type { get; private set; }

    public byte[] TransactionId { get; private set; } = [];

    /// <summary>Whom a request is for and from: <c>ours:theirs</c>.</summary>
    public string? User { get; private set; }

    /// <summary>The other side wants this pair.</summary>
    public bool UseCandidate { get; private set; }

    /// <summary>Null unless it is one whole message with a right fingerprint and a MAC (not looked at yet).</summary>
    public static StunMessage? Read(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < HeaderLength || BinaryPrimitives.ReadUInt32BigEndian(packet[4..]) != MagicCookie
            || BinaryPrimitives.ReadUInt16BigEndian(packet[2..]) != packet.Length - HeaderLength)
        {
            return null;
        }

        var message = new StunMessage
        {
            Type = BinaryPrimitives.ReadUInt16BigEndian(packet),
            TransactionId = packet.Slice(8, TransactionIdLength).ToArray(),
            _bytes = packet.ToArray(),
        };
        var at = HeaderLength;
        for (var count = 0; at + 4 <= packet.Length && count < AttributesMax; count++)
        {
            var type = BinaryPrimitives.ReadUInt16BigEndian(packet[at..]);
            var length = BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 2)..]);
            if (at + 4 + length > packet.Length)
            {
                return null;
            }

            var value = packet.Slice(at + 4, length);
            if (type == Fingerprint)
            {
                // It is the last one (section 14.7), and speaks for all before it.
                return length == 4 && at + 8 == packet.Length && message._macAt > 0
                    && BinaryPrimitives.ReadUInt32BigEndian(value) == (Crc32(packet[..at]) ^ FingerprintMask)
                    ? message
                    : null;
            }

            if (type == MessageIntegrity && length == MacLength)
            {
                message._macAt = at;
            }
            else if (message._macAt == 0)
            {
                // What stands behind the MAC is not covered by it.
                message.Take(type, value);
            }

            at += 4 + ((length + 3) & ~3);
        }

        return null;
    }

    /// <summary>Whether somebody made it who knows this password (section 14.5).</summary>
    public bool IsBy(string password)
    {
        var covered = _bytes[.._macAt];
        BinaryPrimitives.WriteUInt16BigEndian(covered.AsSpan(2), (ushort)(_macAt + 4 + MacLength - HeaderLength));
        Span<byte> mac = stackalloc byte[MacLength];
        Mac(password, covered, mac);
        return CryptographicOperations.FixedTimeEquals(mac, _bytes.AsSpan(_macAt + 4, MacLength));
    }

    /// <summary>Our check of a pair, by the side that doesn't choose.</summary>
    public static byte[] Request(ReadOnlySpan<byte> transactionId, string user, string password, ulong tieBreaker)
    {
        var writer = new Writer(BindingRequest, transactionId);
        writer.Attribute(Username, Encoding.ASCII.GetBytes(user));
        writer.Number(Priority, PeerReflexivePriority);
        Span<byte> breaker = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(breaker, tieBreaker);
        writer.Attribute(IceControlled, breaker);
        return writer.Seal(password);
    }

    /// <summary>What a request of theirs is answered.</summary>
    public static byte[] Success(ReadOnlySpan<byte> transactionId, IPEndPoint from, string password)
    {
        var writer = new Writer(BindingSuccess, transactionId);
        Span<byte> address = stackalloc byte[8];
        address[1] = 1; // IPv4
        BinaryPrimitives.WriteUInt16BigEndian(address[2..], (ushort)(from.Port ^ (int)(MagicCookie >> 16)));
        from.Address.TryWriteBytes(address[4..], out _);
        BinaryPrimitives.WriteUInt32BigEndian(address[4..], BinaryPrimitives.ReadUInt32BigEndian(address[4..]) ^ MagicCookie);
        writer.Attribute(XorMappedAddress, address);
        return writer.Seal(password);
    }

    private void Take(ushort type, ReadOnlySpan<byte> value)
    {
        switch (type)
        {
            case Username:
                User = Encoding.UTF8.GetString(value);
                break;
            case UseCandidateAttribute:
                UseCandidate = true;
                break;
        }
    }

#pragma warning disable CA5350 // RFC 8489 section 14.5: MESSAGE-INTEGRITY is HMAC-SHA1, and ICE knows no other.
    private static void Mac(string password, ReadOnlySpan<byte> covered, Span<byte> mac) =>
        HMACSHA1.HashData(Encoding.ASCII.GetBytes(password), covered, mac);
#pragma warning restore CA5350

    /// <summary>ISO 3309, reflected; messages are short and few.</summary>
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }

    private ref struct Writer
    {
        private readonly byte[] _message = new byte[256];
        private int _length = HeaderLength;

        public Writer(ushort type, ReadOnlySpan<byte> transactionId)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_message, type);
            BinaryPrimitives.WriteUInt32BigEndian(_message.AsSpan(4), MagicCookie);
            transactionId.CopyTo(_message.AsSpan(8));
        }

        public void Attribute(ushort type, scoped ReadOnlySpan<byte> value)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_message.AsSpan(_length), type);
            BinaryPrimitives.WriteUInt16BigEndian(_message.AsSpan(_length + 2), (ushort)value.Length);
            value.CopyTo(_message.AsSpan(_length + 4));
            _length += 4 + ((value.Length + 3) & ~3);
        }

        public void Number(ushort type, uint value)
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
            Attribute(type, bytes);
        }

        /// <summary>MAC, then fingerprint, each over a header that already counts it.</summary>
        public byte[] Seal(string password)
        {
            State(4 + MacLength);
            Span<byte> mac = stackalloc byte[MacLength];
            Mac(password, _message.AsSpan(0, _length), mac);
            Attribute(MessageIntegrity, mac);
            State(8);
            Number(Fingerprint, Crc32(_message.AsSpan(0, _length)) ^ FingerprintMask);
            return _message[.._length];
        }

        private readonly void State(int more) =>
            BinaryPrimitives.WriteUInt16BigEndian(_message.AsSpan(2), (ushort)(_length + more - HeaderLength));
    }
}
