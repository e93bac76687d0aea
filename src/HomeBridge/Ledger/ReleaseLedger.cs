using System.Data;
using System.Data.Common;
using System.Globalization;
using Dapper;
using HomeBridge.Audit;
using HomeBridge.Hosting;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.Ledger;

/// <summary>What one session released of one camera within the time that was asked for.</summary>
internal sealed record SessionSeen(LedgerSession Session, DateTimeOffset FirstRelease, DateTimeOffset LastRelease, long Units, long Bytes);

/// <summary>
/// Which session released which units of which device when: insert-only, chained by hash, pruned by whole days. Gateways
/// tell in batches; a batch is recorded whole or not at all, and once.
/// </summary>
internal sealed class ReleaseLedger(Database database, AuditTrail audit, TimeProvider time, ILogger<ReleaseLedger> log)
{
    /// <summary>Sessions that one call answers.</summary>
    public const int SessionsMax = 1000;

    /// <summary>
    /// What a row takes beside its packed units: numbers, hash, index entry and the share of a half-filled page. Measured
    /// on 10 million releases.
    /// </summary>
    private const int RowOverheadBytes = 90;

    /// <summary>What is released belongs to a session that was opened this long before it at most.</summary>
    private static readonly TimeSpan SessionMax = TimeSpan.FromMinutes(31);

    /// <summary>The gateway's clock says when a unit was released, the bridge's when its session was opened.</summary>
    private static readonly TimeSpan ClocksDiffer = TimeSpan.FromMinutes(5);

    /// <summary>How long a batch of an earlier run may still come twice.</summary>
    private static readonly TimeSpan BatchesFor = TimeSpan.FromDays(2);

    private const int RowsPrunedAtOnce = 20_000;

    private const int SessionsReadAtOnce = 500;

    private const string SessionColumns =
        "id AS Id, grant_id AS \"Grant\", gateway AS Gateway, platform AS Platform, account_link AS AccountLink, account AS Account, device AS Device, vendor AS Vendor, vendor_device_id AS VendorDeviceId, opened_at AS OpenedAt";

    private const string DayColumns =
        "day AS Number, last_row AS LastRow, units AS Units, stored_bytes AS StoredBytes, head AS Head, sealed_at AS SealedAt, pruned_at AS PrunedAt";

    /// <summary>A gateway was told a session's camera: from now on it may release. Within the transaction that says so.</summary>
    public static void Opened(DbTransaction transaction, LedgerSession session) => transaction.Connection!.Execute(
        """
        INSERT INTO ledger_sessions (id, grant_id, gateway, platform, account_link, account, device, vendor, vendor_device_id, opened_at)
        VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM ledger_sessions), @Grant, @Gateway, @Platform, @AccountLink, @Account, @Device, @Vendor, @VendorDeviceId, @OpenedAt)
        ON CONFLICT DO NOTHING
        """,
        session,
        transaction);

