using HomeBridge.Devices;
using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking.Consents;

/// <summary>
/// Devices that a home got after its resident agreed to a link. Asked when the platform looks at the home again, which it does
/// after the maker said that devices changed.
/// </summary>
internal sealed class LaterDevices(AccountLinks links, DeviceCloud deviceCloud, Database database)
{
    /// <summary>Devices that one look binds: each is asked for at the maker. The rest follow at the next look.</summary>
    private const int BoundAtOnceMax = 20;

    /// <summary>Who binds by itself, in the trail.</summary>
    private const string Actor = "new devices";

    /// <summary>
    /// Binds what the resident said to add, and answers whether it bound anything. Never a camera or a lock, and only what the
    /// maker confirms to be this account's, device by device: a list that was mixed up shares nothing.
    /// </summary>
    /// <param name="link">The link.</param>
    /// <param name="home">What the maker lists now.</param>
    /// <param name="deadline">Of the intent that looks.</param>
    public async Task<bool> Bind(AccountLink link, IReadOnlyList<IdentifiedDevice> home, Deadline deadline)
    {
        if (links.NewDevicesOf(link.Id) is not NewDevices.Add)
        {
            return false;
        }

        var confirmed = new List<IdentifiedDevice>();
        foreach (var device in Unseen(link, home).Where(device => !LinkingPages.IsSensitive(device.Description)).Take(BoundAtOnceMax))
        {
            try
            {
                if ((await deviceCloud.Owner(device.Description.VendorDeviceId, deadline))?.Account == link.Account)
                {
                    confirmed.Add(device);
                }
            }
            catch (DeviceCloudUnavailableException)
            {
                break;
            }
        }

        return confirmed.Count > 0 && database.Write(transaction =>
        {
            var any = false;
            foreach (var device in confirmed)
            {
                any |= links.SetDevice(transaction, link, device, on: true, Actor);
            }

            return any;
        });
    }

    /// <summary>
    /// What the resident is to be asked about on the account's pages: new devices of a link that asks, and new cameras and locks of
    /// one that adds. They stay until each is shared, or left (<see cref="Leave"/>).
    /// </summary>
    public IReadOnlyList<IdentifiedDevice> Waiting(AccountLink link, IReadOnlyList<IdentifiedDevice> home) => links.NewDevicesOf(link.Id) switch
    {
        NewDevices.Ask => Unseen(link, home),
        NewDevices.Add => [.. Unseen(link, home).Where(device => LinkingPages.IsSensitive(device.Description))],
        _ => [],
    };

    /// <summary>The resident has seen these devices and does not share them.</summary>
    public void Leave(AccountLink link, IReadOnlyCollection<DeviceId> devices, TimeProvider time) => database.Write(transaction =>
    {
        AccountLinks.See(transaction, link.Id, devices, time.GetUtcNow().ToUnixTimeMilliseconds());
        return true;
    });

    private List<IdentifiedDevice> Unseen(AccountLink link, IReadOnlyList<IdentifiedDevice> home)
    {
        var seen = links.Seen(link.Id);
        return [.. home.Where(device => !seen.Contains(device.Id.Value))];
    }
}
