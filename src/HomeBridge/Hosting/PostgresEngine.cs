using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace HomeBridge.Hosting;

/// <summary>PostgreSQL, for many replicas.</summary>
internal sealed class PostgresEngine : StorageEngine
{
    /// <summary>Locks of the whole database that every replica knows by number: 'hbwr' for writers, 'hbmi' for migrations.</summary>
    internal const string WriteLock = "1751283570";
    private const string MigrationLock = "1751281001";

    /// <summary>Writers wait for each other this long, as with SQLite; and a replica that stops dead in the middle holds the others up no longer.</summary>
    private const string TakeWriteLock =
        $"SET LOCAL lock_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = '5s'; SELECT pg_advisory_xact_lock({WriteLock})";

    /// <summary>Seconds that a statement, and that opening a connection may take.</summary>
    private const int StatementSecondsMax = 5;

    /// <summary>Statements that each connection keeps prepared, and the use with which one begins to be.</summary>
    private const int PreparedMax = 200;
    private const int PreparedFromUse = 2;

    private const string IdleInTransactionTimeout = "25P03";

    private readonly NpgsqlDataSource _source;
    private readonly Lock _writing = new();

    public PostgresEngine(string connectionString)
    {
        _source = SourceOf(WithDefaults(connectionString).ToString());
        using var connection = _source.OpenConnection();
        using var transaction = connection.BeginTransaction();

        // Replicas that start at once migrate one after the other: the second finds nothing to do.
        using (var command = transaction.Command($"SELECT pg_advisory_xact_lock({MigrationLock})"))
        {
            command.CommandTimeout = 0;
            command.ExecuteNonQuery();
        }

        Migrations.Apply(transaction, Migrations.Postgres);
        transaction.Commit();
        connection.ReloadTypes();
    }

    /// <summary>What is wrong with a connection string, in words; null when it can be one.</summary>
    public static string? ProblemOf(string connectionString)
    {
        try
        {
            var read = WithDefaults(connectionString);
            return string.IsNullOrEmpty(read.Host) || string.IsNullOrEmpty(read.Database) ? "must name Host and Database." : null;
        }
        catch (Exception wrong) when (wrong is ArgumentException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            // Not its text: that may quote the password.
            return "is not a connection string.";
        }
    }

    /// <summary>A connection of its own to the server itself, for whoever listens: it is not one of the pool.</summary>
    public static async Task<NpgsqlConnection> OpenToListen(string connectionString, CancellationToken cancel)
    {
        var alone = WithDefaults(connectionString);
        (alone.Pooling, alone.KeepAlive, alone.TcpKeepAlive) = (false, 2, true);
        var connection = new NpgsqlConnection(alone.ToString());
        try
        {
            await connection.OpenAsync(cancel);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public override DbConnection Open() => _source.OpenConnection();

    /// <summary>A connection that the server gave up since it was last used is found out by using it: a read is simply tried again.</summary>
    public override T Read<TAsked, T>(TAsked asked, Func<PreparedReads, TAsked, T> read, bool isView)
    {
        try
        {
            return ReadOnce(asked, read, isView);
        }
        catch (NpgsqlException lost) when (IsLost(lost))
        {
            return ReadOnce(asked, read, isView);
        }
    }

    /// <summary>
    /// One writer at a time, of all replicas: what SQLite's write lock is there, an advisory lock is here, which the server gives
    /// back when the transaction or its connection ends. Writers of this process queue before they take a connection, so that
    /// a crowd of them leaves connections for readers.
    /// </summary>
    public override T Write<T>(Func<DbTransaction, T> work)
    {
        lock (_writing)
        {
            using var begun = Begin();
            var result = work(begun.Transaction);
            begun.Transaction.Commit();
            return result;
        }
    }

    public override DbTransaction BeginView(DbConnection connection) => connection.BeginTransaction(IsolationLevel.RepeatableRead);

    public override void Dispose() => _source.Dispose();

    private T ReadOnce<TAsked, T>(TAsked asked, Func<PreparedReads, TAsked, T> read, bool isView)
    {
        using var connection = _source.OpenConnection();
        using var view = isView ? connection.BeginTransaction(IsolationLevel.RepeatableRead) : null;
        return read(new PostgresReads(connection), asked);
    }

    /// <summary>Nothing was written yet, so a connection that turns out to be gone is replaced.</summary>
    private Begun Begin()
    {
        try
        {
            return BeginOnce();
        }
        catch (NpgsqlException lost) when (IsLost(lost))
        {
            return BeginOnce();
        }
    }

    private Begun BeginOnce()
    {
        var connection = _source.OpenConnection();
        try
        {
            var transaction = connection.BeginTransaction();
            using var command = transaction.Command(TakeWriteLock);
            command.ExecuteNonQuery();
            return new Begun(connection, transaction);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The connection broke. A timeout is no such thing: whoever waited long enough once does not wait again.</summary>
    private static bool IsLost(NpgsqlException failure) => failure switch
    {
        PostgresException told => told.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or IdleInTransactionTimeout,
        _ => failure.InnerException is IOException,
    };

    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "The builder makes it and the engine disposes of it.")]
    private static NpgsqlDataSource SourceOf(string connectionString)
    {
        var builder = new NpgsqlSlimDataSourceBuilder(connectionString);
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        return builder.Build();
    }

    /// <summary>What the connection string doesn't say.</summary>
    private static NpgsqlConnectionStringBuilder WithDefaults(string connectionString)
    {
        var said = new DbConnectionStringBuilder { ConnectionString = connectionString };
        var all = new NpgsqlConnectionStringBuilder(connectionString);
        bool Says(string key) => said.ContainsKey(key) || said.ContainsKey(key.Replace(" ", "", StringComparison.Ordinal));
        all.ApplicationName ??= "homebridge";
        all.Timeout = Says("Timeout") ? all.Timeout : StatementSecondsMax;
        all.CommandTimeout = Says("Command Timeout") ? all.CommandTimeout : StatementSecondsMax;
        all.MaxAutoPrepare = Says("Max Auto Prepare") ? all.MaxAutoPrepare : PreparedMax;
        all.AutoPrepareMinUsages = Says("Auto Prepare Min Usages") ? all.AutoPrepareMinUsages : PreparedFromUse;
        return all;
    }

    private readonly record struct Begun(NpgsqlConnection Connection, NpgsqlTransaction Transaction) : IDisposable
    {
        public void Dispose()
        {
            Transaction.Dispose();
            Connection.Dispose();
        }
    }
}
