using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.CameraStreams;
using HomeBridge.Ledger;
using HomeBridge.Streaming;

namespace HomeBridge.Residents;

/// <summary>How a view ended, as far as a resident needs to know.</summary>
internal enum ViewEnd
{
    /// <summary>It runs.</summary>
    Live,

    /// <summary>The display stopped asking for pictures.</summary>
    DisplayStopped,

    /// <summary>The longest time that one view may last.</summary>
    TimeUp,

    /// <summary>The resident stopped it.</summary>
    StoppedByYou,

    /// <summary>The resident paused the sharing.</summary>
    PausedByYou,

    /// <summary>The link ended, or the camera is not shared through it any more.</summary>
    NotSharedAnyMore,

    /// <summary>A suspension stopped it.</summary>
    Suspended,

    /// <summary>A picture could not be proven to be this camera's, and was not shown.</summary>
    NotProven,

    /// <summary>It came with sound, which the resident keeps, and was not shown.</summary>
    SoundWithheld,

    /// <summary>A restart or a fault on the bridge's side.</summary>
    Interrupted,

    /// <summary>Nobody told how it ended.</summary>
    Unknown,
}

/// <summary>One look at a camera.</summary>
/// <param name="Id">The view.</param>
/// <param name="Camera">The camera as platforms see it.</param>
/// <param name="CameraName">What it is or was called; null when that is not known.</param>
/// <param name="Platform">The platform's id.</param>
/// <param name="PlatformName">What the platform is called.</param>
/// <param name="Link">Through which link.</param>
/// <param name="LinkedAt">When that link was made; null when it is not kept any more.</param>
/// <param name="Start">When a display fetched the stream.</param>
/// <param name="LastPicture">When the last picture left; null when none did, or when the ledger no longer knows.</param>
/// <param name="End">How it ended.</param>
/// <param name="EndedAt">When the gateway said so.</param>
/// <param name="Pictures">Whether any picture left.</param>
internal sealed record CameraView(
    string Id, string Camera, string? CameraName, string Platform, string PlatformName, string Link, DateTimeOffset? LinkedAt, DateTimeOffset Start,
    DateTimeOffset? LastPicture, ViewEnd End, DateTimeOffset? EndedAt, bool Pictures)
{
    public bool IsLive => End is ViewEnd.Live;

    /// <summary>It was a peer connection (WebRTC), and no stream of units.</summary>
    public bool IsPeer { get; init; }

    /// <summary>From the start to the last picture that left; null when that is not known.</summary>
    public TimeSpan? Length(DateTimeOffset now)
    {
        var until = IsLive ? now : !Pictures ? Start : LastPicture ?? EndedAt;
        return until is { } end ? (end > Start ? end - Start : TimeSpan.Zero) : null;
    }
}

/// <summary>
/// Who viewed the cameras of a home. Which person stood before a display is not in it: the platform does not say.
/// </summary>
internal sealed class ViewingRecord(
    StreamViews views, LinkRecords records, ReleaseLedger ledger, ResidentDevices devices, AccountLinkingOptions options, TimeProvider time)
{
    /// <summary>Views that one call answers.</summary>
    public const int ViewsMax = 200;

    /// <summary>Views of one export.</summary>
    public const int ExportedMax = 20_000;

    /// <summary>What runs now, newest first.</summary>
    public IReadOnlyList<CameraView> Live(HomeAccount home) => Complete(home, views.Running(home.Vendor, home.Account));

    /// <summary>Those that fit, newest first, from behind one (an id) on; null when that one is not this home's.</summary>
    public IReadOnlyList<CameraView>? Read(HomeAccount home, StreamViewFilter filter, string? after = null, int limit = ViewsMax)
    {
        var from = after is null ? null : views.Find(home.Vendor, home.Account, after);
        return after is not null && from is null
            ? null
            : Complete(home, views.Read(home.Vendor, home.Account, filter, from, Math.Clamp(limit, 1, ExportedMax)));
    }

    /// <summary>One view; null when it is not this home's.</summary>
    public CameraView? Find(HomeAccount home, string id) => views.Find(home.Vendor, home.Account, id) is { } view ? Complete(home, [view])[0] : null;

    private List<CameraView> Complete(HomeAccount home, IReadOnlyList<StreamView> found)
    {
        if (found.Count == 0)
        {
            return [];
        }

        var names = devices.Names(home);
        var links = records.Of(home.Vendor, home.Account).ToDictionary(one => one.Link.Id);
        return [.. found.Select(view =>
        {
            var seen = ledger.OfGrant(view.Id, DateTimeOffset.MinValue, DateTimeOffset.MaxValue, limit: 1);
            var link = links.GetValueOrDefault(view.Link);
            return new CameraView(
                view.Id, view.Device.Value, names.GetValueOrDefault(view.Device.Value), view.Platform, PlatformName(link?.Link.ClientId, view.Platform), view.Link.Value,
                link?.LinkedAt, view.StartedAt, seen is [var released] ? released.LastRelease : null, EndOf(view), view.EndedAt, seen.Count > 0 || view.Units > 0)
            {
                IsPeer = view.Protocol == StreamProtocols.WebRtc,
            };
        })];
    }

    /// <summary>What a platform is called: by the client that linked, or by any of its clients.</summary>
    private string PlatformName(string? clientId, string platform) =>
        (clientId is not null ? options.Clients.GetValueOrDefault(clientId)?.Name : null)
        ?? options.Clients.Values.FirstOrDefault(client => client.Platform == platform)?.Name
        ?? platform;

    private ViewEnd EndOf(StreamView view) => view switch
    {
        { StoppedBecause: ResidentControls.StoppedByResident } => ViewEnd.StoppedByYou,
        { StoppedBecause: ResidentControls.PausedByResident } => ViewEnd.PausedByYou,
        { StoppedBecause: not null } => ViewEnd.NotSharedAnyMore,
        { EndedAt: null } => time.GetUtcNow() - view.StartedAt < StreamViews.SessionMax ? ViewEnd.Live : ViewEnd.Unknown,
        { EndedBecause: "Idle" or "Closed" } => ViewEnd.DisplayStopped,
        { EndedBecause: "TimeUp" } => ViewEnd.TimeUp,
        { EndedBecause: "Suspended" } => ViewEnd.Suspended,
        { EndedBecause: "Revoked" } => ViewEnd.NotSharedAnyMore,
        { EndedBecause: "Evidence" } => ViewEnd.NotProven,
        { EndedBecause: "SoundWithheld" } => ViewEnd.SoundWithheld,
        _ => ViewEnd.Interrupted,
    };
}
