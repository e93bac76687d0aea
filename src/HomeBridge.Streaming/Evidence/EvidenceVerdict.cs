namespace HomeBridge.Streaming.Evidence;

/// <summary>What the check of one unit concluded. Anything but <see cref="Proven"/> releases nothing.</summary>
public enum EvidenceVerdict
{
    /// <summary>Every check of the demanded grade passed.</summary>
    Proven,

    /// <summary>Not a 200, or no body of a legal size.</summary>
    NotAUnit,

    /// <summary>The answer came out of a cache.</summary>
    FromCache,

    /// <summary>A header is missing, doubled or not in the one spelling.</summary>
    Missing,

    /// <summary>The statement, or the bytes themselves, name another camera.</summary>
    OtherDevice,

    /// <summary>The statement is about another unit than was asked for.</summary>
    OtherUnit,

    /// <summary>Length or digest don't fit the bytes.</summary>
    OtherBytes,

    /// <summary>Signed by another algorithm than this session was granted a key for: not even looked at.</summary>
    OtherAlgorithm,

    /// <summary>The ingest signature is not by this camera's key.</summary>
    IngestForged,

    /// <summary>The fresh signature is not by this camera's key, not over our nonce, or not of now.</summary>
    NotFresh,

    /// <summary>The pictures are too old, or from the future.</summary>
    NotLive,
}
