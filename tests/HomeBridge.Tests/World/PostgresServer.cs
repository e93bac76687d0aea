using System.Diagnostics;
using Npgsql;

namespace HomeBridge.Tests.World;

/// <summary>
/// A PostgreSQL server of the test run's own: Debian's programs, a folder that goes with it, loopback only. It orders texts by a
/// language and not by their bytes, so that whatever leans on the order of bytes must say so.
/// </summary>
internal sealed class PostgresServer : IDisposable
{
    private static readonly Lazy<PostgresServer> Shared = new(() =>
    {
        var server = new PostgresServer();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Dispose();
        return server;
    });

    private readonly string _folder = Directory.CreateTempSubdirectory("homebridge-postgres-").FullName;
    private readonly string _programs;
    private Process? _process;

    public PostgresServer()
    {
        _programs = Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(Path.GetFileName, StringComparer.Ordinal).Select(version => Path.Combine(version, "bin")).First();
        Port = SandboxProcess.FreePorts(1)[0];
        if (Environment.IsPrivilegedProcess)
        {
            Run("chown", ["postgres", _folder]);
        }

        Run("/bin/sh", ["-c", AsPostgres($"{_programs}/initdb -D {Data} -U postgres -A trust -E UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US --no-sync >/dev/null")]);
        Start();
    }

    /// <summary>The one that tests share which need a database and no server of their own.</summary>
    public static PostgresServer OfTheRun => Shared.Value;

    public int Port { get; }

    private string Data => Path.Combine(_folder, "data");

    /// <summary>A connection string; few connections, since a hundred databases share the server.</summary>
    public string To(string database) => $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database};Maximum Pool Size=20;Connection Idle Lifetime=5;Connection Pruning Interval=1";

    public void Create(string database) => Execute($"CREATE DATABASE {database}");

    /// <summary>Whoever is connected to the first is put off: it is copied as it stands. Answers how to reach the copy.</summary>
    public string Copy(string database, string to)
    {
        Execute($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'");
        Execute($"CREATE DATABASE {to} TEMPLATE {database}");
        return To(to);
    }

    private void Execute(string sql)
    {
        using var connection = new NpgsqlConnection(To("postgres") + ";Pooling=false");
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    /// <summary>It ends when this process does, however that ends: the pipe breaks.</summary>
    public void Start()
    {
        string[] settings =
        [
            $"-p {Port}", $"-k {_folder}", "-c listen_addresses=127.0.0.1", "-c max_connections=1000",
            "-c fsync=off", "-c full_page_writes=off",
        ];
        var start = new ProcessStartInfo("/bin/sh", ["-c", AsPostgres(
            $"{_programs}/pg_ctl -s -w -D {Data} -l {_folder}/log -o \"{string.Join(' ', settings)}\" start </dev/null && echo started; read how; {_programs}/pg_ctl -s -w -m ${{how:-immediate}} -D {Data} stop")])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
        Assert.Equal("started", _process.StandardOutput.ReadLine());
    }

    /// <summary>As when a machine is shut down: connections are ended, what was committed stays.</summary>
    public void Stop()
    {
        if (_process is { } running)
        {
            running.StandardInput.WriteLine("fast");
            End(running);
        }
    }

    private void End(Process running)
    {
        running.StandardInput.Close();
        running.WaitForExit();
        running.Dispose();
        _process = null;
    }

    public void Dispose()
    {
        if (_process is { } running)
        {
            End(running);
        }

        Run("/bin/sh", ["-c", $"rm -rf {_folder}"]);
    }

    /// <summary>PostgreSQL does not run as root.</summary>
    private static string AsPostgres(string command) => Environment.IsPrivilegedProcess ? $"exec runuser -u postgres -- /bin/sh -c '{command}'" : command;

    private static void Run(string program, string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}
