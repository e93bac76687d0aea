using System.Text.Json;
using Dapper;
using HomeBridge.Audit;
using HomeBridge.Hosting;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Suspensions;

/// <summary>A wish to take the database's numbering for true.</summary>
/// <param name="Id">Its name.</param>
/// <param name="ProposedBy">Who.</param>
/// <param name="ProposedAt">When.</param>
/// <param name="Reason">Why.</param>
internal sealed record RebaseProposal(string Id, string ProposedBy, DateTimeOffset ProposedAt, string Reason);

/// <summary>What came of confirming one.</summary>
internal enum RebaseVerdict
{
    Rebased,
    NotFound,

    /// <summary>Two pairs of eyes: who proposed it does not confirm it.</summary>
    SameAuthor,
}

/// <summary>
/// The numbers of snapshots: an epoch, and versions that grow within it. When the database was restored its versions go back,
/// and everybody keeps what they know from before; a new epoch, which two people take, ends that.
/// </summary>
internal sealed class SuspensionNumbering(Database database, AuditTrail audit, TimeProvider time)
{
    /// <summary>How long a proposal waits for its second person.</summary>
    public static readonly TimeSpan ProposalFor = TimeSpan.FromMinutes(15);

    /// <summary>The database's numbers: one row.</summary>
    public (long Epoch, long Version) Read()
    {
        using var connection = database.Open();
        return connection.QuerySingle<(long, long)>("SELECT epoch, version FROM suspension_head");
    }

    public RebaseProposal Propose(string author, string reason) => database.Write(transaction =>
    {
        var proposal = new RebaseProposal($"reb_{Guid.NewGuid():N}", author, time.GetUtcNow(), reason);
        transaction.Connection!.Execute(
            "INSERT INTO suspension_rebases (id, proposed_by, proposed_at, reason) VALUES (@Id, @ProposedBy, @at, @Reason)",
            new { proposal.Id, proposal.ProposedBy, at = proposal.ProposedAt.ToUnixTimeMilliseconds(), proposal.Reason },
            transaction);
        audit.Append(transaction, author, "suspension.rebase_proposed", proposal.Id, reason);
        return proposal;
    });

    /// <summary>The newest that still waits; null when none does.</summary>
    public RebaseProposal? Pending()
    {
        using var connection = database.Open();
        return connection.Query<Row>(
            "SELECT id, proposed_by, proposed_at, reason FROM suspension_rebases WHERE confirmed_by IS NULL AND proposed_at > @since ORDER BY proposed_at DESC LIMIT 1",
            new { since = (time.GetUtcNow() - ProposalFor).ToUnixTimeMilliseconds() })
            .Select(row => row.ToProposal()).FirstOrDefault();
    }

    /// <summary>Begins a new epoch. What a process remembers from before counts no more when it hears of it.</summary>
    public RebaseVerdict Confirm(string id, string approver, SnapshotMemory? known) => database.Write(transaction =>
    {
        var connection = transaction.Connection!;
        var row = connection.QuerySingleOrDefault<Row>(
            "SELECT id, proposed_by, proposed_at, reason FROM suspension_rebases WHERE id = @id AND confirmed_by IS NULL AND proposed_at > @since",
            new { id, since = (time.GetUtcNow() - ProposalFor).ToUnixTimeMilliseconds() },
            transaction);
        if (row is null)
        {
            return RebaseVerdict.NotFound;
        }

        if (row.ProposedBy == approver)
        {
            return RebaseVerdict.SameAuthor;
        }

        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        connection.Execute("UPDATE suspension_rebases SET confirmed_by = @approver, confirmed_at = @now WHERE id = @id", new { id, approver, now }, transaction);

        // Past every epoch that this process has seen: a backup may be from before the last rebase.
        var seen = Math.Max(known?.Told.Epoch ?? 0, known?.Floor?.Epoch ?? 0);
        var (epoch, version) = connection.QuerySingle<(long, long)>(
            "UPDATE suspension_head SET epoch = CASE WHEN epoch > @seen THEN epoch ELSE @seen END + 1, version = version + 1 RETURNING epoch, version", new { seen }, transaction);
        audit.Append(transaction, approver, "suspension.rebased", id, JsonSerializer.Serialize(new
        {
            row.ProposedBy,
            row.Reason,
            Epoch = epoch,
            Version = version,
            known?.Floor,
            NoLongerInForce = known is null ? [] : OnlyRemembered(known),
        }));
        return RebaseVerdict.Rebased;
    });

    /// <summary>What is in force only because it is remembered: a rebase ends it.</summary>
    public static IReadOnlyList<SuspensionInForce> OnlyRemembered(SnapshotMemory known)
    {
        var told = known.Told.Snapshot.InForce.Select(entry => entry.Id).ToHashSet(StringComparer.Ordinal);
        return [.. known.Remembered.Where(entry => !told.Contains(entry.Id))];
    }

    private sealed class Row
    {
        public string Id { get; init; } = "";
        public string ProposedBy { get; init; } = "";
        public long ProposedAt { get; init; }
        public string Reason { get; init; } = "";

        public RebaseProposal ToProposal() => new(Id, ProposedBy, DateTimeOffset.FromUnixTimeMilliseconds(ProposedAt), Reason);
    }
}
