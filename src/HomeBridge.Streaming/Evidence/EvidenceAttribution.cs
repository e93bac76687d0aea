using System.Diagnostics.CodeAnalysis;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// Whose answer it was that came instead of the granted camera's. Only the headers are looked at, so that it can be judged
/// where the bytes never are.
/// </summary>
public static class EvidenceAttribution
{
    /// <summary>More than the profile ever needs. What is longer would not fit the signature bases.</summary>
    private const int HeaderLengthMax = 256;

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
            || stated.Length > HeaderLengthMax
            || digest.Length > HeaderLengthMax
            || !SignatureHeaders.TryRead(inputs, values, out var signatures)
            || !signatures.Nonce.SequenceEqual(nonce))
        {
            return false;
        }

        // A gateway asks about 200 answers only.
        var byDevice = keys.Device is not null;
        return signatures.IngestIsEcdsa == byDevice
            && EvidenceVerifier.IngestIsBy(keys, byDevice, stated, digest, signatures)
            && EvidenceVerifier.FreshIsBy(keys, 200, stated, digest, signatures);
    }
}
