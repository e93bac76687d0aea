using System.Security.Cryptography;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// Makes evidence as a maker does. The bridge never signs a unit; this is here for the sandbox's maker, for the test
/// vectors, and for makers who integrate in .NET.
/// </summary>
public static class EvidenceSigner
{
    /// <summary>One signature, ready for its two headers.</summary>
    /// <param name="Input">Member of Signature-Input: <c>ingest=(…);created=…</c>.</param>
    /// <param name="Value">Member of Signature: <c>ingest=:base64:</c>.</param>
    public sealed record Signature(string Input, string Value);

    /// <summary>RFC 9530 section 2: <c>sha-256=:…:</c>.</summary>
    public static string ContentDigest(ReadOnlySpan<byte> body) =>
        $"sha-256=:{Convert.ToBase64String(SHA256.HashData(body))}:";

    /// <summary>The signature made at ingest, with the key that the maker derived for the camera, and stored with the bytes.</summary>
    public static Signature SignIngest(
        byte[] ingestKey, string keyId, string mediaUnit, string contentDigest, long createdUnixSeconds)
    {
        Span<byte> buffer = stackalloc byte[EvidenceProfile.BaseLengthMax];
        var parameters = EvidenceProfile.IngestParameters(createdUnixSeconds, keyId, EvidenceProfile.Hmac);
        return Ingest(parameters, SignatureBase.Sign(ingestKey, EvidenceProfile.IngestBase(buffer, mediaUnit, contentDigest, parameters)));
    }

    /// <summary>The same by a key that the camera itself holds: ECDSA on P-256.</summary>
    public static Signature SignIngest(
        ECDsa deviceKey, string keyId, string mediaUnit, string contentDigest, long createdUnixSeconds)
    {
        ArgumentNullException.ThrowIfNull(deviceKey);
        Span<byte> buffer = stackalloc byte[EvidenceProfile.BaseLengthMax];
        var parameters = EvidenceProfile.IngestParameters(createdUnixSeconds, keyId, EvidenceProfile.Ecdsa);
        var signed = EvidenceProfile.IngestBase(buffer, mediaUnit, contentDigest, parameters).ToArray();
        return Ingest(parameters, deviceKey.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    /// <summary>The signature made for one answer, over the gateway's nonce and the stored ingest signature.</summary>
    public static Signature SignFresh(
        byte[] freshKey, string keyId, int status, string mediaUnit, string contentDigest, Signature ingest,
        string nonce, long createdUnixSeconds)
    {
        Span<byte> buffer = stackalloc byte[EvidenceProfile.BaseLengthMax];
        var parameters = EvidenceProfile.FreshParameters(createdUnixSeconds, keyId, nonce);
        var value = SignatureBase.Sign(
            freshKey, EvidenceProfile.FreshBase(buffer, status, mediaUnit, contentDigest, ingest.Value.AsSpan("ingest=".Length), parameters));
        return new Signature($"fresh={parameters}", $"fresh=:{Convert.ToBase64String(value)}:");
    }

    private static Signature Ingest(string parameters, byte[] value) =>
        new($"ingest={parameters}", $"ingest=:{Convert.ToBase64String(value)}:");
}
