using Dapper;
using HomeBridge.AccountLinking;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using Microsoft.Data.Sqlite;

namespace HomeBridge.CameraStreams;

/// <summary>One stream that a display fetched, for the resident whose camera it showed.</summary>
/// <param name="Id">The grant's.</param>
/// <param name="Link">Through which link.</param>
/// <param name="Platform">Of which platform.</param>
/// <param name="Device">The camera as platforms see it.</param>
/// <param name="GrantedAt">When the platform asked.</param>
/// <param name="StartedAt">When a display fetched it.</param>
/// <param name="EndedAt">When the gateway said that it is over; null while it runs, or when nobody said.</param>
/// <param name="EndedBecause">The gateway's word.</param>
/// <param name="StoppedBecause">Why it was stopped here, if it was.</param>
/// <param name="Units">Media units that left, as far as the gateway told.</param>
/// <param name="Vendor">The camera's maker.</param>
internal sealed record StreamView(
    string Id, AccountLinkId Link, string Platform, DeviceId Device, DateTimeOffset GrantedAt, DateTimeOffset StartedAt, DateTimeOffset? EndedAt,
    string? EndedBecause, string? StoppedBecause, long Units, string Vendor)
{
    /// <summary>What it was granted by; null of those from before it was recorded.</summary>
    public string? Protocol { get; init; }
}

/// <summary>Which of an account's views somebody wants to see; null is any.</summary>
internal sealed record StreamViewFilter(string? Device = null, string? Platform = null, DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary>
/// Who watched the cameras of one account. Every question names the account, so an id of another's is no id at all.
/// </summary>
internal sealed class StreamViews(Database database, TimeProvider time)
{
    /// <summary>A session never lasts longer: after that it is over, told or not.</summary>
    public static readonly TimeSpan SessionMax = TimeSpan.FromMinutes(31);

    private const int RowsPrunedAtOnce = 5_000;

    private const string Columns =
        "id, account_link, platform, vendor, device, granted_at, redeemed_at, ended_at, ended_because, stopped_because, units_released, protocol";

    /// <summary>Those that run now, newest first.</summary>
    public IReadOnlyList<StreamView> Running(string vendor, string account) => Query(
        "AND ended_at IS NULL AND stopped_because IS NULL AND granted_at > @recently AND redeemed_at > @since ORDER BY granted_at DESC, id DESC",
        new
        {
            vendor,
            account,
            since = (time.GetUtcNow() - SessionMax).ToUnixTimeMilliseconds(),
            recently = (time.GetUtcNow() - (2 * SessionMax)).ToUnixTimeMilliseconds(),
        });

    /// <summary>Those that fit, newest first, from behind one on.</summary>
    public IReadOnlyList<StreamView> Read(string vendor, string account, StreamViewFilter filter, StreamView? after, int limit) => Query(
        """
        AND redeemed_at IS NOT NULL
        AND (@Device IS NULL OR device = @Device) AND (@Platform IS NULL OR platform = @Platform)
        AND granted_at >= @from AND granted_at < @to
        AND (@afterId IS NULL OR granted_at < @afterAt OR (granted_at = @afterAt AND id < @afterId))
        ORDER BY granted_at DESC, id DESC LIMIT @limit
        """,
        new
        {
            vendor,
            account,
            filter.Device,
            filter.Platform,
            from = filter.From?.ToUnixTimeMilliseconds() ?? 0,
            to = filter.To?.ToUnixTimeMilliseconds() ?? long.MaxValue,
            afterId = after?.Id,
            afterAt = after?.GrantedAt.ToUnixTimeMilliseconds() ?? 0,
            limit,
        });

    /// <summary>One view of this account's cameras; null when it is somebody else's, or nobody's.</summary>
    public StreamView? Find(string vendor, string account, string id) =>
        Query("AND id = @id AND redeemed_at IS NOT NULL", new { vendor, account, id }) is [var found] ? found : null;

    /// <summary>Forgets what was granted before then. In pieces, so that no writer waits for long.</summary>
    public int Prune(DateTimeOffset before)
    {
        var pruned = 0;
        for (var deleted = RowsPrunedAtOnce; deleted == RowsPrunedAtOnce; pruned += deleted)
        {
            deleted = database.Write(transaction => transaction.Connection!.Execute(
                "DELETE FROM stream_grants WHERE id IN (SELECT id FROM stream_grants WHERE granted_at < @before LIMIT @RowsPrunedAtOnce)",
                new { before = before.ToUnixTimeMilliseconds(), RowsPrunedAtOnce },
                transaction));
        }

        return pruned;
    }

    /// <summary>
    /// Forgets an account's views. Those that run still are nobody's from now on: their gateway has yet to tell their end, and
    /// they go with their age. Within a transaction. How many were forgotten.
    /// </summary>
    public static int Forget(SqliteTransaction transaction, string vendor, string account)
    {
        var connection = transaction.Connection!;
        var forgotten = connection.Execute(
            "DELETE FROM stream_grants WHERE vendor = @vendor AND account = @account AND ended_at IS NOT NULL", new { vendor, account }, transaction);
        return forgotten + connection.Execute(
            "UPDATE stream_grants SET vendor = '' WHERE vendor = @vendor AND account = @account", new { vendor, account }, transaction);
    }

    private List<StreamView> Query(string and, object values)
    {
        using var connection = database.Open();
        return connection.Query<Row>($"SELECT {Columns} FROM stream_grants WHERE vendor = @vendor AND account = @account {and}", values).Select(row => row.ToView()).AsList();
    }

    private sealed class Row
    {
        public string Id { get; init; } = "";
        public string AccountLink { get; init; } = "";
        public string Platform { get; init; } = "";
        public string Vendor { get; init; } = "";
        public string Device { get; init; } = "";
        public long GrantedAt { get; init; }
        public long RedeemedAt { get; init; }
        public long? EndedAt { get; init; }
        public string? EndedBecause { get; init; }
        public string? StoppedBecause { get; init; }
        public long UnitsReleased { get; init; }
        public string? Protocol { get; init; }

        public StreamView ToView() => new(
            Id, new AccountLinkId(AccountLink), Platform, new DeviceId(Device), DateTimeOffset.FromUnixTimeMilliseconds(GrantedAt),
            DateTimeOffset.FromUnixTimeMilliseconds(RedeemedAt), EndedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
            EndedBecause, StoppedBecause, UnitsReleased, Vendor)
        {
            Protocol = Protocol,
        };
    }
}
