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

    /// <summary>A gateway asks about 200 answers only.</summary>
    private const int Answered = 200;

    /// <summary>From the maker's signature to its being judged: a gateway tells at once, and tries again for a minute.</summary>
    private static readonly TimeSpan ToldWithin = TimeSpan.FromMinutes(5);

    /// <summary>The camera that the headers name, of a unit or of an answer to an offer. A claim, until <see cref="IsProof"/> has found it true.</summary>
    public static string? ClaimedDevice(EvidenceHeaders headers) => headers switch
    {
        { WebrtcAnswer: { } answer } => PeerAnswerStatement.TryParse(answer, out var statement) ? statement.Device : null,
        _ => TryReadClaim(headers, out var unit) ? unit.Device : null,
    };

    /// <summary>What the headers state of a unit.</summary>
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
    /// <param name="headers">As they came.</param>
    /// <param name="keys">Of the device that the headers name.</param>
    /// <param name="nonce">Ours.</param>
    /// <param name="now">What was signed long ago says nothing about what is delivered now.</param>
    public static bool IsProof(EvidenceHeaders headers, DeviceEvidenceKeys keys, string nonce, DateTimeOffset now) =>
        headers.WebrtcAnswer is not null ? IsProofOfAnswer(headers, keys, nonce, now)
        : TryRead(headers, nonce, now, out var stated, out var digest, out var signatures)
        && signatures.IngestIsEcdsa == keys.Device is not null
        && EvidenceVerifier.IngestIsBy(keys, keys.Device is not null, stated, digest, signatures)
        && EvidenceVerifier.FreshIsBy(keys, Answered, stated, digest, signatures);

    /// <summary>
    /// Whether the maker signed this very answer to our nonce with the camera's key, while who signed at ingest can't be
    /// told: some camera's own key did.
    /// </summary>
    public static bool IsAnswer(EvidenceHeaders headers, DeviceEvidenceKeys keys, string nonce, DateTimeOffset now) =>
        TryRead(headers, nonce, now, out var stated, out var digest, out var signatures)
        && signatures.IngestIsEcdsa
        && EvidenceVerifier.FreshIsBy(keys, Answered, stated, digest, signatures);

    /// <summary>The one signature of an answer to an offer is over our nonce.</summary>
    private static bool IsProofOfAnswer(EvidenceHeaders headers, DeviceEvidenceKeys keys, string nonce, DateTimeOffset now) =>
        headers is { WebrtcAnswer: { Length: <= PeerAnswerStatement.HeaderLengthMax } stated, ContentDigest: { Length: <= HeaderLengthMax } digest, SignatureInput: { } input, Signature: { } value }
        && PeerAnswerSignature.TryRead(input, value, out var signature)
        && signature.IsEcdsa == keys.Device is not null
        && signature.Nonce.SequenceEqual(nonce)
        && Math.Abs(now.ToUnixTimeSeconds() - signature.Created) <= ToldWithin.TotalSeconds
        && signature.IsBy(keys, stated, digest);

    private static bool TryRead(
        EvidenceHeaders headers, string nonce, DateTimeOffset now, out string stated, out string digest, out SignatureHeaders signatures)
    {
        (stated, digest) = (headers.MediaUnit ?? "", headers.ContentDigest ?? "");
        signatures = default;
        return headers is { SignatureInput: { } inputs, Signature: { } values }
            && stated.Length is > 0 and <= HeaderLengthMax
            && digest.Length is > 0 and <= HeaderLengthMax
            && SignatureHeaders.TryRead(inputs, values, out signatures)
            && signatures.Nonce.SequenceEqual(nonce)
            && Math.Abs(now.ToUnixTimeSeconds() - signatures.FreshCreated) <= ToldWithin.TotalSeconds;
    }
}
