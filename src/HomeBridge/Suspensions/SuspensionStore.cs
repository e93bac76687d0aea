using System.Data.Common;
using System.Text.Json;
using Dapper;
using HomeBridge.Audit;
using HomeBridge.Hosting;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Suspensions;

/// <summary>What became of an order.</summary>
internal enum RaiseVerdict
{
    Raised,

    /// <summary>It was sent before: the suspension is the one of then.</summary>
    Repeated,

    /// <summary>Its key was used for another order.</summary>
    OtherBody,

    /// <summary>Too many are in force.</summary>
    TooMany,
}

/// <summary>Why a suspension was not lifted.</summary>
internal enum LiftVerdict
{
    Lifted,
    NotFound,
    AlreadyLifted,

    /// <summary>Two pairs of eyes: who raised it does not lift it.</summary>
    SameAuthor,

    /// <summary>The numbers went back, so that nothing that is known can be taken away before a rebase.</summary>
    NumbersWentBack,
}

/// <summary>Suspensions in the database: truth, whatever a replica remembers.</summary>
internal sealed class SuspensionStore(Database database, AuditTrail audit, TimeProvider time)
{
    private const string Active = Suspension.Active;
    private const string Lifted = Suspension.Lifted;

    /// <summary>Suspensions in force at one time: each is sent to every gateway with each change.</summary>
    public const int InForceMax = 10_000;

    /// <summary>Records a suspension and its audit row, together.</summary>
    public (RaiseVerdict Verdict, Suspension? Suspension) Raise(SuspensionOrder order, string author, string origin, RequestKey? key) =>
        database.Write<(RaiseVerdict, Suspension?)>(transaction =>
        {
            if (key is not null && Repeated(transaction, author, key) is { } repeated)
            {
                return repeated;
            }

            if (Raise(transaction, order, author, origin) is not { } raised)
            {
                return (RaiseVerdict.TooMany, null);
            }

            if (key is not null)
            {
                transaction.Connection!.Execute(
                    "INSERT INTO suspension_requests (author, request_key, body_hash, suspension, at) VALUES (@author, @Key, @BodyHash, @Id, @now)",
                    new { author, key.Key, key.BodyHash, raised.Id, now = Now },
                    transaction);
            }

            return (RaiseVerdict.Raised, raised);
        });

    /// <summary>Records a drill, which alone has an end of its own. Not counted against <see cref="InForceMax"/>.</summary>
    public Suspension RaiseDrill(SuspensionOrder order, TimeSpan expires) =>
        database.Write(transaction => Raise(transaction, order, Suspension.System, Suspension.Drill, expires)!);

    /// <summary>Several features' statements as one.</summary>
    public T Change<T>(Func<DbTransaction, SuspensionStore, T> change) => database.Write(transaction => change(transaction, this));

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

