using System.Data.Common;
using Dapper;
using HomeBridge.AccountLinking;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.HomeGraph;

/// <summary>
/// What is still to be told to the platform's Home Graph. Written in the caller's transaction, so that what happened and
/// what is to be told about it are one; call <see cref="Wake"/> after the commit. Does nothing without a service account.
/// </summary>
internal sealed class HomeGraphOutbox(Database database, AccountLinks links, DeviceRegister register, HomeGraphOptions options, TimeProvider time, ILogger<HomeGraphOutbox> log)
{
    /// <summary>The only platform with a Home Graph.</summary>
    public const string Platform = "google";

    /// <summary>Notifications that wait for one agent user. Beyond that the oldest are dropped: nobody wants to hear an old bell.</summary>
    public const int NotificationsMax = 200;

    /// <summary>What happens together is told together.</summary>
    private static readonly TimeSpan GatherFor = TimeSpan.FromMilliseconds(50);

    private readonly Signal _signal = new();

    /// <summary>Whether reports are sent at all: SYNC says so in <c>willReportState</c>.</summary>
    public bool Enabled => options.Account is not null;

    /// <summary>Completes at the next <see cref="Wake"/>.</summary>
    public Task Next => _signal.Next;

    /// <summary>
    /// A device's state, for every platform user to whom it was announced. All states of a trait come together; the last
    /// one wins.
    /// </summary>
    public void Report(DbTransaction transaction, Device device, bool online, JsonMap states)
    {
        if (!Enabled)
        {
            return;
        }

        foreach (var row in Rows(transaction, device.Id))
        {
            Report(transaction, row, device, online, states);
        }
    }

    /// <summary>A notification by trait name, for every platform user to whom the device was announced. Never merged with another.</summary>
    public void Notify(DbTransaction transaction, Device device, string eventId, JsonMap notification)
    {
        if (!Enabled)
        {
            return;
        }

        foreach (var row in Rows(transaction, device.Id).Where(row => row.UnlinkedAt is null))
        {
            if (!notification.Keys.All(AccountLinks.AllowedTo(transaction, row.AgentUserId, device).Has))
            {
                continue;
            }

            var added = transaction.Connection!.Execute(
                """
                INSERT INTO home_graph_notifications (seq, agent_user_id, device, event_id, payload, queued_at)
                VALUES ((SELECT COALESCE(MAX(seq), 0) + 1 FROM home_graph_notifications), @AgentUserId, @Device, @eventId, @payload, @now)
                ON CONFLICT DO NOTHING
                """,
                new { row.AgentUserId, row.Device, eventId, payload = StateDocument.Write(notification), now = Now() },
                transaction);
            if (added > 0)
            {
                Want(transaction, row.AgentUserId, "notifications", Now());
                DropOldest(transaction, row.AgentUserId);
            }
        }
    }

    /// <summary>
    /// The account's devices changed: the platform shall ask for them again, unless they turn out to be what it was told
    /// in its last SYNC.
    /// </summary>
    /// <param name="transaction">The caller's.</param>
    /// <param name="vendor">Whose devices.</param>
    /// <param name="account">Whose home.</param>
    /// <param name="notBefore">Besides the time over which changes are gathered; one that is asked for already stays as it is.</param>
    public void RequestSync(DbTransaction transaction, string vendor, string account, TimeSpan notBefore = default)
    {
        if (!Enabled || AccountLinks.LiveAgentUser(transaction, Platform, vendor, account) is not { } agentUserId)
        {
            return;
        }

        // A user who linked before there was a service account has no row yet.
        transaction.Connection!.Execute(
            "INSERT INTO home_graph_users (agent_user_id, vendor, account) VALUES (@agentUserId, @vendor, @account) ON CONFLICT DO NOTHING",
            new { agentUserId, vendor, account },
            transaction);
        transaction.Connection!.Execute(
            """
            INSERT INTO home_graph_work (agent_user_id, kind, due_at)
            SELECT agent_user_id, 'sync', @due FROM home_graph_users WHERE agent_user_id = @agentUserId AND unlinked_at IS NULL
            ON CONFLICT (agent_user_id, kind) DO UPDATE SET asked = home_graph_work.asked + 1
            """,
            new { agentUserId, due = Now() + (long)(options.RequestSyncDelay + notBefore).TotalMilliseconds },
            transaction);
    }

    /// <summary>
    /// A SYNC was answered with these devices: their states follow, and what is asked for by <see cref="RequestSync"/>
    /// is compared with them. The platform knows the user again.
    /// </summary>
    public void Synced(AccountLink link, IReadOnlyList<IdentifiedDevice> announced)
    {
        if (!Enabled || link.Platform != Platform)
        {
            return;
        }

        var hash = AnnouncedDevices.Hash(announced);
        database.Write(transaction =>
        {
            Synced(transaction, link, announced, hash);
            return true;
        });
        Wake();
    }

    /// <summary>What the platform was last told of a device; null when that is nothing, or not known.</summary>
    public JsonMap? LastReported(string agentUserId, DeviceId device) =>
        LastReported(agentUserId, [device.Value]).GetValueOrDefault(device.Value);

