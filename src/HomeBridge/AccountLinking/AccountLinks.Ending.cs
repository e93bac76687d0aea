using System.Data.Common;
using Dapper;

namespace HomeBridge.AccountLinking;

/// <summary>
/// The one way in which links end, whoever ends them: the resident here, the platform by DISCONNECT or RFC 7009, the maker who
/// closes an account, or the bridge itself.
/// </summary>
internal sealed partial class AccountLinks
{
    /// <summary>Why a link ended when it was the platform that ended it.</summary>
    public const string DisconnectedByPlatform = "disconnected by the platform";

    /// <summary>The same, by RFC 7009.</summary>
    public const string RevokedByPlatform = "revoked by the platform";

    /// <summary>Why a link ended when its resident ended it here.</summary>
    public const string UnlinkedByResident = "unlinked by the resident";

    /// <summary>The same, with everything else that is held of the resident.</summary>
    public const string AccountDeleted = "account deleted by the resident";

    /// <summary>Why a link ended when the maker said that there is no such account any more.</summary>
    public const string ClosedAtMaker = "account closed at the maker";

    /// <summary>Why a link ended when its code came twice.</summary>
    public const string CodeUsedTwice = "authorization code used twice";

    /// <summary>
    /// Ends one link and no other: tokens, bindings and, by the revocation log, running streams. Ending what ended
    /// already does nothing.
    /// </summary>
    public void End(AccountLinkId link, string because, string actor)
    {
        database.Write(transaction => End(transaction, link, because, actor));
        revocations.Announce();
    }

    /// <summary>Within a transaction; announce afterwards. The receipt; null when it had ended.</summary>
    public LinkReceipt? End(DbTransaction transaction, AccountLinkId link, string because, string actor)
    {
        var connection = transaction.Connection!;
        var at = time.GetUtcNow();
        var now = at.ToUnixTimeMilliseconds();
        var row = connection.QuerySingleOrDefault<Row>(
            """
            UPDATE account_links SET ended_at = @now, ended_because = @because, grant_version = grant_version + 1
            WHERE id = @link AND ended_at IS NULL RETURNING id, platform, client_id, vendor, account, agent_user_id, COALESCE(linked_at, 0) AS linked_at
            """,
            new { now, because, link = link.Value },
            transaction);
        if (row?.ToLink() is not { } ended)
        {
            return null;
        }

        var by = SideOf(because);
        var elsewhere = hanging.Aggregate(default(HangsOnLink), (sum, room) => sum + room.Count(transaction, ended, by));
        var (access, refresh) = connection.QuerySingle<(int, int)>(
            """
            SELECT COUNT(CASE WHEN kind = 'access' THEN 1 END), COUNT(CASE WHEN kind = 'refresh' THEN 1 END)
            FROM tokens WHERE account_link = @link AND (expires_at IS NULL OR expires_at > @now)
            """,
            new { link = link.Value, now },
            transaction);
        var codes = OAuth.AuthorizationCodes.Waiting(transaction, link.Value, now);
        connection.Execute("DELETE FROM tokens WHERE account_link = @link", new { link = link.Value }, transaction);
        var bound = connection.Execute("DELETE FROM device_bindings WHERE account_link = @link", new { link = link.Value }, transaction);
        connection.Execute("DELETE FROM seen_devices WHERE account_link = @link", new { link = link.Value }, transaction);

        // What never opened has no stream to end.
        if (row.LinkedAt > 0)
        {
            revocations.Append(transaction, link.Value, device: null);
        }

        var receipt = new LinkReceipt(link, at, by, because, access, refresh, codes, bound, elsewhere);
        LinkRecords.Keep(transaction, receipt);
        audit.Append(transaction, actor, "link.ended", link.Value, receipt.Detail);
        notices.Ended(transaction, link, because, actor);
        instruments.GrantEnded(CauseOf(because));
        return receipt;
    }

    /// <summary>Ends every link of an account, those that wait for their code included. Within a transaction; announce afterwards.</summary>
    public IReadOnlyList<LinkReceipt> EndAll(DbTransaction transaction, string vendor, string account, string because, string actor)
    {
        var live = transaction.Connection!.Query<string>(
            "SELECT id FROM account_links WHERE vendor = @vendor AND account = @account AND ended_at IS NULL", new { vendor, account }, transaction).AsList();
        return [.. live.Select(link => End(transaction, new AccountLinkId(link), because, actor)).OfType<LinkReceipt>()];
    }

    /// <summary>
    /// The account is deleted here: its links, which have ended, are listed no more, and platforms know it by another name
    /// if it ever links again. Within a transaction. How many links those were.
    /// </summary>
    public int Forget(DbTransaction transaction, string vendor, string account)
    {
        var connection = transaction.Connection!;
        connection.Execute(
            "DELETE FROM link_uses WHERE account_link IN (SELECT id FROM account_links WHERE vendor = @vendor AND account = @account)", new { vendor, account }, transaction);
        connection.Execute(
            "DELETE FROM consented_cameras WHERE account_link IN (SELECT id FROM account_links WHERE vendor = @vendor AND account = @account)", new { vendor, account }, transaction);
        connection.Execute("DELETE FROM agent_users WHERE vendor = @vendor AND account = @account", new { vendor, account }, transaction);
        return connection.Execute(
            "UPDATE account_links SET forgotten_at = @now WHERE vendor = @vendor AND account = @account AND forgotten_at IS NULL AND ended_at IS NOT NULL",
            new { now = time.GetUtcNow().ToUnixTimeMilliseconds(), vendor, account },
            transaction);
    }

    private static string CauseOf(string because) => because switch
    {
        DisconnectedByPlatform => "disconnect",
        RevokedByPlatform => "revocation",
        UnlinkedByResident => "unlink",
        AccountDeleted => "deletion",
        ClosedAtMaker => "closure",
        CodeUsedTwice => "reuse",
        _ => "other",
    };

    private static LinkEndedBy SideOf(string because) => because switch
    {
        UnlinkedByResident or AccountDeleted => LinkEndedBy.Resident,
        DisconnectedByPlatform or RevokedByPlatform => LinkEndedBy.Platform,
        ClosedAtMaker => LinkEndedBy.Maker,
        _ => LinkEndedBy.System,
    };
}
