using System.Data.Common;
using Dapper;
using HomeBridge.Audit;
using HomeBridge.Hosting;

namespace HomeBridge.HomeGraph;

/// <summary>What became of work in the outbox, in one transaction.</summary>
/// <param name="transaction">All or nothing.</param>
/// <param name="audit">For what is dropped.</param>
/// <param name="options">The intervals.</param>
/// <param name="now">Unix milliseconds.</param>
internal sealed class Outcome(DbTransaction transaction, AuditTrail audit, HomeGraphOptions options, long now)
{
    /// <summary>Between two notifications of one agent user.</summary>
    private static readonly TimeSpan NotificationInterval = TimeSpan.FromMilliseconds(200);

    private readonly DbConnection _connection = transaction.Connection!;

    /// <summary>The platform has these now. What came in meanwhile, a newer state or a SYNC, is told as well.</summary>
    public void Told(string agentUserId, IEnumerable<WaitingState> states) => transaction.ExecuteAll(
        """
        UPDATE home_graph_states
        SET told = @told, is_suspect = 0,
            is_uncertain = CASE WHEN version = @Version THEN 0 ELSE is_uncertain END,
            is_pending = CASE WHEN version = @Version THEN 0 ELSE 1 END
        WHERE agent_user_id = @agentUserId AND device = @Device
        """,
        states.Select(state => new { agentUserId, state.Device, state.Version, told = StateDocument.Write(state.ToTell) }));

    /// <summary>It is not known whether the platform has these.</summary>
    public void Uncertain(string agentUserId, IEnumerable<WaitingState> states) => transaction.ExecuteAll(
        "UPDATE home_graph_states SET is_uncertain = 1 WHERE agent_user_id = @agentUserId AND device = @Device",
        states.Select(state => new { agentUserId, state.Device }));

    /// <summary>The platform refuses this one: it is not sent again until it changes, and then alone.</summary>
    public void Refused(string agentUserId, WaitingState state, string why)
    {
        _connection.Execute(
            """
            UPDATE home_graph_states
            SET told = NULL, is_uncertain = 0, is_suspect = 1, is_pending = CASE WHEN version = @Version THEN 0 ELSE is_pending END
            WHERE agent_user_id = @agentUserId AND device = @Device
            """,
            new { agentUserId, state.Device, state.Version },
            transaction);
        audit.Append(transaction, "system", "homegraph.refused", state.Device, "state: " + why);
    }

    public void Refused(WaitingNotification notification, string why)
    {
        Done(notification);
        audit.Append(transaction, "system", "homegraph.refused", notification.Device, "notification: " + why);
    }

    /// <summary>The number alone isn't enough: once the last row is gone, it is given again.</summary>
    public void Done(WaitingNotification notification) => _connection.Execute(
        "DELETE FROM home_graph_notifications WHERE seq = @Seq AND device = @Device AND event_id = @EventId", notification, transaction);

    /// <summary>These say nothing that the platform doesn't know.</summary>
    public void Known(string agentUserId, IEnumerable<WaitingState> states) =>
        SetPending(agentUserId, states, 0);

    /// <summary>These wait until a suspension is lifted.</summary>
    public void Held(string agentUserId, IEnumerable<WaitingState> states) =>
        SetPending(agentUserId, states, 2);

    /// <summary>No link of this user has the device any more.</summary>
    public void Unbound(string agentUserId, string device)
    {
        _connection.Execute("DELETE FROM home_graph_states WHERE agent_user_id = @agentUserId AND device = @device", new { agentUserId, device }, transaction);
        _connection.Execute("DELETE FROM home_graph_notifications WHERE agent_user_id = @agentUserId AND device = @device", new { agentUserId, device }, transaction);
    }

    /// <summary>A call went through. What of this kind is left, is due after the interval.</summary>
    public void Succeeded(Work work)
    {
        var afterwards = now + (long)(work.Kind == WorkKind.Notifications ? NotificationInterval : options.ReportInterval).TotalMilliseconds;
        _connection.Execute(
            """
            UPDATE home_graph_users SET succeeded_at = @now, last_error = NULL, not_found_at = NULL,
                reports_not_before = CASE WHEN @isReport THEN @afterwards ELSE reports_not_before END
            WHERE agent_user_id = @AgentUserId
            """,
            new { now, afterwards, isReport = work.Kind == WorkKind.States, work.AgentUserId },
            transaction);
        Rearm(work, afterwards);
    }

    /// <summary>Done with, unless there is more of it.</summary>
    public void Rearm(Work work, TimeSpan wait) => Rearm(work, now + (long)wait.TotalMilliseconds);

    private void Rearm(Work work, long due)
    {
        _connection.Execute(
            """
            DELETE FROM home_graph_work WHERE agent_user_id = @AgentUserId AND kind = @Kind AND CASE kind
                WHEN 'states' THEN NOT EXISTS (SELECT 1 FROM home_graph_states s WHERE s.agent_user_id = @AgentUserId AND s.is_pending = 1)
                WHEN 'notifications' THEN NOT EXISTS (SELECT 1 FROM home_graph_notifications n WHERE n.agent_user_id = @AgentUserId)
                ELSE asked = @Asked END
            """,
            work,
            transaction);
        _connection.Execute(
            "UPDATE home_graph_work SET due_at = @due, failures = 0 WHERE agent_user_id = @AgentUserId AND kind = @Kind",
            new { work.AgentUserId, work.Kind, due },
            transaction);
    }