    /// <summary>The same for many, by device id.</summary>
    public IReadOnlyDictionary<string, JsonMap> LastReported(string agentUserId, IReadOnlyCollection<string> devices)
    {
        if (!Enabled)
        {
            return new Dictionary<string, JsonMap>(StringComparer.Ordinal);
        }

        using var connection = database.Open();
        return devices.Chunk(RowsAtOnce)
            .SelectMany(chunk => connection.Query<(string Device, string Told)>(
                $"SELECT device, told FROM home_graph_states WHERE agent_user_id = @agentUserId AND {connection.In("device", "@chunk")} AND told IS NOT NULL",
                new { agentUserId, chunk }))
            .ToDictionary(row => row.Device, row => StateDocument.Read(row.Told), StringComparer.Ordinal);
    }

    /// <summary>The same, where nothing is under way: what the platform shows if it does what it is told.</summary>
    public IReadOnlyDictionary<string, JsonMap> Settled(string agentUserId, IReadOnlyCollection<string> devices)
    {
        using var connection = database.Open();
        return devices.Chunk(RowsAtOnce)
            .SelectMany(chunk => connection.Query<(string Device, string Told)>(
                $"""
                SELECT device, told FROM home_graph_states
                WHERE agent_user_id = @agentUserId AND {connection.In("device", "@chunk")} AND told IS NOT NULL AND is_pending = 0 AND is_uncertain = 0
                """,
                new { agentUserId, chunk }))
            .ToDictionary(row => row.Device, row => StateDocument.Read(row.Told), StringComparer.Ordinal);
    }

    /// <summary>Something of the user's is stale: the device cloud is asked for all of it once more.</summary>
    public void TellAnew(string agentUserId)
    {
        database.Write(transaction =>
        {
            // The user may be gone since the caller looked.
            if (transaction.Connection!.QuerySingle<long>("SELECT COUNT(*) FROM home_graph_users WHERE agent_user_id = @agentUserId", new { agentUserId }, transaction) > 0)
            {
                Want(transaction, agentUserId, WorkKind.Refresh, Now() + (long)options.FirstReportDelay.TotalMilliseconds);
            }

            return true;
        });
        Wake();
    }

    /// <summary>After the commit: there is something to send.</summary>
    public void Wake() => _signal.Raise();

    /// <summary>
    /// What the device cloud said when it was asked after a SYNC, with the version of what was known when it was asked:
    /// a state that came in meanwhile is newer and stays.
    /// </summary>
    public void Refreshed(string agentUserId, IReadOnlyList<(Device Device, long Version, DeviceState State)> asked)
    {
        database.Write(transaction =>
        {
            foreach (var (device, version, state) in asked)
            {
                if (Rows(transaction, device.Id).FirstOrDefault(row => row.AgentUserId == agentUserId && row.Version == version) is { } row)
                {
                    // The answer is whole: what the maker no longer says of a device is no longer kept.
                    Report(transaction, state.Online ? row with { Newest = null } : row, device, state.Online, state.States);
                }
            }

            return true;
        });
        Wake();
    }

    private const int RowsAtOnce = 500;

    private static IEnumerable<Row> Rows(DbTransaction transaction, DeviceId device) => transaction.Connection!.Query<Row>(
        """
        SELECT s.agent_user_id, s.device, s.newest, s.told, s.version, s.is_pending, s.is_uncertain, u.unlinked_at, u.reports_not_before
        FROM home_graph_states s JOIN home_graph_users u ON u.agent_user_id = s.agent_user_id
        WHERE s.device = @device
        """,
        new { device = device.Value },
        transaction);

    private void Report(DbTransaction transaction, Row row, Device device, bool online, JsonMap states)
    {
        device = AccountLinks.AllowedTo(transaction, row.AgentUserId, device);
        var newest = StateDocument.After(row.Newest, device, online, register.WithPlatformIds(device.Ref.Vendor, states), out var problems);
        if (problems.Count > 0)
        {
            log.LogInformation("States of {Device} are not reported: {Problems}", device.Id, string.Join("; ", problems));
        }

        var text = StateDocument.Write(newest);
        var isPending = row.IsPending > 0 || row.Told is null || row.IsUncertain > 0
            || SignificantChange.Between(StateDocument.Read(row.Told), StateDocument.ToTell(newest));
        if (text == row.Newest && isPending == row.IsPending > 0)
        {
            return;
        }

        // Pending stays pending even if it is now what was told before: a call may be under way.
        transaction.Connection!.Execute(
            """
            UPDATE home_graph_states
            SET newest = @text, version = version + 1, is_pending = @isPending, since = CASE WHEN is_pending > 0 THEN since ELSE @now END
            WHERE agent_user_id = @AgentUserId AND device = @Device
            """,
            new { row.AgentUserId, row.Device, text, isPending = isPending ? 1 : 0, now = Now() },
            transaction);
        if (isPending && row.UnlinkedAt is null)
        {
            Want(transaction, row.AgentUserId, "states", Math.Max(Now() + (long)GatherFor.TotalMilliseconds, row.ReportsNotBefore));
        }
    }

