namespace HomeBridge.Gateways;

/// <summary>A version that a process has applied.</summary>
/// <param name="Version">Which.</param>
/// <param name="Cut">Sessions that it ended.</param>
/// <param name="Left">Sessions that a suspension in force covers and that still run.</param>
internal sealed record VersionConfirmed(long Version, int Cut, int Left);

/// <summary>A gateway, as the bridge that it follows knows it.</summary>
internal sealed record GatewayNews(ReplicaStatus Status, IReadOnlyList<VersionConfirmed> Confirmed);

/// <summary>What a bridge tells the other bridges of itself and of the gateways that follow it, in its row of the roll.</summary>
/// <param name="Epoch">The numbering under which versions are counted.</param>
/// <param name="Floor">The version that it must not fall below, when numbers went back; 0 otherwise.</param>
/// <param name="Bridge">Itself.</param>
/// <param name="Gateways">Those that follow it.</param>
internal sealed record BridgeNews(long Epoch, long Floor, ReplicaStatus Bridge, IReadOnlyList<GatewayNews> Gateways)
{
    /// <summary>Confirmations of each gateway that are told, the latest.</summary>
    public const int ConfirmationsMax = 8;

    /// <summary>What others wait for: it is told at once when this changes, and once a second otherwise.</summary>
    public string Stamp => string.Join(';', Gateways.Select(one => $"{one.Status.Name} {one.Status.Version} {one.Status.StreamsLeft} {one.Status.SelfFenced} {one.Status.Live}")
        .Prepend($"{Epoch} {Floor} {Bridge.Version} {Bridge.SelfFenced} {Bridge.BreakGlass}"));
}
