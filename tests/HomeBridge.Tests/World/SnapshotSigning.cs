using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Tests.World;

/// <summary>The snapshot key of stand-ins for the bridge, and what their gateways pin.</summary>
internal static class SnapshotSigning
{
    public static SnapshotSigner Signer { get; } = SnapshotSigner.New();

    public static SignedSnapshot Signed(this SuspensionSnapshot snapshot, long epoch = 1) => Signer.Sign(new NumberedSnapshot(epoch, snapshot));
}
