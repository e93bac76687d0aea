namespace HomeBridge.Streaming;

/// <summary>
/// The platform under which the bridge watches its own canaries. No OAuth client can have it, and what it watches is not
/// counted among viewers.
/// </summary>
public static class CanaryPlatform
{
    /// <summary>Its id in links, grants and suspensions.</summary>
    public const string Id = "canary";
}
