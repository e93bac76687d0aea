using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Streaming.Feed;

/// <summary>What can be odd about a stream whose every unit is proven. Beside <see cref="EvidenceVerdict"/> in findings.</summary>
public enum StreamAnomaly
{
    /// <summary>The maker's playlist ends before where it ended already.</summary>
    PlaylistWentBack,

    /// <summary>A later unit was captured before an earlier one.</summary>
    CaptureWentBack,

    /// <summary>The init unit is another than this camera's was.</summary>
    InitChanged,

    /// <summary>And the decoder's parameter sets in it are others, too.</summary>
    ParameterSetsChanged,

    /// <summary>Its DTLS fingerprint or ICE user name was another camera's within a day. Found by the bridge, which sees all gateways.</summary>
    PeerOfAnotherCamera,
}

/// <summary>
/// A gateway tells at once what it refused, or what is odd, and all that speaks for it but the bytes: the bridge judges
/// whether it proves that another camera's pictures were delivered.
/// </summary>
public sealed record EvidenceFinding
{
    /// <summary>Made by the gateway, 32 hexadecimal digits: a finding that is told twice counts once.</summary>
    public required string Id { get; init; }

    /// <summary>The session's grant.</summary>
    public required string Grant { get; init; }

    /// <summary>A word of <see cref="EvidenceVerdict"/> or <see cref="StreamAnomaly"/>.</summary>
    public required string Verdict { get; init; }

    /// <summary>What was asked for: <c>init</c>, <c>segment</c>, <c>playlist</c> or <c>answer</c>.</summary>
    public required string Unit { get; init; }

    /// <summary>The media sequence number that was asked for; 0 for init unit and playlist.</summary>
    public long Sequence { get; init; }

    /// <summary>The nonce of the request.</summary>
    public string? Nonce { get; init; }

    /// <summary>The answer's evidence headers, as they came.</summary>
    public EvidenceHeaders? Headers { get; init; }

    /// <summary>The camera that the bytes name in their identity box, if they do.</summary>
    public string? NamedInBytes { get; init; }

    /// <summary>
    /// How long ago the unit was received, in milliseconds of the gateway's monotonic clock, when this was sent: the two
    /// clocks need not agree.
    /// </summary>
    public double AgeMs { get; init; }
}

/// <summary>How many units were proven since the last tally: what refused ones are a share of.</summary>
/// <param name="Sessions">One entry for each session that something can be told of, <see cref="SessionsMax"/> at most.</param>
public sealed record UnitTally(SessionTally[] Sessions)
{
    /// <summary>Sessions in one message.</summary>
    public const int SessionsMax = 2_000;

    /// <summary>Units of one session in one message; more is not believed. A viewer gets one every two seconds, each at most four times.</summary>
    public const int UnitsMax = 64;
}

/// <summary>One session's part of a tally.</summary>
/// <param name="Grant">The session's grant.</param>
/// <param name="Units">Proven units since the last tally.</param>
/// <param name="Init">SHA-256 of the init unit in hexadecimal, once after it was proven.</param>
/// <param name="ParameterSets">SHA-256 of its decoder configuration, if it has one.</param>
public sealed record SessionTally(string Grant, int Units, string? Init, string? ParameterSets);