    /// <summary>Records a batch; one that was recorded before changes nothing.</summary>
    public void Append(string gateway, UnitsReleased released) => database.Write(transaction =>
    {
        var connection = transaction.Connection!;
        var (run, batch, now) = (released.Run, released.Batch, time.GetUtcNow());
        var last = connection.QuerySingleOrDefault<long?>(
            "SELECT batch FROM ledger_batches WHERE gateway = @gateway AND run = @run", new { gateway, run }, transaction) ?? 0;
        if (batch <= last)
        {
            return false;
        }

        if (batch != last + 1)
        {
            log.LogError("Batches {From} to {To} of gateway {Gateway} never came", last + 1, batch - 1, gateway);
            audit.Append(transaction, $"gateway:{gateway}", "ledger.gap", gateway, $"batches {last + 1} to {batch - 1} of run {run} never came");
        }

        connection.Execute(
            "INSERT INTO ledger_batches (gateway, run, batch, at) VALUES (@gateway, @run, @batch, @at) ON CONFLICT (gateway, run) DO UPDATE SET batch = excluded.batch, at = excluded.at",
            new { gateway, run, batch, at = now.ToUnixTimeMilliseconds() },
            transaction);
        var day = Today(transaction, now);
        using var insert = new RowInsert(transaction);
        using var find = FindSession(transaction, gateway);
        foreach (var units in released.Units.GroupBy(unit => unit.Grant, StringComparer.Ordinal))
        {
            var list = units.ToList();
            var session = Session(transaction, find, gateway, units.Key, now);
            var (firstAt, lastAt) = (list.Min(unit => unit.AtUnixMs), list.Max(unit => unit.AtUnixMs));
            var row = new LedgerRow(
                day.LastRow + 1, session.Id, firstAt, lastAt, list.Count, list.Sum(unit => (long)unit.Bytes), PackedUnits.Pack(list, firstAt));
            var hash = LedgerChain.HashOf(day.Head, LedgerChain.DigestOf(session), row);
            insert.Run(row, hash);
            day = day with { LastRow = row.Seq, Units = day.Units + row.Units, StoredBytes = day.StoredBytes + row.Packed.Length + RowOverheadBytes, Head = hash };
        }

        insert.Finish();
        connection.Execute(
            "UPDATE ledger_days SET last_row = @LastRow, units = @Units, stored_bytes = @StoredBytes, head = @Head WHERE day = @Number", day, transaction);
        return true;
    });

    /// <summary>
    /// Who saw a device (the id that platforms see) within a time: the sessions in the order in which they were opened,
    /// those after one that was answered already.
    /// </summary>
    public IReadOnlyList<SessionSeen> WhoSaw(string device, DateTimeOffset from, DateTimeOffset to, long after = 0, int limit = SessionsMax) => Seen(
        "device = @device AND opened_at BETWEEN @openedFrom AND @openedTo",
        new { device, openedFrom = (from - SessionMax - ClocksDiffer).ToUnixTimeMilliseconds(), openedTo = (to + ClocksDiffer).ToUnixTimeMilliseconds() },
        from, to, after, limit);

    /// <summary>The same of one grant, whatever its device.</summary>
    public IReadOnlyList<SessionSeen> OfGrant(string grant, DateTimeOffset from, DateTimeOffset to, long after = 0, int limit = SessionsMax) =>
        Seen("grant_id = @grant", new { grant }, from, to, after, limit);

    /// <summary>The units of a session within a time, in the order in which the gateway told them. Read while they are enumerated.</summary>
    public IEnumerable<ReleasedUnit> Units(long session, DateTimeOffset from, DateTimeOffset to)
    {
        using var connection = database.Open();
        var rows = connection.Query<(long FirstAt, byte[] Packed)>(
            "SELECT first_at, packed FROM ledger_rows WHERE session = @session AND last_at >= @from AND first_at <= @to ORDER BY seq",
            new { session, from = from.ToUnixTimeMilliseconds(), to = to.ToUnixTimeMilliseconds() },
            buffered: false);
        foreach (var (firstAt, packed) in rows)
        {
            foreach (var unit in PackedUnits.Unpack(packed, firstAt))
            {
                if (unit.At >= from && unit.At <= to)
                {
                    yield return unit;
                }
            }
        }
    }

    /// <summary>The days that there are or were, newest first.</summary>
    public IReadOnlyList<LedgerDay> Days(int limit)
    {
        using var connection = database.Open();
        return connection.Query<LedgerDay>($"SELECT {DayColumns} FROM ledger_days ORDER BY day DESC LIMIT @limit", new { limit }).AsList();
    }

