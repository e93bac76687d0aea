using System.Data.Common;
using Dapper;
using HomeBridge.AccountLinking;

namespace HomeBridge.CameraStreams;

/// <summary>How many streams and tickets end with a link. Gateways end them, by the log of what ended.</summary>
internal sealed class StreamsOnLinks(TimeProvider time) : IHangsOnLinks
{
    public HangsOnLink Count(DbTransaction transaction, AccountLink link, LinkEndedBy by)
    {
        var now = time.GetUtcNow();
        var (streams, tickets) = transaction.Connection!.QuerySingle<(int, int)>(
            """
            SELECT COUNT(CASE WHEN redeemed_at IS NOT NULL THEN 1 END), COUNT(CASE WHEN redeemed_at IS NULL AND expires_at > @now THEN 1 END)
            FROM stream_grants WHERE account_link = @link AND granted_at > @since AND ended_at IS NULL AND stopped_because IS NULL
            """,
            new { link = link.Id.Value, now = now.ToUnixTimeMilliseconds(), since = (now - StreamViews.SessionMax).ToUnixTimeMilliseconds() },
            transaction);
        return new HangsOnLink(Streams: streams, Tickets: tickets);
    }
}
