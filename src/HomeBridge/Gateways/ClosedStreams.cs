using HomeBridge.CameraStreams;
using HomeBridge.Hosting;

namespace HomeBridge.Gateways;

/// <summary>
/// Streams that the bridge itself watched and needs no more. The latest are told to every gateway again: one that misses
/// it ends them when they are idle.
/// </summary>
internal sealed class ClosedStreams(StreamGrants grants, Signal signal)
{
    private const int ToldMax = 40;

    private volatile string[] _latest = [];

    /// <summary>The same array for as long as nothing was closed.</summary>
    public string[] Latest => _latest;

    /// <summary>Closes whatever is open of a link. One caller at a time.</summary>
    public void CloseAll(AccountLinking.AccountLinkId link)
    {
        if (grants.OpenOf(link) is { Count: > 0 } open)
        {
            _latest = [.. _latest.Concat(open).TakeLast(ToldMax)];
            signal.Raise();
        }
    }
}