    /// <summary>
    /// Prunes whole days: those before <paramref name="before"/>, and further ones, oldest first, until the rest is within
    /// <paramref name="storedBytesMax"/>. Today stays. Answers how many days went.
    /// </summary>
    public int Prune(DateOnly before, long storedBytesMax = long.MaxValue)
    {
        var pruned = database.Write(transaction =>
        {
            var connection = transaction.Connection!;
            var today = Today(transaction, time.GetUtcNow()).Number;
            var kept = connection.Query<LedgerDay>(
                $"SELECT {DayColumns} FROM ledger_days WHERE pruned_at IS NULL ORDER BY day", transaction: transaction).AsList();
            var (stored, count) = (kept.Sum(day => day.StoredBytes), 0);
            foreach (var day in kept.TakeWhile(day => day.Number < today && (day.Number < before.DayNumber || stored > storedBytesMax)))
            {
                stored -= day.StoredBytes;
                count++;
                connection.Execute(
                    "UPDATE ledger_days SET pruned_at = @at WHERE day = @Number", new { at = time.GetUtcNow().ToUnixTimeMilliseconds(), day.Number }, transaction);
                audit.Append(transaction, Actor, "ledger.pruned", day.Name, $"{day.Units} units, rows up to {day.LastRow}, head {Convert.ToHexStringLower(day.Head)}");
            }

            if (stored > storedBytesMax)
            {
                log.LogError("Today's ledger alone takes more than Ledger:MegabytesMax ({Stored} bytes). It is kept: give it more room", stored);
            }

            connection.Execute("DELETE FROM ledger_batches WHERE at < @at", new { at = (time.GetUtcNow() - BatchesFor).ToUnixTimeMilliseconds() }, transaction);
            return count;
        });

        // In pieces, so that no writer waits for long; one that was broken off goes on with the next call.
        while (database.Write(DeletePiece))
        {
        }

        return pruned;
    }

    /// <summary>Reads the whole chain. What a seal in the audit trail says must be what is found here, too.</summary>
    public LedgerCheck Verify()
    {
        using var connection = database.Open();
        var seals = audit.Of("ledger.sealed").GroupBy(row => row.Subject, StringComparer.Ordinal)
            .ToDictionary(rows => rows.Key, rows => rows.Last().Detail, StringComparer.Ordinal);

        // One view of the database, though rows are added meanwhile.
        using var view = database.BeginView(connection);
        using var rows = view.Command("SELECT seq, session, first_at, last_at, units, bytes, packed, hash FROM ledger_rows WHERE seq > @after ORDER BY seq");
        return LedgerVerifier.Check(
            connection.Query<LedgerDay>($"SELECT {DayColumns} FROM ledger_days ORDER BY day", transaction: view).AsList(),
            connection.Query<LedgerSession>($"SELECT {SessionColumns} FROM ledger_sessions ORDER BY id", transaction: view, buffered: false),
            rows,
            seals,
            audit.Of("ledger.pruned").Select(row => row.Subject).ToHashSet(StringComparer.Ordinal));
    }

    private const string Actor = "system";

    private static bool DeletePiece(DbTransaction transaction)
    {
        var connection = transaction.Connection!;
        var through = connection.QuerySingle<long?>("SELECT MAX(last_row) FROM ledger_days WHERE pruned_at IS NOT NULL", transaction: transaction) ?? 0;
        var deleted = connection.Execute(
            "DELETE FROM ledger_rows WHERE seq IN (SELECT seq FROM ledger_rows WHERE seq <= @through ORDER BY seq LIMIT @RowsPrunedAtOnce)",
            new { through, RowsPrunedAtOnce },
            transaction);
        if (deleted > 0)
        {
            return true;
        }

        // Sessions whose rows are all gone. Those after the oldest row that is kept may still have some to come.
        connection.Execute(
            """
            DELETE FROM ledger_sessions WHERE id < (SELECT session FROM ledger_rows ORDER BY seq LIMIT 1)
              AND NOT EXISTS (SELECT 1 FROM ledger_rows r WHERE r.session = ledger_sessions.id)
            """,
            transaction: transaction);
        return false;
    }

