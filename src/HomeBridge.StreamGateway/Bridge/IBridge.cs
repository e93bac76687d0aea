using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.Bridge;

/// <summary>What the bridge said about a grant.</summary>
internal enum GrantVerdict
{
    /// <summary>Go on.</summary>
    Granted,

    /// <summary>Unknown, spent, ended, not owned any more: the viewer gets the common 404.</summary>
    NotHonoured,

    /// <summary>Valid, but suspended: 403.</summary>
    Suspended,

    /// <summary>The bridge could not be asked in time: 503, and nothing is released.</summary>
    Unavailable,
}

/// <summary>What a session asks of the bridge, and tells it.</summary>
internal interface IBridge
{
    /// <summary>Redeems a grant, once.</summary>
    Task<(GrantVerdict Verdict, RedeemedGrant? Grant)> Redeem(RedeemRequest request, CancellationToken cancel);

    /// <summary>Asks whether a running session may go on.</summary>
    Task<GrantVerdict> Renew(RenewRequest request, CancellationToken cancel);

    /// <summary>Tells that a session is over. False when it could not be told.</summary>
    Task<bool> Ended(SessionEnded ended, CancellationToken cancel);

    /// <summary>Tells what was refused or is odd. False when it could not be told.</summary>
    Task<bool> Found(EvidenceFinding finding, CancellationToken cancel);

    /// <summary>Tells how much was proven. False when it could not be told.</summary>
    Task<bool> Counted(UnitTally tally, CancellationToken cancel);

    /// <summary>Tells what was released. False when it is not known to be recorded.</summary>
    Task<bool> Released(UnitsReleased released, CancellationToken cancel);
}
