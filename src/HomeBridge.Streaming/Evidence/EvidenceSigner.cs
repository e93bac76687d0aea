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

    /// <summary>The signature made at ingest and stored with the bytes.</summary>
    public static Signature SignIngest(
        byte[] ingestKey, string keyId, string mediaUnit, string contentDigest, long createdUnixSeconds)
    {
        var parameters = EvidenceProfile.IngestParameters(createdUnixSeconds, keyId);
        var value = SignatureBase.Sign(ingestKey, EvidenceProfile.IngestBase(mediaUnit, contentDigest, parameters));
        return new Signature($"ingest={parameters}", $"ingest=:{Convert.ToBase64String(value)}:");
    }

    /// <summary>The signature made for one answer, over the gateway's nonce and the stored ingest signature.</summary>
    public static Signature SignFresh(
        byte[] freshKey, string keyId, int status, string mediaUnit, string contentDigest, Signature ingest,
        string nonce, long createdUnixSeconds)
    {
        var parameters = EvidenceProfile.FreshParameters(createdUnixSeconds, keyId, nonce);
        var ingestValue = ingest.Value["ingest=".Length..];
        var value = SignatureBase.Sign(
            freshKey, EvidenceProfile.FreshBase(status, mediaUnit, contentDigest, ingestValue, parameters));
        return new Signature($"fresh={parameters}", $"fresh=:{Convert.ToBase64String(value)}:");
    }
}