    /// <summary>Today's row. The first of a new day seals the day before; a clock that goes back opens no day again.</summary>
    private LedgerDay Today(DbTransaction transaction, DateTimeOffset now)
    {
        var connection = transaction.Connection!;
        var last = connection.QuerySingleOrDefault<LedgerDay>(
            $"SELECT {DayColumns} FROM ledger_days ORDER BY day DESC LIMIT 1", transaction: transaction);
        var number = DateOnly.FromDateTime(now.UtcDateTime).DayNumber;
        if (last is not null && last.Number >= number)
        {
            return last;
        }

        if (last is not null)
        {
            connection.Execute(
                "UPDATE ledger_days SET sealed_at = @at WHERE day = @Number", new { at = now.ToUnixTimeMilliseconds(), last.Number }, transaction);
            audit.Append(transaction, Actor, "ledger.sealed", last.Name, last.Seal);
        }

        var today = new LedgerDay { Number = number, LastRow = last?.LastRow ?? 0, Head = last?.Head ?? LedgerChain.Beginning };
        connection.Execute(
            "INSERT INTO ledger_days (day, last_row, units, stored_bytes, head) VALUES (@Number, @LastRow, 0, 0, @Head)", today, transaction);
        return today;
    }

    /// <summary>
    /// The session of a grant at this gateway. A gateway that tells of one which it never opened is recorded all the same:
    /// what left has left, and the row says that nobody knows for whom.
    /// </summary>
    private LedgerSession Session(DbTransaction transaction, DbCommand find, string gateway, string grant, DateTimeOffset now)
    {
        find.Parameters["@grant"].Value = grant;
        if (Found(find) is { } known)
        {
            return known;
        }

        log.LogError("Gateway {Gateway} released units for grant {Grant}, which it did not open here", gateway, grant);
        audit.Append(transaction, $"gateway:{gateway}", "ledger.unknown_grant", grant, "");
        Opened(transaction, new LedgerSession(0, grant, gateway, "", "", "", "", "", "", now.ToUnixTimeMilliseconds()));
        return Found(find)!;
    }

    private static DbCommand FindSession(DbTransaction transaction, string gateway)
    {
        var find = transaction.Command(
            "SELECT id, grant_id, gateway, platform, account_link, account, device, vendor, vendor_device_id, opened_at FROM ledger_sessions WHERE grant_id = @grant AND gateway = @gateway");
        find.Add("@grant", DbType.String);
        find.Add("@gateway", DbType.String, gateway);
        return find;
    }

