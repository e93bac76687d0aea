using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// The only way from an <see cref="UnverifiedUnit"/> to a <see cref="VerifiedUnit"/>. The rules, their names and their order
/// are those of <c>contracts/media-evidence.md</c>; no rule of the demanded grade is optional and none trusts the one before
/// it. Grade, algorithm and keys are the session's: nothing that an answer says chooses them.
/// </summary>
public sealed class EvidenceVerifier(TimeProvider time)
{
    /// <summary>A unit is two seconds at about 1 Mbit/s; this leaves room for 16 Mbit/s and bounds memory.</summary>
    public const int UnitBytesMax = 4 * 1024 * 1024;

    /// <summary>How far the maker's clock may be from ours when it signs an answer.</summary>
    public static readonly TimeSpan FreshWithin = TimeSpan.FromSeconds(10);

    /// <summary>A unit is 2 s long and leaves the window 6 s later; older pictures are not live.</summary>
    public static readonly TimeSpan CaptureAgeMax = TimeSpan.FromSeconds(20);

    /// <summary>How far a camera's clock may run ahead.</summary>
    public static readonly TimeSpan CaptureAheadMax = TimeSpan.FromSeconds(5);

    private const string DigestStart = "sha-256=:";
    private const int DigestLength = 9 + 44 + 1;

    /// <summary><c>r</c> and <c>s</c>.</summary>
    private const int EcdsaLength = 64;

    /// <summary>Checks one unit. <paramref name="verified"/> is null unless the verdict is <see cref="EvidenceVerdict.Proven"/>.</summary>
    public EvidenceVerdict Verify(UnitExpectation expected, UnverifiedUnit unit, out VerifiedUnit? verified)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(unit);
        verified = null;
        if (unit.Status != 200 || unit.Body.Length is 0 or > UnitBytesMax)
        {
            return EvidenceVerdict.NotAUnit;
        }

        if (unit.Headers.CameFromCache)
        {
            return EvidenceVerdict.FromCache;
        }

        MediaUnit? statement = null;
        var sha256 = new byte[SHA256.HashSizeInBytes];
        var verdict = expected.Grade switch
        {
            EvidenceGrade.G0 => Unstated(expected, unit, sha256),
            EvidenceGrade.G1 => Asserted(expected, unit, sha256, out statement),
            _ => Signed(expected, unit, sha256, out statement),
        };
        if (verdict is not EvidenceVerdict.Proven)
        {
            return verdict;
        }

        if (!CameraIdentityBox.AgreesWith(unit.Body, expected.Device.VendorDeviceId))
        {
            return EvidenceVerdict.OtherDevice;
        }

