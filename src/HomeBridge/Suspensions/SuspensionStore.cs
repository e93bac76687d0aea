using System.Text.Json;
using Dapper;
using HomeBridge.Audit;
using HomeBridge.Hosting;
using HomeBridge.Streaming.Suspensions;
using Microsoft.Data.Sqlite;

namespace HomeBridge.Suspensions;

/// <summary>Why a suspension was not lifted.</summary>
internal enum LiftVerdict
{
    Lifted,
    NotFound,
    AlreadyLifted,

    /// <summary>Two pairs of eyes: who raised it does not lift it.</summary>
    SameAuthor,
}

/// <summary>Suspensions in the database: truth, whatever a replica remembers.</summary>
internal sealed class SuspensionStore(Database database, AuditTrail audit, TimeProvider time)
{
    private const string Active = "active";
    private const string Lifted = "lifted";

    /// <summary>Suspensions in force at one time. A snapshot is walked for each decision.</summary>
    public const int InForceMax = 10_000;

    private static readonly TimeSpan ReviewAfter = TimeSpan.FromHours(4);

    /// <summary>Records a suspension and its audit row, together. Null when too many are in force.</summary>
    public Suspension? Raise(SuspensionOrder order, string author, string origin) => database.Write(transaction => Raise(transaction, order, author, origin));

    /// <summary>
    /// Records what the bridge itself decided. The same scope and effects are recorded once while they are in force: then
    /// the answer is the one that stands. Not counted against <see cref="InForceMax"/>: what proof demands is not refused.
    /// </summary>
    public (Suspension Suspension, bool IsNew) RaiseAutomatic(SuspensionOrder order) => database.Write(transaction =>
    {
        var standing = transaction.Connection!.QueryFirstOrDefault<Row>(
            "SELECT * FROM suspensions WHERE state = @Active AND origin = @Automatic AND scope = @scope AND effects = @effects",
            new { Active, Suspension.Automatic, scope = JsonSerializer.Serialize(order.Scope), effects = (long)order.Effects },
            transaction);
        return standing is null
            ? (Raise(transaction, order, Suspension.System, Suspension.Automatic)!, true)
            : (standing.ToSuspension(), false);
    });

    private Suspension? Raise(SqliteTransaction transaction, SuspensionOrder order, string author, string origin)
    {
        var connection = transaction.Connection!;
        if (origin != Suspension.Automatic
            && connection.QuerySingle<int>("SELECT COUNT(*) FROM suspensions WHERE state = @Active", new { Active }, transaction) >= InForceMax)
        {
            return null;
        }

        var version = connection.QuerySingle<long>(
            "UPDATE suspension_head SET version = version + 1 RETURNING version", transaction: transaction);
        var now = time.GetUtcNow();
        var suspension = new Suspension
        {
            Id = $"sus_{Guid.NewGuid():N}",
            Version = version,
            State = Active,
            Origin = origin,
            Preset = order.Preset,
            Scope = order.Scope,
            Effects = order.Effects,
            Reason = order.Reason,
            Incident = order.Incident,
            Author = author,
            RaisedAt = now,
            ReviewAt = now + ReviewAfter,
        };
        connection.Execute(
            """
            INSERT INTO suspensions (id, version, state, origin, preset, scope, effects, reason, incident, author, raised_at, review_at)
            VALUES (@Id, @Version, @State, @Origin, @Preset, @Scope, @Effects, @Reason, @Incident, @Author, @RaisedAt, @ReviewAt)
            """,
            Row.From(suspension),
            transaction);
        audit.Append(transaction, author, "suspension.raised", suspension.Id, JsonSerializer.Serialize(new
        {
            suspension.Preset,
            suspension.Scope,
            Effects = suspension.Effects.ToString(),
            suspension.Reason,
            suspension.Incident,
            suspension.Version,
            suspension.Origin,
        }));
        return suspension;
    }

