using System.Collections.Concurrent;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using HomeBridge.Hosting;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace HomeBridge.Tests.World;

/// <summary>
/// The databases of tests, on the engine that this run is for: SQLite, or with <c>HOMEBRIDGE_TESTS_ENGINE=postgres</c>
/// PostgreSQL. A test names a file; on PostgreSQL a database stands for it.
/// </summary>
internal static class TestDatabase
{
    private static readonly ConcurrentDictionary<string, Lazy<string>> Databases = new(StringComparer.Ordinal);

    public static bool IsPostgres { get; } = Environment.GetEnvironmentVariable("HOMEBRIDGE_TESTS_ENGINE") == "postgres";

    public static DatabaseOptions At(string file) => IsPostgres ? new DatabaseOptions("", ConnectionString(file)) : new DatabaseOptions(file);

    /// <summary>Configuration that names a file is made to name the database that stands for it.</summary>
    public static Dictionary<string, string?> Engine(this Dictionary<string, string?> keys)
    {
        if (IsPostgres && keys.Remove("Database:Path", out var file))
        {
            keys["Database:Postgres"] = ConnectionString(file!);
            keys.TryAdd("Suspensions:CopyFile", file + ".suspensions");
        }

        return keys;
    }

    /// <summary>What the sandbox is told, so that the database of its folder is on this run's engine.</summary>
    public static string[] Arguments(string folder) => IsPostgres ? ["--postgres", ConnectionString(Path.Combine(folder, "homebridge.db"))] : [];

    public static string ConnectionString(string file) => Databases.GetOrAdd(Path.GetFullPath(file), path => new Lazy<string>(() =>
    {
        PostgresServer.OfTheRun.Create(NameOf(path));
        return PostgresServer.OfTheRun.To(NameOf(path));
    })).Value;

    private static string NameOf(string file) => "t" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(file))).AsSpan(0, 12));

    /// <summary>Past the bridge, as somebody would who has the database.</summary>
    public static DbConnection Open(string file)
    {
        DbConnection connection = IsPostgres ? new NpgsqlConnection(ConnectionString(file) + ";Pooling=false") : new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        return connection;
    }

    /// <summary>Somebody else writes, until this is disposed of.</summary>
    public static IDisposable Hold(DbConnection connection)
    {
        if (connection is SqliteConnection sqlite)
        {
            return new Held(connection, sqlite.BeginTransaction(deferred: false));
        }

        var transaction = connection.BeginTransaction();
        connection.Execute($"SELECT pg_advisory_xact_lock({PostgresEngine.WriteLock})", transaction: transaction);
        return new Held(connection, transaction);
    }

    /// <summary>Everything that is stored, to be searched for what must not be.</summary>
    public static string Everything(string file)
    {
        if (!IsPostgres)
        {
            return string.Concat(Directory.EnumerateFiles(Path.GetDirectoryName(file)!, Path.GetFileName(file) + "*").Select(one =>
            {
                using var stream = new FileStream(one, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using var reader = new StreamReader(stream, Encoding.Latin1);
                return reader.ReadToEnd();
            }));
        }

        using var connection = Open(file);
        var tables = connection.Query<string>("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'").AsList();
        return string.Concat(tables.SelectMany(table => connection.Query<string>($"SELECT t::text FROM {table} t")));
    }

    /// <summary>A backup, and what is restored from it: as the first is now.</summary>
    public static void Copy(string file, string to)
    {
        if (IsPostgres)
        {
            Databases[Path.GetFullPath(to)] = new Lazy<string>(PostgresServer.OfTheRun.Copy(NameOf(file), NameOf(to)));
            return;
        }

        using var connection = Open(file);
        connection.Execute("VACUUM INTO @to", new { to });
    }

    /// <summary>The rules that the database itself has about tables whose name begins so are taken out.</summary>
    public static void DropTriggers(DbConnection connection, string table)
    {
        foreach (var (trigger, of) in connection.Query<(string, string)>(
            connection is SqliteConnection
                ? "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
                : "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND t.tgparentid = 0").AsList()
            .Where(one => one.Item2.StartsWith(table, StringComparison.Ordinal)))
        {
            connection.Execute(connection is SqliteConnection ? $"DROP TRIGGER {trigger}" : $"DROP TRIGGER {trigger} ON {of}");
        }
    }

    /// <summary>Lets go of what is kept open, so that files can be deleted.</summary>
    public static void LetGo()
    {
        if (IsPostgres)
        {
            NpgsqlConnection.ClearAllPools();
        }
        else
        {
            SqliteConnection.ClearAllPools();
        }
    }

    private sealed class Held(DbConnection connection, DbTransaction transaction) : IDisposable
    {
        private bool _isOver;

        public void Dispose()
        {
            if (!_isOver)
            {
                _isOver = true;
                transaction.Dispose();
                connection.Dispose();
            }
        }
    }
}
