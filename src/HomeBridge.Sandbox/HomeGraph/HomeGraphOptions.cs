namespace HomeBridge.Sandbox.HomeGraph;

/// <summary>What the stand-in for the Home Graph is told.</summary>
public sealed record HomeGraphOptions
{
    public const string Path = "/homegraph";
    public const string TokenPath = Path + "/token";

    /// <summary>The service account's key pair as PEM. Only its public half is used here.</summary>
    public required string ServiceAccountKeyPem { get; init; }

    /// <summary>The platform's quota for one integration: query, sync, delete, reports and asynchronous requestSync together.</summary>
    public int CallsPerMinuteMax { get; init; } = 6000;

    public override string ToString() => nameof(HomeGraphOptions);
}
