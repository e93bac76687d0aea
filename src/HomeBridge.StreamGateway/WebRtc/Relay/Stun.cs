using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace HomeBridge.StreamGateway.WebRtc.Relay;

/// <summary>What a datagram between peers is, by its first byte (RFC 7983 section 7).</summary>
internal enum PacketKind
{
    /// <summary>Nothing that peers say to each other.</summary>
    Other,

    /// <summary>A connectivity check or its answer.</summary>
    Stun,

    /// <summary>DTLS, SRTP or SRTCP: only the peers can read it.</summary>
    Media,
}

/// <summary>
/// As much of STUN (RFC 8489) as tells who may be sent packets: a binding request with the right user name and seal, and the
/// answer to our own. Nothing is kept, nothing is allocated.
/// </summary>
internal static class Stun
{
    /// <summary>Bytes of a header.</summary>
    public const int HeaderLength = 20;

    /// <summary>Bytes of a message; checks of browsers have 100 or so.</summary>
    public const int LengthMax = 548;

    public const ushort BindingRequest = 0x0001;
    public const ushort BindingSuccess = 0x0101;
    public const ushort BindingError = 0x0111;
    public const ushort BindingIndication = 0x0011;

    private const uint MagicCookie = 0x2112A442;
    private const ushort UserName = 0x0006;
    private const ushort MessageIntegrity = 0x0008;
    private const ushort Priority = 0x0024;
    private const ushort UseCandidate = 0x0025;
    private const ushort Fingerprint = 0x8028;
    private const ushort IceControlled = 0x8029;
    private const ushort IceControlling = 0x802A;
    private const uint FingerprintMask = 0x5354554e;

    /// <summary>Of a peer-reflexive candidate: our own checks announce no better one (RFC 8445 section 5.1.2.1).</summary>
    private const uint PriorityOfCheck = (110u << 24) | (65_535u << 8) | 255;

    public static PacketKind KindOf(ReadOnlySpan<byte> packet) => packet.IsEmpty ? PacketKind.Other : packet[0] switch
    {
        <= 3 => PacketKind.Stun,
        (>= 20 and <= 63) or (>= 128 and <= 191) => PacketKind.Media,
        _ => PacketKind.Other,
    };

    /// <summary>A header that fits its message.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> message, out ushort type, out TransactionId transaction)
    {
        (type, transaction) = (0, default);
        if (message.Length is < HeaderLength or > LengthMax
            || BinaryPrimitives.ReadUInt16BigEndian(message[2..]) != message.Length - HeaderLength
            || message.Length % 4 != 0
            || BinaryPrimitives.ReadUInt32BigEndian(message[4..]) != MagicCookie)
        {
            return false;
        }

        type = BinaryPrimitives.ReadUInt16BigEndian(message);
        transaction = TransactionId.Read(message[8..]);
        return true;
    }

    /// <summary>Whether a binding request has this user name and is sealed with this password. <paramref name="nominates"/>: it chooses this path.</summary>
    public static bool IsCheck(ReadOnlySpan<byte> message, ReadOnlySpan<byte> userName, ReadOnlySpan<byte> password, out bool nominates)
    {
        nominates = false;
        var isNamed = false;
        for (var at = HeaderLength; at + 4 <= message.Length;)
        {
            var (type, length) = (BinaryPrimitives.ReadUInt16BigEndian(message[at..]), BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]));
            if (length > message.Length - at - 4)
            {
                return false;
            }

            var value = message.Slice(at + 4, length);
            switch (type)
            {
                case UserName:
                    isNamed = value.SequenceEqual(userName);
                    break;
                case UseCandidate:
                    nominates = true;
                    break;
                case MessageIntegrity:
                    return isNamed && IsSeal(message, at, value, password);
            }

