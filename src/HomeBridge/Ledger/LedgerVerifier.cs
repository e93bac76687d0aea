using System.Data;
using System.Data.Common;
using HomeBridge.Hosting;

namespace HomeBridge.Ledger;

/// <summary>What became of reading the whole chain.</summary>
/// <param name="Rows">Rows that were found good.</param>
/// <param name="Units">Units in them.</param>
/// <param name="FirstBadRow">The first row that isn't what was recorded, or isn't there; null when all are.</param>
/// <param name="Problem">What is wrong with it, in words.</param>
internal sealed record LedgerCheck(long Rows, long Units, long? FirstBadRow, string? Problem)
{
    public bool Intact => FirstBadRow is null;
}

/// <summary>Follows the chain from the last pruned day's head to today's.</summary>
internal static class LedgerVerifier
{
    public static LedgerCheck Check(
        IReadOnlyList<LedgerDay> days, IEnumerable<LedgerSession> sessions, DbCommand rows,
        IReadOnlyDictionary<string, string> seals, IReadOnlySet<string> prunedDays)
    {
        var digests = sessions.ToDictionary(session => session.Id, LedgerChain.DigestOf);
        var pruned = days.LastOrDefault(day => day.PrunedAt is not null);
        var (seq, before, count, units) = (pruned?.LastRow ?? 0, pruned?.Head ?? LedgerChain.Beginning, 0L, 0L);
        var ends = new Queue<LedgerDay>(days.Where(day => pruned is null || day.Number > pruned.Number));
        LedgerCheck Bad(long row, string problem) => new(count, units, row, problem);
        if (days.FirstOrDefault(day => day.SealedAt is not null && (!seals.TryGetValue(day.Name, out var seal) || seal != day.Seal)) is { } broken)
        {
            return Bad(broken.LastRow, $"the day {broken.Name} is not as it was sealed in the audit trail");
        }

        if (days.FirstOrDefault(day => day.PrunedAt is not null && !prunedDays.Contains(day.Name)) is { } hidden)
        {
            return Bad(hidden.LastRow, $"the day {hidden.Name} is marked as pruned, and the audit trail knows nothing of it");
        }

        rows.Add("@after", DbType.Int64, seq);
        using var reader = rows.ExecuteReader();
        while (reader.Read())
        {
            if (AtDaysEnd(ends, seq, before) is { } wrongDay)
            {
                return Bad(seq, wrongDay);
            }

            var row = new LedgerRow(
                reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetFieldValue<byte[]>(6));
            if (row.Seq != ++seq)
            {
                return Bad(seq, "this row is missing");
            }

            if (!digests.TryGetValue(row.Session, out var session))
            {
                return Bad(seq, "the session of this row is missing");
            }

            var hash = reader.GetFieldValue<byte[]>(7);
            if (!hash.AsSpan().SequenceEqual(LedgerChain.HashOf(before, session, row)))
            {
                return Bad(seq, "this row, its session or its place is not what was recorded");
            }

            (before, count, units) = (hash, count + 1, units + row.Units);
        }

        if (AtDaysEnd(ends, seq, before) is { } wrong)
        {
            return Bad(seq, wrong);
        }

        return ends.TryPeek(out var rest) ? Bad(seq + 1, $"rows up to {rest.LastRow} of the day {rest.Name} are missing") : new LedgerCheck(count, units, null, null);
    }

    /// <summary>Every day ends where and as its row says; several days may end at the same row.</summary>
    private static string? AtDaysEnd(Queue<LedgerDay> ends, long seq, byte[] head)
    {
        while (ends.TryPeek(out var day) && day.LastRow <= seq)
        {
            if (day.LastRow != seq || !day.Head.AsSpan().SequenceEqual(head))
            {
                return $"the day {day.Name} does not end with this row";
            }

            ends.Dequeue();
        }

        return null;
    }
}
