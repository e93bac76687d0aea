using System.Data;
using System.Data.Common;
using Dapper;
using HomeBridge.Hosting;

namespace HomeBridge.LinkDoctor;

/// <summary>A step as it was kept.</summary>
internal sealed record StepRow(long Seq, string Class, string Journey, string? Link, long At, string Step, string Outcome, string? Detail);

/// <summary>The statements on journey_steps.</summary>
internal sealed class StepStore(Database database)
{
    /// <summary>How long steps are kept.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromHours(24);

    /// <summary>Rows of each class that are kept at most.</summary>
    public const int RowsPerClassMax = 20_000;

    /// <summary>Steps of one journey that are shown.</summary>
    private const int StepsShownMax = 500;

    private const string Columns = "seq AS Seq, class AS Class, journey AS Journey, link AS Link, at AS At, step AS Step, outcome AS Outcome, detail AS Detail";

    private static readonly string[] ColumnsInOrder = ["seq", "class", "journey", "link", "at", "step", "outcome", "detail", "who"];

    private static readonly string[] Classes = [NameOf(StepClass.Linking), NameOf(StepClass.FailedRequest), NameOf(StepClass.Request)];

    public void Write(IReadOnlyList<StepTaken> steps) => database.Write(transaction =>
    {
        var connection = transaction.Connection!;
        var seq = connection.QuerySingle<long?>("SELECT MAX(seq) FROM journey_steps", transaction: transaction) ?? 0;

        // Thousands of rows a second under load: one statement, made once.
        using var insert = transaction.Command(
            "INSERT INTO journey_steps (seq, class, journey, link, at, step, outcome, detail, who) VALUES (@seq, @class, @journey, @link, @at, @step, @outcome, @detail, @who)");
        var parameters = Array.ConvertAll(ColumnsInOrder, name => insert.Add("@" + name, name is "seq" or "at" ? DbType.Int64 : DbType.String));
        foreach (var step in steps)
        {
            if ((step.Journey ?? ReferenceOf(transaction, step)) is { } journey)
            {
                object?[] row = [++seq, NameOf(step.Class), journey, step.Link, step.At, step.Step, step.Outcome, step.Detail, step.Who];
                for (var column = 0; column < row.Length; column++)
                {
                    parameters[column].Value = row[column] ?? DBNull.Value;
                }

                insert.ExecuteNonQuery();
            }
        }

        return true;
    });

    public int Prune(long before) => database.Write(transaction =>
    {
        var connection = transaction.Connection!;
        var pruned = connection.Execute("DELETE FROM journey_steps WHERE at < @before", new { before }, transaction);
        foreach (var name in Classes)
        {
            pruned += connection.Execute(
                """
                DELETE FROM journey_steps WHERE class = @name
                  AND seq <= (SELECT seq FROM journey_steps WHERE class = @name ORDER BY seq DESC LIMIT 1 OFFSET @RowsPerClassMax)
                """,
                new { name, RowsPerClassMax },
                transaction);
        }

        return pruned;
    });

    /// <summary>
    /// The steps of linking attempts that moved last, newest attempt first, each attempt's steps in order: of one resident, or with
    /// null of all.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<StepRow>> RecentAttempts(int limit, string? who = null)
    {
        using var connection = database.Open();
        var rows = connection.Query<StepRow>(
            $"""
            SELECT {Columns} FROM journey_steps WHERE class = 'linking' AND journey IN (
                SELECT journey FROM journey_steps WHERE class = 'linking' {(who is null ? "" : "AND who = @who")} GROUP BY journey ORDER BY MAX(seq) DESC LIMIT @limit)
            ORDER BY seq
            """,
            new { limit, who });
        return [.. rows.GroupBy(row => row.Journey, StringComparer.Ordinal).Select(attempt => attempt.Take(StepsShownMax).ToList())
            .OrderByDescending(attempt => attempt[^1].Seq)];
    }

    /// <summary>From now on nobody knows whose attempts those were.</summary>
    public static void Forget(DbTransaction transaction, string who) =>
        transaction.Connection!.Execute("UPDATE journey_steps SET who = NULL WHERE who = @who", new { who }, transaction);

    /// <summary>Requests that did not go well, newest first.</summary>
    public IReadOnlyList<StepRow> RecentFailures(int limit)
    {
        using var connection = database.Open();
        return connection.Query<StepRow>(
            $"SELECT {Columns} FROM journey_steps WHERE class = 'failed_request' ORDER BY seq DESC LIMIT @limit", new { limit }).AsList();
    }

    /// <summary>Everything that was noted of one journey, in order.</summary>
    public IReadOnlyList<StepRow> Of(string journey)
    {
        using var connection = database.Open();
        return connection.Query<StepRow>(
            $"SELECT {Columns} FROM journey_steps WHERE journey = @journey ORDER BY seq LIMIT @StepsShownMax", new { journey, StepsShownMax }).AsList();
    }

    /// <summary>The requests that a platform gave this id: two links may use the same one.</summary>
    public IReadOnlyList<StepRow> OfRequest(string requestId)
    {
        using var connection = database.Open();
        return connection.Query<StepRow>(
            $"""
            SELECT {Columns} FROM journey_steps WHERE class <> 'linking' AND journey = link || '/' || @requestId ORDER BY seq LIMIT @StepsShownMax
            """,
            new { requestId, StepsShownMax }).AsList();
    }

    /// <summary>
    /// The attempt that a link came from; null when it is forgotten, or when the same was noted of it already: only the
    /// first SYNC counts, and the platform sends many.
    /// </summary>
    private static string? ReferenceOf(DbTransaction transaction, StepTaken step) => transaction.Connection!.QueryFirstOrDefault<string>(
        """
        SELECT s.journey FROM journey_steps s WHERE s.link = @Link AND s.class = 'linking'
          AND NOT EXISTS (SELECT 1 FROM journey_steps t WHERE t.link = @Link AND t.class = 'linking' AND t.step = @Step
            AND (t.outcome = @Outcome OR (t.outcome = @Ok AND @Step = @FirstSync)))
        ORDER BY s.seq LIMIT 1
        """,
        new { step.Link, step.Step, Steps.Ok, step.Outcome, LinkingSteps.FirstSync },
        transaction);

    private static string NameOf(StepClass of) => of switch
    {
        StepClass.Linking => "linking",
        StepClass.FailedRequest => "failed_request",
        _ => "request",
    };
}
