using System.Collections.Immutable;
using Dapper;
using HomeBridge.Audit;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Revocations;
using Microsoft.Data.Sqlite;

namespace HomeBridge.AccountLinking;

/// <summary>Account links and their device bindings.</summary>
internal sealed class AccountLinks(
    Database database, DeviceRegister devices, RevocationLog revocations, AuditTrail audit, TimeProvider time)
{
    /// <summary>Ids in one statement; databases limit their parameters.</summary>
    private const int AskedAtOnce = 500;

    /// <summary>Columns of a link, for every statement that reads one.</summary>
    public const string Columns = "l.id, l.platform, l.client_id, l.vendor, l.account, l.agent_user_id";

    /// <summary>
    /// Records a consent: link and bindings. The link opens nothing until its code is redeemed. Null when the account
    /// has too many links.
    /// </summary>
    public AccountLink? Consent(
        SqliteTransaction transaction, PlatformClient client, string vendor, string account,
        IReadOnlyCollection<DeviceId> chosen, string consentText, int linksMax)
    {
        var connection = transaction.Connection!;
        var live = connection.QuerySingle<int>(
            "SELECT COUNT(*) FROM account_links WHERE vendor = @vendor AND account = @account AND ended_at IS NULL AND linked_at IS NOT NULL",
            new { vendor, account },
            transaction);
        if (live >= linksMax)
        {
            return null;
        }

        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        connection.Execute(
            "INSERT INTO agent_users (platform, vendor, account, agent_user_id) VALUES (@Platform, @vendor, @account, @fresh) ON CONFLICT DO NOTHING",
            new { client.Platform, vendor, account, fresh = $"usr_{Guid.NewGuid():N}" },
            transaction);
        var agentUserId = connection.QuerySingle<string>(
            "SELECT agent_user_id FROM agent_users WHERE platform = @Platform AND vendor = @vendor AND account = @account",
            new { client.Platform, vendor, account },
            transaction);
        var link = new AccountLink(
            new AccountLinkId($"lnk_{Guid.NewGuid():N}"), client.Platform, client.ClientId, vendor, account, agentUserId);
        connection.Execute(
            """
            INSERT INTO account_links (id, platform, client_id, vendor, account, agent_user_id, consented_at, consent_text)
            VALUES (@id, @Platform, @ClientId, @Vendor, @Account, @AgentUserId, @now, @consentText)
            """,
            new { id = link.Id.Value, link.Platform, link.ClientId, link.Vendor, link.Account, link.AgentUserId, now, consentText },
            transaction);
        connection.Execute(
            "INSERT INTO device_bindings (account_link, device, bound_at) VALUES (@link, @device, @now)",
            chosen.Select(device => new { link = link.Id.Value, device = device.Value, now }),
            transaction);
        audit.Append(transaction, account, "link.consented", link.Id.Value, $"{link.Platform}, {chosen.Count} devices");
        return link;
    }

    /// <summary>All bindings of a live link, by the device ids that the platform knows. Read anew for each intent.</summary>
    public IReadOnlyDictionary<string, DeviceBinding> Bindings(AccountLinkId link)
    {
        using var connection = database.Open();
        return WithDevices(link, connection.Query<string>(
            """
            SELECT b.device FROM device_bindings b JOIN account_links l ON l.id = b.account_link AND l.ended_at IS NULL
            WHERE b.account_link = @link
            """,
            new { link = link.Value }).AsList());
    }

    /// <summary>Those of the asked devices that are bound to a live link.</summary>
    public IReadOnlyDictionary<string, DeviceBinding> Bindings(AccountLinkId link, IReadOnlyCollection<string> asked)
    {
        using var connection = database.Open();
        var bound = new List<string>(asked.Count);
        foreach (var chunk in asked.Chunk(AskedAtOnce))
        {
            bound.AddRange(connection.Query<string>(
                """
                SELECT b.device FROM device_bindings b JOIN account_links l ON l.id = b.account_link AND l.ended_at IS NULL
                WHERE b.account_link = @link AND b.device IN @chunk
                """,
                new { link = link.Value, chunk }));
        }

        return WithDevices(link, bound);
    }

    /// <summary>One binding of a live link; null when there is none (any more).</summary>
    public DeviceBinding? Binding(AccountLinkId link, string device) => Bindings(link, [device]).GetValueOrDefault(device);

    private Dictionary<string, DeviceBinding> WithDevices(AccountLinkId link, IReadOnlyCollection<string> bound) =>
        devices.Find(bound).ToDictionary(device => device.Id.Value, device => new DeviceBinding(link, device), StringComparer.Ordinal);

    /// <summary>A live link.</summary>
    public AccountLink? Find(string id)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<Row>(
            $"SELECT {Columns} FROM account_links l WHERE l.id = @id AND l.ended_at IS NULL AND l.linked_at IS NOT NULL", new { id })?.ToLink();
    }

    /// <summary>All live links, newest first, with the ids of their devices: for operators.</summary>
    public IReadOnlyList<(AccountLink Link, DateTimeOffset LinkedAt, ImmutableArray<string> Devices)> Live(int limit)
    {
        using var connection = database.Open();
        return [.. connection.Query<Row>(
            $"""
            SELECT {Columns}, l.linked_at, (SELECT group_concat(b.device, ' ') FROM device_bindings b WHERE b.account_link = l.id) AS devices
            FROM account_links l WHERE l.ended_at IS NULL AND l.linked_at IS NOT NULL ORDER BY l.linked_at DESC LIMIT @limit
            """,
            new { limit })
            .Select(row => (
                row.ToLink(),
                DateTimeOffset.FromUnixTimeMilliseconds(row.LinkedAt),
                (row.Devices ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).ToImmutableArray()))];
    }

    /// <summary>
    /// Ends one link and no other: tokens, bindings and, by the revocation log, running streams. Ending what ended
    /// already does nothing.
    /// </summary>
    public void End(AccountLinkId link, string because, string actor)
    {
        database.Write(transaction =>
        {
            End(transaction, link, because, actor);
            return true;
        });
        revocations.Announce();
    }

    /// <summary>Within a transaction; announce afterwards.</summary>
    public void End(SqliteTransaction transaction, AccountLinkId link, string because, string actor)
    {
        var connection = transaction.Connection!;
        var ended = connection.Execute(
            "UPDATE account_links SET ended_at = @now, ended_because = @because WHERE id = @link AND ended_at IS NULL",
            new { now = time.GetUtcNow().ToUnixTimeMilliseconds(), because, link = link.Value },
            transaction);
        if (ended == 0)
        {
            return;
        }

        connection.Execute("DELETE FROM tokens WHERE account_link = @link", new { link = link.Value }, transaction);
        connection.Execute("DELETE FROM device_bindings WHERE account_link = @link", new { link = link.Value }, transaction);
        revocations.Append(transaction, link.Value, device: null);
        audit.Append(transaction, actor, "link.ended", link.Value, because);
    }

    /// <summary>A link as the database has it; <see cref="Columns"/>.</summary>
    internal sealed class Row
    {
        public string Id { get; init; } = "";
        public string Platform { get; init; } = "";
        public string ClientId { get; init; } = "";
        public string Vendor { get; init; } = "";
        public string Account { get; init; } = "";
        public string AgentUserId { get; init; } = "";
        public long LinkedAt { get; init; }
        public string? Devices { get; init; }

        public AccountLink ToLink() => new(new AccountLinkId(Id), Platform, ClientId, Vendor, Account, AgentUserId);
    }
}
