namespace HomeBridge.Sandbox.Theatre;

/// <summary>What the incident theatre needs beyond what a display has: the maker's API for the naive gateway, and the operators' API.</summary>
public sealed record TheatreOptions
{
    public required string CloudUrl { get; init; }

    /// <summary>The key that a gateway uses at the maker.</summary>
    public required string BridgeKey { get; init; }

    public required string OpsUrl { get; init; }

    public override string ToString() => nameof(TheatreOptions);
}
