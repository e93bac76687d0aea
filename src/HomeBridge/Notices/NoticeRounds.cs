using System.Data.Common;
using Dapper;
using HomeBridge.Hosting;

namespace HomeBridge.Notices;

/// <summary>
/// Occasions of which many homes are told. A round begins, is whole when every home had its turn, and ends with what it told
/// of. It outlives a restart; what was told in it is not told again.
/// </summary>
internal sealed class NoticeRounds(Database database)
{
    /// <summary>All that didn't end, and whether every home had its turn.</summary>
    public IReadOnlyDictionary<string, bool> Open()
    {
        using var connection = database.Open();
        return connection.Query<(string Occasion, bool IsWhole)>("SELECT occasion, is_whole FROM notice_rounds")
            .ToDictionary(round => round.Occasion, round => round.IsWhole, StringComparer.Ordinal);
    }

    public void Begin(string occasion) => Write("INSERT INTO notice_rounds (occasion) VALUES (@occasion) ON CONFLICT DO NOTHING", occasion);

    public void Complete(string occasion) => Write("UPDATE notice_rounds SET is_whole = 1 WHERE occasion = @occasion", occasion);

    public void End(string occasion) => Write("DELETE FROM notice_rounds WHERE occasion = @occasion", occasion);

    /// <summary>The homes that were told of an occasion, in order, from behind one on.</summary>
    public IReadOnlyList<(string Vendor, string Account)> Told(string occasion, (string Vendor, string Account)? after, int limit)
    {
        using var connection = database.Open();
        return connection.Query<(string Vendor, string Account)>(
            """
            SELECT vendor, account FROM notices_told_once
            WHERE occasion = @occasion AND (vendor > @afterVendor OR (vendor = @afterVendor AND account > @afterAccount))
            ORDER BY vendor, account LIMIT @limit
            """,
            new { occasion, afterVendor = after?.Vendor ?? "", afterAccount = after?.Account ?? "", limit }).AsList();
    }

    /// <summary>Whether a home was told of a round, besides one, that goes on.</summary>
    public static bool IsAnotherOpen(DbTransaction transaction, string vendor, string account, string besides) => transaction.Connection!.QuerySingle<long>(
        """
        SELECT EXISTS (SELECT 1 FROM notice_rounds r JOIN notices_told_once o ON o.occasion = r.occasion
            WHERE r.occasion <> @besides AND o.vendor = @vendor AND o.account = @account)
        """,
        new { besides, vendor, account },
        transaction) == 1;

    private void Write(string statement, string occasion) =>
        database.Write(transaction => transaction.Connection!.Execute(statement, new { occasion }, transaction));
}