    private static LedgerSession? Found(DbCommand find)
    {
        using var row = find.ExecuteReader();
        return row.Read()
            ? new LedgerSession(
                row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), row.GetString(6), row.GetString(7),
                row.GetString(8), row.GetInt64(9))
            : null;
    }

    private List<SessionSeen> Seen(string where, object values, DateTimeOffset from, DateTimeOffset to, long after, int limit)
    {
        using var connection = database.Open();
        using var view = database.BeginView(connection);
        using var released = view.Command(
            """
            SELECT first_at, last_at, units, bytes, CASE WHEN first_at >= @from AND last_at <= @to THEN NULL ELSE packed END
            FROM ledger_rows WHERE session = @session AND last_at >= @from AND first_at <= @to
            """);
        released.Add("@from", DbType.Int64, from.ToUnixTimeMilliseconds());
        released.Add("@to", DbType.Int64, to.ToUnixTimeMilliseconds());
        var id = released.Add("@session", DbType.Int64);
        var wanted = new DynamicParameters(values);
        var seen = new List<SessionSeen>();
        while (true)
        {
            // In pieces: a connection to PostgreSQL reads one thing at a time.
            wanted.Add("after", after);
            wanted.Add("SessionsReadAtOnce", SessionsReadAtOnce);
            var sessions = connection.Query<LedgerSession>(
                $"SELECT {SessionColumns} FROM ledger_sessions WHERE {where} AND id > @after ORDER BY id LIMIT @SessionsReadAtOnce", wanted, view).AsList();
            foreach (var session in sessions)
            {
                (id.Value, after) = (session.Id, session.Id);
                if (Sum(session, released, from, to) is { } one)
                {
                    seen.Add(one);
                    if (seen.Count >= Math.Clamp(limit, 1, SessionsMax))
                    {
                        return seen;
                    }
                }
            }

            if (sessions.Count < SessionsReadAtOnce)
            {
                return seen;
            }
        }
    }

    private static SessionSeen? Sum(LedgerSession session, DbCommand released, DateTimeOffset from, DateTimeOffset to)
    {
        var (first, last, units, bytes) = (DateTimeOffset.MaxValue, DateTimeOffset.MinValue, 0L, 0L);
        void Add(DateTimeOffset firstAt, DateTimeOffset lastAt, long count, long length)
        {
            first = firstAt < first ? firstAt : first;
            last = lastAt > last ? lastAt : last;
            (units, bytes) = (units + count, bytes + length);
        }

        using var rows = released.ExecuteReader();
        while (rows.Read())
        {
            if (rows.IsDBNull(4))
            {
                Add(DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(0)), DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(1)), rows.GetInt64(2), rows.GetInt64(3));
                continue;
            }

            foreach (var unit in PackedUnits.Unpack(rows.GetFieldValue<byte[]>(4), rows.GetInt64(0)).Where(unit => unit.At >= from && unit.At <= to))
            {
                Add(unit.At, unit.At, 1, unit.Bytes);
            }
        }

        return units == 0 ? null : new SessionSeen(session, first, last, units, bytes);
    }

    /// <summary>The one statement that every row goes through, prepared once a batch. To a server they all go together, at the end.</summary>
    private sealed class RowInsert : IDisposable
    {
        private const string Insert =
            "INSERT INTO ledger_rows (seq, session, first_at, last_at, units, bytes, packed, hash) VALUES (@seq, @session, @firstAt, @lastAt, @units, @bytes, @packed, @hash)";

        private readonly DbTransaction _transaction;
        private readonly DbCommand? _command;
        private readonly List<(LedgerRow Row, byte[] Hash)> _rows = [];

        public RowInsert(DbTransaction transaction)
        {
            _transaction = transaction;
            if (transaction.IsToServer())
            {
                return;
            }

            _command = transaction.Command(Insert);
            foreach (var name in (ReadOnlySpan<string>)["@seq", "@session", "@firstAt", "@lastAt", "@units", "@bytes"])
            {
                _command.Add(name, DbType.Int64);
            }

            _command.Add("@packed", DbType.Binary);
            _command.Add("@hash", DbType.Binary);
        }

        public void Run(LedgerRow row, byte[] hash)
        {
            if (_command is null)
            {
                _rows.Add((row, hash));
                return;
            }

            object[] values = [row.Seq, row.Session, row.FirstAt, row.LastAt, row.Units, row.Bytes, row.Packed, hash];
            for (var index = 0; index < values.Length; index++)
            {
                _command.Parameters[index].Value = values[index];
            }

            _command.ExecuteNonQuery();
        }

        public void Finish() => _transaction.ExecuteAll(
            Insert, _rows.Select(one => new
            {
                seq = one.Row.Seq,
                session = one.Row.Session,
                firstAt = one.Row.FirstAt,
                lastAt = one.Row.LastAt,
                units = one.Row.Units,
                bytes = one.Row.Bytes,
                packed = one.Row.Packed,
                hash = one.Hash,
            }));

        public void Dispose() => _command?.Dispose();
    }
}

/// <summary>What is known of a day, also after its rows are gone.</summary>
internal sealed record LedgerDay
{
    /// <summary>Days since 0001-01-01, UTC.</summary>
    public long Number { get; init; }

    public long LastRow { get; init; }

    public long Units { get; init; }

    public long StoredBytes { get; init; }

    /// <summary>The hash of its last row; of the day before, if it has none.</summary>
    public byte[] Head { get; init; } = [];

    public long? SealedAt { get; init; }

    public long? PrunedAt { get; init; }

    public string Name => DateOnly.FromDayNumber((int)Number).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>What the audit trail remembers of it.</summary>
    public string Seal => $"{Units} units, rows up to {LastRow}, head {Convert.ToHexStringLower(Head)}";
}
