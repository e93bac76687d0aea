using System.Collections.Immutable;
using System.Security.Cryptography;

namespace HomeBridge.Streaming.Tickets;

/// <summary>Why an entry ticket was, or was not, honoured. A viewer is never told which.</summary>
public enum TicketVerdict
{
    /// <summary>Signed by us and in time. The grant still has to be redeemed.</summary>
    Honoured,

    /// <summary>Not a ticket at all.</summary>
    Malformed,

    /// <summary>The right shape, but no key of ours signed it.</summary>
    Forged,

    /// <summary>Signed by us, but not valid now.</summary>
    Expired,
}

/// <summary>Checks entry tickets with public keys. Immutable: new keys make a new verifier.</summary>
public sealed class TicketVerifier(IEnumerable<TicketPublicKey> keys, TimeProvider time)
{
    /// <summary>How far the clock of the bridge that minted may run ahead of ours.</summary>
    public static readonly TimeSpan ClockSkewMax = TimeSpan.FromSeconds(5);

    private readonly ImmutableDictionary<uint, Key> _keys = keys.ToImmutableDictionary(key => key.Id, key => new Key(key));

    /// <summary>Whether a key is in the ring.</summary>
    public bool Knows(uint keyId) => _keys.ContainsKey(keyId);

    /// <summary>Shape, signature, time: in that order.</summary>
    public TicketVerdict Verify(ReadOnlySpan<char> text, out StreamTicket? ticket)
    {
        var verdict = Read(text, out ticket);
        if (verdict is not TicketVerdict.Honoured)
        {
            ticket = null;
        }

        return verdict;
    }

    /// <summary>The same; one that is signed and not valid now is told, too: it opens nothing, and may still end what it opened.</summary>
    public TicketVerdict Read(ReadOnlySpan<char> text, out StreamTicket? ticket)
    {
        ticket = null;
        Span<byte> buffer = stackalloc byte[StreamTicket.SignallingPayloadLength + StreamTicket.SignatureLength];
        var bytes = text.Length == StreamTicket.SignallingTextLength ? buffer : buffer[..(StreamTicket.PayloadLength + StreamTicket.SignatureLength)];
        var payload = bytes[..^StreamTicket.SignatureLength];
        if (!StreamTicket.TryDecode(text, bytes)
            || !StreamTicket.TryReadPayload(payload, out var read))
        {
            return TicketVerdict.Malformed;
        }

        if (!_keys.TryGetValue(read.KeyId, out var key)
            || !key.Signed(payload, bytes[^StreamTicket.SignatureLength..]))
        {
            return TicketVerdict.Forged;
        }

        ticket = read;
        var now = time.GetUtcNow();
        if (now >= read.ExpiresAt || now < read.IssuedAt - ClockSkewMax)
        {
            return TicketVerdict.Expired;
        }

        return TicketVerdict.Honoured;
    }

    /// <summary>A key that was read once: to read it takes three times as long as to check a signature.</summary>
    private sealed class Key(TicketPublicKey key)
    {
        private readonly Lock _gate = new();
        private ECDsa? _read;

        public bool Signed(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> signature)
        {
            lock (_gate)
            {
                if (_read is null)
                {
                    _read = ECDsa.Create();
                    _read.ImportSubjectPublicKeyInfo(key.SubjectPublicKeyInfo, out _);
                }

                return _read.VerifyData(payload, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            }
        }
    }
}
