using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Streaming.Events;

/// <summary>What the check of a call's signature concluded. The caller is never told which.</summary>
public enum EventVerdict
{
    /// <summary>Every check passed. Whether the nonce is new is for the caller to say.</summary>
    Genuine,

    /// <summary>A header is missing, doubled or not in the one spelling.</summary>
    Missing,

    /// <summary>No key of that name.</summary>
    UnknownKey,

    /// <summary>Made too long ago, or by a clock that is ahead.</summary>
    NotNow,

    /// <summary>The digest is not that of the body.</summary>
    OtherBytes,

    /// <summary>Not by that key, or not for this method, address and type.</summary>
    Forged,
}

/// <summary>A maker's public key for events.</summary>
/// <param name="Id">Its name in <c>keyid</c>.</param>
/// <param name="SubjectPublicKeyInfo">DER form of a P-256 public key.</param>
public sealed record EventKey(string Id, byte[] SubjectPublicKeyInfo);

/// <summary>One call as it arrived. A header with more than one line is null.</summary>
/// <param name="TargetUri">Configured origin, path and query as they came.</param>
/// <param name="ContentType">Must be <c>application/json</c>, as signed.</param>
/// <param name="ContentDigest">RFC 9530.</param>
/// <param name="SignatureInput">RFC 9421.</param>
/// <param name="Signature">RFC 9421.</param>
/// <param name="Body">The body's bytes.</param>
public sealed record SignedCall(
    string TargetUri, string? ContentType, string? ContentDigest, string? SignatureInput, string? Signature, ReadOnlyMemory<byte> Body);

/// <summary>What a good signature said of itself: together they are remembered, so that a call counts once.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="Nonce">Unique for the key.</param>
/// <param name="CreatedUnixSeconds">When it was made.</param>
public sealed record EventSignature(string KeyId, string Nonce, long CreatedUnixSeconds);

/// <summary>
/// Checks the signature of an events call as <c>contracts/device-cloud-events.md</c> has it. The key decides the
/// algorithm: it is P-256 and nothing that a header says makes it anything else.
/// </summary>
public sealed partial class EventVerifier(IEnumerable<EventKey> keys, TimeProvider time)
{
    /// <summary>How far the maker's clock may be from ours. Nonces are remembered for twice as long.</summary>
    public static readonly TimeSpan CreatedWithin = TimeSpan.FromSeconds(60);

    private const int HeaderLengthMax = 512;

    private readonly Dictionary<string, byte[]> _keys =
        keys.ToDictionary(key => key.Id, key => key.SubjectPublicKeyInfo, StringComparer.Ordinal);

    /// <summary>Checks one call; <paramref name="signature"/> is null unless the verdict is <see cref="EventVerdict.Genuine"/>.</summary>
    public EventVerdict Verify(SignedCall call, out EventSignature? signature)
    {
        ArgumentNullException.ThrowIfNull(call);
        signature = null;
        if (call.ContentType != EventProfile.ContentType || call.ContentDigest is not { } digest
            || !TryRead(call.SignatureInput, call.Signature, out var parameters, out var claimed, out var value))
        {
            return EventVerdict.Missing;
        }

        if (!_keys.TryGetValue(claimed.KeyId, out var spki))
        {
            return EventVerdict.UnknownKey;
        }

        if (Math.Abs(time.GetUtcNow().ToUnixTimeSeconds() - claimed.CreatedUnixSeconds) > CreatedWithin.TotalSeconds)
        {
            return EventVerdict.NotNow;
        }

        if (digest != EvidenceSigner.ContentDigest(call.Body.Span))
        {
            return EventVerdict.OtherBytes;
        }

        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(spki, out _);
        if (!key.VerifyData(
            EventProfile.Base(call.TargetUri, digest, parameters), value, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation))
        {
            return EventVerdict.Forged;
        }

        signature = claimed;
        return EventVerdict.Genuine;
    }

    private static bool TryRead(
        string? inputs, string? values, out string parameters,
        [NotNullWhen(true)] out EventSignature? signature, out byte[] value)
    {
        (parameters, signature, value) = ("", null, []);
        if (inputs is not { Length: <= HeaderLengthMax } || values is not { Length: <= HeaderLengthMax }
            || InputSpelling().Match(inputs) is not { Success: true } input
            || ValueSpelling().Match(values) is not { Success: true } stated)
        {
            return false;
        }

        parameters = input.Groups["parameters"].Value;
        signature = new EventSignature(
            input.Groups["keyid"].Value,
            input.Groups["nonce"].Value,
            long.Parse(input.Groups["created"].ValueSpan, CultureInfo.InvariantCulture));
        value = Convert.FromBase64String(stated.Groups["value"].Value);
        return true;
    }

    // One spelling, as for media evidence: what is matched here is what was signed, and a second signature, another
    // order of components or another algorithm's name has no way to be written.
    [GeneratedRegex(
        """\Aevents=(?<parameters>\("@method" "@target-uri" "content-type" "content-digest"\);created=(?<created>[0-9]{1,12});keyid="(?<keyid>[A-Za-z0-9._-]{1,64})";alg="ecdsa-p256-sha256";nonce="(?<nonce>[A-Za-z0-9_-]{16,64})";tag="homebridge-events")\z""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex InputSpelling();

    [GeneratedRegex(
        """\Aevents=:(?<value>[A-Za-z0-9+/]{85}[AQgw]==):\z""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ValueSpelling();
}
