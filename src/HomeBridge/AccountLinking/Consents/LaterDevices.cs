using System.Collections.Immutable;
using HomeBridge.Devices;
using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking.Consents;

/// <summary>
/// Devices that a home got after its resident agreed to a link. Asked when the platform looks at the home again, which it does
/// after the maker said that devices changed.
/// </summary>
internal sealed class LaterDevices(AccountLinks links, DeviceCloud deviceCloud, Database database, TimeProvider time)
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
        foreach (var device in Unseen(link.Id, home, device => device.Id.Value).Where(device => !LinkingPages.IsSensitive(device.Description.Traits)).Take(BoundAtOnceMax))
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
            // Asking the maker took its time: who said otherwise meanwhile, or took one of these away, is not overruled.
            if (!AccountLinks.StillAdds(transaction, link.Id))
            {
                return false;
            }

            var any = false;
            var seen = AccountLinks.Seen(transaction, link.Id);
            foreach (var device in confirmed.Where(device => !seen.Contains(device.Id.Value)))
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
    /// <param name="link">The link.</param>
    /// <param name="answer">What its resident said about devices that come later.</param>
    /// <param name="home">What the home has now.</param>
    /// <param name="id">Of a device, as platforms see it.</param>
    /// <param name="traits">What it can do.</param>
    public IReadOnlyList<T> Waiting<T>(AccountLinkId link, NewDevices answer, IReadOnlyList<T> home, Func<T, string> id, Func<T, ImmutableArray<string>> traits) => answer switch
    {
        NewDevices.Ask => Unseen(link, home, id),
        NewDevices.Add => [.. Unseen(link, home, id).Where(device => LinkingPages.IsSensitive(traits(device)))],
        _ => [],
    };

    /// <summary>The resident has seen these devices and does not share them.</summary>
    public void Leave(AccountLinkId link, IReadOnlyCollection<DeviceId> devices) => database.Write(transaction =>
    {
        AccountLinks.See(transaction, link, devices, time.GetUtcNow().ToUnixTimeMilliseconds());
        return true;
    });

    private List<T> Unseen<T>(AccountLinkId link, IReadOnlyList<T> home, Func<T, string> id)
    {
        var seen = links.Seen(link);
        return [.. home.Where(device => !seen.Contains(id(device)))];
    }
}
