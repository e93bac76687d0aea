using HomeBridge.Ledger;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.OpsConsole;

/// <summary>How a record of the ledger is called.</summary>
internal static class LedgerWords
{
    /// <summary>A unit, or what a peer connection was agreed by.</summary>
    public static string Kind(ReleasedUnit unit) => unit.Kind switch
    {
        UnitKind.Init => "init",
        UnitKind.Segment => "segment",
        _ => (PeerRecord)unit.Sequence switch
        {
            PeerRecord.Offer => "webrtc offer",
            PeerRecord.Answer => "webrtc answer",
            PeerRecord.Fingerprint => "webrtc fingerprint",
            PeerRecord.Relayed => "webrtc relayed",
            _ => "webrtc",
        },
    };
}