            at += 4 + ((length + 3) & ~3);
        }

        return false;
    }

    /// <summary>Whether an answer is sealed with this password.</summary>
    public static bool IsSealed(ReadOnlySpan<byte> message, ReadOnlySpan<byte> password)
    {
        for (var at = HeaderLength; at + 4 <= message.Length;)
        {
            var (type, length) = (BinaryPrimitives.ReadUInt16BigEndian(message[at..]), BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]));
            if (length > message.Length - at - 4)
            {
                return false;
            }

            if (type == MessageIntegrity)
            {
                return IsSeal(message, at, message.Slice(at + 4, length), password);
            }

            at += 4 + ((length + 3) & ~3);
        }

        return false;
    }

    /// <summary>Writes a binding request, as one peer would send it to the other. Answers its length.</summary>
    /// <param name="message">Where to.</param>
    /// <param name="transaction">Its number.</param>
    /// <param name="userName">Whose it is: the asked one's fragment, a colon, the asking one's.</param>
    /// <param name="password">The asked one's.</param>
    /// <param name="asControlling">In the name of the peer that chooses paths. It does not choose this one.</param>
    public static int WriteCheck(Span<byte> message, TransactionId transaction, ReadOnlySpan<byte> userName, ReadOnlySpan<byte> password, bool asControlling)
    {
        BinaryPrimitives.WriteUInt16BigEndian(message, BindingRequest);
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], MagicCookie);
        transaction.Write(message[8..]);
        var at = HeaderLength;
        at += Attribute(message[at..], UserName, userName);
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(number, PriorityOfCheck);
        at += Attribute(message[at..], Priority, number[..4]);

        // The tie-breaker counts only where both think that they choose; then the asked one gives way to a check that chooses.
        BinaryPrimitives.WriteUInt64BigEndian(number, asControlling ? ulong.MaxValue : 0);
        at += Attribute(message[at..], asControlling ? IceControlling : IceControlled, number);
        return Seal(message, at, password);
    }

    /// <summary>Ends a message of this length with its seal and its checksum. Answers the whole length.</summary>
    internal static int Seal(Span<byte> message, int at, ReadOnlySpan<byte> password)
    {
        Span<byte> seal = stackalloc byte[HMACSHA1.HashSizeInBytes];
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], (ushort)(at + 4 + seal.Length - HeaderLength));
        Hash(password, message[..at], seal);
        at += Attribute(message[at..], MessageIntegrity, seal);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], (ushort)(at + 8 - HeaderLength));
        Span<byte> checksum = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(checksum, Crc32(message[..at]) ^ FingerprintMask);
        return at + Attribute(message[at..], Fingerprint, checksum);
    }

    private static int Attribute(Span<byte> to, ushort type, ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(to, type);
        BinaryPrimitives.WriteUInt16BigEndian(to[2..], (ushort)value.Length);
        value.CopyTo(to[4..]);
        var padded = (value.Length + 3) & ~3;
        to[(4 + value.Length)..(4 + padded)].Clear();
        return 4 + padded;
    }

    /// <summary>RFC 8489 section 14.5: over the message up to the seal, with a length that ends behind it.</summary>
    private static bool IsSeal(ReadOnlySpan<byte> message, int at, ReadOnlySpan<byte> claimed, ReadOnlySpan<byte> password)
    {
        if (claimed.Length != HMACSHA1.HashSizeInBytes)
        {
            return false;
        }

        Span<byte> sealedPart = stackalloc byte[LengthMax];
        message[..at].CopyTo(sealedPart);
        BinaryPrimitives.WriteUInt16BigEndian(sealedPart[2..], (ushort)(at + 4 + HMACSHA1.HashSizeInBytes - HeaderLength));
        Span<byte> seal = stackalloc byte[HMACSHA1.HashSizeInBytes];
        Hash(password, sealedPart[..at], seal);
        return CryptographicOperations.FixedTimeEquals(seal, claimed);
    }

    /// <summary>ISO 3309, the one of Ethernet and zip: a message may be told from others by it (RFC 8489 section 14.7).</summary>
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var rest = uint.MaxValue;
        foreach (var one in bytes)
        {
            rest ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                rest = (rest >> 1) ^ (0xEDB88320 & (uint)-(int)(rest & 1));
            }
        }

        return ~rest;
    }

    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "What peers speak: RFC 8445 section 7 has no other.")]
    private static void Hash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> source, Span<byte> destination) => HMACSHA1.HashData(key, source, destination);
}

/// <summary>The 96 bits by which a check and its answer belong together.</summary>
internal readonly record struct TransactionId(ulong High, uint Low)
{
    private const int Length = 12;

    public static TransactionId Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]));

    /// <summary>From the cryptographic generator: whoever can't see it can't answer.</summary>
    public static TransactionId New()
    {
        Span<byte> bytes = stackalloc byte[Length];
        RandomNumberGenerator.Fill(bytes);
        return Read(bytes);
    }

    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt64BigEndian(to, High);
        BinaryPrimitives.WriteUInt32BigEndian(to[8..], Low);
    }
}