    /// <summary>It is tried again later.</summary>
    public void Failed(Work work, string why, TimeSpan wait)
    {
        _connection.Execute(
            "UPDATE home_graph_work SET due_at = @due, failures = failures + 1 WHERE agent_user_id = @AgentUserId AND kind = @Kind",
            new { work.AgentUserId, work.Kind, due = now + (long)wait.TotalMilliseconds },
            transaction);
        if (work.Kind == WorkKind.Probe)
        {
            // Reports wait for it.
            _connection.Execute(
                "UPDATE home_graph_work SET due_at = @due WHERE agent_user_id = @AgentUserId AND kind <> 'probe' AND due_at < @due",
                new { work.AgentUserId, due = now + (long)(wait + options.FirstReportDelay).TotalMilliseconds },
                transaction);
        }

        Noted(work.AgentUserId, why);
    }

    /// <summary>For operators.</summary>
    public void Noted(string agentUserId, string why) => _connection.Execute(
        "UPDATE home_graph_users SET failed_at = @now, last_error = @why WHERE agent_user_id = @agentUserId",
        new { now, why, agentUserId },
        transaction);

    /// <summary>The platform knows no such user: it is asked once to SYNC, and everything else waits for what comes of it.</summary>
    public void Probe(Work work)
    {
        _connection.Execute("UPDATE home_graph_users SET not_found_at = @now WHERE agent_user_id = @AgentUserId", new { now, work.AgentUserId }, transaction);
        _connection.Execute(
            "UPDATE home_graph_work SET due_at = @due, failures = 0 WHERE agent_user_id = @AgentUserId AND due_at < @due",
            new { due = now + (long)options.FirstReportDelay.TotalMilliseconds, work.AgentUserId },
            transaction);
        Add(work.AgentUserId, WorkKind.Probe, now);
    }

    /// <summary>The same, when it was the request to SYNC that was not found: that was the one.</summary>
    public void NotFound(Work work)
    {
        _connection.Execute("UPDATE home_graph_users SET not_found_at = @now WHERE agent_user_id = @AgentUserId", new { now, work.AgentUserId }, transaction);
        Rearm(work, options.FirstReportDelay);
        Probed(work);
    }

    /// <summary>The probe is over, whatever was answered; the next report tells.</summary>
    public void Probed(Work work)
    {
        var due = now + (long)options.FirstReportDelay.TotalMilliseconds;
        _connection.Execute("DELETE FROM home_graph_work WHERE agent_user_id = @AgentUserId AND kind = 'probe'", work, transaction);
        _connection.Execute(
            "UPDATE home_graph_work SET due_at = @due WHERE agent_user_id = @AgentUserId AND due_at < @due", new { due, work.AgentUserId }, transaction);
    }

    /// <summary>The platform has forgotten this user. It is left alone until it sends a SYNC.</summary>
    public void Unlinked(string agentUserId, string subject, string why)
    {
        _connection.Execute(
            "UPDATE home_graph_users SET unlinked_at = @now, not_found_at = NULL, failed_at = @now, last_error = @why WHERE agent_user_id = @agentUserId",
            new { now, why, agentUserId },
            transaction);
        _connection.Execute("DELETE FROM home_graph_work WHERE agent_user_id = @agentUserId AND kind <> 'delete'", new { agentUserId }, transaction);
        _connection.Execute("DELETE FROM home_graph_notifications WHERE agent_user_id = @agentUserId", new { agentUserId }, transaction);
        audit.Append(transaction, "system", "homegraph.unlinked", subject, "the platform does not know this user any more: " + why);
    }

    /// <summary>One link of several ended.</summary>
    public void ForgetLink(string link) =>
        _connection.Execute("DELETE FROM home_graph_links WHERE account_link = @link", new { link }, transaction);

    /// <summary>The last link ended: nothing is to be told any more.</summary>
    public void Forget(string agentUserId)
    {
        foreach (var table in (string[])["home_graph_work", "home_graph_notifications", "home_graph_states", "home_graph_links", "home_graph_users"])
        {
            _connection.Execute($"DELETE FROM {table} WHERE agent_user_id = @agentUserId", new { agentUserId }, transaction);
        }
    }

    /// <summary>Work that was asked for while its user was being forgotten.</summary>
    public void DropOrphan(Work work) => _connection.Execute(
        """
        DELETE FROM home_graph_work WHERE agent_user_id = @AgentUserId AND kind = @Kind
          AND NOT EXISTS (SELECT 1 FROM home_graph_users u WHERE u.agent_user_id = @AgentUserId)
        """,
        work,
        transaction);

    /// <summary>The last link was ended by us: the platform is told so.</summary>
    public void Delete(string agentUserId, string vendor, string account)
    {
        Forget(agentUserId);
        _connection.Execute(
            "INSERT INTO home_graph_users (agent_user_id, vendor, account) VALUES (@agentUserId, @vendor, @account)", new { agentUserId, vendor, account }, transaction);
        Add(agentUserId, WorkKind.Delete, now);
    }

    public void Moved(long cursor) =>
        _connection.Execute("UPDATE home_graph_cursor SET revocation = @cursor", new { cursor }, transaction);

    private void Add(string agentUserId, string kind, long due) => _connection.Execute(
        """
        INSERT INTO home_graph_work (agent_user_id, kind, due_at) VALUES (@agentUserId, @kind, @due)
        ON CONFLICT (agent_user_id, kind) DO UPDATE SET asked = home_graph_work.asked + 1
        """,
        new { agentUserId, kind, due },
        transaction);

    private void SetPending(string agentUserId, IEnumerable<WaitingState> states, int isPending) =>
        transaction.ExecuteAll(
            "UPDATE home_graph_states SET is_pending = @isPending WHERE agent_user_id = @agentUserId AND device = @Device AND version = @Version",
            states.Select(state => new { agentUserId, state.Device, state.Version, isPending }));
}
