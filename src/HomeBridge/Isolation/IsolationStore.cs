using Dapper;
using HomeBridge.Hosting;

namespace HomeBridge.Isolation;

/// <summary>A finding as it is kept. Times in Unix milliseconds.</summary>
internal sealed record FindingRow(
    string Id, long At, string Class, string Verdict, string Source, string Vendor, string Device, string? Delivered, string Platform, string Link, string Detail);

/// <summary>A trip as it is kept. How long suspending took is counted from when the unit was received.</summary>
internal sealed record TripRow(
    string Suspension, long Version, long At, string Rule, string Vendor, string? Device, string Because, double RaisedMs, double? InForceMs);

/// <summary>The statements on findings and trips. Both tables are bounded by count and by age.</summary>
internal sealed class IsolationStore(Database database)
{
    public const int FindingsMax = 10_000;
    public const int TripsMax = 1_000;

    /// <summary>The verdict of a report about a camera that is not its teller's any more.</summary>
    public const string OfFormerOwner = "ReportOfFormerOwner";

    /// <summary>How long both are kept.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromDays(30);

    private const string FindingColumns =
        "id AS Id, at AS At, class AS Class, verdict AS Verdict, source AS Source, vendor AS Vendor, device AS Device, delivered AS Delivered, platform AS Platform, link AS Link, detail AS Detail";

    private const string TripColumns =
        "suspension AS Suspension, version AS Version, at AS At, rule AS Rule, vendor AS Vendor, device AS Device, because AS Because, raised_ms AS RaisedMs, in_force_ms AS InForceMs";

    public void Write(FindingRow finding) => database.Write(transaction => transaction.Connection!.Execute(
        """
        INSERT INTO isolation_findings (id, at, class, verdict, source, vendor, device, delivered, platform, link, detail)
        VALUES (@Id, @At, @Class, @Verdict, @Source, @Vendor, @Device, @Delivered, @Platform, @Link, @Detail) ON CONFLICT DO NOTHING
        """,
        finding,
        transaction));

    public void Write(TripRow trip) => database.Write(transaction => transaction.Connection!.Execute(
        """
        INSERT INTO isolation_trips (suspension, version, at, rule, vendor, device, because, raised_ms, in_force_ms)
        VALUES (@Suspension, @Version, @At, @Rule, @Vendor, @Device, @Because, @RaisedMs, @InForceMs) ON CONFLICT DO NOTHING
        """,
        trip,
        transaction));

    public void InForce(string suspension, double? inForceMs) => database.Write(transaction => transaction.Connection!.Execute(
        "UPDATE isolation_trips SET in_force_ms = @inForceMs WHERE suspension = @suspension", new { suspension, inForceMs }, transaction));

    public IReadOnlyList<FindingRow> Findings(int limit, long since = 0)
    {
        using var connection = database.Open();
        return connection.Query<FindingRow>(
            $"SELECT {FindingColumns} FROM isolation_findings WHERE at >= @since ORDER BY at DESC LIMIT @limit", new { since, limit }).AsList();
    }

    public bool Has(string finding)
    {
        using var connection = database.Open();
        return connection.QuerySingle<int>("SELECT COUNT(*) FROM isolation_findings WHERE id = @finding", new { finding }) > 0;
    }

    /// <summary>
    /// Findings of one class since then: of one source, and of one camera. What its former owner says of a camera uses up nothing of
    /// what its owner may say.
    /// </summary>
    public (int OfSource, int OfDevice) Count(string found, string source, string device, long since)
    {
        using var connection = database.Open();
        return connection.QuerySingle<(int, int)>(
            """
            SELECT COALESCE(SUM(CASE WHEN source = @source THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN device = @device AND verdict <> @OfFormerOwner THEN 1 ELSE 0 END), 0)
            FROM isolation_findings WHERE at >= @since AND class = @found
            """,
            new { found, source, device, since, OfFormerOwner });
    }

    public IReadOnlyList<TripRow> Trips(int limit)
    {
        using var connection = database.Open();
        return connection.Query<TripRow>($"SELECT {TripColumns} FROM isolation_trips ORDER BY at DESC, version DESC LIMIT @limit", new { limit }).AsList();
    }

    public int Prune(long before) => database.Write(transaction =>
    {
        var connection = transaction.Connection!;
        return connection.Execute(
                """
                DELETE FROM isolation_findings WHERE at < @before
                  OR at < (SELECT at FROM isolation_findings ORDER BY at DESC LIMIT 1 OFFSET @FindingsMax)
                """,
                new { before, FindingsMax },
                transaction)
            + connection.Execute(
                """
                DELETE FROM isolation_trips WHERE at < @before
                  OR at < (SELECT at FROM isolation_trips ORDER BY at DESC LIMIT 1 OFFSET @TripsMax)
                """,
                new { before, TripsMax },
                transaction);
    });
}
