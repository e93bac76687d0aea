using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// The only way from an <see cref="UnverifiedUnit"/> to a <see cref="VerifiedUnit"/>. The checks and their order are
/// those of <c>contracts/media-evidence.md</c>; no check is optional and none trusts the one before it.
/// </summary>
public sealed partial class EvidenceVerifier(TimeProvider time)
{
    /// <summary>A unit is two seconds at about 1 Mbit/s; this leaves room for 16 Mbit/s and bounds memory.</summary>
    public const int UnitBytesMax = 4 * 1024 * 1024;

    /// <summary>How far the maker's clock may be from ours when it signs an answer.</summary>
    public static readonly TimeSpan FreshWithin = TimeSpan.FromSeconds(10);

    /// <summary>A unit is 2 s long and leaves the window 6 s later; older pictures are not live.</summary>
    public static readonly TimeSpan CaptureAgeMax = TimeSpan.FromSeconds(20);

    /// <summary>How far a camera's clock may run ahead.</summary>
    public static readonly TimeSpan CaptureAheadMax = TimeSpan.FromSeconds(5);

    private const int HeaderLengthMax = 1024;

    /// <summary>Checks one unit. <paramref name="verified"/> is null unless the verdict is <see cref="EvidenceVerdict.Proven"/>.</summary>
    public EvidenceVerdict Verify(UnitExpectation expected, UnverifiedUnit unit, out VerifiedUnit? verified)
    {
        verified = null;
        if (unit.Status != 200 || unit.Body.Length is 0 or > UnitBytesMax)
        {
            return EvidenceVerdict.NotAUnit;
        }

        var headers = unit.Headers;
        if (headers.CameFromCache)
        {
            return EvidenceVerdict.FromCache;
        }

        if (headers is not { MediaUnit: { } stated, ContentDigest: { } digest, SignatureInput: { } inputs, Signature: { } values }
            || !MediaUnit.TryParse(stated, out var statement)
            || !TryRead(inputs, values, out var signatures))
        {
            return EvidenceVerdict.Missing;
        }

        if (!string.Equals(statement.Device, expected.Device.VendorDeviceId, StringComparison.Ordinal))
        {
            return EvidenceVerdict.OtherDevice;
        }

        if (statement.Kind != expected.Kind || statement.Sequence != expected.Sequence)
        {
            return EvidenceVerdict.OtherUnit;
        }

        var sha256 = SHA256.HashData(unit.Body);
        if (statement.Length != unit.Body.Length
            || !string.Equals(digest, $"sha-256=:{Convert.ToBase64String(sha256)}:", StringComparison.Ordinal))
        {
            return EvidenceVerdict.OtherBytes;
        }

        if (!Matches(
            expected.Keys.Ingest, EvidenceProfile.IngestBase(stated, digest, signatures.IngestParameters), signatures.Ingest))
        {
            return EvidenceVerdict.IngestForged;
        }

        var freshBase = EvidenceProfile.FreshBase(
            unit.Status, stated, digest, $":{signatures.Ingest}:", signatures.FreshParameters);
        var now = time.GetUtcNow();
        if (!string.Equals(signatures.Nonce, expected.Nonce, StringComparison.Ordinal)
            || !Matches(expected.Keys.Fresh, freshBase, signatures.Fresh)
            || Math.Abs(now.ToUnixTimeSeconds() - signatures.FreshCreated) > FreshWithin.TotalSeconds)
        {
            return EvidenceVerdict.NotFresh;
        }

        var ageMs = now.ToUnixTimeMilliseconds() - statement.CapturedUnixMs;
        if (statement.Kind is UnitKind.Segment
            && (ageMs > CaptureAgeMax.TotalMilliseconds || ageMs < -CaptureAheadMax.TotalMilliseconds))
        {
            return EvidenceVerdict.NotLive;
        }

        if (!CameraIdentityBox.AgreesWith(unit.Body, expected.Device.VendorDeviceId))
        {
            return EvidenceVerdict.OtherDevice;
        }

        verified = new VerifiedUnit(expected.Device, statement, unit.Body, sha256);
        return EvidenceVerdict.Proven;
    }

    internal static bool Matches(byte[] key, byte[] signatureBase, string base64)
    {
        Span<byte> claimed = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Span<byte> real = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, signatureBase, real);
        return Convert.TryFromBase64String(base64, claimed, out var length)
            && length == HMACSHA256.HashSizeInBytes
            && CryptographicOperations.FixedTimeEquals(claimed, real);
    }

    internal static bool TryRead(string inputs, string values, [NotNullWhen(true)] out Signatures? signatures)
    {
        signatures = null;
        if (inputs.Length > HeaderLengthMax || values.Length > HeaderLengthMax
            || InputSpelling().Match(inputs) is not { Success: true } input
            || ValueSpelling().Match(values) is not { Success: true } value)
        {
            return false;
        }

        signatures = new Signatures(
            input.Groups["ingest"].Value,
            input.Groups["fresh"].Value,
            input.Groups["nonce"].Value,
            long.Parse(input.Groups["created"].ValueSpan, CultureInfo.InvariantCulture),
            value.Groups["ingest"].Value,
            value.Groups["fresh"].Value);
        return true;
    }

    // The profile is fixed, so its spelling is too: what is matched here is exactly what was signed, and there is no
    // second way to write it that a signer and a verifier could read differently.
    [GeneratedRegex(
        """\Aingest=(?<ingest>\("media-unit" "content-digest"\);created=[0-9]{1,12};keyid="[A-Za-z0-9._-]{1,64}";alg="hmac-sha256";tag="homebridge-ingest"), fresh=(?<fresh>\("@status" "media-unit" "content-digest" "signature";key="ingest"\);created=(?<created>[0-9]{1,12});keyid="[A-Za-z0-9._-]{1,64}";alg="hmac-sha256";nonce="(?<nonce>[A-Za-z0-9_-]{1,64})";tag="homebridge-fresh")\z""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex InputSpelling();

    [GeneratedRegex(
        """\Aingest=:(?<ingest>[A-Za-z0-9+/]{43}=):, fresh=:(?<fresh>[A-Za-z0-9+/]{43}=):\z""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ValueSpelling();

    internal sealed record Signatures(
        string IngestParameters, string FreshParameters, string Nonce, long FreshCreated, string Ingest, string Fresh);
}