    private Suspension? Raise(DbTransaction transaction, SuspensionOrder order, string author, string origin, TimeSpan? expires = null)
    {
        var connection = transaction.Connection!;
        if (origin is Suspension.Human or Suspension.BreakGlass
            && connection.QuerySingle<int>("SELECT COUNT(*) FROM suspensions WHERE state <> @Lifted", new { Lifted }, transaction) >= InForceMax)
        {
            return null;
        }

        var version = NextVersion(transaction);
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
            ReviewAt = order.ReviewAt ?? now + SuspensionOrder.ReviewAfter,
            ExpiresAt = now + expires,
        };
        connection.Execute(
            """
            INSERT INTO suspensions (id, version, state, origin, preset, scope, effects, reason, incident, author, raised_at, review_at, expires_at)
            VALUES (@Id, @Version, @State, @Origin, @Preset, @Scope, @Effects, @Reason, @Incident, @Author, @RaisedAt, @ReviewAt, @ExpiresAt)
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

    private (RaiseVerdict, Suspension?)? Repeated(DbTransaction transaction, string author, RequestKey key)
    {
        var connection = transaction.Connection!;
        connection.Execute(
            "DELETE FROM suspension_requests WHERE at < @before", new { before = Now - (long)RequestKey.RememberedFor.TotalMilliseconds }, transaction);
        var (bodyHash, suspension) = connection.QuerySingleOrDefault<(string? BodyHash, string? Suspension)>(
            "SELECT body_hash, suspension FROM suspension_requests WHERE author = @author AND request_key = @Key", new { author, key.Key }, transaction);
        return bodyHash is null ? null
            : bodyHash != key.BodyHash ? (RaiseVerdict.OtherBody, null)
            : (RaiseVerdict.Repeated, Find(transaction, suspension!));
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

            var version = NextVersion(transaction);
            var lifted = End(transaction, row, approver, reason);
            audit.Append(transaction, approver, "suspension.lifted", id, JsonSerializer.Serialize(new
            {
                Force = true,
                SkippedStages = true,
                Reason = reason,
                Version = version,
            }));
            return (LiftVerdict.Lifted, lifted);
        });

    /// <summary>
    /// A stage of a resume: from now on this part of the scope goes on; null stops all of it again. Within the transaction
    /// of whoever keeps the plan, who also writes the audit row. Answers the new version.
    /// </summary>
    public static long Spare(DbTransaction transaction, string id, SparedPart? spared)
    {
        var version = NextVersion(transaction);
        transaction.Connection!.Execute(
            "UPDATE suspensions SET state = @state, spared = @spared WHERE id = @id AND state <> @Lifted",
            new { state = spared is null ? Active : Suspension.Resuming, spared = spared is null ? null : JsonSerializer.Serialize(spared), id, Lifted },
            transaction);
        return version;
    }

    /// <summary>The last stage of a resume: nothing is stopped any more. Answers the new version.</summary>
    public long Resumed(DbTransaction transaction, string id, string approver, string reason)
    {
        var version = NextVersion(transaction);
        End(transaction, transaction.Connection!.QuerySingle<Row>("SELECT * FROM suspensions WHERE id = @id", new { id }, transaction), approver, reason);
        return version;
    }

    /// <summary>Ends a drill. False when it was over, or is none.</summary>
    public bool EndDrill(string id, string because) => database.Write(transaction =>
    {
        var row = transaction.Connection!.QuerySingleOrDefault<Row>(
            "SELECT * FROM suspensions WHERE id = @id AND origin = @Drill AND state <> @Lifted", new { id, Suspension.Drill, Lifted }, transaction);
        if (row is null)
        {
            return false;
        }

        var version = NextVersion(transaction);
        End(transaction, row, Suspension.System, because);
        audit.Append(transaction, Suspension.System, "suspension.drill_ended", id, JsonSerializer.Serialize(new { Reason = because, Version = version }));
        return true;
    });

    /// <summary>Drills whose time is over.</summary>
    public IReadOnlyList<string> ExpiredDrills()
    {
        using var connection = database.Open();
        return connection.Query<string>(
            "SELECT id FROM suspensions WHERE state <> @Lifted AND origin = @Drill AND expires_at <= @now", new { Lifted, Suspension.Drill, now = Now }).AsList();
    }

    /// <summary>
    /// Suspensions of which somebody is to be reminded now, once in each period from their raise to their first review. They
    /// count as reminded when this returns.
    /// </summary>
    public IReadOnlyList<Suspension> TakeReminders() => database.Write(transaction =>
        transaction.Connection!.Query<Row>(
            """
            UPDATE suspensions SET reminded_at = @now
            WHERE state <> @Lifted AND review_at <= @now AND (reminded_at IS NULL OR reminded_at + (review_at - raised_at) <= @now)
            RETURNING *
            """,
            new { now = Now, Lifted },
            transaction).Select(row => row.ToSuspension()).ToList());

    /// <summary>When the next drill ends or the next reminder is due; null when there is none.</summary>
    public DateTimeOffset? NextDue()
    {
        using var connection = database.Open();
        return connection.QuerySingle<long?>(
            """
            SELECT MIN(CASE WHEN expires_at IS NOT NULL THEN expires_at WHEN reminded_at IS NULL THEN review_at ELSE reminded_at + (review_at - raised_at) END)
            FROM suspensions WHERE state <> @Lifted
            """,
            new { Lifted }) is { } due ? DateTimeOffset.FromUnixTimeMilliseconds(due) : null;
    }

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

    public static Suspension? Find(DbTransaction transaction, string id) =>
        transaction.Connection!.QuerySingleOrDefault<Row>("SELECT * FROM suspensions WHERE id = @id", new { id }, transaction)?.ToSuspension();

    /// <summary>The version and everything in force, read as one.</summary>
    public SuspensionSnapshot Snapshot()
    {
        using var connection = database.Open();
        using var transaction = database.BeginView(connection);
        var version = connection.QuerySingle<long>("SELECT version FROM suspension_head", transaction: transaction);
        var inForce = connection
            .Query<Row>("SELECT * FROM suspensions WHERE state <> 'lifted' ORDER BY version", transaction: transaction)
            .Select(row => row.ToSuspension())
            .Select(suspension => new SuspensionInForce(suspension.Id, suspension.Scope, suspension.Effects, suspension.Spared));
        return new SuspensionSnapshot(version, [.. inForce]);
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private static long NextVersion(DbTransaction transaction) => transaction.Connection!.QuerySingle<long>(
        "UPDATE suspension_head SET version = version + 1 RETURNING version", transaction: transaction);

    private Suspension End(DbTransaction transaction, Row row, string by, string reason)
    {
        var now = time.GetUtcNow();
        transaction.Connection!.Execute(
            "UPDATE suspensions SET state = @Lifted, spared = NULL, lifted_at = @at, lifted_by = @by, lift_reason = @reason WHERE id = @Id",
            new { Lifted, at = now.ToUnixTimeMilliseconds(), by, reason, row.Id },
            transaction);
        return row.ToSuspension() with { State = Lifted, Spared = null, LiftedAt = now, LiftedBy = by, LiftReason = reason };
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
        public long? ExpiresAt { get; init; }
        public string? Spared { get; init; }
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
            ExpiresAt = suspension.ExpiresAt?.ToUnixTimeMilliseconds(),
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
            ExpiresAt = ExpiresAt is { } end ? DateTimeOffset.FromUnixTimeMilliseconds(end) : null,
            Spared = Spared is null ? null : JsonSerializer.Deserialize<SparedPart>(Spared),
            LiftedAt = LiftedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
            LiftedBy = LiftedBy,
            LiftReason = LiftReason,
        };
    }
}
