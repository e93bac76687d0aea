using System.Data.Common;
using Dapper;
using HomeBridge.AccountLinking;

namespace HomeBridge.HomeGraph;

/// <summary>
/// What waits for the platform and ends with an account's last link, and whether the platform is told: by the same rule as
/// in <see cref="LinkEnds"/>, which does it.
/// </summary>
internal sealed class OutboxOnLinks(HomeGraphOptions options) : IHangsOnLinks
{
    public HangsOnLink Count(DbTransaction transaction, AccountLink link, LinkEndedBy by)
    {
        if (options.Account is null || link.Platform != HomeGraphOutbox.Platform
            || AccountLinks.LiveAgentUser(transaction, link.Platform, link.Vendor, link.Account) is not null)
        {
            return default;
        }

        var (waiting, forgotten) = transaction.Connection!.QuerySingle<(int, int)>(
            """
            SELECT (SELECT COUNT(*) FROM home_graph_notifications WHERE agent_user_id = @AgentUserId)
                + (SELECT COUNT(*) FROM home_graph_states WHERE agent_user_id = @AgentUserId AND is_pending = 1),
                (SELECT COUNT(*) FROM home_graph_users WHERE agent_user_id = @AgentUserId AND unlinked_at IS NOT NULL)
            """,
            new { link.AgentUserId },
            transaction);
        return new HangsOnLink(Waiting: waiting, TellsPlatform: by != LinkEndedBy.Platform && forgotten == 0);
    }
}
