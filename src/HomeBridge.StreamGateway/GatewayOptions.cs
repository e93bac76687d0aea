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

    /// <summary>Key bytes don't belong into a log line.</summary>
    public override string ToString() => $"gateway {Name}";
}
