using System.Text.Json.Serialization;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// How much a maker proves of a unit. Compared as numbers: more is better. What a session demands is decided by the
/// bridge, never by what an answer offers.
/// </summary>
[JsonConverter(typeof(JsonStringEnumConverter<EvidenceGrade>))]
public enum EvidenceGrade
{
    /// <summary>Nothing from the maker.</summary>
    G0,

    /// <summary>An assertion that nobody signed: it says the right camera, unit and bytes.</summary>
    G1,

    /// <summary>Signed at ingest with a key that the maker derived for this camera, and fresh over our nonce.</summary>
    G2,

    /// <summary>Signed by a key that only the camera holds, and fresh over our nonce.</summary>
    G3,
}
