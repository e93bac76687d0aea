using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace HomeBridge.Hosting;

/// <summary>
/// The one database: truth about links, bindings, tokens, grants and suspensions. SQLite, embedded. Each feature keeps
/// its own statements and reads no other feature's tables.
/// </summary>
internal sealed class Database : IDisposable
{
    private readonly string _path;
    private readonly string _connectionString;
    private readonly ConcurrentBag<PreparedReads> _readers = [];
    private readonly Lock _writing = new();

    public Database(DatabaseOptions options)
    {
        // Columns are snake_case, members are not. The mapper has this one switch, for the whole process.
        Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(options.Path))!);
        _path = options.Path;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = options.Path,
            ForeignKeys = true,
            Pooling = true,

            // Writers wait for each other this long, in seconds; every write here takes milliseconds.
            DefaultTimeout = 5,
        }.ToString();

        using var connection = Open();
        using var command = connection.CreateCommand();

        // Readers don't wait for the writer, and a committed write survives a power cut.
        command.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";
        command.ExecuteNonQuery();
        Migrations.Apply(connection);
    }

    /// <summary>A connection for reading, or for one statement that writes.</summary>
    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }

    /// <summary>
    /// Reads that every request needs, on a connection that has their statements prepared. Connections are kept, answers are
    /// not: each call reads what is committed now.
    /// </summary>
    public T Read<TAsked, T>(TAsked asked, Func<PreparedReads, TAsked, T> read)
    {
        var reader = Reader();
        try
        {
            return read(reader, asked);
        }
        finally
        {
            _readers.Add(reader);
        }
    }

    /// <summary>The same for several statements that shall see the database at one instant.</summary>
    public T View<TAsked, T>(TAsked asked, Func<PreparedReads, TAsked, T> read)
    {
        var reader = Reader();
        try
        {
            reader.Begin();
            return read(reader, asked);
        }
        finally
        {
            reader.End();
            _readers.Add(reader);
        }
    }

    public void Dispose()
    {
        while (_readers.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }

    /// <summary>
    /// Several statements as one. The write lock is taken at the start, so what is read within is still true when it
    /// commits. Writers of this process queue here: SQLite would make them sleep 150 ms and try again.
    /// </summary>
    public T Write<T>(Func<SqliteTransaction, T> work)
    {
        using var connection = Open();
        lock (_writing)
        {
            using var transaction = connection.BeginTransaction(deferred: false);
            var result = work(transaction);
            transaction.Commit();
            return result;
        }
    }

    private PreparedReads Reader() => _readers.TryTake(out var reader) ? reader : new PreparedReads(_path);
}

/// <summary>Section <c>Database</c>.</summary>
internal sealed record DatabaseOptions(string Path)
{
    public static DatabaseOptions Read(ConfigurationReader read) =>
        new(read.Text("Database:Path", "/var/lib/homebridge/homebridge.db"));
}
