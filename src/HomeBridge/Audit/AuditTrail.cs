using System.Buffers.Binary;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using HomeBridge.Hosting;

namespace HomeBridge.Audit;

/// <summary>One row of the trail.</summary>
/// <param name="Seq">Grows by one.</param>
/// <param name="At">Unix milliseconds.</param>
/// <param name="Actor">An operator, an account, a platform client, a gateway, or <c>system</c>.</param>
/// <param name="Action">What happened, e.g. <c>suspension.raised</c>.</param>
/// <param name="Subject">The id of what it happened to.</param>
/// <param name="Detail">In words. Never a token, a ticket, a code or a PIN.</param>
/// <param name="PreviousHash">The hash of the row before; 64 zeros for the first.</param>
/// <param name="Hash">SHA-256 over all of the above.</param>
internal sealed record AuditRow(
    long Seq, long At, string Actor, string Action, string Subject, string Detail, string PreviousHash, string Hash);

/// <summary>Which rows somebody wants to see; null is any. An action may be its beginning up to a dot.</summary>
internal sealed record AuditFilter(string? Actor, string? Action, string? Subject);

/// <summary>What reading the whole trail found.</summary>
/// <param name="Rows">Rows that are right, from the first on.</param>
/// <param name="FirstBadRow">Null when all are.</param>
/// <param name="Problem">What is wrong with it, in words.</param>
internal sealed record AuditCheck(long Rows, long? FirstBadRow, string? Problem);

/// <summary>
/// The exact memory of access: who linked what, who was granted which stream, who turned a switch. Rows are chained by
/// hash and written in the transaction of what they tell about, so there is none without the other.
/// </summary>
internal sealed class AuditTrail(Database database, TimeProvider time)
{
    private const string Columns =
        "seq AS Seq, at AS At, actor AS Actor, action AS Action, subject AS Subject, detail AS Detail, previous_hash AS PreviousHash, hash AS Hash";

    private static readonly string Beginning = new('0', 64);

    /// <summary>Rows that one call reads.</summary>
    public const int RowsMax = 1000;

    /// <summary>Rows that one search looks at: only their number is indexed, so that writing one stays cheap.</summary>
    private const int LookedAtMax = 100_000;

    public void Append(DbTransaction transaction, string actor, string action, string subject, string detail)
    {
        var connection = transaction.Connection!;
        var last = connection.QuerySingleOrDefault<AuditRow>(
            $"SELECT {Columns} FROM audit ORDER BY seq DESC LIMIT 1", transaction: transaction);
        var row = new AuditRow(
            (last?.Seq ?? 0) + 1, time.GetUtcNow().ToUnixTimeMilliseconds(), actor, action, subject, detail, last?.Hash ?? Beginning, "");
        connection.Execute(
            "INSERT INTO audit (seq, at, actor, action, subject, detail, previous_hash, hash) VALUES (@Seq, @At, @Actor, @Action, @Subject, @Detail, @PreviousHash, @Hash)",
            row with { Hash = HashOf(row) },
            transaction);
    }

    /// <summary>For what has no transaction of its own.</summary>
    public void Append(string actor, string action, string subject, string detail) => database.Write(transaction =>
    {
        Append(transaction, actor, action, subject, detail);
        return true;
    });

    /// <summary>The newest rows first.</summary>
    public IReadOnlyList<AuditRow> Read(long? before, int limit)
    {
        using var connection = database.Open();
        return connection.Query<AuditRow>(
            $"SELECT {Columns} FROM audit WHERE @before IS NULL OR seq < @before ORDER BY seq DESC LIMIT @limit",
            new { before, limit = Math.Clamp(limit, 1, RowsMax) }).AsList();
    }

    /// <summary>
    /// The newest rows that fit, and the number before which to go on; null when the beginning was reached. A search looks at so
    /// many rows and no more, so it may find none and still not be at its end.
    /// </summary>
    public (IReadOnlyList<AuditRow> Rows, long? Next) Search(AuditFilter filter, long? before, int limit)
    {
        using var connection = database.Open();
        var from = Math.Min(before ?? long.MaxValue, connection.QuerySingle<long>("SELECT COALESCE(MAX(seq), 0) FROM audit") + 1);
        var downTo = Math.Max(1, from - LookedAtMax);
        var rows = connection.Query<AuditRow>(
            $"""
            SELECT {Columns} FROM audit WHERE seq < @from AND seq >= @downTo
                AND (@Actor IS NULL OR actor = @Actor)
                AND (@Action IS NULL OR action = @Action OR substr(action, 1, length(@Action) + 1) = @Action || '.')
                AND (@Subject IS NULL OR subject = @Subject)
            ORDER BY seq DESC LIMIT @limit
            """,
            new { from, downTo, filter.Actor, filter.Action, filter.Subject, limit = Math.Clamp(limit, 1, RowsMax) }).AsList();
        var next = rows.Count == limit ? rows[^1].Seq : downTo;
        return (rows, next > 1 ? next : null);
    }

