using System.Text.Json;
using System.Text.Json.Serialization;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Streaming.Feed;

/// <summary>Paths on the bridge's private listener that gateways use. Each call carries the gateway's own bearer key.</summary>
public static class GatewayPaths
{
    /// <summary>
    /// GET <c>?after=…&amp;beat=…</c>, a stream of <see cref="FeedMessage"/>, one JSON object a line, one at least every 250 ms.
    /// </summary>
    public const string Feed = "/internal/v1/feed";

    /// <summary>POST <see cref="RedeemRequest"/> → 200 <see cref="RedeemedGrant"/>, 404 not honoured, 403 suspended.</summary>
    public const string Redeem = "/internal/v1/redeem";

    /// <summary>POST <see cref="RenewRequest"/> → 204 go on, 404 ended, 403 suspended.</summary>
    public const string Renew = "/internal/v1/renew";

    /// <summary>POST <see cref="SessionEnded"/> → 204.</summary>
    public const string Ended = "/internal/v1/ended";

    /// <summary>POST <see cref="FeedAcknowledgement"/> → 204.</summary>
    public const string Acknowledge = "/internal/v1/acknowledge";

    /// <summary>POST <see cref="GatewayBeat"/> every 250 ms → 204.</summary>
    public const string Beat = "/internal/v1/beat";

    /// <summary>POST <see cref="BreakGlassReport"/> → 204.</summary>
    public const string BreakGlass = "/internal/v1/break-glass";

    /// <summary>POST <see cref="EvidenceFinding"/> → 204.</summary>
    public const string Findings = "/internal/v1/findings";

    /// <summary>POST <see cref="UnitTally"/> → 204.</summary>
    public const string Tally = "/internal/v1/tally";
}

/// <summary>The limits that bridge and gateway share.</summary>
public static class GatewayTiming
{
    /// <summary>The longest silence on a healthy feed, and the time between two beats of a gateway.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// A gateway whose beats were answered last for one that it sent so long ago releases nothing more: cameras fail closed. A
    /// gateway may be configured to wait less, never longer.
    /// </summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    /// <summary>Ownership of a running session is read anew at least this often.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(10);
}

/// <summary>
/// One line of the feed. The first line of a connection has the keys, the snapshot and <see cref="FeedMessage.Cursor"/>;
/// later ones what changed; a bare one is the heartbeat.
/// </summary>
public sealed record FeedMessage
{
    /// <summary>The suspension version that is in force.</summary>
    public required long Version { get; init; }

    /// <summary>The last revocation that this and all earlier lines told. A gateway reconnects with <c>?after=</c> it.</summary>
    public required long Cursor { get; init; }

    /// <summary>All suspensions, when they changed and at the start, signed by the bridge.</summary>
    public SignedSnapshot? Suspensions { get; init; }

    /// <summary>
    /// The newest beat of this gateway that the bridge had heard when it wrote this line. The lease runs from when that beat
    /// was sent, so a line that was long under way, or lay in a stopped process, prolongs nothing.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Echo { get; init; }

    /// <summary>Milliseconds since the bridge itself looked at the database: they count against the lease.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long AgeMs { get; init; }

    /// <summary>
    /// Public keys of entry tickets: the whole ring, at the start and when it changes. Sessions whose ticket was signed by a
    /// key that is in it no more end.
    /// </summary>
    public TicketKeyMessage[]? TicketKeys { get; init; }

    /// <summary>Grants whose viewer, the bridge itself, needs their sessions no more; some may be ended already.</summary>
    public string[]? Closed { get; init; }

    /// <summary>What ended since the last line.</summary>
    public Revocation[]? Revocations { get; init; }

    /// <summary>The bridge can't tell everything that ended since the cursor: the gateway ends all its sessions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Reset { get; init; }
}

/// <summary>A ticket's public key on the wire.</summary>
/// <param name="SubjectPublicKeyInfo">Base64 of the DER form.</param>
public sealed record TicketKeyMessage(string SubjectPublicKeyInfo);

/// <summary>Something that ended for good: sessions that stand on it end now.</summary>
/// <param name="AccountLink">The link that ended, or the link whose device was withdrawn.</param>
/// <param name="Device">The device as the platform sees it; absent means all devices of the link.</param>
/// <param name="Grant">The one stream that was stopped; absent means all of the above. A gateway that doesn't know it ends more than it must.</param>
public sealed record Revocation(
    string AccountLink, string? Device, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Grant = null);

/// <summary>A gateway asks for the session that an entry ticket stands for.</summary>
/// <param name="Grant">The ticket's grant, 32 hexadecimal digits.</param>
/// <param name="Protocol">What the ticket is for, one of <see cref="StreamProtocols"/>.</param>
public sealed record RedeemRequest(string Grant, string Protocol = StreamProtocols.Hls);

/// <summary>Everything a gateway is told of one session. Nothing in it is shown to the viewer.</summary>
public sealed record RedeemedGrant
{
    /// <summary>The grant that this answers; compared with the one that was asked.</summary>
    public required string Grant { get; init; }

    /// <summary>The account link.</summary>
    public required string AccountLink { get; init; }

    /// <summary>The platform.</summary>
    public required string Platform { get; init; }

