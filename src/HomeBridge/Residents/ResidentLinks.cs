using System.Data.Common;
using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Audit;
using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.HomeGraph;
using HomeBridge.Hosting;

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

/// <summary>A link that ended, and what ended with it.</summary>
/// <param name="Id">The link.</param>
/// <param name="Name">What residents call the platform.</param>
/// <param name="LinkedAt">Since when it stood.</param>
/// <param name="EndedAt">Until when.</param>
/// <param name="Receipt">What ended with it; null where that was not written down yet.</param>
/// <param name="ToldAt">When the platform was told; null when it was not, or not yet.</param>
internal sealed record EndedLink(string Id, string Name, DateTimeOffset LinkedAt, DateTimeOffset EndedAt, LinkReceipt? Receipt, DateTimeOffset? ToldAt);

/// <summary>The links of a home: what they are, and what the resident may change about them.</summary>
internal sealed class ResidentLinks(
    Database database, HomeGraphOutbox homeGraph, LinkRecords records, LinkUses uses, AccountLinks links, ResidentDevices devices, SuspensionNotices notices, SharingPauses pauses, AuditTrail audit, AccountLinkingOptions options)
{
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

    /// <summary>What its resident agreed to; null when the link is not this home's.</summary>
    public ConsentRecord? Consent(HomeAccount home, string link) => records.Consent(home.Vendor, home.Account, link);

    /// <summary>Every device of the home, shared or not; null when the link is not this home's, or ended.</summary>
    public async Task<(IReadOnlyList<LinkedDevice> Devices, bool IsCurrent)?> Devices(HomeAccount home, string link, CancellationToken cancel)
    {
        if (records.Find(home.Vendor, home.Account, link) is not { EndedAt: null } record)
        {
            return null;
        }

        var listed = await devices.Of(home, cancel);
        var bound = links.BoundDevices(record.Link.Id).ToDictionary(device => device.Id.Value, StringComparer.Ordinal);
        return ([.. listed.Devices.Select(device =>
        {
            var shared = bound.GetValueOrDefault(device.Id);
            return new LinkedDevice(device, shared is not null, [.. device.Traits.Select(trait => new LinkedTrait(trait, shared?.Has(trait) ?? false)), .. Sound(device, shared)]);
        })], listed.IsCurrent);
    }

    /// <summary>
    /// Lets the platform use a device, or no longer: at once, streams that run included, and the platform is asked to SYNC.
    /// False when the link or the device is not this home's, or when the maker, who must say what it is, does not answer.
    /// </summary>
    public async Task<bool> SetDevice(HomeAccount home, string link, string device, bool on, CancellationToken cancel)
    {
        if (records.Find(home.Vendor, home.Account, link) is not { EndedAt: null } record)
        {
            return false;
        }

        if (!on)
        {
            return Change(home, transaction => links.EndBinding(transaction, record.Link, new DeviceId(device), "turned off", home.Account))
                || await IsHomes(home, device, cancel);
        }

        // A list that was mixed up shares nothing: the maker is asked about this one device, too.
        if (await devices.Describe(home, device, cancel) is not { } described || await devices.Owns(home, device, cancel) is not true)
        {
            return false;
        }

        Change(home, transaction => links.SetDevice(transaction, record.Link, described, on: true, home.Account));
        return true;
    }

    /// <summary>The same for one function of a device that is shared.</summary>
    public async Task<bool> SetTrait(HomeAccount home, string link, string device, string trait, bool on, CancellationToken cancel)
    {
        if (records.Find(home.Vendor, home.Account, link) is not { EndedAt: null } record || links.Binding(record.Link.Id, device) is null)
        {
            return false;
        }

        return Change(home, transaction => links.SetTrait(transaction, record.Link, new DeviceId(device), trait, on, home.Account))
            || (await devices.Of(home, cancel)).Find(device) is { } known && (trait == Device.Sound ? known.IsCamera : known.Traits.Contains(trait, StringComparer.Ordinal));
    }

    /// <summary>A camera's sound has a switch of its own; without its video there is none to hear.</summary>
    private static IEnumerable<LinkedTrait> Sound(HomeDevice device, Device? shared) =>
        device.IsCamera ? [new LinkedTrait(Device.Sound, shared is { IsCamera: true, HasSound: true })] : [];

    /// <summary>What happened to a link, newest first; null when it is not this home's.</summary>
    public IReadOnlyList<LinkEvent>? History(HomeAccount home, string link) =>
        records.Find(home.Vendor, home.Account, link) is null
            ? null
            : [.. audit.Search(new AuditFilter(null, null, link), null, HistoryMax).Rows.Select(row => new LinkEvent(
                DateTimeOffset.FromUnixTimeMilliseconds(row.At), row.Action, row.Detail, row.Actor == home.Account))];

    /// <summary>The links that ended, the last one first; their receipts are at <see cref="Receipt"/>.</summary>
    public IReadOnlyList<EndedLink> Ended(HomeAccount home, int limit) => [.. records.EndedOf(home.Vendor, home.Account, limit).Select(record => new EndedLink(
        record.Link.Id.Value, NameOf(record), record.LinkedAt, record.EndedAt!.Value, null, null))];

    /// <summary>What ended with a link; null when it is not this home's, or stands.</summary>
    public EndedLink? Receipt(HomeAccount home, string link)
    {
        if (records.Find(home.Vendor, home.Account, link) is not { EndedAt: { } endedAt } record)
        {
            return null;
        }

        // A platform that knows no such user needs no telling.
        var told = audit.Search(new AuditFilter(null, Linkage.DeletedAction, link), null, 1).Rows is [{ Detail: nameof(PlatformAnswer.Accepted) or nameof(PlatformAnswer.NotFound) } row]
            ? DateTimeOffset.FromUnixTimeMilliseconds(row.At)
            : (DateTimeOffset?)null;
        return new EndedLink(link, NameOf(record), record.LinkedAt, endedAt, records.Receipt(home.Vendor, home.Account, link), told);
    }

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

        links.End(record.Link.Id, AccountLinks.UnlinkedByResident, home.Account);
        return true;
    }

    /// <summary>In one transaction with the request that the platform looks at the home again.</summary>
    private bool Change(HomeAccount home, Func<DbTransaction, bool> change)
    {
        var changed = database.Write(transaction =>
        {
            var done = change(transaction);
            if (done)
            {
                homeGraph.RequestSync(transaction, home.Vendor, home.Account);
            }

            return done;
        });
        links.Announce();
        homeGraph.Wake();
        return changed;
    }

    /// <summary>What is off already stays off: that is no mistake, if it is a device of this home.</summary>
    private async Task<bool> IsHomes(HomeAccount home, string device, CancellationToken cancel) => (await devices.Of(home, cancel)).Find(device) is not null;

    private string NameOf(LinkRecord record) => options.Clients.GetValueOrDefault(record.Link.ClientId)?.Name ?? record.Link.Platform;

    private ResidentLink Describe(LinkRecord record, IReadOnlyList<SharingPause> paused)
    {
        var bound = links.BoundDevices(record.Link.Id);
        var suspended = notices.Of(record.Link, bound);
        var isPaused = bound.Any(device => device.IsCamera && paused.Any(pause => pause.Device is null || pause.Device == device.Id.Value));
        return new ResidentLink(
            record.Link.Id.Value, record.Link.Platform, NameOf(record), record.LinkedAt,
            uses.LastUsed(record.Link.Id), bound.Count, bound.Count(device => device.IsCamera),
            suspended.Count > 0 ? ResidentLinkState.Suspended : isPaused ? ResidentLinkState.Paused : ResidentLinkState.Active, suspended);
    }
}
