using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.Consents;
using HomeBridge.Devices;
using HomeBridge.Hosting;

namespace HomeBridge.Residents;

/// <summary>What becomes of devices that a home gets after a link was made.</summary>
/// <param name="Answer">What the resident said.</param>
/// <param name="Waiting">Devices that the resident has not decided about. None of them is shared.</param>
internal sealed record NewDevicesOfLink(NewDevices Answer, IReadOnlyList<HomeDevice> Waiting);

/// <summary>A resident's say about devices that come after the consent. To share one is <see cref="ResidentLinks.SetDevice"/>.</summary>
internal sealed class ResidentNewDevices(Database database, LinkRecords records, AccountLinks links, LaterDevices later, ResidentDevices devices)
{
    /// <summary>Of one link; null when it is not this home's, or ended.</summary>
    /// <param name="home">The home.</param>
    /// <param name="link">The link.</param>
    /// <param name="listed">What the home has. While the maker is away nothing is new.</param>
    public NewDevicesOfLink? Of(HomeAccount home, string link, HomeDevices listed)
    {
        if (Find(home, link) is not { } found || links.NewDevicesOf(found.Id) is not { } answer)
        {
            return null;
        }

        return new NewDevicesOfLink(answer, listed.IsCurrent ? later.Waiting(found.Id, answer, listed.Devices, device => device.Id, device => device.Traits) : []);
    }

    /// <summary>Changes what the resident said. False when the link is not this home's, or ended.</summary>
    public bool Set(HomeAccount home, string link, NewDevices answer) =>
        Find(home, link) is { } found && database.Write(transaction => links.SetNewDevices(transaction, found, answer, home.Account));

    /// <summary>The resident has seen a new device and does not share it. False when link or device is not this home's.</summary>
    public async Task<bool> Leave(HomeAccount home, string link, string device, CancellationToken cancel)
    {
        if (Find(home, link) is not { } found || (await devices.Of(home, cancel)).Find(device) is null)
        {
            return false;
        }

        later.Leave(found.Id, [new DeviceId(device)]);
        return true;
    }

    private AccountLink? Find(HomeAccount home, string link) => records.Find(home.Vendor, home.Account, link) is { EndedAt: null } record ? record.Link : null;
}
