using System.Data.Common;
using System.Text.Json;
using Dapper;
using HomeBridge.Hosting;

namespace HomeBridge.Resumption;

/// <summary>The statements on resume_plans and resume_history. A restart goes on from here.</summary>
internal sealed class ResumeStore(Database database, TimeProvider time)
{
    /// <summary>Steps of one suspension that are shown.</summary>
    private const int HistoryShownMax = 200;

    public static void Begin(DbTransaction transaction, ResumeRecord record) => transaction.Connection!.Execute(
        """
        INSERT INTO resume_plans (suspension, plan, state, stage, since, started_by, started_at, reason, answers_good, answers_total)
        VALUES (@Suspension, @Plan, @State, @Stage, @Since, @StartedBy, @StartedAt, @Reason, @AnswersGood, @AnswersTotal)
        ON CONFLICT (suspension) DO UPDATE SET plan = excluded.plan, state = excluded.state, stage = excluded.stage, since = excluded.since,
            started_by = excluded.started_by, started_at = excluded.started_at, reason = excluded.reason,
            answers_good = excluded.answers_good, answers_total = excluded.answers_total, resync_pending = 0, resync_vendor = NULL, resync_account = NULL
        """,
        Row.From(record),
        transaction);

    /// <summary>Moves a running plan; false when it is no longer where the caller saw it.</summary>
    public bool Move(DbTransaction transaction, ResumeRecord seen, ResumeState state, int stage) => transaction.Connection!.Execute(
        """
        UPDATE resume_plans SET state = @state, stage = @stage, since = @now
        WHERE suspension = @Suspension AND state = 'Running' AND stage = @seenStage AND since = @seenSince
        """,
        new { state = state.ToString(), stage, now = Now, seen.Suspension, seenStage = seen.Stage, seenSince = seen.Since.ToUnixTimeMilliseconds() },
        transaction) == 1;

    public void Note(DbTransaction transaction, string suspension, string actor, string what, string stage, string says) => transaction.Connection!.Execute(
        """
        INSERT INTO resume_history (suspension, seq, at, actor, event, stage, says)
        VALUES (@suspension, (SELECT COALESCE(MAX(seq), 0) + 1 FROM resume_history WHERE suspension = @suspension), @now, @actor, @what, @stage, @says)
        """,
        new { suspension, now = Now, actor, what, stage, says },
        transaction);

    public ResumeRecord? Find(string suspension)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<Row>("SELECT * FROM resume_plans WHERE suspension = @suspension", new { suspension })?.ToRecord();
    }

    public IReadOnlyList<ResumeRecord> Running()
    {
        using var connection = database.Open();
        return [.. connection.Query<Row>("SELECT * FROM resume_plans WHERE state = 'Running' ORDER BY started_at").Select(row => row.ToRecord())];
    }

    public static int CountRunning(DbTransaction transaction) =>
        transaction.Connection!.QuerySingle<int>("SELECT COUNT(*) FROM resume_plans WHERE state = 'Running'", transaction: transaction);

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<ResumeEvent> History(string suspension)
    {
        using var connection = database.Open();
        return [.. connection.Query<(long At, string Actor, string Event, string Stage, string Says)>(
            """
            SELECT at, actor, event, stage, says FROM (
                SELECT * FROM resume_history WHERE suspension = @suspension ORDER BY seq DESC LIMIT @HistoryShownMax) latest ORDER BY seq
            """,
            new { suspension, HistoryShownMax })
            .Select(row => new ResumeEvent(DateTimeOffset.FromUnixTimeMilliseconds(row.At), row.Actor, row.Event, row.Stage, row.Says))];
    }

    public static void WantResync(DbTransaction transaction, string suspension) =>
        transaction.Connection!.Execute("UPDATE resume_plans SET resync_pending = 1 WHERE suspension = @suspension", new { suspension }, transaction);

    /// <summary>Plans whose homes are still to be asked for a SYNC, and the last home that was.</summary>
    public IReadOnlyList<(string Suspension, string? Vendor, string? Account)> Resyncs()
    {
        using var connection = database.Open();
        return connection.Query<(string, string?, string?)>(
            "SELECT suspension, resync_vendor, resync_account FROM resume_plans WHERE resync_pending = 1").AsList();
    }

    public static void Resynced(DbTransaction transaction, string suspension, (string Vendor, string Account)? last) => transaction.Connection!.Execute(
        "UPDATE resume_plans SET resync_pending = @pending, resync_vendor = @vendor, resync_account = @account WHERE suspension = @suspension",
        new { pending = last is null ? 0 : 1, vendor = last?.Vendor, account = last?.Account, suspension },
        transaction);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed class Row
    {
        public string Suspension { get; init; } = "";
        public string Plan { get; init; } = "";
        public string State { get; init; } = "";
        public long Stage { get; init; }
        public long Since { get; init; }
        public string StartedBy { get; init; } = "";
        public long StartedAt { get; init; }
        public string Reason { get; init; } = "";
        public long AnswersGood { get; init; }
        public long AnswersTotal { get; init; }

        public static Row From(ResumeRecord record) => new()
        {
            Suspension = record.Suspension,
            Plan = JsonSerializer.Serialize(record.Plan),
            State = record.State.ToString(),
            Stage = record.Stage,
            Since = record.Since.ToUnixTimeMilliseconds(),
            StartedBy = record.StartedBy,
            StartedAt = record.StartedAt.ToUnixTimeMilliseconds(),
            Reason = record.Reason,
            AnswersGood = record.AnswersGood,
            AnswersTotal = record.AnswersTotal,
        };

        public ResumeRecord ToRecord() => new()
        {
            Suspension = Suspension,
            Plan = JsonSerializer.Deserialize<ResumePlan>(Plan)!,
            State = Enum.Parse<ResumeState>(State),
            Stage = (int)Stage,
            Since = DateTimeOffset.FromUnixTimeMilliseconds(Since),
            StartedBy = StartedBy,
            StartedAt = DateTimeOffset.FromUnixTimeMilliseconds(StartedAt),
            Reason = Reason,
            AnswersGood = AnswersGood,
            AnswersTotal = AnswersTotal,
        };
    }
}
