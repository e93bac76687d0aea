using System.Collections.Immutable;
using System.Data.Common;
using Dapper;
using HomeBridge.Devices;
using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking;

/// <summary>
/// What a resident changes about a link that stands. Each call is within the caller's transaction; after its commit the
/// caller announces revocations (<see cref="Announce"/>) and tells the platform to look at the home again.
/// </summary>
internal sealed partial class AccountLinks
{
    private const string Camera = "CameraStream";

    /// <summary>
    /// Shares one device or no longer does: a camera without its sound, which has a yes of its own (<see cref="SetTrait"/>). False
    /// when the link does not stand or nothing changed.
    /// </summary>
    /// <param name="transaction">The caller's.</param>
    /// <param name="link">The link.</param>
    /// <param name="device">As the maker describes it now: the camera's key is pinned as it is consented.</param>
    /// <param name="on">Whether the link may use it.</param>
    /// <param name="actor">Who changed it, for the trail.</param>
    public bool SetDevice(DbTransaction transaction, AccountLink link, IdentifiedDevice device, bool on, string actor)
    {
        if (!on)
        {
            return EndBinding(transaction, link, device.Id, "turned off", actor);
        }

        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var begun = transaction.Connection!.Execute(
            """
            INSERT INTO device_bindings (account_link, device, bound_at, evidence_pin, withheld)
            SELECT l.id, @device, @now, @pin, @withheld FROM account_links l WHERE l.id = @link AND l.ended_at IS NULL AND l.linked_at IS NOT NULL
            ON CONFLICT DO NOTHING
            """,
            new
            {
                link = link.Id.Value,
                device = device.Id.Value,
                now,
                pin = device.Description.EvidenceKey?.Thumbprint ?? DeviceBinding.Derived,
                withheld = device.IsCamera ? Device.Sound : null,
            },
            transaction);
        See(transaction, link.Id, [device.Id], now);
        if (begun == 0)
        {
            return false;
        }

        audit.Append(transaction, actor, "binding.begun", link.Id.Value, device.Id.Value);
        return true;
    }

    /// <summary>
    /// Takes one device away from a link: no need to know how the maker describes it now. False when it was not shared.
    /// </summary>
    public bool EndBinding(DbTransaction transaction, AccountLink link, DeviceId device, string because, string actor)
    {
        if (transaction.Connection!.Execute(
            "DELETE FROM device_bindings WHERE account_link = @link AND device = @device", new { link = link.Id.Value, device = device.Value }, transaction) == 0)
        {
            return false;
        }

        revocations.Append(transaction, link.Id.Value, device.Value);
        audit.Append(transaction, actor, "binding.ended", link.Id.Value, $"{device}: {because}");
        return true;
    }

    /// <summary>
    /// Withholds one trait of a shared device, or no longer does. False when the device is not shared or nothing changed.
    /// <see cref="Device.Sound"/> is withheld like a trait of a camera. Withheld live video or sound ends streams that run.
    /// </summary>
    public bool SetTrait(DbTransaction transaction, AccountLink link, DeviceId device, string trait, bool on, string actor)
    {
        var connection = transaction.Connection!;
        var row = connection.QuerySingleOrDefault<(string Device, string? Withheld, string Traits)?>(
            $"""
            SELECT b.device, b.withheld, d.traits FROM device_bindings b
            JOIN account_links l ON l.id = b.account_link AND l.ended_at IS NULL AND l.linked_at IS NOT NULL
            {DeviceRegister.Join} b.device
            WHERE b.account_link = @link AND b.device = @device
            """,
            new { link = link.Id.Value, device = device.Value },
            transaction);
        if (row is not { } binding || !binding.Traits.Split(' ').Contains(trait == Device.Sound ? Camera : trait, StringComparer.Ordinal))
        {
            return false;
        }

        var withheld = (binding.Withheld ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).ToImmutableSortedSet(StringComparer.Ordinal);
        var changed = on ? withheld.Remove(trait) : withheld.Add(trait);
        if (ReferenceEquals(changed, withheld) || changed.Count == withheld.Count)
        {
            return false;
        }

        connection.Execute(
            "UPDATE device_bindings SET withheld = @withheld WHERE account_link = @link AND device = @device",
            new { withheld = changed.IsEmpty ? null : string.Join(' ', changed), link = link.Id.Value, device = device.Value },
            transaction);
        if (!on && (trait is Camera or Device.Sound))
        {
            revocations.Append(transaction, link.Id.Value, device.Value);
        }

        audit.Append(transaction, actor, on ? "trait.allowed" : "trait.withheld", link.Id.Value, $"{device}: {trait}");
        return true;
    }

