using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace HomeBridge.Hosting;

/// <summary>SQLite, embedded: one file, one process that writes.</summary>
internal sealed class SqliteEngine : StorageEngine
{
    private readonly string _path;
    private readonly string _connectionString;
    private readonly ConcurrentBag<SqliteReads> _readers = [];
    private readonly Lock _writing = new();

    /// <summary>SQLite's own count of its memory takes a lock of all threads at each allocation, and nobody reads it. Only the first engine of a process can say so.</summary>
    static SqliteEngine()
    {
        Batteries_V2.Init();
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0);
    }

    public SqliteEngine(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _path = path;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            ForeignKeys = true,
            Pooling = true,

            // Writers wait for each other this long, in seconds; every write here takes milliseconds.
            DefaultTimeout = 5,
        }.ToString();

        using var connection = OpenFile();
        using var command = connection.CreateCommand();

        // Readers don't wait for the writer, and a committed write survives a power cut.
        command.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";
        command.ExecuteNonQuery();
        using var transaction = connection.BeginTransaction(deferred: false);
        Migrations.Apply(transaction, Migrations.Sqlite);
        transaction.Commit();
    }

    public override DbConnection Open() => OpenFile();

    public override T Read<TAsked, T>(TAsked asked, Func<PreparedReads, TAsked, T> read, bool isView)
    {
        var reader = Take();
        try
        {
            if (isView)
            {
                reader.Begin();
            }

            return read(reader, asked);
        }
        finally
        {
            if (isView)
            {
                reader.End();
            }

            _readers.Add(reader);
        }
    }

    public override PreparedReads Hold()
    {
        var reader = Take();
        reader.Begin();
        return reader;
    }

    public override void LetGo(PreparedReads held)
    {
        var reader = (SqliteReads)held;
        reader.End();
        _readers.Add(reader);
    }

    /// <summary>
    /// The write lock is taken at the start. Writers of this process queue here: SQLite would make them sleep 150 ms and try
    /// again.
    /// </summary>
    public override T Write<T>(Func<DbTransaction, T> work)
    {
        using var connection = OpenFile();
        lock (_writing)
        {
            using var transaction = connection.BeginTransaction(deferred: false);
            var result = work(transaction);
            transaction.Commit();
            return result;
        }
    }

    public override DbTransaction BeginView(DbConnection connection) => ((SqliteConnection)connection).BeginTransaction(deferred: true);

    public override void Dispose()
    {
        while (_readers.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }

    private SqliteReads Take() => _readers.TryTake(out var idle) ? idle : new SqliteReads(_path);

    private SqliteConnection OpenFile()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }
}
