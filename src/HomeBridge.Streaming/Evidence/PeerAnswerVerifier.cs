using System.Security.Cryptography;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// A camera's answer as it came, with the headers that speak for it. Nothing can be done with it but
/// <see cref="PeerAnswerVerifier.Verify"/>: its text is not readable outside this assembly.
/// </summary>
/// <param name="status">The answer's status.</param>
/// <param name="body">All of it; must not be changed afterwards.</param>
/// <param name="isSdp">Its content type is <c>application/sdp</c>.</param>
/// <param name="headers">What speaks for it.</param>
/// <param name="location">Where the session is ended, as it came.</param>
public sealed class UnverifiedPeerAnswer(int status, byte[] body, bool isSdp, EvidenceHeaders headers, string? location)
{
    /// <summary>What came with it: no part of it, so a finding may tell it.</summary>
    public EvidenceHeaders Headers { get; } = headers;

    /// <summary>Where to end it, whatever it is worth.</summary>
    public string? Location { get; } = location;

    internal int Status { get; } = status;

    internal byte[] Body { get; } = body;

    internal bool IsSdp { get; } = isSdp;
}

/// <summary>What an answer must be, all of it: built from the session and the offer, never from the answer.</summary>
/// <param name="Device">The granted camera.</param>
/// <param name="Keys">That camera's keys.</param>
/// <param name="Grade">The least that is accepted.</param>
/// <param name="Offer">SHA-256 of what was offered.</param>
/// <param name="Nonce">The nonce of this one request.</param>
public sealed record PeerAnswerExpectation(DeviceRef Device, DeviceEvidenceKeys Keys, EvidenceGrade Grade, byte[] Offer, string Nonce);

/// <summary>What the text of an answer says by itself, as whoever reads SDP found it.</summary>
/// <param name="Fingerprint">The one SHA-256 fingerprint, 32 bytes.</param>
/// <param name="Ufrag">The one user name fragment.</param>
public sealed record PeerAnswerFacts(byte[] Fingerprint, string Ufrag);

/// <summary>An answer that is proven, as far as the session's grade goes, to be the granted camera's. Only the verifier makes one.</summary>
public sealed class VerifiedPeerAnswer
{
    internal VerifiedPeerAnswer(DeviceRef device, byte[] text, PeerAnswerFacts? facts) =>
        (Device, Text, Sha256, Facts) = (device, text, SHA256.HashData(text), facts);

    /// <summary>The camera that answered.</summary>
    public DeviceRef Device { get; }

    /// <summary>What it said.</summary>
    public ReadOnlyMemory<byte> Text { get; }

    /// <summary>Its hash, for the record.</summary>
    public ReadOnlyMemory<byte> Sha256 { get; }

    /// <summary>What ties the media to it; null when it is the camera's, whole, and describes nothing that may be used.</summary>
    public PeerAnswerFacts? Facts { get; }
}

/// <summary>
/// The only way from an <see cref="UnverifiedPeerAnswer"/> to a <see cref="VerifiedPeerAnswer"/>: rules W1 to W8 of
/// <c>contracts/webrtc-signalling.md</c>, in that order, with the verdicts of media units.
/// </summary>
public sealed class PeerAnswerVerifier(TimeProvider time)
{
    /// <summary>Bytes of a description, offered or answered.</summary>
    public const int TextLengthMax = 64 * 1024;

    /// <summary>How far the maker's clock may be from ours when it signs.</summary>
    public static readonly TimeSpan CreatedWithin = EvidenceVerifier.FreshWithin;

    /// <summary>How long an answer may say that it is good for.</summary>
    public static readonly TimeSpan LifetimeMax = TimeSpan.FromSeconds(30);

    private const int Created = 201;

