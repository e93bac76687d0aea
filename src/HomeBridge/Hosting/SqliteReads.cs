using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using SQLitePCL;

namespace HomeBridge.Hosting;

/// <summary>
/// It speaks to SQLite itself: these reads stand in the way of each request, and what lies between them and the database
/// would be most of their cost. One call uses it at a time, so it is opened without locks.
/// </summary>
internal sealed unsafe class SqliteReads : PreparedReads, IDisposable
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
    private Statement?[] _prepared = [];

    public SqliteReads(string path)
    {
        var opened = raw.sqlite3_open_v2(path, out _connection, raw.SQLITE_OPEN_READONLY | raw.SQLITE_OPEN_NOMUTEX, null);
        MustBe(raw.SQLITE_OK, opened);
        raw.sqlite3_busy_timeout(_connection, BusyMillisecondsMax);
    }

    /// <summary>From here to <see cref="End"/>, all statements see the database as it is at the first of them.</summary>
    public void Begin() => RunToEnd(BeginView);

    public void End() => RunToEnd(EndView);

    public void Dispose()
    {
        foreach (var statement in _prepared)
        {
            statement?.Dispose();
        }

        _connection.Dispose();
    }

    protected override PreparedStatement Prepared(ReadStatement statement)
    {
        if (statement.Number >= _prepared.Length)
        {
            Array.Resize(ref _prepared, statement.Number + 1);
        }

        if (_prepared[statement.Number] is not { } prepared)
        {
            MustBe(raw.SQLITE_OK, raw.sqlite3_prepare_v2(_connection, statement.Sql, out var handle));
            _prepared[statement.Number] = prepared = new Statement(this, handle);
        }

        return prepared;
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

    private void MustBe(int wanted, int result)
    {
        if (result != wanted)
        {
            throw new Microsoft.Data.Sqlite.SqliteException(raw.sqlite3_errmsg(_connection).utf8_to_string(), result);
        }
    }

    private sealed class Statement(SqliteReads reads, sqlite3_stmt handle) : PreparedStatement, IDisposable
    {
        private readonly nint _statement = handle.DangerousGetHandle();

        public override void Bind(int place, string value)
        {
            var into = reads.PlaceFor(place - 1, value);
            var length = Encoding.UTF8.GetBytes(value, into);
            reads.MustBe(NativeSqlite.Ok, NativeSqlite.BindText(_statement, place, (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(into)), length));
        }

        public override void Bind(int place, long value) => reads.MustBe(NativeSqlite.Ok, NativeSqlite.BindNumber(_statement, place, value));

        public override bool Next()
        {
            var step = NativeSqlite.Step(_statement);
            if (step != NativeSqlite.Row)
            {
                reads.MustBe(NativeSqlite.Done, step);
            }

            return step == NativeSqlite.Row;
        }

        public override void Reset() => _ = NativeSqlite.Reset(_statement);

        public override bool IsNull(int column) => NativeSqlite.ColumnText(_statement, column) == 0;

        public override ReadOnlySpan<byte> Utf8(int column) =>
            new((void*)NativeSqlite.ColumnText(_statement, column), NativeSqlite.ColumnBytes(_statement, column));

        public void Dispose() => handle.Dispose();
    }
}
