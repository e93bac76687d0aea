using Dapper;
using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking;

/// <summary>A link with its times, for the resident whose it is.</summary>
internal sealed record LinkRecord(AccountLink Link, DateTimeOffset LinkedAt, DateTimeOffset? EndedAt, string? EndedBecause);

/// <summary>The links of one account, those that ended included: nothing here can be asked about another's.</summary>
internal sealed class LinkRecords(Database database)
{
    /// <summary>Links that one call answers: the newest.</summary>
    public const int LinksMax = 1000;

    /// <summary>All that were ever linked, newest first.</summary>
    public IReadOnlyList<LinkRecord> Of(string vendor, string account) => Query("", vendor, account, null);

    /// <summary>Those that stand.</summary>
    public IReadOnlyList<LinkRecord> LiveOf(string vendor, string account) => Query("AND l.ended_at IS NULL", vendor, account, null);

    /// <summary>One link of this account; null when it is somebody else's, or nobody's.</summary>
    public LinkRecord? Find(string vendor, string account, string id) => Query("AND l.id = @id", vendor, account, id) is [var found] ? found : null;

    private List<LinkRecord> Query(string and, string vendor, string account, string? id)
    {
        using var connection = database.Open();
        return connection.Query<Row>(
            $"""
            SELECT {AccountLinks.Columns}, l.linked_at, l.ended_at, l.ended_because FROM account_links l
            WHERE l.vendor = @vendor AND l.account = @account AND l.linked_at IS NOT NULL {and} ORDER BY l.linked_at DESC, l.id LIMIT @LinksMax
            """,
            new { vendor, account, id, LinksMax }).Select(row => row.ToRecord()).AsList();
    }

    private sealed class Row
    {
        public string Id { get; init; } = "";
        public string Platform { get; init; } = "";
        public string ClientId { get; init; } = "";
        public string Vendor { get; init; } = "";
        public string Account { get; init; } = "";
        public string AgentUserId { get; init; } = "";
        public long LinkedAt { get; init; }
        public long? EndedAt { get; init; }
        public string? EndedBecause { get; init; }

        public LinkRecord ToRecord() => new(
            new AccountLink(new AccountLinkId(Id), Platform, ClientId, Vendor, Account, AgentUserId),
            DateTimeOffset.FromUnixTimeMilliseconds(LinkedAt), EndedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null, EndedBecause);
    }
}
