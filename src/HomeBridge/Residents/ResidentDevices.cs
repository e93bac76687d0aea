using System.Collections.Immutable;
using System.Data.Common;
using Dapper;
using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.SignIn;
using HomeBridge.Devices;
using HomeBridge.Hosting;

namespace HomeBridge.Residents;

/// <summary>A device of a home in its resident's words.</summary>
/// <param name="Id">As platforms see it.</param>
/// <param name="Name">As the resident calls it.</param>
/// <param name="Room">Where it is; null when the maker doesn't say.</param>
/// <param name="Type">In the platform's words; empty when only its name is remembered.</param>
/// <param name="Traits">What it can do, in the platform's words.</param>
internal sealed record HomeDevice(string Id, string Name, string? Room, string Type, ImmutableArray<string> Traits)
{
    public bool IsCamera => Traits.Contains("CameraStream", StringComparer.Ordinal);
}

/// <summary>The devices of a home.</summary>
/// <param name="Devices">By room and name.</param>
/// <param name="IsCurrent">False when the maker did not answer: then it is what he said last.</param>
internal sealed record HomeDevices(IReadOnlyList<HomeDevice> Devices, bool IsCurrent)
{
    private readonly Dictionary<string, HomeDevice> _byId = Devices.ToDictionary(device => device.Id, StringComparer.Ordinal);

    public HomeDevice? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>What a device is called; null when it is not known any more.</summary>
    public string? Name(string id) => Find(id)?.Name;
}

/// <summary>
/// What a home has and what it is called. The maker is asked each time; what he said last is remembered for the time when he
/// does not answer, which is when residents look.
/// </summary>
internal sealed class ResidentDevices(DeviceCloud deviceCloud, DeviceRegister register, Database database, TimeProvider time) : IDeviceNames
{
    /// <summary>Longer than this a page doesn't wait for the maker.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<HomeDevices> Of(HomeAccount home, CancellationToken cancel)
    {
        try
        {
            using var deadline = new Deadline(Patience, time, cancel);
            var listed = await deviceCloud.ListDevices(home.Account, deadline);
            var devices = register.Identify(home.Vendor, listed.Devices).Select(device => new HomeDevice(
                device.Id.Value, device.Description.Name, device.Description.Room, device.Description.Type, device.Description.Traits)).ToList();
            Remember(home, devices);
            return new HomeDevices(Sorted(devices), IsCurrent: true);
        }
        catch (DeviceCloudUnavailableException)
        {
            return Remembered(home);
        }
    }

    /// <summary>A device as its maker describes it now; null when it is not this home's, or when he does not answer.</summary>
    public async Task<IdentifiedDevice?> Describe(HomeAccount home, string device, CancellationToken cancel)
    {
        try
        {
            using var deadline = new Deadline(Patience, time, cancel);
            var listed = await deviceCloud.ListDevices(home.Account, deadline);
            return register.Identify(home.Vendor, listed.Devices).FirstOrDefault(one => one.Id.Value == device);
        }
        catch (DeviceCloudUnavailableException)
        {
            return null;
        }
    }

    /// <summary>Whether the maker says that a device is this home's now; null when he doesn't say.</summary>
    public async Task<bool?> Owns(HomeAccount home, string device, CancellationToken cancel)
    {
        try
        {
            using var deadline = new Deadline(Patience, time, cancel);
            return register.Find([device]) is [var known] && (await deviceCloud.Owner(known.Ref.VendorDeviceId, deadline))?.Account == home.Account;
        }
        catch (DeviceCloudUnavailableException)
        {
            return null;
        }
    }

    /// <summary>Forgets a home's names. Within a transaction.</summary>
    public static void Forget(DbTransaction transaction, HomeAccount home) => transaction.Connection!.Execute(
        "DELETE FROM resident_device_names WHERE vendor = @Vendor AND account = @Account", home, transaction);

    private void Remember(HomeAccount home, IReadOnlyList<HomeDevice> devices)
    {
        using var connection = database.Open();
        var known = connection.Query<(string Device, string Name, string? Room)>(
            "SELECT device, name, room FROM resident_device_names WHERE vendor = @Vendor AND account = @Account", home).ToHashSet();
        var changed = devices.Where(device => !known.Contains((device.Id, device.Name, device.Room))).ToList();
        if (changed.Count == 0)
        {
            return;
        }

        database.Write(transaction =>
        {
            Remember(transaction, home, changed.Select(device => (device.Id, device.Name, device.Room)));
            return true;
        });
    }

    public void Remember(DbTransaction transaction, string vendor, string account, IReadOnlyCollection<IdentifiedDevice> devices) =>
        Remember(transaction, new HomeAccount(vendor, account), devices.Select(device => (device.Id.Value, device.Description.Name, device.Description.Room)));

    public string? NameOf(DbTransaction transaction, string vendor, string account, DeviceId device) => transaction.Connection!.QuerySingleOrDefault<string>(
        "SELECT name FROM resident_device_names WHERE vendor = @vendor AND account = @account AND device = @device",
        new { vendor, account, device = device.Value },
        transaction);

    /// <summary>
    /// Those that the home has no more are kept: their views still have a name. Of an account that was deleted while the maker was
    /// asked, nothing is.
    /// </summary>
    private static void Remember(DbTransaction transaction, HomeAccount home, IEnumerable<(string Id, string Name, string? Room)> devices)
    {
        if (ResidentProfiles.IsKnown(transaction, home.Vendor, home.Account))
        {
            transaction.Connection!.Execute(
                """
                INSERT INTO resident_device_names (vendor, account, device, name, room) VALUES (@Vendor, @Account, @Id, @Name, @Room)
                ON CONFLICT (vendor, account, device) DO UPDATE SET name = excluded.name, room = excluded.room
                """,
                devices.Select(device => new { home.Vendor, home.Account, device.Id, device.Name, device.Room }),
                transaction);
        }
    }

    /// <summary>The names of all devices that a home has or had, for what is past.</summary>
    public IReadOnlyDictionary<string, string> Names(HomeAccount home)
    {
        using var connection = database.Open();
        return connection.Query<(string Device, string Name)>(
            "SELECT device, name FROM resident_device_names WHERE vendor = @Vendor AND account = @Account", home)
            .ToDictionary(row => row.Device, row => row.Name, StringComparer.Ordinal);
    }

    private HomeDevices Remembered(HomeAccount home)
    {
        using var connection = database.Open();
        var names = connection.Query<(string Device, string Name, string? Room)>(
            "SELECT device, name, room FROM resident_device_names WHERE vendor = @Vendor AND account = @Account", home).AsList();
        var known = register.Find([.. names.Select(row => row.Device)]).ToDictionary(device => device.Id.Value, StringComparer.Ordinal);
        return new HomeDevices(
            Sorted(names.Select(row => new HomeDevice(
                row.Device, row.Name, row.Room, known.GetValueOrDefault(row.Device)?.Type ?? "", known.GetValueOrDefault(row.Device)?.Traits ?? []))),
            IsCurrent: false);
    }

    private static List<HomeDevice> Sorted(IEnumerable<HomeDevice> devices) =>
        [.. devices.OrderBy(device => device.Room ?? "\uffff", StringComparer.Ordinal).ThenBy(device => device.Name, StringComparer.Ordinal)];
}
