using HomeBridge.Sandbox.CameraIngest;
using HomeBridge.Sandbox.Incidents;

namespace HomeBridge.Sandbox.Faults;

/// <summary>Makes the answer that goes out instead of the genuine one.</summary>
internal delegate Task<UnitAnswer> BendAnswer(MediaEdge edge, UnitRequest request, UnitAnswer genuine);

/// <summary>
/// A fault of the media origin. Those without <paramref name="Bend"/> act elsewhere than on a unit.
/// </summary>
internal sealed record MediaFault(string Kind, string Says, BendAnswer? Bend = null)
{
    /// <summary>How the knobs list it.</summary>
    public FaultKind Listed =>
        new(Kind, Bend is null ? Says : Says + " (A unit: an init unit or a segment.)");
}

/// <summary>
/// What can go wrong with a camera's pictures: each published incident that can exist at a maker, and each
/// way in which evidence can be missing or wrong.
/// </summary>
internal static class MediaFaults
{
    public const string MappingMixup = "mapping-mixup";
    public const string IdCollision = "id-collision";
    public const string IgnoreClose = "ignore-close";
    public const string IngestMixup = "ingest-mixup";
    public const string HostilePlaylist = "hostile-playlist";

    public static IReadOnlyList<MediaFault> All { get; } =
    [
        new(
            MappingMixup,
            "Opening a stream opens that of a camera in another home, for as long as it lasts (Wyze "
                + "2024: device and account ids mixed up under load)."),
        new(
            IdCollision,
            "The stream's id comes to mean a stream of another home's camera at the next fetch (Ring "
                + "2016: ids collided between two databases)."),
        new(
            IgnoreClose,
            "A stream that is closed goes on (the 2020 study: 16 of 19 cameras after access was "
                + "revoked)."),
        new(HostilePlaylist, "The playlist carries foreign tags, a key and a unit of another host."),
        new(
            "cache-mixup",
            "A unit and its evidence, fresh signature included, are those of another home's camera "
                + "(Xiaomi 2020: a cache; Pingora 2026: a cache key that was the path alone).",
            MixupFaults.CacheMixupAsync),
        new(
            "mixup-signed-by-edge",
            "A unit and its stored evidence are another home's; the edge signs them fresh with the key "
                + "of the camera that was asked for.",
            MixupFaults.SignedByEdgeAsync),
        new(
            "relabelled",
            "A unit of another home's camera under headers that the edge rewrote to name the camera "
                + "that was asked for; the ingest signature is the other camera's.",
            MixupFaults.RelabelledAsync),
        new(
            "duplicate-key",
            "Another home's camera authenticates at ingest as this one (Swann 2018: two cameras made "
                + "with one key). Every signature verifies: only the bytes themselves name the other camera.",
            MixupFaults.DuplicateKeyAsync),
        new(
            IngestMixup,
            "A segment shows another home's camera under the name, the keys and the statement of the one "
                + "that was asked for: ingest attached the wrong pictures. Only a canary can see it.",
            MixupFaults.IngestMixupAsync),
        new(
            "torn",
            "The second half of a unit is another home's, under genuine headers (a buffer given to two "
                + "at once: runtime issue 75518, Tomcat CVE-2021-43980).",
            MixupFaults.TornAsync),
        new(
            CloudFaults.ReplyDesync,
            "A unit request gets the reply to the unit request before it, an API call that of the call "
                + "before (ChatGPT 2023, StackExchange.Redis 2804).",
            MixupFaults.ReplyDesyncAsync),
        new(
            "replay",
            "A genuine segment of 30 seconds ago with its stored evidence, signed fresh (init units "
                + "stay).",
            EvidenceFaults.ReplayAsync),
        new(
            "replay-fresh",
            "A unit with the fresh signature that somebody else's request got: all is genuine but the "
                + "nonce.",
            EvidenceFaults.ReplayFreshAsync),
        new(
            "late-capture",
            "A segment that states, genuinely signed, that it was captured a minute ago (init units "
                + "stay).",
            EvidenceFaults.LateCaptureAsync),
        new(
            "stale",
            "A unit comes out of a cache and says so: Age 37 (Steam 2015: an emergency cache rule).",
            EvidenceFaults.StaleAsync),
        new(
            "no-evidence",
            "A unit without any evidence header.",
            EvidenceFaults.NoneAsync),
        new(
            "signatures-stripped",
            "A unit with what the maker states and without its signatures: grade G1.",
            EvidenceFaults.StrippedAsync),
        new(
            "weaker-signature",
            "A unit of a camera that holds a key of its own (home hill), signed with the key that the maker derived for it "
                + "instead: grade G2. Cameras without a key of their own go on as they are.",
            EvidenceFaults.DowngradedAsync),
        new(
            "forged-evidence",
            "A unit whose two signatures are made with keys that are nobody's.",
            EvidenceFaults.ForgedAsync),
        new(
            "doubled-evidence",
            "A unit with two Media-Unit lines, the second of another home's camera.",
            EvidenceFaults.DoubledAsync),
        new(
            "truncated",
            "A unit ends halfway, and Content-Length agrees.",
            TransferFaults.TruncatedAsync),
        new(
            "extra-bytes",
            "A unit with 16 bytes more at its end, and Content-Length agrees.",
            TransferFaults.ExtraBytesAsync),
        new(
            "encoded",
            "A unit with Content-Encoding: gzip.",
            TransferFaults.EncodedAsync),
        new(
            "redirect",
            "A unit request is redirected (302) to another address that would answer it.",
            TransferFaults.RedirectAsync),
        new(
            "error",
            "A unit request is answered with 503.",
            TransferFaults.ErrorAsync),
        new(
            "reset",
            "The connection is reset in the middle of a unit.",
            TransferFaults.ResetAsync),
        new(
            "slow",
            "A unit arrives in 20 parts within 10 seconds.",
            TransferFaults.SlowAsync),
        new(
            "hang",
            "A unit request is never answered (until the faults are cleared, or for two minutes).",
            TransferFaults.HangAsync),
        .. EdgeIncidents.All,
    ];
}
