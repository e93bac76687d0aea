using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HomeBridge.Streaming.Evidence;

/// <summary>The signature of an answer: its one spelling, read and made (RFC 9421, <c>contracts/webrtc-signalling.md</c>).</summary>
internal ref struct PeerAnswerSignature
{
    private const string Components = "(\"webrtc-answer\" \"content-digest\")";
    private const string Tag = "\";tag=\"homebridge-webrtc\"";
    private const int HeaderLengthMax = 512;

    public ReadOnlySpan<char> Parameters { get; private set; }

    public bool IsEcdsa { get; private set; }

    public long Created { get; private set; }

    public long Expires { get; private set; }

    public ReadOnlySpan<char> Nonce { get; private set; }

    public ReadOnlySpan<char> Value { get; private set; }

    public static bool TryRead(string input, string value, out PeerAnswerSignature read)
    {
        read = default;
        return input.Length <= HeaderLengthMax && value.Length <= HeaderLengthMax && read.ReadInput(input) && read.ReadValue(value);
    }

    public static string MakeParameters(long created, long expires, string keyId, string algorithm, string nonce) => string.Create(
        CultureInfo.InvariantCulture, $"{Components};created={created};expires={expires};keyid=\"{keyId}\";alg=\"{algorithm}\";nonce=\"{nonce}{Tag}");

    /// <summary>The text that is signed.</summary>
    public static byte[] Base(string statement, string digest, ReadOnlySpan<char> parameters) =>
        Encoding.ASCII.GetBytes($"\"webrtc-answer\": {statement}\n\"content-digest\": {digest}\n\"@signature-params\": {parameters}");

    /// <summary>Whether it is by the key that the camera holds, or by the one derived for it.</summary>
    public readonly bool IsBy(DeviceEvidenceKeys keys, string statement, string digest)
    {
        var signed = Base(statement, digest, Parameters);
        return IsEcdsa ? EvidenceVerifier.IsEcdsa(keys.Device, signed, Value) : EvidenceVerifier.IsHmac(keys.Ingest, signed, Value);
    }

    private bool ReadInput(ReadOnlySpan<char> text)
    {
        var reader = new HeaderReader(text);
        if (!reader.Literal("answer="))
        {
            return false;
        }

        var start = reader.Position;
        if (!reader.Literal(Components) || !SignatureText.Seconds(ref reader, "created", out var created) || !SignatureText.Seconds(ref reader, "expires", out var expires)
            || !SignatureText.Algorithm(ref reader, out var isEcdsa) || !SignatureText.Nonce(ref reader, out var nonce)
            || !reader.Literal(Tag) || !reader.AtEnd)
        {
            return false;
        }

        IsEcdsa = isEcdsa;
        (Created, Expires) = (created, expires);
        Nonce = nonce;
        Parameters = reader.Since(start);
        return true;
    }

    private bool ReadValue(ReadOnlySpan<char> text)
    {
        var reader = new HeaderReader(text);
        if (!reader.Literal("answer=") || !SignatureText.Value(ref reader, IsEcdsa, out var value) || !reader.AtEnd)
        {
            return false;
        }

        Value = value;
        return true;
    }
}

/// <summary>
/// Makes evidence of answers as a maker does. The bridge never signs one; this is here for the sandbox's maker, for the test
/// vectors, and for makers who integrate in .NET.
/// </summary>
public static class PeerAnswerSigner
{
    /// <summary>With the key that the maker derived for the camera. <c>Input</c> and <c>Value</c> are the two headers' values.</summary>
    public static EvidenceSigner.Signature Sign(
        byte[] ingestKey, string keyId, string statement, string contentDigest, string nonce, long createdUnixSeconds, long expiresUnixSeconds)
    {
        var parameters = PeerAnswerSignature.MakeParameters(createdUnixSeconds, expiresUnixSeconds, keyId, EvidenceProfile.Hmac, nonce);
        return Signed(parameters, SignatureBase.Sign(ingestKey, PeerAnswerSignature.Base(statement, contentDigest, parameters)));
    }

    /// <summary>With a key that the camera itself holds: ECDSA on P-256.</summary>
    public static EvidenceSigner.Signature Sign(
        ECDsa deviceKey, string keyId, string statement, string contentDigest, string nonce, long createdUnixSeconds, long expiresUnixSeconds)
    {
        ArgumentNullException.ThrowIfNull(deviceKey);
        var parameters = PeerAnswerSignature.MakeParameters(createdUnixSeconds, expiresUnixSeconds, keyId, EvidenceProfile.Ecdsa, nonce);
        return Signed(parameters, deviceKey.SignData(
            PeerAnswerSignature.Base(statement, contentDigest, parameters), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    private static EvidenceSigner.Signature Signed(string parameters, byte[] value) =>
        new($"answer={parameters}", $"answer=:{Convert.ToBase64String(value)}:");
}