    /// <summary>Checks one answer. <paramref name="verified"/> is null unless the verdict is <see cref="EvidenceVerdict.Proven"/>.</summary>
    /// <param name="expected">The session's and the offer's.</param>
    /// <param name="answer">What came.</param>
    /// <param name="read">Reads the description; null when it is none that may be used, which proves nothing against the camera.</param>
    /// <param name="verified">The answer, proven.</param>
    public EvidenceVerdict Verify(
        PeerAnswerExpectation expected, UnverifiedPeerAnswer answer, Func<ReadOnlyMemory<byte>, PeerAnswerFacts?> read, out VerifiedPeerAnswer? verified)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentNullException.ThrowIfNull(read);
        verified = null;
        if (answer.Status != Created || !answer.IsSdp || answer.Body.Length is 0 or > TextLengthMax)
        {
            return EvidenceVerdict.NotAUnit;
        }

        if (answer.Headers.CameFromCache)
        {
            return EvidenceVerdict.FromCache;
        }

        var verdict = Check(expected, answer, read(answer.Body), out var facts);
        if (verdict is EvidenceVerdict.Proven)
        {
            verified = new VerifiedPeerAnswer(expected.Device, answer.Body, facts);
        }

        return verdict;
    }

    private EvidenceVerdict Check(PeerAnswerExpectation expected, UnverifiedPeerAnswer answer, PeerAnswerFacts? read, out PeerAnswerFacts? facts)
    {
        facts = read;
        PeerAnswerStatement? statement = null;
        var stated = answer.Headers.WebrtcAnswer;
        if (stated is not null && !PeerAnswerStatement.TryParse(stated, out statement))
        {
            return EvidenceVerdict.Missing;
        }

        if (statement is null)
        {
            return expected.Grade is not EvidenceGrade.G0 ? EvidenceVerdict.Missing : EvidenceVerdict.Proven;
        }

        var signature = default(PeerAnswerSignature);
        if (expected.Grade >= EvidenceGrade.G2
            && (answer.Headers is not { ContentDigest: not null, SignatureInput: { } input, Signature: { } value } || !PeerAnswerSignature.TryRead(input, value, out signature)))
        {
            return EvidenceVerdict.Missing;
        }

        if (!string.Equals(statement.Device, expected.Device.VendorDeviceId, StringComparison.Ordinal))
        {
            return EvidenceVerdict.OtherDevice;
        }

        if (expected.Grade is EvidenceGrade.G0)
        {
            return EvidenceVerdict.Proven;
        }

        if (answer.Headers.ContentDigest is not { } digest)
        {
            return EvidenceVerdict.Missing;
        }

        if (!string.Equals(statement.OfferSha256, Convert.ToBase64String(expected.Offer), StringComparison.Ordinal))
        {
            return EvidenceVerdict.OtherUnit;
        }

        // Where nothing could be read there is nothing to compare, and nothing to show: a camera that says no to an offer has not lied.
        if (!string.Equals(digest, EvidenceSigner.ContentDigest(answer.Body), StringComparison.Ordinal)
            || (read is not null && !string.Equals(statement.Fingerprint, Convert.ToBase64String(read.Fingerprint), StringComparison.Ordinal))
            || (read is not null && !string.Equals(statement.Ufrag, read.Ufrag, StringComparison.Ordinal)))
        {
            return EvidenceVerdict.OtherBytes;
        }

        return expected.Grade < EvidenceGrade.G2 ? EvidenceVerdict.Proven : CheckSignature(expected, stated!, digest, signature);
    }

    private EvidenceVerdict CheckSignature(PeerAnswerExpectation expected, string stated, string digest, in PeerAnswerSignature signature)
    {
        if (signature.IsEcdsa != (expected.Keys.Device is not null || expected.Grade is EvidenceGrade.G3))
        {
            return EvidenceVerdict.OtherAlgorithm;
        }

        if (!signature.IsBy(expected.Keys, stated, digest))
        {
            return EvidenceVerdict.IngestForged;
        }

        var now = time.GetUtcNow().ToUnixTimeSeconds();
        return signature.Nonce.SequenceEqual(expected.Nonce)
            && Math.Abs(now - signature.Created) <= CreatedWithin.TotalSeconds
            && signature.Expires >= now
            && signature.Expires - signature.Created is > 0 and var lifetime
            && lifetime <= LifetimeMax.TotalSeconds
            ? EvidenceVerdict.Proven
            : EvidenceVerdict.NotFresh;
    }
}
