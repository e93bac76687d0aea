using System.Text.Json.Serialization;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// One whole unit as it came from a maker, with the headers that speak for it. Nothing can be done with it but
/// <see cref="EvidenceVerifier.Verify"/>: its bytes are not readable outside this assembly.
/// </summary>
public sealed class UnverifiedUnit
{
    /// <summary>Takes over an answer that was read to its end. The body must not be changed afterwards.</summary>
    public UnverifiedUnit(int status, byte[] body, EvidenceHeaders headers)
    {
        Status = status;
        Body = body;
        Headers = headers;
    }

    internal int Status { get; }

    internal byte[] Body { get; }

    /// <summary>What came with the bytes: no part of them, so a finding may tell it.</summary>
    public EvidenceHeaders Headers { get; }

    /// <summary>The camera that the bytes name themselves, if they do. A claim.</summary>
    public string? NamedInBytes => CameraIdentityBox.DeviceIn(Body);
}

/// <summary>The evidence headers of one answer; null where there was none or more than one field line.</summary>
/// <param name="MediaUnit">What the maker says the unit is.</param>
/// <param name="ContentDigest">RFC 9530.</param>
/// <param name="SignatureInput">RFC 9421 section 4.1.</param>
/// <param name="Signature">RFC 9421 section 4.2.</param>
/// <param name="CameFromCache">A header says that a cache answered.</param>
public sealed record EvidenceHeaders(
    string? MediaUnit, string? ContentDigest, string? SignatureInput, string? Signature, bool CameFromCache)
{
    /// <summary>The header that says so, as <see cref="CacheMarks"/> found it.</summary>
    public string? CacheMark { get; init; }

    /// <summary>What a camera says of its answer to an offer (<see cref="PeerAnswerStatement"/>); then there is no unit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? WebrtcAnswer { get; init; }
}

/// <summary>What a unit must be, all of it, to be released: built from the session and the request, never from the answer.</summary>
/// <param name="Device">The granted camera.</param>
/// <param name="Keys">That camera's keys.</param>
/// <param name="Kind">What was asked for.</param>
/// <param name="Sequence">Which one was asked for.</param>
/// <param name="Nonce">The nonce of this one request.</param>
public sealed record UnitExpectation(
    DeviceRef Device, DeviceEvidenceKeys Keys, UnitKind Kind, long Sequence, string Nonce)
{
    /// <summary>The least that is accepted. With a device's key in <see cref="Keys"/> and G2 it is G3 all the same.</summary>
    public EvidenceGrade Grade { get; init; } = EvidenceGrade.G2;
}
