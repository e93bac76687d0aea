using System.Numerics;
using SQLitePCL;

namespace HomeBridge.Hosting;

/// <summary>
/// A statement that every request needs. Parameters are <c>?1</c>, <c>?2</c> and so on; <c>{in}</c> stands for those of a
/// list, which come last.
/// </summary>
internal sealed class ReadStatement(string sql, int parameters)
{
    /// <summary>Values in one statement; databases limit their parameters.</summary>
    public const int ListMax = 512;

    /// <summary>
    /// Lists are asked in powers of two, so that few statements serve them all; a shorter one repeats its last value.
    /// </summary>
    private readonly string[] _bySize = sql.Contains("{in}", StringComparison.Ordinal)
        ? [.. Enumerable.Range(0, BitOperations.Log2(ListMax) + 1).Select(power => sql.Replace("{in}", Places(parameters, 1 << power), StringComparison.Ordinal))]
        : [sql];

    /// <summary>The text for so many values, and how many it takes.</summary>
    public (string Text, int Size) For(int values)
    {
        if (_bySize.Length == 1)
        {
            return (_bySize[0], 0);
        }

        var size = (int)BitOperations.RoundUpToPowerOf2((uint)values);
        return (_bySize[BitOperations.Log2((uint)size)], size);
    }

    private static string Places(int after, int count) => string.Join(", ", Enumerable.Range(after + 1, count).Select(number => $"?{number}"));
}

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

    public void Read<T>(ReadStatement statement, Func<ReadRow, T> row, List<T> into, ReadOnlySpan<string> list, ReadOnlySpan<object> parameters)
    {
        var (text, size) = statement.For(list.Length);
        var prepared = Prepared(text);
        try
        {
            for (var index = 0; index < parameters.Length; index++)
            {
                Bind(prepared, index + 1, parameters[index]);
            }

            for (var index = 0; index < size; index++)
            {
                MustBe(raw.SQLITE_OK, raw.sqlite3_bind_text(prepared, parameters.Length + index + 1, list[Math.Min(index, list.Length - 1)]));
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
            raw.sqlite3_clear_bindings(prepared);
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

    private static void Bind(sqlite3_stmt statement, int place, object value)
    {
        var bound = value switch
        {
            string text => raw.sqlite3_bind_text(statement, place, text),
            long number => raw.sqlite3_bind_int64(statement, place, number),
            _ => throw new ArgumentException("A parameter is a text or a number.", nameof(value)),
        };
        if (bound != raw.SQLITE_OK)
        {
            throw new InvalidOperationException($"A parameter could not be bound ({bound}).");
        }
    }

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