        var grade = expected.Grade < EvidenceGrade.G2 ? expected.Grade : expected.Keys.Device is null ? EvidenceGrade.G2 : EvidenceGrade.G3;
        verified = new VerifiedUnit(expected, grade, statement, unit.Body, sha256);
        return EvidenceVerdict.Proven;
    }

    /// <summary>G0. A statement is not asked for. One that names another camera is believed, and one that nobody can read is none.</summary>
    private static EvidenceVerdict Unstated(UnitExpectation expected, UnverifiedUnit unit, byte[] sha256)
    {
        if (unit.Headers.MediaUnit is { } stated)
        {
            if (!MediaUnit.TryParse(stated, out var statement))
            {
                return EvidenceVerdict.Missing;
            }

            if (!IsOf(expected, statement))
            {
                return EvidenceVerdict.OtherDevice;
            }
        }

        SHA256.HashData(unit.Body, sha256);
        return EvidenceVerdict.Proven;
    }

    /// <summary>G1: camera, unit, bytes and capture time are stated, and right. Signatures are not looked at.</summary>
    private EvidenceVerdict Asserted(UnitExpectation expected, UnverifiedUnit unit, byte[] sha256, out MediaUnit? statement)
    {
        var verdict = Stated(expected, unit, sha256, out statement);
        return verdict is EvidenceVerdict.Proven && !IsLive(statement!) ? EvidenceVerdict.NotLive : verdict;
    }

    /// <summary>G2 and G3: the same, signed at ingest and fresh.</summary>
    private EvidenceVerdict Signed(UnitExpectation expected, UnverifiedUnit unit, byte[] sha256, out MediaUnit? statement)
    {
        statement = null;
        if (unit.Headers is not { MediaUnit: { } stated, ContentDigest: { } digest, SignatureInput: { } inputs, Signature: { } values }
            || !SignatureHeaders.TryRead(inputs, values, out var signatures))
        {
            return EvidenceVerdict.Missing;
        }

        var verdict = Stated(expected, unit, sha256, out statement);
        if (verdict is not EvidenceVerdict.Proven)
        {
            return verdict;
        }

        var byDevice = expected.Keys.Device is not null || expected.Grade is EvidenceGrade.G3;
        if (signatures.IngestIsEcdsa != byDevice)
        {
            return EvidenceVerdict.OtherAlgorithm;
        }

        if (!IngestIsBy(expected.Keys, byDevice, stated, digest, signatures))
        {
            return EvidenceVerdict.IngestForged;
        }

        if (!signatures.Nonce.SequenceEqual(expected.Nonce)
            || !FreshIsBy(expected.Keys, unit.Status, stated, digest, signatures)
            || Math.Abs(time.GetUtcNow().ToUnixTimeSeconds() - signatures.FreshCreated) > FreshWithin.TotalSeconds)
        {
            return EvidenceVerdict.NotFresh;
        }

        return IsLive(statement!) ? EvidenceVerdict.Proven : EvidenceVerdict.NotLive;
    }

    /// <summary>Whether ingest was signed by the key that the camera holds, or by the one derived for it.</summary>
    internal static bool IngestIsBy(DeviceEvidenceKeys keys, bool byDevice, string stated, string digest, in SignatureHeaders signatures)
    {
        Span<byte> buffer = stackalloc byte[EvidenceProfile.BaseLengthMax];
        var ingest = EvidenceProfile.IngestBase(buffer, stated, digest, signatures.IngestParameters);
        return byDevice ? IsEcdsa(keys.Device, ingest, signatures.Ingest) : IsHmac(keys.Ingest, ingest, signatures.Ingest);
    }

    /// <summary>Whether the answer was signed with the camera's fresh key.</summary>
    internal static bool FreshIsBy(DeviceEvidenceKeys keys, int status, string stated, string digest, in SignatureHeaders signatures)
    {
        Span<byte> buffer = stackalloc byte[EvidenceProfile.BaseLengthMax];
        var fresh = EvidenceProfile.FreshBase(buffer, status, stated, digest, signatures.IngestItem, signatures.FreshParameters);
        return IsHmac(keys.Fresh, fresh, signatures.Fresh);
    }

    /// <summary>This camera, this unit, these bytes.</summary>
    private static EvidenceVerdict Stated(UnitExpectation expected, UnverifiedUnit unit, byte[] sha256, out MediaUnit? statement)
    {
        statement = null;
        if (unit.Headers is not { MediaUnit: { } stated, ContentDigest: { } digest } || !MediaUnit.TryParse(stated, out statement))
        {
            return EvidenceVerdict.Missing;
        }

        if (!IsOf(expected, statement))
        {
            return EvidenceVerdict.OtherDevice;
        }

        if (statement.Kind != expected.Kind || statement.Sequence != expected.Sequence)
        {
            return EvidenceVerdict.OtherUnit;
        }

        SHA256.HashData(unit.Body, sha256);
        return statement.Length == unit.Body.Length && IsDigest(digest, sha256) ? EvidenceVerdict.Proven : EvidenceVerdict.OtherBytes;
    }

    private static bool IsOf(UnitExpectation expected, MediaUnit statement) =>
        string.Equals(statement.Device, expected.Device.VendorDeviceId, StringComparison.Ordinal);

    private bool IsLive(MediaUnit statement)
    {
        var ageMs = time.GetUtcNow().ToUnixTimeMilliseconds() - statement.CapturedUnixMs;
        return statement.Kind is not UnitKind.Segment
            || (ageMs <= CaptureAgeMax.TotalMilliseconds && ageMs >= -CaptureAheadMax.TotalMilliseconds);
    }

    private static bool IsDigest(ReadOnlySpan<char> header, ReadOnlySpan<byte> sha256)
    {
        Span<char> real = stackalloc char[DigestLength];
        DigestStart.CopyTo(real);
        Convert.TryToBase64Chars(sha256, real[DigestStart.Length..], out _);
        real[^1] = ':';
        return header.SequenceEqual(real);
    }

    /// <summary>Compared as text: a MAC has one spelling, and what decodes to the same bytes is not it.</summary>
    internal static bool IsHmac(byte[] key, ReadOnlySpan<byte> signatureBase, ReadOnlySpan<char> claimed)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Span<char> text = stackalloc char[EvidenceProfile.HmacTextLength];
        HMACSHA256.HashData(key, signatureBase, mac);
        Convert.TryToBase64Chars(mac, text, out _);

        // An empty key is everybody's.
        return key.Length == DeviceEvidenceKeys.KeyLength && CryptographicOperations.FixedTimeEquals(
            MemoryMarshal.AsBytes(claimed), MemoryMarshal.AsBytes((ReadOnlySpan<char>)text));
    }

    internal static bool IsEcdsa(DevicePublicKey? key, ReadOnlySpan<byte> signatureBase, ReadOnlySpan<char> claimed)
    {
        Span<byte> signature = stackalloc byte[EcdsaLength];
        Span<char> again = stackalloc char[EvidenceProfile.EcdsaTextLength];
        return key is not null
            && Convert.TryFromBase64Chars(claimed, signature, out var length)
            && length == EcdsaLength
            && Convert.TryToBase64Chars(signature, again, out _)
            && claimed.SequenceEqual(again)
            && key.Verify(signatureBase, signature);
    }
}
