using System.Diagnostics.CodeAnalysis;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// Whose answer it was that came instead of the granted camera's. Only the headers are looked at, so that it can be judged
/// where the bytes never are.
/// </summary>
public static class EvidenceAttribution
{
    /// <summary>Longer than the digest of the profile; what is longer still does not fit the signature bases.</summary>
    private const int DigestLengthMax = 128;

    /// <summary>What the headers state. A claim, until <see cref="IsProof"/> has found it true.</summary>
    public static bool TryReadClaim(EvidenceHeaders headers, [NotNullWhen(true)] out MediaUnit? statement)
    {
        statement = null;
        return headers.MediaUnit is { } stated && MediaUnit.TryParse(stated, out statement);
    }

    /// <summary>
    /// Whether the device that has these keys signed the statement where it was authenticated, and the maker signed this
    /// very answer to our nonce with them. A unit that names another device so was delivered by mistake: there is no other
    /// way to come by such signatures.
    /// </summary>
    public static bool IsProof(EvidenceHeaders headers, DeviceEvidenceKeys keys, string nonce)
    {
        if (headers is not { MediaUnit: { } stated, ContentDigest: { } digest, SignatureInput: { } inputs, Signature: { } values }
            || !MediaUnit.TryParse(stated, out _)
            || digest.Length > DigestLengthMax
            || !SignatureHeaders.TryRead(inputs, values, out var signatures)
            || !signatures.Nonce.SequenceEqual(nonce))
        {
            return false;
        }

        Span<byte> buffer = stackalloc byte[EvidenceProfile.BaseLengthMax];
        var ingest = EvidenceProfile.IngestBase(buffer, stated, digest, signatures.IngestParameters);
        if (!(signatures.IngestIsEcdsa
            ? EvidenceVerifier.IsEcdsa(keys.Device, ingest, signatures.Ingest)
            : EvidenceVerifier.IsHmac(keys.Ingest, ingest, signatures.Ingest)))
        {
            return false;
        }

        // A gateway tells of 200 answers only.
        var fresh = EvidenceProfile.FreshBase(buffer, 200, stated, digest, signatures.IngestItem, signatures.FreshParameters);
        return EvidenceVerifier.IsHmac(keys.Fresh, fresh, signatures.Fresh);
    }
}