    private void Synced(DbTransaction transaction, AccountLink link, IReadOnlyList<IdentifiedDevice> announced, string hash)
    {
        var connection = transaction.Connection!;
        var settled = Now() + (long)options.FirstReportDelay.TotalMilliseconds;
        var isKnown = connection.QuerySingleOrDefault<int>(
            """
            SELECT COUNT(*) FROM home_graph_users u JOIN home_graph_links l ON l.agent_user_id = u.agent_user_id
            WHERE u.agent_user_id = @AgentUserId AND u.unlinked_at IS NULL AND u.synced_at IS NOT NULL
            """,
            link,
            transaction) > 0;
        connection.Execute(
            """
            INSERT INTO home_graph_users (agent_user_id, vendor, account, synced_at) VALUES (@AgentUserId, @Vendor, @Account, @now)
            ON CONFLICT (agent_user_id) DO UPDATE SET synced_at = excluded.synced_at
            """,
            new { link.AgentUserId, link.Vendor, link.Account, now = Now() },
            transaction);
        connection.Execute(
            """
            INSERT INTO home_graph_links (account_link, agent_user_id, announced_hash) VALUES (@link, @AgentUserId, @hash)
            ON CONFLICT (account_link) DO UPDATE SET announced_hash = excluded.announced_hash
            """,
            new { link = link.Id.Value, link.AgentUserId, hash },
            transaction);
        if (!isKnown)
        {
            // New to the platform, or new again: what it was told before is gone, and reports that come too early are refused.
            connection.Execute(
                "UPDATE home_graph_users SET unlinked_at = NULL, not_found_at = NULL, reports_not_before = @settled WHERE agent_user_id = @AgentUserId",
                new { link.AgentUserId, settled },
                transaction);
            connection.Execute("UPDATE home_graph_states SET told = NULL, is_pending = 0 WHERE agent_user_id = @AgentUserId", link, transaction);
            connection.Execute(
                "UPDATE home_graph_work SET due_at = @settled WHERE agent_user_id = @AgentUserId AND kind IN ('states', 'notifications') AND due_at < @settled",
                new { link.AgentUserId, settled },
                transaction);
        }

        transaction.ExecuteAll(
            """
            INSERT INTO home_graph_states (agent_user_id, device) VALUES (@AgentUserId, @Device)
            ON CONFLICT (agent_user_id, device) DO UPDATE SET version = home_graph_states.version + 1, is_uncertain = 1, is_suspect = 0
            """,
            announced.Select(device => new { link.AgentUserId, Device = device.Id.Value }));
        Forget(transaction, link, announced);
        Want(transaction, link.AgentUserId, "refresh", settled);
    }

    /// <summary>Devices that are no longer announced, unless another link of the same user still has them.</summary>
    private void Forget(DbTransaction transaction, AccountLink link, IReadOnlyList<IdentifiedDevice> announced)
    {
        var kept = announced.Select(device => device.Id.Value).ToHashSet(StringComparer.Ordinal);
        var stale = transaction.Connection!.Query<string>("SELECT device FROM home_graph_states WHERE agent_user_id = @AgentUserId", link, transaction)
            .Where(device => !kept.Contains(device)).ToList();
        if (stale.Count == 0)
        {
            return;
        }

        kept.UnionWith(links.BoundThrough(link.AgentUserId, stale).Where(bound => bound.Link != link.Id).Select(bound => bound.Device));
        transaction.ExecuteAll(
            "DELETE FROM home_graph_states WHERE agent_user_id = @AgentUserId AND device = @device",
            stale.Where(device => !kept.Contains(device)).Select(device => new { link.AgentUserId, device }));
    }

    private static void Want(DbTransaction transaction, string agentUserId, string kind, long due) => transaction.Connection!.Execute(
        """
        INSERT INTO home_graph_work (agent_user_id, kind, due_at) VALUES (@agentUserId, @kind, @due)
        ON CONFLICT (agent_user_id, kind) DO UPDATE SET asked = home_graph_work.asked + 1
        """,
        new { agentUserId, kind, due },
        transaction);

    private void DropOldest(DbTransaction transaction, string agentUserId)
    {
        var dropped = transaction.Connection!.Execute(
            """
            DELETE FROM home_graph_notifications WHERE agent_user_id = @agentUserId AND seq <= (
                SELECT seq FROM home_graph_notifications WHERE agent_user_id = @agentUserId ORDER BY seq DESC LIMIT 1 OFFSET @NotificationsMax)
            """,
            new { agentUserId, NotificationsMax },
            transaction);
        if (dropped > 0)
        {
            log.LogWarning("A notification was dropped: {Max} wait for one agent user already", NotificationsMax);
        }
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed record Row
    {
        public string AgentUserId { get; init; } = "";
        public string Device { get; init; } = "";
        public string? Newest { get; init; }
        public string? Told { get; init; }
        public long Version { get; init; }
        public long IsPending { get; init; }
        public long IsUncertain { get; init; }
        public long? UnlinkedAt { get; init; }
        public long ReportsNotBefore { get; init; }
    }
}
