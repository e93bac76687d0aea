namespace HomeBridge.StreamGateway;

/// <summary>Section <c>Gateway</c>: one stream gateway.</summary>
public sealed record GatewayOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Gateway";

    /// <summary>The name under which the bridge knows this gateway.</summary>
    public required string Name { get; init; }

    /// <summary>Where it listens, e.g. <c>http://0.0.0.0:8082</c>. TLS ends in front of it or here.</summary>
    public required string ListenUrl { get; init; }

    /// <summary>The bridge's private listener, e.g. <c>http://127.0.0.1:8081</c>.</summary>
    public required string BridgeUrl { get; init; }

    /// <summary>This gateway's own secret. The bridge knows its hash and can revoke it.</summary>
    public required string Key { get; init; }

    /// <summary>
    /// Where displays reach it: the bridge's <c>CameraStreams:GatewayUrl</c>, without a slash at the end. The gateway
    /// streams only while it finds its own fresh answers there; null: nobody looks.
    /// </summary>
    public string? PublicUrl { get; init; }

    /// <summary>False: it streams without looking at its public URL. Said explicitly, and shown to operators.</summary>
    public bool SelfProbe { get; init; } = true;

    /// <summary>How often it looks.</summary>
    public TimeSpan SelfProbeEvery { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A secret that the gateways behind one public URL share, so that each knows the answers of the others.</summary>
    public string? ProbeKey { get; init; }

    /// <summary>The bridge's public snapshot key in PEM form, which this gateway pins; two after one another while it is replaced.</summary>
    public required string SnapshotKey { get; init; }

    /// <summary>How long cameras go on without the bridge; no longer than <see cref="HomeBridge.Streaming.Feed.GatewayTiming.Lease"/>.</summary>
    public TimeSpan CameraLease { get; init; } = HomeBridge.Streaming.Feed.GatewayTiming.Lease;

    /// <summary>The file that stops this node's cameras while it is there; null: none is looked for.</summary>
    public string? BreakGlassFile { get; init; }

    /// <summary>Where the suspensions in force are kept for the next start; null: nowhere.</summary>
    public string? SuspensionsFile { get; init; }

    /// <summary>
    /// The IPv4 address at which displays and cameras reach the relay of peer connections; null: this gateway relays none.
    /// </summary>
    public string? RelayAddress { get; init; }

    /// <summary>What the relay's ports are bound to, where that is another address; null: the same.</summary>
    public string? RelayListenAddress { get; init; }

    /// <summary>The UDP ports that the relay may take, e.g. <c>40000-40999</c>, two for each session; null: any that is free.</summary>
    public string? RelayPorts { get; init; }

    /// <summary>Which addresses a description may name where media don't go through the relay.</summary>
    public CandidateScope Candidates { get; init; }

    /// <summary>Origins besides the platform's whose pages may signal.</summary>
    public IReadOnlyList<string> SignallingOrigins { get; init; } = [];

    /// <summary>Key bytes don't belong into a log line.</summary>
    public override string ToString() => $"gateway {Name}";
}

/// <summary>Which addresses peers may name to each other.</summary>
public enum CandidateScope
{
    /// <summary>Addresses of the internet.</summary>
    Public,

    /// <summary>Those of private networks as well.</summary>
    Private,

    /// <summary>This machine too: for a sandbox.</summary>
    Loopback,
}
