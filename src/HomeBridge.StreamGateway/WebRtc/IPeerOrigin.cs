using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.WebRtc;

/// <summary>One session's way to where the maker's camera answers offers.</summary>
internal interface IPeerOrigin : IDisposable
{
    /// <summary>The camera's answer with what speaks for it, or null when none came.</summary>
    Task<UnverifiedPeerAnswer?> Offer(string offer, string nonce, CancellationToken cancel);

    /// <summary>Asks the maker to end what it opened there. Best effort.</summary>
    Task End(string location, CancellationToken cancel);
}

/// <summary>Opens the way of a redeemed grant.</summary>
internal interface IPeerOrigins
{
    /// <summary>A way for this one session.</summary>
    IPeerOrigin Open(RedeemedGrant granted);
}

/// <summary>What the bridge says of an answer.</summary>
internal enum PeerVerdict
{
    /// <summary>Recorded; no other camera's of the last day.</summary>
    New,

    /// <summary>Another camera answered with it: nobody gets it.</summary>
    OtherCameras,

    /// <summary>The bridge could not be asked in time, or does not know the grant: nobody gets it either.</summary>
    Unavailable,
}

/// <summary>What is told to the bridge of peer connections.</summary>
internal interface IPeerBridge
{
    /// <summary>Tells of a proven answer before the display gets it.</summary>
    Task<PeerVerdict> Answered(PeerAnswered answered, CancellationToken cancel);
}
