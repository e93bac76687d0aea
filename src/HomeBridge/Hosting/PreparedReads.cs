using SQLitePCL;

namespace HomeBridge.Hosting;

/// <summary>A row while it is read, by the order of its columns.</summary>
internal readonly struct ReadRow(sqlite3_stmt statement)
{
    public string Text(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string();

    public string? OptionalText(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string();
}

/// <summary>
/// A connection that only reads, with its statements prepared. It speaks to SQLite itself: three reads stand in the way of
/// each request, and what lies between them and the database would be most of their cost. One call uses it at a time, so
/// it is opened without locks.
/// </summary>
internal sealed class PreparedReads : IDisposable
{
    /// <summary>A writer that starts anew holds readers up for milliseconds.</summary>
    private const int BusyMillisecondsMax = 5_000;

    private readonly sqlite3 _connection;
    private readonly Dictionary<string, sqlite3_stmt> _prepared = new(StringComparer.Ordinal);

    public PreparedReads(string path)
    {
        var opened = raw.sqlite3_open_v2(path, out _connection, raw.SQLITE_OPEN_READONLY | raw.SQLITE_OPEN_NOMUTEX, null);
        MustBe(raw.SQLITE_OK, opened);
        raw.sqlite3_busy_timeout(_connection, BusyMillisecondsMax);
    }

    /// <summary>
    /// The rows for each of many values, one after the other: the database finds each by its index, and that is faster than
    /// a list in the statement, for which it builds an index first. All of it is one view of the database.
    /// </summary>
    public void ReadEach<T>(string sql, Func<ReadRow, T> row, List<T> into, IReadOnlyCollection<string> values, ReadOnlySpan<object> parameters)
    {
        Run("BEGIN");
        try
        {
            foreach (var value in values)
            {
                Read(sql, row, into, [.. parameters, value]);
            }
        }
        finally
        {
            Run("COMMIT");
        }
    }

    public void Read<T>(string sql, Func<ReadRow, T> row, List<T> into, ReadOnlySpan<object> parameters)
    {
        var prepared = Prepared(sql);
        try
        {
            for (var index = 0; index < parameters.Length; index++)
            {
                Bind(prepared, index + 1, parameters[index]);
            }

            int step;
            while ((step = raw.sqlite3_step(prepared)) == raw.SQLITE_ROW)
            {
                into.Add(row(new ReadRow(prepared)));
            }

            MustBe(raw.SQLITE_DONE, step);
        }
        finally
        {
            // It ends the statement's view of the database, too: the next call sees what is committed then.
            raw.sqlite3_reset(prepared);
        }
    }

    public void Dispose()
    {
        foreach (var statement in _prepared.Values)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    private void Run(string sql)
    {
        var prepared = Prepared(sql);
        var done = raw.sqlite3_step(prepared);
        raw.sqlite3_reset(prepared);
        MustBe(raw.SQLITE_DONE, done);
    }

    private void Bind(sqlite3_stmt statement, int place, object value) => MustBe(raw.SQLITE_OK, value switch
    {
        string text => raw.sqlite3_bind_text(statement, place, text),
        long number => raw.sqlite3_bind_int64(statement, place, number),
        _ => throw new ArgumentException("A parameter is a text or a number.", nameof(value)),
    });

    private sqlite3_stmt Prepared(string text)
    {
        if (!_prepared.TryGetValue(text, out var statement))
        {
            MustBe(raw.SQLITE_OK, raw.sqlite3_prepare_v2(_connection, text, out statement));
            _prepared[text] = statement;
        }

        return statement;
    }

    private void MustBe(int wanted, int result)
    {
        if (result != wanted)
        {
            throw new Microsoft.Data.Sqlite.SqliteException(raw.sqlite3_errmsg(_connection).utf8_to_string(), result);
        }
    }
}
