using System.Data.Common;

namespace HomeBridge.Hosting;

/// <summary>
/// The one database: truth about links, bindings, tokens, grants and suspensions. SQLite, embedded, or PostgreSQL for many
/// replicas; statements are written so that both take them. Each feature keeps its own and reads no other feature's tables.
/// </summary>
internal sealed class Database : IDisposable
{
    private readonly StorageEngine _engine;

    public Database(DatabaseOptions options)
    {
        // Columns are snake_case, members are not. The mapper has this one switch, for the whole process.
        Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;
        _engine = options.Postgres is { } postgres ? new PostgresEngine(postgres) : new SqliteEngine(options.Path);
    }

    /// <summary>A connection for reading, or for one statement that writes.</summary>
    public DbConnection Open() => _engine.Open();

    /// <summary>
    /// Reads that every request needs, on a connection that has their statements prepared. Connections are kept, answers are
    /// not: each call reads what is committed now.
    /// </summary>
    public T Read<TAsked, T>(TAsked asked, Func<PreparedReads, TAsked, T> read) => _engine.Read(asked, read, isView: false);

    /// <summary>The same for several statements that shall see the database at one instant.</summary>
    public T View<TAsked, T>(TAsked asked, Func<PreparedReads, TAsked, T> read) => _engine.Read(asked, read, isView: true);

    /// <summary>For the reads of one request that follow each other at once.</summary>
    public RequestView ForRequest() => new(_engine);

    /// <summary>
    /// Several statements as one. What is read within is still true when it commits: all writers of all replicas queue for one
    /// lock. On PostgreSQL another caller may run the work with his own: it takes no lock that its caller holds.
    /// </summary>
    public T Write<T>(Func<DbTransaction, T> work) => _engine.Write(work);

    /// <summary>Several reads on this connection that shall see the database at one instant, as of the first of them.</summary>
    public DbTransaction BeginView(DbConnection connection) => _engine.BeginView(connection);

    /// <summary>Whether it can be asked something now.</summary>
    public bool Answers()
    {
        try
        {
            using var connection = Open();
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT 1";
            return command.ExecuteScalar() is not null;
        }
        catch (DbException)
        {
            return false;
        }
    }

    public void Dispose() => _engine.Dispose();
}

/// <summary>Section <c>Database</c>.</summary>
/// <param name="Path">The SQLite file; empty with PostgreSQL.</param>
/// <param name="Postgres">A connection string with PostgreSQL; null with SQLite.</param>
/// <param name="Listen">One to the server itself, where <paramref name="Postgres"/> leads through a pooler; null where it doesn't.</param>
internal sealed record DatabaseOptions(string Path, string? Postgres = null, string? Listen = null)
{
    private const string ListenKey = "Database:PostgresListen";

    private const string PostgresKey = "Database:Postgres";

    private const string PostgresExample = "Host=db.internal;Username=homebridge;Password=…;Database=homebridge;SSL Mode=VerifyFull";

    public static DatabaseOptions Read(ConfigurationReader read)
    {
        if (!read.HasSecret(PostgresKey))
        {
            return new(read.Text("Database:Path", "/var/lib/homebridge/homebridge.db"));
        }

        if (read.OptionalText("Database:Path") is not null)
        {
            read.Problem("Database:Path", $"is there beside {PostgresKey}: it is one or the other.", "(nothing)");
        }

        var text = read.SecretText(PostgresKey, PostgresExample);
        if (text.Length > 0 && PostgresEngine.ProblemOf(text) is { } problem)
        {
            read.Problem(PostgresKey, problem, PostgresExample);
        }

        string? listen = null;
        if (read.HasSecret(ListenKey))
        {
            listen = read.SecretText(ListenKey, PostgresExample);
            if (listen.Length > 0 && PostgresEngine.ProblemOf(listen) is { } wrong)
            {
                read.Problem(ListenKey, wrong, PostgresExample);
            }
        }

        return new("", text, listen);
    }

    /// <summary>The connection string has a password.</summary>
    public override string ToString() => nameof(DatabaseOptions);
}
