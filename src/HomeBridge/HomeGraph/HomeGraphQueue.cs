using System.Data.Common;
using Dapper;
using HomeBridge.Audit;
using HomeBridge.Hosting;
using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.HomeGraph;

/// <summary>One thing to do for one agent user.</summary>
/// <param name="AgentUserId">For whom.</param>
/// <param name="Kind">What: see <see cref="WorkKind"/>.</param>
/// <param name="DueAt">From when, Unix milliseconds.</param>
/// <param name="Asked">How often it was asked for so far: what is asked for meanwhile is done again.</param>
/// <param name="Failures">In a row.</param>
internal sealed record Work(string AgentUserId, string Kind, long DueAt, long Asked, long Failures);

/// <summary>As in the database.</summary>
internal static class WorkKind
{
    public const string Delete = "delete";
    public const string Probe = "probe";
    public const string Sync = "sync";
    public const string Refresh = "refresh";
    public const string Notifications = "notifications";
    public const string States = "states";
}

/// <summary>An agent user as the outbox knows it.</summary>
internal sealed record AgentUser(string AgentUserId, string Vendor, string Account, long? UnlinkedAt, long? NotFoundAt);

/// <summary>A state that waits: what is to be told, and what was last told.</summary>
internal sealed record WaitingState(string Device, JsonMap ToTell, JsonMap? Told, long Version, bool IsUncertain, bool IsSuspect);

/// <summary>A notification that waits.</summary>
internal sealed record WaitingNotification(long Seq, string Device, string EventId, JsonMap Payload);

/// <summary>The outbox as its worker sees it: what is due, and what became of it.</summary>
internal sealed class HomeGraphQueue(Database database, AuditTrail audit, HomeGraphOptions options, TimeProvider time)
{
    /// <summary>Devices in one call. Far below what the platform takes; one bad device costs as many calls.</summary>
    public const int DevicesPerCall = 50;

    private const string WorkColumns = "agent_user_id AS AgentUserId, kind AS Kind, due_at AS DueAt, asked AS Asked, failures AS Failures";

    /// <summary>What is due, longest first. A user is there at most once per kind, so nobody's storm fills the list.</summary>
    /// <param name="kinds">Of these.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="homes">The shares of homes, see <see cref="HomeShare"/>; null is all.</param>
    public IReadOnlyList<Work> Due(string[] kinds, int limit, string[]? homes = null)
    {
        using var connection = database.Open();
        return connection.Query<Work>(
            $"SELECT {WorkColumns} FROM home_graph_work WHERE due_at <= @now AND {connection.In("kind", "@kinds")} AND {HomeShare.Condition(connection, homes)} ORDER BY due_at LIMIT @limit",
            new { now = Now(), kinds, limit, homes = homes ?? [] }).AsList();
    }

    /// <summary>How long until more is due; null when nothing is.</summary>
    public TimeSpan? NextDue(string[] kinds)
    {
        using var connection = database.Open();
        var now = Now();
        return connection.QuerySingle<long?>($"SELECT MIN(due_at) FROM home_graph_work WHERE due_at > @now AND {connection.In("kind", "@kinds")}", new { now, kinds }) is { } due
            ? TimeSpan.FromMilliseconds(due - now)
            : null;
    }

