using System.Data.Common;
using Dapper;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Replicas;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.Revocations;

/// <summary>
/// What ended for good, in order. Written in the transaction that ended it; read by each gateway's feed from where that
/// gateway left off, so that a gateway that was away for a moment misses nothing.
/// </summary>
internal sealed class RevocationLog(Database database, Signal signal, TimeProvider time, ReplicaBell? bell = null)
{
    /// <summary>Rows that one read takes; a gateway that is further behind ends all its sessions instead.</summary>
    public const int RowsMax = 10_000;

    /// <summary>A link; with a device only that of the link; with a grant only that one stream of the device.</summary>
    public void Append(DbTransaction transaction, string accountLink, string? device, string? grant = null) =>
        transaction.Connection!.Execute(
            """
            INSERT INTO revocations (seq, at, account_link, device, grant_id)
            VALUES ((SELECT COALESCE(MAX(seq), 0) + 1 FROM revocations), @at, @accountLink, @device, @grant)
            """,
            new { at = time.GetUtcNow().ToUnixTimeMilliseconds(), accountLink, device, grant },
            transaction);

    /// <summary>After the commit: wakes the feeds, those of other replicas too.</summary>
    public void Announce()
    {
        signal.Raise();
        bell?.Ring(BellTopic.Ended);
    }

    public long Head()
    {
        using var connection = database.Open();
        return connection.QuerySingle<long>("SELECT COALESCE(MAX(seq), 0) FROM revocations");
    }

    /// <summary>What came after a cursor, and the new cursor; null when it is more than a gateway should be told one by one.</summary>
    public (Revocation[] Revocations, long Cursor)? After(long cursor)
    {
        using var connection = database.Open();
        var rows = connection.Query<(long Seq, string AccountLink, string? Device, string? Grant)>(
            "SELECT seq, account_link, device, grant_id FROM revocations WHERE seq > @cursor ORDER BY seq LIMIT @limit",
            new { cursor, limit = RowsMax + 1 }).AsList();
        return rows.Count > RowsMax
            ? null
            : ([.. rows.Select(row => new Revocation(row.AccountLink, row.Device, row.Grant))], rows.Count > 0 ? rows[^1].Seq : cursor);
    }
}
