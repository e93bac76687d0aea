using System.Diagnostics.CodeAnalysis;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// Whose answer it was that came instead of the granted camera's. Only the headers are looked at, so that it can be judged
/// where the bytes never are.
/// </summary>
public static class EvidenceAttribution
{
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
            || !EvidenceVerifier.TryRead(inputs, values, out var signatures)
            || !string.Equals(signatures.Nonce, nonce, StringComparison.Ordinal))
        {
            return false;
        }

        // A gateway asks about 200 answers only.
        return EvidenceVerifier.Matches(
                keys.Ingest, EvidenceProfile.IngestBase(stated, digest, signatures.IngestParameters), signatures.Ingest)
            && EvidenceVerifier.Matches(
                keys.Fresh, EvidenceProfile.FreshBase(200, stated, digest, $":{signatures.Ingest}:", signatures.FreshParameters), signatures.Fresh);
    }
}
