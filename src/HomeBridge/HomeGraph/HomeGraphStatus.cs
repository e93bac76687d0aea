using Dapper;
using HomeBridge.Hosting;
using Newtonsoft.Json;

namespace HomeBridge.HomeGraph;

/// <summary>How reporting for one agent user stands.</summary>
/// <param name="AgentUserId">As the platform knows it.</param>
/// <param name="Vendor">The maker.</param>
/// <param name="Account">The account there.</param>
/// <param name="Linked">False: the platform has forgotten this user, and nothing is sent until it sends a SYNC.</param>
/// <param name="SyncedAt">The last SYNC; null when there was none since there is a service account.</param>
/// <param name="StatesWaiting">Devices with a state that is to be told.</param>
/// <param name="StatesHeld">Devices whose state waits for a suspension to be lifted.</param>
/// <param name="NotificationsWaiting">Notifications that are to be told.</param>
/// <param name="OldestAt">Since when the oldest of them waits.</param>
/// <param name="NextAt">When something is done next.</param>
/// <param name="Failures">The longest row of failures of what waits.</param>
/// <param name="SucceededAt">The last report that the platform took.</param>
/// <param name="FailedAt">The last failure.</param>
/// <param name="LastError">What it was; null once a report succeeded.</param>
internal sealed record AgentUserStatus(
    string AgentUserId, string Vendor, string Account, bool Linked, DateTimeOffset? SyncedAt, long StatesWaiting, long StatesHeld,
    long NotificationsWaiting, DateTimeOffset? OldestAt, DateTimeOffset? NextAt, long Failures, DateTimeOffset? SucceededAt,
    DateTimeOffset? FailedAt, string? LastError);

/// <summary>The outbox, and what the platform made of it, for operators.</summary>
internal sealed class HomeGraphStatus(Database database, HomeGraphOutbox outbox, HomeGraphQueue queue, HomeGraphClient? client = null, RequestQuota? quota = null)
{
    public bool Enabled => outbox.Enabled;

    /// <summary>What the platform holds of a user, as it answers: devices, states. Null for a user who is not reported.</summary>
    public async Task<string?> Held(string agentUserId, CancellationToken cancel)
    {
        if (client is null || quota is null || queue.User(agentUserId) is null)
        {
            return null;
        }

        await quota.Take(cancel);
        var (synced, devices) = await client.Sync(agentUserId, cancel);
        await quota.Take(cancel);
        var (queried, states) = await client.Query(agentUserId, queue.Announced(agentUserId).Keys, cancel);
        return JsonConvert.SerializeObject(new
        {
            sync = new { answer = synced.GetType().Name, devices = devices?.Payload?.Devices },
            query = new { answer = queried.GetType().Name, devices = states?.Payload?.Devices },
        });
    }

    /// <summary>Those who wait longest first.</summary>
    public IReadOnlyList<AgentUserStatus> All(int limit)
    {
        using var connection = database.Open();
        return [.. connection.Query<Row>(
            """
            SELECT u.*,
                (SELECT COUNT(*) FROM home_graph_states s WHERE s.agent_user_id = u.agent_user_id AND s.is_pending = 1) AS states_waiting,
                (SELECT COUNT(*) FROM home_graph_states s WHERE s.agent_user_id = u.agent_user_id AND s.is_pending = 2) AS states_held,
                (SELECT COUNT(*) FROM home_graph_notifications n WHERE n.agent_user_id = u.agent_user_id) AS notifications_waiting,
                (SELECT MIN(s.since) FROM home_graph_states s WHERE s.agent_user_id = u.agent_user_id AND s.is_pending = 1) AS oldest_state_at,
                (SELECT MIN(n.queued_at) FROM home_graph_notifications n WHERE n.agent_user_id = u.agent_user_id) AS oldest_notification_at,
                (SELECT MIN(w.due_at) FROM home_graph_work w WHERE w.agent_user_id = u.agent_user_id) AS next_at,
                (SELECT COALESCE(MAX(w.failures), 0) FROM home_graph_work w WHERE w.agent_user_id = u.agent_user_id) AS failures
            FROM home_graph_users u ORDER BY next_at NULLS LAST LIMIT @limit
            """,
            new { limit }).Select(row => row.ToStatus())];
    }

    private sealed class Row
    {
        public string AgentUserId { get; init; } = "";
        public string Vendor { get; init; } = "";
        public string Account { get; init; } = "";
        public long? SyncedAt { get; init; }
        public long? UnlinkedAt { get; init; }
        public long? SucceededAt { get; init; }
        public long? FailedAt { get; init; }
        public string? LastError { get; init; }
        public long StatesWaiting { get; init; }
        public long StatesHeld { get; init; }
        public long NotificationsWaiting { get; init; }
        public long? OldestStateAt { get; init; }
        public long? OldestNotificationAt { get; init; }
        public long? NextAt { get; init; }
        public long Failures { get; init; }

        public AgentUserStatus ToStatus() => new(
            AgentUserId, Vendor, Account, UnlinkedAt is null, At(SyncedAt), StatesWaiting, StatesHeld, NotificationsWaiting,
            At(OldestStateAt is { } state && OldestNotificationAt is { } notification ? Math.Min(state, notification) : OldestStateAt ?? OldestNotificationAt),
            At(NextAt), Failures, At(SucceededAt), At(FailedAt), LastError);

        private static DateTimeOffset? At(long? milliseconds) => milliseconds is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
    }
}