    /// <summary>Ends a suspension at once, skipping the stages of a guarded resume; the trail says so.</summary>
    public (LiftVerdict Verdict, Suspension? Suspension) LiftByForce(string id, string reason, string approver) =>
        database.Write<(LiftVerdict, Suspension?)>(transaction =>
        {
            var connection = transaction.Connection!;
            var row = connection.QuerySingleOrDefault<Row>("SELECT * FROM suspensions WHERE id = @id", new { id }, transaction);
            if (row is null)
            {
                return (LiftVerdict.NotFound, null);
            }

            if (row.State == Lifted)
            {
                return (LiftVerdict.AlreadyLifted, row.ToSuspension());
            }

            if (row.Author == approver)
            {
                return (LiftVerdict.SameAuthor, row.ToSuspension());
            }

            var version = connection.QuerySingle<long>(
                "UPDATE suspension_head SET version = version + 1 RETURNING version", transaction: transaction);
            var now = time.GetUtcNow();
            connection.Execute(
                "UPDATE suspensions SET state = @Lifted, lifted_at = @at, lifted_by = @approver, lift_reason = @reason WHERE id = @id",
                new { Lifted, at = now.ToUnixTimeMilliseconds(), approver, reason, id },
                transaction);
            audit.Append(transaction, approver, "suspension.lifted", id, JsonSerializer.Serialize(new
            {
                Force = true,
                SkippedStages = true,
                Reason = reason,
                Version = version,
            }));
            return (LiftVerdict.Lifted, row.ToSuspension() with { State = Lifted, LiftedAt = now, LiftedBy = approver, LiftReason = reason });
        });

    /// <summary>Suspensions of camera streams that were lifted since then.</summary>
    public IReadOnlyList<SuspensionLift> LiftsSince(DateTimeOffset since)
    {
        using var connection = database.Open();
        return [.. connection.Query<Row>(
            "SELECT * FROM suspensions WHERE state = @Lifted AND lifted_at >= @since", new { Lifted, since = since.ToUnixTimeMilliseconds() })
            .Select(row => row.ToSuspension())
            .Where(suspension => suspension.Effects.HasFlag(SuspensionEffects.CutStreams))
            .Select(suspension => new SuspensionLift(suspension.Scope, suspension.LiftedAt!.Value))];
    }

    public IReadOnlyList<Suspension> All(int limit)
    {
        using var connection = database.Open();
        return [.. connection.Query<Row>(
            "SELECT * FROM suspensions ORDER BY CASE state WHEN 'lifted' THEN 1 ELSE 0 END, version DESC LIMIT @limit", new { limit })
            .Select(row => row.ToSuspension())];
    }

    public Suspension? Find(string id)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<Row>("SELECT * FROM suspensions WHERE id = @id", new { id })?.ToSuspension();
    }

    /// <summary>The version and everything in force, read as one.</summary>
    public SuspensionSnapshot Snapshot()
    {
        using var connection = database.Open();
        using var transaction = connection.BeginTransaction(deferred: true);
        var version = connection.QuerySingle<long>("SELECT version FROM suspension_head", transaction: transaction);
        var inForce = connection
            .Query<Row>("SELECT * FROM suspensions WHERE state <> 'lifted' ORDER BY version", transaction: transaction)
            .Select(row => row.ToSuspension())
            .Select(suspension => new SuspensionInForce(suspension.Id, suspension.Scope, suspension.Effects));
        return new SuspensionSnapshot(version, [.. inForce]);
    }

    private sealed class Row
    {
        public string Id { get; init; } = "";
        public long Version { get; init; }
        public string State { get; init; } = "";
        public string Origin { get; init; } = "";
        public string? Preset { get; init; }
        public string Scope { get; init; } = "";
        public long Effects { get; init; }
        public string Reason { get; init; } = "";
        public string Incident { get; init; } = "";
        public string Author { get; init; } = "";
        public long RaisedAt { get; init; }
        public long ReviewAt { get; init; }
        public long? LiftedAt { get; init; }
        public string? LiftedBy { get; init; }
        public string? LiftReason { get; init; }

        public static Row From(Suspension suspension) => new()
        {
            Id = suspension.Id,
            Version = suspension.Version,
            State = suspension.State,
            Origin = suspension.Origin,
            Preset = suspension.Preset,
            Scope = JsonSerializer.Serialize(suspension.Scope),
            Effects = (long)suspension.Effects,
            Reason = suspension.Reason,
            Incident = suspension.Incident,
            Author = suspension.Author,
            RaisedAt = suspension.RaisedAt.ToUnixTimeMilliseconds(),
            ReviewAt = suspension.ReviewAt.ToUnixTimeMilliseconds(),
        };

        public Suspension ToSuspension() => new()
        {
            Id = Id,
            Version = Version,
            State = State,
            Origin = Origin,
            Preset = Preset,
            Scope = JsonSerializer.Deserialize<SuspensionScope>(Scope)!,
            Effects = (SuspensionEffects)Effects,
            Reason = Reason,
            Incident = Incident,
            Author = Author,
            RaisedAt = DateTimeOffset.FromUnixTimeMilliseconds(RaisedAt),
            ReviewAt = DateTimeOffset.FromUnixTimeMilliseconds(ReviewAt),
            LiftedAt = LiftedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
            LiftedBy = LiftedBy,
            LiftReason = LiftReason,
        };
    }
}
