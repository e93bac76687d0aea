using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Audit;
using HomeBridge.CameraStreams;

namespace HomeBridge.Residents;

/// <summary>How a link is, in one word.</summary>
internal enum ResidentLinkState
{
    Active,

    /// <summary>Something of it is suspended by us.</summary>
    Suspended,

    /// <summary>The resident shares no video of some camera of it.</summary>
    Paused,

    /// <summary>The resident has to do something.</summary>
    NeedsAttention,
}

/// <summary>A platform that is linked to a home.</summary>
/// <param name="Id">The link.</param>
/// <param name="Platform">The platform's id.</param>
/// <param name="Name">What residents call the platform.</param>
/// <param name="LinkedAt">Since when.</param>
/// <param name="LastUsed">When the platform last asked for anything, to the minute; null when never.</param>
/// <param name="Devices">Devices that it may use.</param>
/// <param name="Cameras">How many of them are cameras.</param>
/// <param name="State">The gravest that applies.</param>
/// <param name="Notices">What is suspended of it.</param>
internal sealed record ResidentLink(
    string Id, string Platform, string Name, DateTimeOffset LinkedAt, DateTimeOffset? LastUsed, int Devices, int Cameras, ResidentLinkState State,
    IReadOnlyList<SuspensionNotice> Notices);

/// <summary>One function of a device that is shared, and whether this platform has it.</summary>
/// <param name="Name">The trait in the platform's words.</param>
/// <param name="IsOn">Whether the resident lets the platform have it.</param>
internal sealed record LinkedTrait(string Name, bool IsOn);

/// <summary>A device of the home as one link has it.</summary>
/// <param name="Device">The device.</param>
/// <param name="IsOn">Whether the platform may use it at all.</param>
/// <param name="Traits">What it may use of it; what the device can do, while it is off.</param>
internal sealed record LinkedDevice(HomeDevice Device, bool IsOn, IReadOnlyList<LinkedTrait> Traits);

/// <summary>Something that happened to a link.</summary>
/// <param name="At">When.</param>
/// <param name="Action">As the audit trail calls it.</param>
/// <param name="Detail">As it is recorded.</param>
/// <param name="ByResident">Whether it was the resident.</param>
internal sealed record LinkEvent(DateTimeOffset At, string Action, string Detail, bool ByResident);

/// <summary>The links of a home: what they are, and what the resident may change about them.</summary>
internal sealed class ResidentLinks(
    LinkRecords records, LinkUses uses, AccountLinks links, ResidentDevices devices, SuspensionNotices notices, SharingPauses pauses, AuditTrail audit, AccountLinkingOptions options)
{
    /// <summary>Why a link ended when its resident ended it here.</summary>
    public const string UnlinkedByResident = "unlinked by the resident";

    /// <summary>Rows of a link's history.</summary>
    private const int HistoryMax = 30;

    /// <summary>The platforms that are linked, newest first.</summary>
    public IReadOnlyList<ResidentLink> List(HomeAccount home)
    {
        var paused = pauses.Of(home.Vendor, home.Account);
        return [.. records.LiveOf(home.Vendor, home.Account).Select(record => Describe(record, paused))];
    }

    /// <summary>One of them; null when it is not this home's, or ended.</summary>
    public ResidentLink? Find(HomeAccount home, string link) =>
        records.Find(home.Vendor, home.Account, link) is { EndedAt: null } record ? Describe(record, pauses.Of(home.Vendor, home.Account)) : null;

    /// <summary>Every device of the home, shared or not; null when the link is not this home's, or ended.</summary>
    public async Task<(IReadOnlyList<LinkedDevice> Devices, bool IsCurrent)?> Devices(HomeAccount home, string link, CancellationToken cancel)
    {
        if (records.Find(home.Vendor, home.Account, link) is not { EndedAt: null } record)
        {
            return null;
        }

        var listed = await devices.Of(home, cancel);
        var bound = links.BoundDevices(record.Link.Id).ToDictionary(device => device.Id.Value, StringComparer.Ordinal);
        return ([.. listed.Devices.Select(device => new LinkedDevice(
            device, bound.ContainsKey(device.Id), [.. device.Traits.Select(trait => new LinkedTrait(trait, true))]))], listed.IsCurrent);
    }

    public Task<bool> SetDevice(HomeAccount home, string link, string device, bool on, CancellationToken cancel) => Task.FromResult(false);
    public Task<bool> SetTrait(HomeAccount home, string link, string device, string trait, bool on, CancellationToken cancel) => Task.FromResult(false);

    /// <summary>What happened to a link, newest first; null when it is not this home's.</summary>
    public IReadOnlyList<LinkEvent>? History(HomeAccount home, string link) =>
        records.Find(home.Vendor, home.Account, link) is null
            ? null
            : [.. audit.Search(new AuditFilter(null, null, link), null, HistoryMax).Rows.Select(row => new LinkEvent(
                DateTimeOffset.FromUnixTimeMilliseconds(row.At), row.Action, row.Detail, row.Actor == home.Account))];

    /// <summary>
    /// Ends a link: tokens, permissions and running streams, at once. False when it is not this home's. One that ended already
    /// stays ended.
    /// </summary>
    public bool Unlink(HomeAccount home, string link)
    {
        if (records.Find(home.Vendor, home.Account, link) is not { } record)
        {
            return false;
        }

        links.End(record.Link.Id, UnlinkedByResident, home.Account);
        return true;
    }

    private ResidentLink Describe(LinkRecord record, IReadOnlyList<SharingPause> paused)
    {
        var bound = links.BoundDevices(record.Link.Id);
        var suspended = notices.Of(record.Link, bound);
        var isPaused = bound.Any(device => device.IsCamera && paused.Any(pause => pause.Device is null || pause.Device == device.Id.Value));
        return new ResidentLink(
            record.Link.Id.Value, record.Link.Platform, options.Clients.GetValueOrDefault(record.Link.ClientId)?.Name ?? record.Link.Platform, record.LinkedAt,
            uses.LastUsed(record.Link.Id), bound.Count, bound.Count(device => device.IsCamera),
            suspended.Count > 0 ? ResidentLinkState.Suspended : isPaused ? ResidentLinkState.Paused : ResidentLinkState.Active, suspended);
    }
}
