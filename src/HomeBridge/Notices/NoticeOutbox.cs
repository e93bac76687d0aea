using Dapper;
using HomeBridge.Hosting;

namespace HomeBridge.Notices;

/// <summary>A notice on its way.</summary>
internal sealed record NoticeDelivery(WrittenNotice Notice, string Channel, string? Address, long Failures);

/// <summary>What waits to be delivered, and what came of it.</summary>
internal sealed class NoticeOutbox(Database database, TimeProvider time)
{
    private const int RowsPrunedAtOnce = 1_000;

    /// <summary>
    /// Takes what is due: no other replica tries it before the lease is over, and after a crash it is tried once more then.
    /// </summary>
    public IReadOnlyList<NoticeDelivery> Take(TimeSpan lease, int limit)
    {
        var now = Now;
        if (!IsDue(now))
        {
            return [];
        }

        return database.Write<IReadOnlyList<NoticeDelivery>>(transaction =>
        {
            var connection = transaction.Connection!;
            var taken = connection.Query<Row>(
                """
                UPDATE notice_deliveries SET due_at = @until
                WHERE (notice, channel) IN (SELECT notice, channel FROM notice_deliveries WHERE due_at <= @now ORDER BY due_at LIMIT @limit)
                RETURNING notice, channel, address, failures
                """,
                new { now, until = now + (long)lease.TotalMilliseconds, limit },
                transaction).AsList();
            return [.. taken.Select(row => new NoticeDelivery(
                connection.QuerySingle<WrittenNotice>(
                    "SELECT id, vendor, account, kind, happened_at, platform, camera, because, language, time_zone FROM notices WHERE id = @Notice", new { row.Notice }, transaction),
                row.Channel, row.Address, row.Failures))];
        });
    }

    /// <summary>It arrived, or nobody tries any more.</summary>
    public void Done(NoticeDelivery delivery) => database.Write(transaction => transaction.Connection!.Execute(
        "DELETE FROM notice_deliveries WHERE notice = @Id AND channel = @Channel", new { delivery.Notice.Id, delivery.Channel }, transaction));

    /// <summary>It is tried again after so long.</summary>
    public void Later(NoticeDelivery delivery, TimeSpan wait) => database.Write(transaction => transaction.Connection!.Execute(
        "UPDATE notice_deliveries SET due_at = @due, failures = failures + 1 WHERE notice = @Id AND channel = @Channel",
        new { due = Now + (long)wait.TotalMilliseconds, delivery.Notice.Id, delivery.Channel },
        transaction));

    /// <summary>Forgets what happened before then. In pieces, so that no writer waits for long.</summary>
    public void Prune(DateTimeOffset before)
    {
        for (var deleted = RowsPrunedAtOnce; deleted == RowsPrunedAtOnce;)
        {
            deleted = database.Write(transaction => transaction.Connection!.Execute(
                "DELETE FROM notices WHERE id IN (SELECT id FROM notices WHERE happened_at < @before LIMIT @RowsPrunedAtOnce)",
                new { before = before.ToUnixTimeMilliseconds(), RowsPrunedAtOnce },
                transaction));
        }

        for (var deleted = RowsPrunedAtOnce; deleted == RowsPrunedAtOnce;)
        {
            deleted = database.Write(transaction => transaction.Connection!.Execute(
                """
                DELETE FROM notices_told_once WHERE (occasion, vendor, account) IN
                    (SELECT occasion, vendor, account FROM notices_told_once WHERE kept_until < @now LIMIT @RowsPrunedAtOnce)
                """,
                new { now = Now, RowsPrunedAtOnce },
                transaction));
        }
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Reading keeps nobody waiting.</summary>
    private bool IsDue(long now)
    {
        using var connection = database.Open();
        return connection.QuerySingle<long>("SELECT EXISTS (SELECT 1 FROM notice_deliveries WHERE due_at <= @now)", new { now }) == 1;
    }

    private sealed class Row
    {
        public string Notice { get; init; } = "";
        public string Channel { get; init; } = "";
        public string? Address { get; init; }
        public long Failures { get; init; }
    }
}
