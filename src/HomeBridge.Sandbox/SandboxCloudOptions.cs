using HomeBridge.Sandbox.CameraIngest;
using HomeBridge.Sandbox.IdentityProvider;
using HomeBridge.Sandbox.MakerEvents;

namespace HomeBridge.Sandbox;

/// <summary>
/// Everything that the simulated outside world needs; it reads no configuration of its own.
/// </summary>
public sealed class SandboxCloudOptions
{
    /// <summary>Where it listens and what its absolute URLs start with. Port 0 takes a free one.</summary>
    public required Uri Url { get; init; }

    /// <summary>Decides device ids and which units and calls a fault hits.</summary>
    public required long Seed { get; init; }

    /// <summary>The one secret between maker and bridge, sent as a bearer token.</summary>
    public required string BridgeKey { get; init; }

    /// <summary>
    /// The maker's evidence key, at least 32 random bytes. Device keys are derived from it.
    /// </summary>
    public required byte[] MakerEvidenceKey { get; init; }

    public string EvidenceKeyId { get; init; } = "acme-1";

    /// <summary>The one client of the identity provider: the bridge.</summary>
    public required IdentityProviderClient Client { get; init; }

    /// <summary>Where events go; null when nobody listens.</summary>
    public EventTarget? Events { get; init; }

    /// <summary>What the cameras see.</summary>
    public required CameraFactory Cameras { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
