using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// A camera's own P-256 key. Two encodings of one point are one key: whatever form it came in, it is kept, compared and
/// named by the uncompressed point.
/// </summary>
[SuppressMessage(
    "Design", "CA1001:Types that own disposable fields should be disposable",
    Justification = "A unit may be verified while its session ends. The handle goes with the last of them.")]
public sealed class DevicePublicKey
{
    private const int CoordinateLength = 32;
    private const string EcPublicKey = "1.2.840.10045.2.1";
    private const string Prime256V1 = "1.2.840.10045.3.1.7";

    /// <summary>Bytes of SubjectPublicKeyInfo: 91 in the usual form.</summary>
    private const int EncodedLengthMax = 256;

    // FIPS 186-4 D.1.2.3: y² = x³ - 3x + b mod p.
    private static readonly BigInteger P = Read(Convert.FromHexString("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"));
    private static readonly BigInteger B = Read(Convert.FromHexString("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"));

    private readonly Lock _gate = new();
    private readonly ECDsa _key;

    private DevicePublicKey(byte[] x, byte[] y)
    {
        _key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x, Y = y } });
        var canonical = _key.ExportSubjectPublicKeyInfo();
        SubjectPublicKeyInfo = Convert.ToBase64String(canonical);
        Thumbprint = Base64Url.EncodeToString(SHA256.HashData(canonical));
    }

    /// <summary>Base64 of the DER form with the uncompressed point.</summary>
    public string SubjectPublicKeyInfo { get; }

    /// <summary>SHA-256 of that form, base64url: what a binding pins.</summary>
    public string Thumbprint { get; }

    /// <summary>
    /// Reads base64 of a SubjectPublicKeyInfo (RFC 5480) on the named curve P-256, its point compressed, uncompressed or
    /// hybrid. False for anything else, for a point that is not on the curve, and for bytes after it.
    /// </summary>
    public static bool TryRead(string? base64, [NotNullWhen(true)] out DevicePublicKey? key)
    {
        key = null;
        Span<byte> encoded = stackalloc byte[EncodedLengthMax];
        if (base64 is null || !Convert.TryFromBase64String(base64, encoded, out var length))
        {
            return false;
        }

        try
        {
            var info = new AsnReader(encoded[..length].ToArray(), AsnEncodingRules.BER);
            var sequence = info.ReadSequence();
            var algorithm = sequence.ReadSequence();
            if (algorithm.ReadObjectIdentifier() != EcPublicKey || algorithm.ReadObjectIdentifier() != Prime256V1)
            {
                return false;
            }

            var point = sequence.ReadBitString(out var unused);
            if (unused != 0 || algorithm.HasData || sequence.HasData || info.HasData || !TryReadPoint(point, out var x, out var y))
            {
                return false;
            }

            key = new DevicePublicKey(x, y);
            return true;
        }
        catch (Exception unreadable) when (unreadable is AsnContentException or CryptographicException)
        {
            return false;
        }
    }

    /// <summary>RFC 9421 section 3.3.4: <c>r</c> and <c>s</c>, one after the other.</summary>
    public bool Verify(ReadOnlySpan<byte> signatureBase, ReadOnlySpan<byte> signature)
    {
        // The framework promises nothing for two threads at one key, and a session may have two units under way.
        lock (_gate)
        {
            return _key.VerifyData(signatureBase, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
    }

    public override string ToString() => Thumbprint;

    private static bool TryReadPoint(ReadOnlySpan<byte> point, out byte[] x, out byte[] y)
    {
        (x, y) = ([], []);
        var form = point.IsEmpty ? 0 : point[0];
        if (form is not ((2 or 3) or (4 or 6 or 7)) || point.Length != (form <= 3 ? 1 + CoordinateLength : 1 + (2 * CoordinateLength)))
        {
            return false;
        }

        var across = Read(point[1..(1 + CoordinateLength)]);
        if (across >= P)
        {
            return false;
        }

        var square = (BigInteger.ModPow(across, 3, P) + (3 * (P - across)) + B) % P;
        var up = BigInteger.ModPow(square, (P + 1) / 4, P);
        if (BigInteger.ModPow(up, 2, P) != square)
        {
            return false;
        }

        // Uncompressed, y is stated; in the other forms the lowest bit says which root it is.
        var isOdd = form == 4 ? (point[^1] & 1) == 1 : (form & 1) == 1;
        if (!up.IsZero && !up.IsEven != isOdd)
        {
            up = P - up;
        }

        x = Write(across);
        y = Write(up);
        return form <= 3 || point[(1 + CoordinateLength)..].SequenceEqual(y);
    }

    private static BigInteger Read(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static byte[] Write(BigInteger number)
    {
        var bytes = new byte[CoordinateLength];
        number.TryWriteBytes(bytes.AsSpan(CoordinateLength - number.GetByteCount(isUnsigned: true)), out _, isUnsigned: true, isBigEndian: true);
        return bytes;
    }
}