    /// <summary>The device as the platform sees it.</summary>
    public required string Device { get; init; }

    /// <summary>The maker.</summary>
    public required string Vendor { get; init; }

    /// <summary>The camera as the maker names it.</summary>
    public required string VendorDeviceId { get; init; }

    /// <summary>The model, for suspensions; null when not known.</summary>
    public string? DeviceModel { get; init; }

    /// <summary>The firmware, for suspensions; null when not known.</summary>
    public string? Firmware { get; init; }

    /// <summary>How media of a peer connection go; null for other protocols.</summary>
    public PeerPath? PeerPath { get; init; }

    /// <summary>Where the maker's media origin serves this stream; ends with a slash.</summary>
    public required string MediaUrl { get; init; }

    /// <summary>How its units are packed.</summary>
    public MediaContainer Container { get; init; }

    /// <summary>What players are told of its codecs; null when they find out by themselves.</summary>
    public string? Codecs { get; init; }

    /// <summary>The resident gives this viewer no sound: a unit that may carry some is not released.</summary>
    public bool WithoutSound { get; init; }

    /// <summary>The bearer token for that origin.</summary>
    public required string MediaToken { get; init; }

    /// <summary>The least evidence that this session accepts.</summary>
    public required EvidenceGrade Grade { get; init; }

    /// <summary>The camera's own key that the binding pins, as base64 of SubjectPublicKeyInfo; null when the maker signs for it.</summary>
    public string? DevicePublicKey { get; init; }

    /// <summary>This camera's derived ingest key, base64; empty when <see cref="DevicePublicKey"/> is there.</summary>
    public required string IngestKey { get; init; }

    /// <summary>This camera's fresh key, base64.</summary>
    public required string FreshKey { get; init; }

    /// <summary>The trace that the stream is a part of, as W3C's traceparent; null when it isn't traced.</summary>
    public string? Trace { get; init; }

    /// <summary>Keys don't belong into a log line.</summary>
    public override string ToString() => $"grant {Grant}";
}

/// <summary>A gateway asks whether a running session may go on.</summary>
/// <param name="Grant">The session's grant.</param>
public sealed record RenewRequest(string Grant);

/// <summary>A session is over.</summary>
/// <param name="Grant">The session's grant.</param>
/// <param name="Why">One of the words of the gateway's end reasons.</param>
/// <param name="Detail">What evidence said, if that was the reason.</param>
/// <param name="UnitsReleased">Media units that reached the viewer.</param>
/// <param name="BytesReleased">Media bytes that reached the viewer.</param>
public sealed record SessionEnded(string Grant, string Why, string? Detail, long UnitsReleased, long BytesReleased);

/// <summary>A gateway has applied a version.</summary>
/// <param name="Version">The version.</param>
/// <param name="StreamsCut">Sessions that it ended for it.</param>
/// <param name="StreamsLeft">Sessions still running that the suspensions in force cover: 0, or something is wrong.</param>
/// <param name="StreamsRunning">All sessions still running.</param>
public sealed record FeedAcknowledgement(long Version, int StreamsCut, int StreamsLeft, int StreamsRunning);

/// <summary>A gateway's sign of life, and how it is.</summary>
/// <param name="Beat">Grows; comes back as <see cref="FeedMessage.Echo"/>.</param>
/// <param name="Version">The suspension version that it was told last and has applied.</param>
/// <param name="StreamsLeft">Sessions still running that the suspensions in force cover.</param>
/// <param name="StreamsRunning">All sessions still running.</param>
/// <param name="Escaped">Sessions since its start that a suspension should have ended and the sweep had to: 0, or something is wrong.</param>
/// <param name="WentBack">It was told versions that went back, and keeps what it knew from before.</param>
/// <param name="Refused">The last snapshot that it was told was not signed by a key that it pins.</param>
/// <param name="BreakGlass">Why its cameras are stopped by a file on its node; null when they aren't.</param>
public sealed record GatewayBeat(
    long Beat, long Version, int StreamsLeft, int StreamsRunning, long Escaped, bool WentBack, bool Refused, string? BreakGlass);

/// <summary>The file that stops a node's cameras came or went. Told until it is heard.</summary>
/// <param name="Id">The same each time it is told.</param>
/// <param name="Reason">What the file said; null when it went.</param>
/// <param name="AtUnixMs">When, by the node's clock.</param>
public sealed record BreakGlassReport(Guid Id, string? Reason, long AtUnixMs);

/// <summary>The framework's JSON, compiled ahead: it is our own API.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FeedMessage))]
[JsonSerializable(typeof(RedeemRequest))]
[JsonSerializable(typeof(RedeemedGrant))]
[JsonSerializable(typeof(RenewRequest))]
[JsonSerializable(typeof(SessionEnded))]
[JsonSerializable(typeof(FeedAcknowledgement))]
[JsonSerializable(typeof(EvidenceFinding))]
[JsonSerializable(typeof(UnitTally))]
[JsonSerializable(typeof(GatewayBeat))]
[JsonSerializable(typeof(BreakGlassReport))]
[JsonSerializable(typeof(SnapshotBody))]
[JsonSerializable(typeof(SnapshotMemoryFile))]
public sealed partial class GatewayJson : JsonSerializerContext;