    /// <summary>The same work as it stands now; null when it is not due any more.</summary>
    public Work? Still(Work work)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<Work>(
            $"SELECT {WorkColumns} FROM home_graph_work WHERE agent_user_id = @AgentUserId AND kind = @Kind AND due_at <= @now",
            new { work.AgentUserId, work.Kind, now = Now() });
    }

    public AgentUser? User(string agentUserId)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<AgentUser>(
            "SELECT agent_user_id AS AgentUserId, vendor AS Vendor, account AS Account, unlinked_at AS UnlinkedAt, not_found_at AS NotFoundAt FROM home_graph_users WHERE agent_user_id = @agentUserId",
            new { agentUserId });
    }

    public IReadOnlyList<string> Users()
    {
        using var connection = database.Open();
        return connection.Query<string>("SELECT agent_user_id FROM home_graph_users").AsList();
    }

    /// <summary>The oldest waiting states; one that was refused before comes last and alone.</summary>
    public IReadOnlyList<WaitingState> States(string agentUserId)
    {
        var rows = States("agent_user_id = @agentUserId AND is_pending = 1 ORDER BY is_suspect, since LIMIT @limit", new { agentUserId, limit = DevicesPerCall });
        var good = rows.TakeWhile(row => !row.IsSuspect).ToList();
        return good.Count > 0 ? good : [.. rows.Take(1)];
    }

    /// <summary>What waits of one device.</summary>
    public IReadOnlyList<WaitingState> State(string agentUserId, string device) =>
        States("agent_user_id = @agentUserId AND device = @device AND is_pending = 1", new { agentUserId, device });

    /// <summary>Another device that the platform had before: if it is known still, so is the user.</summary>
    public WaitingState? Witness(string agentUserId, string[] except)
    {
        using var connection = database.Open();
        return States(
            connection, $"agent_user_id = @agentUserId AND told IS NOT NULL AND is_pending = 0 AND {connection.NotIn("device", "@except")} LIMIT 1", new { agentUserId, except })
            is [var one] ? one : null;
    }

    public WaitingNotification? Notification(string agentUserId)
    {
        using var connection = database.Open();
        return connection.Query<(long Seq, string Device, string EventId, string Payload)>(
            "SELECT seq, device, event_id, payload FROM home_graph_notifications WHERE agent_user_id = @agentUserId ORDER BY seq LIMIT 1",
            new { agentUserId })
            .Select(row => new WaitingNotification(row.Seq, row.Device, row.EventId, StateDocument.Read(row.Payload)))
            .FirstOrDefault();
    }

    /// <summary>All announced devices with the version of what is known of them.</summary>
    public IReadOnlyDictionary<string, long> Announced(string agentUserId)
    {
        using var connection = database.Open();
        return connection.Query<(string Device, long Version)>(
            "SELECT device, version FROM home_graph_states WHERE agent_user_id = @agentUserId", new { agentUserId })
            .ToDictionary(row => row.Device, row => row.Version, StringComparer.Ordinal);
    }

    /// <summary>What each link was last answered in SYNC.</summary>
    public IReadOnlyDictionary<string, string> AnnouncedHashes(string agentUserId)
    {
        using var connection = database.Open();
        return connection.Query<(string Link, string Hash)>(
            "SELECT account_link, announced_hash FROM home_graph_links WHERE agent_user_id = @agentUserId", new { agentUserId })
            .ToDictionary(row => row.Link, row => row.Hash, StringComparer.Ordinal);
    }

    /// <summary>Suspensions changed: what was held is looked at again.</summary>
    public void Release() => Wanted(_ => "UPDATE home_graph_states SET is_pending = 1 WHERE is_pending = 2");

    /// <summary>After a start: a call may have been under way, so what waits is sent whatever the platform is thought to have.</summary>
    /// <param name="homes">The shares of homes, see <see cref="HomeShare"/>; null is all.</param>
    public void Recover(string[]? homes = null) => Wanted(
        connection => $"UPDATE home_graph_states SET is_pending = 1, is_uncertain = 1 WHERE is_pending > 0 AND {HomeShare.Condition(connection, homes)}", homes);

    /// <summary>Up to where ended links were dealt with. At the very first start, what ended before is nobody's business.</summary>
    public long Cursor(long head) => database.Write(transaction =>
    {
        transaction.Connection!.Execute("INSERT INTO home_graph_cursor (only_row, revocation) VALUES (1, @head) ON CONFLICT DO NOTHING", new { head }, transaction);
        return transaction.Connection!.QuerySingle<long>("SELECT revocation FROM home_graph_cursor", transaction: transaction);
    });

    /// <summary>What became of work, all at once.</summary>
    public void Write(Action<Outcome> write) => database.Write(transaction =>
    {
        write(new Outcome(transaction, audit, options, Now()));
        return true;
    });

    private void Wanted(Func<DbConnection, string> update, string[]? homes = null) => database.Write(transaction =>
    {
        transaction.Connection!.Execute(update(transaction.Connection!), new { homes = homes ?? [] }, transaction);
        return transaction.Connection!.Execute(
            """
            INSERT INTO home_graph_work (agent_user_id, kind, due_at)
            SELECT u.agent_user_id, 'states', @now FROM home_graph_users u
            WHERE u.unlinked_at IS NULL AND EXISTS (SELECT 1 FROM home_graph_states s WHERE s.agent_user_id = u.agent_user_id AND s.is_pending = 1)
            ON CONFLICT (agent_user_id, kind) DO NOTHING
            """,
            new { now = Now() },
            transaction);
    });

    private IReadOnlyList<WaitingState> States(string where, object values)
    {
        using var connection = database.Open();
        return States(connection, where, values);
    }

    private static IReadOnlyList<WaitingState> States(DbConnection connection, string where, object values) => [.. connection.Query<StateRow>(
        $"SELECT device, newest, told, version, is_uncertain, is_suspect FROM home_graph_states WHERE {where}", values).Select(row => row.ToState())];

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed class StateRow
    {
        public string Device { get; init; } = "";
        public string Newest { get; init; } = "";
        public string? Told { get; init; }
        public long Version { get; init; }
        public long IsUncertain { get; init; }
        public long IsSuspect { get; init; }

        public WaitingState ToState() => new(
            Device, StateDocument.ToTell(StateDocument.Read(Newest)), Told is null ? null : StateDocument.Read(Told), Version, IsUncertain > 0, IsSuspect > 0);
    }
}
