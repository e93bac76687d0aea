using System.Security.Cryptography;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Streaming.Events;

/// <summary>
/// Signs a call to the events address as a maker does: for the sandbox's maker, for the test vectors, and for makers who
/// integrate in .NET. The bridge has no key to sign with.
/// </summary>
public static class EventSigner
{
    /// <summary>The headers of a signed call; <c>Content-Type</c> is <c>application/json</c>, exactly.</summary>
    /// <param name="ContentDigest">RFC 9530 section 2.</param>
    /// <param name="SignatureInput">What is covered, when, by which key.</param>
    /// <param name="Signature">The signature over it.</param>
    public sealed record Headers(string ContentDigest, string SignatureInput, string Signature);

    /// <summary>RFC 9421 section 3.3.4: ECDSA P-256 with SHA-256, the two numbers side by side.</summary>
    /// <param name="key">A P-256 private key.</param>
    /// <param name="keyId">Its name at the bridge.</param>
    /// <param name="targetUri">The bridge's public address of the events endpoint.</param>
    /// <param name="body">The body's bytes.</param>
    /// <param name="nonce">New for each call, also for one that is sent again.</param>
    /// <param name="createdUnixSeconds">Now.</param>
    public static Headers Sign(
        ECDsa key, string keyId, string targetUri, ReadOnlySpan<byte> body, string nonce, long createdUnixSeconds)
    {
        ArgumentNullException.ThrowIfNull(key);
        var digest = EvidenceSigner.ContentDigest(body);
        var parameters = EventProfile.Parameters(createdUnixSeconds, keyId, nonce);
        var signature = key.SignData(
            EventProfile.Base(targetUri, digest, parameters), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return new Headers(
            digest, $"{EventProfile.Label}={parameters}", $"{EventProfile.Label}=:{Convert.ToBase64String(signature)}:");
    }
}
