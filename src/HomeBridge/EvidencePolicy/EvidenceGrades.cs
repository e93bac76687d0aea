using Dapper;
using HomeBridge.Audit;
using HomeBridge.Hosting;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.EvidencePolicy;

/// <summary>What somebody decided a maker's cameras must prove at least.</summary>
internal sealed record GradeDecision(string Vendor, EvidenceGrade Grade, string Reason, string DecidedBy, DateTimeOffset DecidedAt)
{
    /// <summary>Characters of a reason.</summary>
    public const int ReasonLengthMax = 500;
}

/// <summary>
/// The least evidence that each maker's cameras must bring: G2, unless a person decided otherwise and said why. Read anew at
/// each grant, redemption and renewal, so a decision takes effect within ten seconds for what runs.
/// </summary>
internal sealed class EvidenceGrades(Database database, AuditTrail audit, TimeProvider time)
{
    /// <summary>What nobody has to decide.</summary>
    public const EvidenceGrade Default = EvidenceGrade.G2;

    /// <summary>Sessions on one camera whose maker proves less than <see cref="Default"/>: a mix-up reaches one viewer.</summary>
    public const int SessionsPerCameraBelowDefault = 1;

    /// <summary>The least that a maker's cameras must prove now.</summary>
    public EvidenceGrade Minimum(string vendor) => Decided(vendor)?.Grade ?? Default;

    /// <summary>What was decided last about a maker; null when nobody did.</summary>
    public GradeDecision? Decided(string vendor)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<Row>("SELECT * FROM evidence_grades WHERE vendor = @vendor", new { vendor })?.ToDecision();
    }

    /// <summary>The limit that goes with a grade; null when there is none but the usual.</summary>
    public static int? SessionsPerCameraMax(EvidenceGrade minimum) => minimum < Default ? SessionsPerCameraBelowDefault : null;

    /// <summary>Records a decision with its row in the trail.</summary>
    public GradeDecision Decide(string vendor, EvidenceGrade grade, string reason, string decidedBy) => database.Write(transaction =>
    {
        var decision = new GradeDecision(vendor, grade, reason, decidedBy, time.GetUtcNow());
        transaction.Connection!.Execute(
            """
            INSERT INTO evidence_grades (vendor, grade, reason, decided_by, decided_at) VALUES (@vendor, @grade, @reason, @decidedBy, @at)
            ON CONFLICT (vendor) DO UPDATE
            SET grade = excluded.grade, reason = excluded.reason, decided_by = excluded.decided_by, decided_at = excluded.decided_at
            """,
            new { vendor, grade = grade.ToString(), reason, decidedBy, at = decision.DecidedAt.ToUnixTimeMilliseconds() },
            transaction);
        audit.Append(transaction, decidedBy, "evidence.grade-decided", vendor, $"{grade}: {reason}");
        return decision;
    });

    private sealed class Row
    {
        public string Vendor { get; init; } = "";
        public string Grade { get; init; } = "";
        public string Reason { get; init; } = "";
        public string DecidedBy { get; init; } = "";
        public long DecidedAt { get; init; }

        public GradeDecision ToDecision() =>
            new(Vendor, Enum.Parse<EvidenceGrade>(Grade), Reason, DecidedBy, DateTimeOffset.FromUnixTimeMilliseconds(DecidedAt));
    }
}
