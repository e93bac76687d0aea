using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace HomeBridge.Streaming.Tickets;

/// <summary>What a unit token opens. A token for one never opens another.</summary>
public enum UnitTokenPurpose : byte
{
    /// <summary>The media playlist, polled for as long as the session lives.</summary>
    Playlist = 1,

    /// <summary>The init unit.</summary>
    Init = 2,

    /// <summary>One segment unit.</summary>
    Segment = 3,
}

/// <summary>
/// The token in each URL below a session: purpose, sequence and expiry, sealed with the session's own key over the
/// session, the camera and the token. The camera is in the seal and not in the token, so a token of camera A can't open
/// a session of camera B even if the table of sessions were wrong. Layout in <c>contracts/stream-ticket.md</c>.
/// </summary>
public readonly record struct UnitToken(UnitTokenPurpose Purpose, long Sequence, long ExpiresAtUnixSeconds)
{
    /// <summary>Characters of a token in a URL.</summary>
    public const int TextLength = (TokenLength * 4 + 2) / 3;

    private const int FieldsLength = 1 + 8 + 4;
    private const int SealLength = 16;
    private const int TokenLength = FieldsLength + SealLength;

    /// <summary>The text for a URL. The same token of the same session always has the same text.</summary>
    public string Seal(in UnitTokenKey key)
    {
        Span<byte> bytes = stackalloc byte[TokenLength];
        WriteFields(bytes);
        key.SealOver(bytes[..FieldsLength], bytes[FieldsLength..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Opens a token with a session's key. Expiry is the caller's to check: it has the clock.</summary>
    public static bool TryOpen(ReadOnlySpan<char> text, in UnitTokenKey key, out UnitToken token)
    {
        token = default;
        Span<byte> bytes = stackalloc byte[TokenLength];
        Span<byte> seal = stackalloc byte[SealLength];
        Span<char> again = stackalloc char[TextLength];
        if (text.Length != TextLength
            || Base64Url.DecodeFromChars(text, bytes, out _, out var length) is not OperationStatus.Done
            || length != TokenLength
            || !Base64Url.TryEncodeToChars(bytes, again, out _)
            || !again.SequenceEqual(text))
        {
            return false;
        }

        key.SealOver(bytes[..FieldsLength], seal);
        if (!CryptographicOperations.FixedTimeEquals(seal, bytes[FieldsLength..]))
        {
            return false;
        }

        token = new UnitToken(
            (UnitTokenPurpose)bytes[0],
            BinaryPrimitives.ReadInt64BigEndian(bytes[1..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[9..]));
        return true;
    }

    private void WriteFields(Span<byte> bytes)
    {
        bytes[0] = (byte)Purpose;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], Sequence);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[9..], checked((uint)ExpiresAtUnixSeconds));
    }
}

/// <summary>What the tokens of one session are sealed with.</summary>
public readonly struct UnitTokenKey
{
    /// <summary>Bytes of key material: from the cryptographic generator, one key for one session, never stored.</summary>
    public const int KeyLength = 32;

    private const int FieldsLengthMax = 16;
    private readonly byte[] _key;
    private readonly byte[] _context;

    /// <param name="key">The session's key.</param>
    /// <param name="session">The session, as it stands in the URL.</param>
    /// <param name="device">The camera that the session was granted.</param>
    public UnitTokenKey(byte[] key, string session, DeviceRef device)
    {
        _key = key;

        // A hash of length-prefixed parts: no two lists of parts make the same context, whatever they contain.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (var part in (ReadOnlySpan<string>)["homebridge-unit-v1", session, device.Vendor, device.VendorDeviceId])
        {
            var bytes = Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        _context = hash.GetHashAndReset();
    }

    /// <summary>Overwrites the key: its tokens open nothing any more.</summary>
    public void Destroy() => CryptographicOperations.ZeroMemory(_key);

    internal void SealOver(ReadOnlySpan<byte> fields, Span<byte> seal)
    {
        Span<byte> message = stackalloc byte[SHA256.HashSizeInBytes + FieldsLengthMax];
        _context.CopyTo(message);
        fields.CopyTo(message[SHA256.HashSizeInBytes..]);
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, message[..(SHA256.HashSizeInBytes + fields.Length)], mac);
        mac[..seal.Length].CopyTo(seal);
    }
}
