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

    /// <summary>
    /// Writers wait for each other this long, as with SQLite; and a replica that stops dead in the middle holds the others up no
    /// longer. One statement, evaluated from left to right.
    /// </summary>
    private const string TakeWriteLock =
        $"SELECT set_config('lock_timeout', '5s', true), set_config('idle_in_transaction_session_timeout', '5s', true), pg_advisory_xact_lock({WriteLock})";

    /// <summary>Seconds that a statement, and that opening a connection may take.</summary>
    private const int StatementSecondsMax = 5;

    /// <summary>Statements that each connection keeps prepared, and the use with which one begins to be.</summary>
    private const int PreparedMax = 200;
    private const int PreparedFromUse = 2;

    private const string IdleInTransactionTimeout = "25P03";

    /// <summary>What a piece of a group falls back to when it fails.</summary>
    private const string Piece = "piece";

    private readonly NpgsqlDataSource _source;
    private readonly WriteQueue _writes;

    /// <summary>Whether a piece of a group with several is being written on this thread.</summary>
    [ThreadStatic]
    private static bool _isOfGroup;

    /// <summary>Only whoever leads a group of writes uses it. It is kept, with the statements that writers prepared on it.</summary>
    private NpgsqlConnection? _writer;

    public PostgresEngine(string connectionString)
    {
        var settings = WithDefaults(connectionString);
        ThreadsToWait.Provide(settings.MaxPoolSize);
        _source = SourceOf(settings.ToString());
        _writes = new WriteQueue(WriteGroup);
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

    public override DbConnection Open()
    {
        LeaveGroup();
        return _source.OpenConnection();
    }

    /// <summary>A connection that the server gave up since it was last used is found out by using it: a read is simply tried again.</summary>
    public override T Read<TAsked, T>(TAsked asked, Func<PreparedReads, TAsked, T> read, bool isView)
    {
        LeaveGroup();
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
    /// a crowd of them leaves connections for readers; and those that queue together share a transaction.
    /// </summary>
    public override T Write<T>(Func<DbTransaction, T> work) => _writes.Write(work);

    public override DbTransaction BeginView(DbConnection connection) => connection.BeginTransaction(IsolationLevel.RepeatableRead);

    public override void Dispose()
    {
        _writer?.Dispose();
        _source.Dispose();
    }

    private T ReadOnce<TAsked, T>(TAsked asked, Func<PreparedReads, TAsked, T> read, bool isView)
    {
        using var connection = _source.OpenConnection();
        using var view = isView ? connection.BeginTransaction(IsolationLevel.RepeatableRead) : null;
        return read(new PostgresReads(connection), asked);
    }

    /// <summary>When the whole fails, nobody hears that his was written.</summary>
    private void WriteGroup(IReadOnlyList<QueuedWrite> group)
    {
        var alone = new List<QueuedWrite>();
        try
        {
            using var transaction = Begin();
            foreach (var piece in group)
            {
                if (group.Count == 1)
                {
                    piece.Run(transaction);
                }
                else if (!IsWritten(transaction, piece))
                {
                    alone.Add(piece);
                }
            }

            transaction.Commit();
        }
        catch
        {
            // Whatever state it is in: the next group takes a new one.
            LetGoOfWriter();
            throw;
        }

        foreach (var piece in alone)
        {
            try
            {
                WriteGroup([piece]);
            }
            catch (Exception failure)
            {
                piece.Fail(failure);
            }
        }
    }

    /// <summary>A piece that fails is taken back alone. False when it must have a transaction of its own.</summary>
    private static bool IsWritten(NpgsqlTransaction transaction, QueuedWrite piece)
    {
        // Goes out with the piece's first statement.
        transaction.Save(Piece);
        _isOfGroup = true;
        try
        {
            piece.Run(transaction);
            return true;
        }
        catch (LooksBesideException)
        {
            transaction.Rollback(Piece);
            return false;
        }
        catch (Exception failure) when (failure is not NpgsqlException || failure is PostgresException { IsTransient: false })
        {
            transaction.Rollback(Piece);
            piece.Fail(failure);
            return true;
        }
        finally
        {
            _isOfGroup = false;
        }
    }

    /// <summary>On another connection a piece would not see what the pieces before it wrote: it is written alone, after them.</summary>
    private static void LeaveGroup()
    {
        if (_isOfGroup)
        {
            throw new LooksBesideException();
        }
    }

    /// <summary>Nothing was written yet, so a connection that turns out to be gone is replaced.</summary>
    private NpgsqlTransaction Begin()
    {
        try
        {
            return BeginOnce();
        }
        catch (NpgsqlException lost) when (IsLost(lost))
        {
            LetGoOfWriter();
            return BeginOnce();
        }
    }

    private NpgsqlTransaction BeginOnce()
    {
        _writer ??= _source.OpenConnection();
        var transaction = _writer.BeginTransaction();
        try
        {
            using var command = transaction.Command(TakeWriteLock);
            command.ExecuteNonQuery();
            return transaction;
        }
        catch
        {
            transaction.Dispose();
            throw;
        }
    }

    private void LetGoOfWriter()
    {
        _writer?.Dispose();
        _writer = null;
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

        // Nothing here changes a connection for longer than its transaction, so there is nothing to put back each time.
        all.NoResetOnClose = !Says("No Reset On Close") || all.NoResetOnClose;
        return all;
    }

    private sealed class LooksBesideException : Exception;
}
