using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace HomeBridge.Streaming.Tickets;

/// <summary>Signs entry tickets. Only the bridge has one: a stolen gateway can check tickets but mint none.</summary>
public sealed class TicketSigner : IDisposable
{
    private readonly ECDsa _key;
    private readonly Lock _signing = new();

    /// <summary>Takes an ECDSA P-256 private key in PEM form.</summary>
    /// <exception cref="ArgumentException">Not a P-256 private key.</exception>
    public TicketSigner(string privateKeyPem)
    {
        _key = ECDsa.Create();
        try
        {
            _key.ImportFromPem(privateKeyPem);
            if (_key.KeySize != 256)
            {
                throw new ArgumentException("The ticket key must be an ECDSA P-256 key.", nameof(privateKeyPem));
            }

            // Fails for a public key: exporting the private part is the only test the framework has.
            _ = _key.ExportECPrivateKey();
        }
        catch (CryptographicException wrong)
        {
            _key.Dispose();
            throw new ArgumentException("The ticket key must be an ECDSA P-256 private key in PEM form.", nameof(privateKeyPem), wrong);
        }

        PublicKey = TicketPublicKey.From(_key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>What gateways check tickets with.</summary>
    public TicketPublicKey PublicKey { get; }

    /// <summary>Signs a ticket for a grant that is already recorded.</summary>
    public string Sign(GrantId grant, DateTimeOffset issuedAt, TimeSpan lifetime, TicketPurpose purpose = TicketPurpose.Hls)
    {
        Span<byte> bytes = stackalloc byte[StreamTicket.PayloadLength + StreamTicket.SignatureLength];
        return Sign(new StreamTicket(PublicKey.Id, grant, issuedAt, issuedAt + lifetime) { Purpose = purpose }, bytes);
    }

    /// <summary>Signs a signalling ticket: it is good with this token and for this device only.</summary>
    public string SignSignalling(GrantId grant, DateTimeOffset issuedAt, TimeSpan lifetime, SignallingBinding binding)
    {
        Span<byte> bytes = stackalloc byte[StreamTicket.SignallingPayloadLength + StreamTicket.SignatureLength];
        return Sign(new StreamTicket(PublicKey.Id, grant, issuedAt, issuedAt + lifetime) { Purpose = TicketPurpose.Signalling, Binding = binding }, bytes);
    }

    private string Sign(StreamTicket ticket, Span<byte> bytes)
    {
        var payload = bytes[..^StreamTicket.SignatureLength];
        var signature = bytes[^StreamTicket.SignatureLength..];
        ticket.WritePayload(payload);
        lock (_signing)
        {
            _key.TrySignData(payload, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation, out _);
        }

        return Base64Url.EncodeToString(bytes);
    }

    /// <inheritdoc />
    public void Dispose() => _key.Dispose();
}

/// <summary>The public half of a ticket key.</summary>
/// <param name="Id">The first four bytes of SHA-256 over <paramref name="SubjectPublicKeyInfo"/>: the same everywhere without a register.</param>
/// <param name="SubjectPublicKeyInfo">DER (RFC 5280 section 4.1).</param>
public sealed record TicketPublicKey(uint Id, byte[] SubjectPublicKeyInfo)
{
    /// <summary>Names a key by its own hash.</summary>
    public static TicketPublicKey From(byte[] subjectPublicKeyInfo) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(subjectPublicKeyInfo)), subjectPublicKeyInfo);
}
