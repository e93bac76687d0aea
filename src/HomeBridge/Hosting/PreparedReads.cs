using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using SQLitePCL;

namespace HomeBridge.Hosting;

/// <summary>A statement that every request needs; parameters are <c>?1</c>, <c>?2</c> and so on. Made once.</summary>
internal sealed class ReadStatement(string sql)
{
    private static int _count;

    public string Sql => sql;

    public int Number { get; } = Interlocked.Increment(ref _count) - 1;
}

/// <summary>A row while it is read, by the order of its columns.</summary>
internal readonly unsafe struct ReadRow(nint statement)
{
    public string Text(int column) => Encoding.UTF8.GetString(Utf8(column));

    public string? OptionalText(int column) => IsNull(column) ? null : Text(column);

    public bool IsNull(int column) => NativeSqlite.ColumnText(statement, column) == 0;

    /// <summary>Until the next row; empty for NULL.</summary>
    public ReadOnlySpan<byte> Utf8(int column) =>
        new((void*)NativeSqlite.ColumnText(statement, column), NativeSqlite.ColumnBytes(statement, column));
}

/// <summary>
/// A connection that only reads, with its statements prepared. It speaks to SQLite itself: these reads stand in the way of
/// each request, and what lies between them and the database would be most of their cost. One call uses it at a time, so
/// it is opened without locks.
/// </summary>
internal sealed unsafe class PreparedReads : IDisposable
{
    /// <summary>A writer that starts anew holds readers up for milliseconds.</summary>
    private const int BusyMillisecondsMax = 5_000;

    /// <summary>Parameters of one statement, and the bytes of each that have a place waiting.</summary>
    private const int ParametersMax = 8;
    private const int ParameterBytes = 1024;

    private static readonly ReadStatement BeginView = new("BEGIN");
    private static readonly ReadStatement EndView = new("COMMIT");

    private readonly sqlite3 _connection;
    private readonly byte[] _parameters = GC.AllocateUninitializedArray<byte>(ParametersMax * ParameterBytes, pinned: true);
    private readonly byte[]?[] _long = new byte[]?[ParametersMax];
    private sqlite3_stmt?[] _prepared = [];

    public PreparedReads(string path)
    {
        var opened = raw.sqlite3_open_v2(path, out _connection, raw.SQLITE_OPEN_READONLY | raw.SQLITE_OPEN_NOMUTEX, null);
        MustBe(raw.SQLITE_OK, opened);
        raw.sqlite3_busy_timeout(_connection, BusyMillisecondsMax);
    }

    /// <summary>From here to <see cref="End"/>, all statements see the database as it is at the first of them.</summary>
    public void Begin() => RunToEnd(BeginView);

    public void End() => RunToEnd(EndView);

    /// <summary>A statement to be run, once or more often. One at a time.</summary>
    public Rows Open(ReadStatement statement) => new(this, Prepared(statement));

    public void Dispose()
    {
        foreach (var statement in _prepared)
        {
            statement?.Dispose();
        }

        _connection.Dispose();
    }

    private void RunToEnd(ReadStatement statement)
    {
        using var rows = Open(statement);
        rows.Next();
    }

    /// <summary>Where a parameter's bytes stay while the statement runs: memory that the collector does not move.</summary>
    private Span<byte> PlaceFor(int place, string value)
    {
        if (Encoding.UTF8.GetMaxByteCount(value.Length) <= ParameterBytes)
        {
            return _parameters.AsSpan(place * ParameterBytes, ParameterBytes);
        }

        _long[place] = GC.AllocateUninitializedArray<byte>(Encoding.UTF8.GetByteCount(value), pinned: true);
        return _long[place];
    }

    private nint Prepared(ReadStatement statement)
    {
        if (statement.Number >= _prepared.Length)
        {
            Array.Resize(ref _prepared, statement.Number + 1);
        }

        if (_prepared[statement.Number] is not { } prepared)
        {
            MustBe(raw.SQLITE_OK, raw.sqlite3_prepare_v2(_connection, statement.Sql, out prepared));
            _prepared[statement.Number] = prepared;
        }

        return prepared.DangerousGetHandle();
    }

    private void MustBe(int wanted, int result)
    {
        if (result != wanted)
        {
            throw new Microsoft.Data.Sqlite.SqliteException(raw.sqlite3_errmsg(_connection).utf8_to_string(), result);
        }
    }

    /// <summary>The rows of one statement. Disposing it ends the statement's view of the database, too.</summary>
    internal readonly ref struct Rows(PreparedReads reads, nint statement)
    {
        public ReadRow Row => new(statement);

        public Rows Bind(int place, string value)
        {
            var into = reads.PlaceFor(place - 1, value);
            var length = Encoding.UTF8.GetBytes(value, into);
            reads.MustBe(NativeSqlite.Ok, NativeSqlite.BindText(statement, place, (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(into)), length));
            return this;
        }

        public Rows Bind(int place, long value)
        {
            reads.MustBe(NativeSqlite.Ok, NativeSqlite.BindNumber(statement, place, value));
            return this;
        }

        public bool Next()
        {
            var step = NativeSqlite.Step(statement);
            if (step != NativeSqlite.Row)
            {
                reads.MustBe(NativeSqlite.Done, step);
            }

            return step == NativeSqlite.Row;
        }

        /// <summary>To run it again with other parameters; those that are not bound anew stay.</summary>
        public void Again() => _ = NativeSqlite.Reset(statement);

        public void Dispose() => _ = NativeSqlite.Reset(statement);
    }
}