    /// <summary>A device as an agent user's links together may use it: without what every one of them withholds.</summary>
    public static Device AllowedTo(DbTransaction transaction, string agentUserId, Device device)
    {
        var withheld = transaction.Connection!.Query<string?>(
            """
            SELECT b.withheld FROM device_bindings b JOIN account_links l ON l.id = b.account_link
            WHERE b.device = @device AND l.agent_user_id = @agentUserId AND l.ended_at IS NULL AND l.linked_at IS NOT NULL
            """,
            new { device = device.Id.Value, agentUserId },
            transaction).AsList();
        if (withheld.Count == 0 || withheld.Contains(null))
        {
            return device;
        }

        ImmutableArray<string> byAll = [.. withheld.Select(one => one!.Split(' ')).Aggregate((one, other) => [.. one.Intersect(other, StringComparer.Ordinal)])];
        return byAll.IsEmpty ? device : device.Without(byAll);
    }

    /// <summary>What happens with devices that the home gets later; null when the link does not stand.</summary>
    public NewDevices? NewDevicesOf(AccountLinkId link)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<string>(
            "SELECT new_devices FROM account_links WHERE id = @link AND ended_at IS NULL AND linked_at IS NOT NULL", new { link = link.Value }) switch
        {
            null => null,
            "add" => NewDevices.Add,
            "ask" => NewDevices.Ask,
            _ => NewDevices.Never,
        };
    }

    /// <summary>
    /// Whether a link adds devices that come later, decided against whoever changes that at the same time: one of the two
    /// transactions waits for the other.
    /// </summary>
    public static bool StillAdds(DbTransaction transaction, AccountLinkId link) => transaction.Connection!.Execute(
        "UPDATE account_links SET new_devices = new_devices WHERE id = @link AND new_devices = 'add' AND ended_at IS NULL AND linked_at IS NOT NULL",
        new { link = link.Value },
        transaction) == 1;

    /// <summary>Changes what happens with devices that come later. False when the link does not stand.</summary>
    public bool SetNewDevices(DbTransaction transaction, AccountLink link, NewDevices answer, string actor)
    {
        if (transaction.Connection!.Execute(
            "UPDATE account_links SET new_devices = @answer WHERE id = @link AND ended_at IS NULL AND linked_at IS NOT NULL",
            new { answer = NameOf(answer), link = link.Id.Value },
            transaction) == 0)
        {
            return false;
        }

        audit.Append(transaction, actor, "link.new_devices", link.Id.Value, NameOf(answer));
        return true;
    }

    /// <summary>The devices that a resident has decided about, or has seen and left: all others are new to them.</summary>
    public IReadOnlySet<string> Seen(AccountLinkId link)
    {
        using var connection = database.Open();
        return Seen(connection, null, link);
    }

    /// <summary>The same, within a transaction.</summary>
    public static IReadOnlySet<string> Seen(DbTransaction transaction, AccountLinkId link) => Seen(transaction.Connection!, transaction, link);

    private static HashSet<string> Seen(DbConnection connection, DbTransaction? transaction, AccountLinkId link) => connection.Query<string>(
        """
        SELECT device FROM seen_devices WHERE account_link = @link
        UNION SELECT device FROM device_bindings WHERE account_link = @link
        """,
        new { link = link.Value },
        transaction).ToHashSet(StringComparer.Ordinal);

    /// <summary>The resident has seen these devices: they are new no more.</summary>
    public static void See(DbTransaction transaction, AccountLinkId link, IReadOnlyCollection<DeviceId> devices, long now) => transaction.ExecuteAll(
        "INSERT INTO seen_devices (account_link, device, seen_at) VALUES (@link, @device, @now) ON CONFLICT DO NOTHING",
        devices.Select(device => new { link = link.Value, device = device.Value, now }));

    /// <summary>After the commit: gateways end what may not go on.</summary>
    public void Announce() => revocations.Announce();

    private static string NameOf(NewDevices answer) => answer switch
    {
        NewDevices.Add => "add",
        NewDevices.Ask => "ask",
        _ => "never",
    };
}
