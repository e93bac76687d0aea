using HomeBridge.Sandbox.HomeGraph;
using HomeBridge.Sandbox.Theatre;

namespace HomeBridge.Sandbox.Display;

/// <summary>What a display is told when it is set up: where it is, and which platform client it acts as.</summary>
public sealed record DisplayOptions
{
    /// <summary>Where people open it. It listens there and nowhere else.</summary>
    public required string Url { get; init; }

    /// <summary>The bridge's public URL, which is its issuer too.</summary>
    public required string BridgeUrl { get; init; }

    /// <summary>The one other origin that the page may fetch from, and only media.</summary>
    public required string GatewayUrl { get; init; }

    public required string ClientId { get; init; }

    public required string ClientSecret { get; init; }

    public required HomeGraphOptions HomeGraph { get; init; }

    /// <summary>The key that notices to residents are signed with; without it there is no inbox.</summary>
    public byte[]? NoticesKey { get; init; }

    /// <summary>What the incident theatre needs; without it there is none.</summary>
    public TheatreOptions? Theatre { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public string CallbackUrl => Url + LinkHome.CallbackPath;

    public override string ToString() => $"display at {Url}";
}