    /// <summary>
    /// The newest rows about any of these subjects, and those that an actor wrote by one of these actions: an actor's name
    /// alone may be somebody else's too. The number before which to go on, as in <see cref="Search"/>.
    /// </summary>
    public (IReadOnlyList<AuditRow> Rows, long? Next) Concerning(
        IReadOnlyCollection<string> subjects, string actor, IReadOnlyCollection<string> actions, long? before, int limit)
    {
        using var connection = database.Open();
        var from = Math.Min(before ?? long.MaxValue, connection.QuerySingle<long>("SELECT COALESCE(MAX(seq), 0) FROM audit") + 1);
        var downTo = Math.Max(1, from - LookedAtMax);
        var rows = connection.Query<AuditRow>(
            $"""
            SELECT {Columns} FROM audit WHERE seq < @from AND seq >= @downTo
                AND ({connection.In("subject", "@subjects")} OR (actor = @actor AND {connection.In("action", "@actions")}))
            ORDER BY seq DESC LIMIT @limit
            """,
            new { from, downTo, subjects = subjects.ToArray(), actor, actions = actions.ToArray(), limit }).AsList();
        var next = rows.Count == limit ? rows[^1].Seq : downTo;
        return (rows, next > 1 ? next : null);
    }

    /// <summary>All rows of one action, oldest first.</summary>
    public IReadOnlyList<AuditRow> Of(string action)
    {
        using var connection = database.Open();
        return connection.Query<AuditRow>($"SELECT {Columns} FROM audit WHERE action = @action ORDER BY seq", new { action }).AsList();
    }

    /// <summary>The newest row; null while there is none.</summary>
    public AuditRow? Head()
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<AuditRow>($"SELECT {Columns} FROM audit ORDER BY seq DESC LIMIT 1");
    }

    /// <summary>
    /// Reads the whole chain: each row must follow from the one before, and where a head was signed, it must be the row
    /// that stands there now. A database that was rebuilt whole has a chain that holds, and other heads.
    /// </summary>
    public AuditCheck Verify(IReadOnlyDictionary<long, string>? signedHeads = null)
    {
        using var connection = database.Open();
        var (previous, seq) = (Beginning, 0L);
        foreach (var row in connection.Query<AuditRow>($"SELECT {Columns} FROM audit ORDER BY seq", buffered: false))
        {
            seq++;
            if (row.Seq != seq)
            {
                return new AuditCheck(seq - 1, seq, $"row {seq} is missing");
            }

            if (row.PreviousHash != previous || row.Hash != HashOf(row))
            {
                return new AuditCheck(seq - 1, seq, $"row {seq} is not what was recorded");
            }

            if (signedHeads?.GetValueOrDefault(seq) is { } signed && signed != row.Hash)
            {
                return new AuditCheck(seq - 1, seq, $"row {seq} is another than the one whose hash was signed: the trail was written anew, at this row or before it");
            }

            previous = row.Hash;
        }

        return signedHeads is { Count: > 0 } && signedHeads.Keys.Max() is var last && last > seq
            ? new AuditCheck(seq, seq + 1, $"row {last} was signed, and the trail ends at row {seq}")
            : new AuditCheck(seq, null, null);
    }

    /// <summary>Length before each part: no two rows have the same bytes.</summary>
    private static string HashOf(AuditRow row)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[8];
        foreach (var value in (ReadOnlySpan<long>)[row.Seq, row.At])
        {
            BinaryPrimitives.WriteInt64BigEndian(number, value);
            hash.AppendData(number);
        }

        foreach (var part in (ReadOnlySpan<string>)[row.Actor, row.Action, row.Subject, row.Detail, row.PreviousHash])
        {
            var bytes = Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt64BigEndian(number, bytes.Length);
            hash.AppendData(number);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
