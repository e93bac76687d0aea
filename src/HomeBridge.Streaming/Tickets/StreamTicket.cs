using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace HomeBridge.Streaming.Tickets;

/// <summary>128 random bits that name a stream grant. Says nothing about resident, home or camera.</summary>
public readonly record struct GrantId(Guid Value)
{
    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("N");

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string? text, out GrantId id)
    {
        var read = Guid.TryParseExact(text, "N", out var value);
        id = new GrantId(value);
        return read;
    }
}

/// <summary>What an entry ticket opens. A ticket for one never opens the other.</summary>
public enum TicketPurpose : byte
{
    /// <summary>A playlist, and by it units.</summary>
    Hls = 1,

    /// <summary>One response that goes on for as long as the session does.</summary>
    Progressive = 2,

    /// <summary>One offer of a peer connection, and its end.</summary>
    Signalling = 3,
}

/// <summary>
/// The entry ticket that a viewer carries in its URL: a pointer to a grant that the bridge recorded before the ticket
/// existed, signed so that a gateway can tell a real one without asking. Layout in <c>contracts/stream-ticket.md</c>.
/// </summary>
/// <param name="KeyId">Which of the bridge's ticket keys signed it. The key fixes the algorithm: ES256.</param>
/// <param name="Grant">The grant to redeem.</param>
/// <param name="IssuedAt">Whole seconds.</param>
/// <param name="ExpiresAt">Whole seconds; a ticket that was never used is dead from then on.</param>
public sealed record StreamTicket(uint KeyId, GrantId Grant, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt)
{
    /// <summary>Bytes that are signed.</summary>
    public const int PayloadLength = 1 + 1 + 4 + 16 + 4 + 4;

    /// <summary>ES256 in the fixed-length form of RFC 7518 section 3.4.</summary>
    public const int SignatureLength = 64;

    /// <summary>Characters of a ticket in a URL.</summary>
    public const int TextLength = ((PayloadLength + SignatureLength) * 4 + 2) / 3;

    /// <summary>Bytes that are signed of a signalling ticket: it also says whose token and which device id come with it.</summary>
    public const int SignallingPayloadLength = PayloadLength + SignallingBinding.Length;

    /// <summary>Characters of a signalling ticket.</summary>
    public const int SignallingTextLength = ((SignallingPayloadLength + SignatureLength) * 4 + 2) / 3;

    private const byte Version = 1;

    /// <summary>What it opens.</summary>
    public TicketPurpose Purpose { get; init; } = TicketPurpose.Hls;

    /// <summary>What must come with a signalling ticket; null for the others.</summary>
    public SignallingBinding? Binding { get; init; }

    /// <summary>Whether it is one of the purposes that have the shorter form.</summary>
    private static bool IsEntry(TicketPurpose purpose) => purpose is TicketPurpose.Hls or TicketPurpose.Progressive;

    internal void WritePayload(Span<byte> payload)
    {
        payload[0] = Version;
        payload[1] = (byte)Purpose;
        BinaryPrimitives.WriteUInt32BigEndian(payload[2..], KeyId);
        Grant.Value.TryWriteBytes(payload[6..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt32BigEndian(payload[22..], checked((uint)IssuedAt.ToUnixTimeSeconds()));
        BinaryPrimitives.WriteUInt32BigEndian(payload[26..], checked((uint)ExpiresAt.ToUnixTimeSeconds()));
        Binding?.Write(payload[PayloadLength..]);
    }

    internal static bool TryReadPayload(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out StreamTicket? ticket)
    {
        ticket = null;
        var purpose = (TicketPurpose)payload[1];
        if (payload[0] != Version || !(payload.Length == PayloadLength ? IsEntry(purpose) : purpose is TicketPurpose.Signalling))
        {
            return false;
        }

        ticket = new StreamTicket(
            BinaryPrimitives.ReadUInt32BigEndian(payload[2..]),
            new GrantId(new Guid(payload[6..22], bigEndian: true)),
            DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadUInt32BigEndian(payload[22..])),
            DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadUInt32BigEndian(payload[26..])))
        {
            Purpose = purpose,
            Binding = payload.Length == SignallingPayloadLength ? SignallingBinding.Read(payload[PayloadLength..]) : null,
        };
        return true;
    }

    /// <summary>Strict base64url: one text for one ticket, so that a bit changed in the padding is a forgery too.</summary>
    internal static bool TryDecode(ReadOnlySpan<char> text, Span<byte> bytes) =>
        text.Length == (bytes.Length * 4 + 2) / 3
        && Base64Url.DecodeFromChars(text, bytes, out _, out var length) is OperationStatus.Done
        && length == bytes.Length
        && Base64Url.EncodeToString(bytes).AsSpan().SequenceEqual(text);
}
