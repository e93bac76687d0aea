using System.Collections.Immutable;
using System.Data.Common;
using Dapper;

namespace HomeBridge.Hosting.Replicas;

/// <summary>Another bridge on this database, as its row says.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Run">Its process.</param>
/// <param name="Silent">For how long its row has not changed, on this process's clock.</param>
/// <param name="Listening"><c>listening</c>, <c>deaf</c>, or null while it has no line.</param>
/// <param name="Says">What it says of itself and its gateways.</param>
internal sealed record OtherReplica(string Name, string Run, TimeSpan Silent, string? Listening, string Says);

/// <summary>
/// Who else is on this database. Each bridge has a row in which it counts on, once a second; whoever reads measures on a
/// clock of its own how long the count has stood still, so that no two clocks have to agree.
/// </summary>
internal sealed class ReplicaRoll(Database database, DatabaseOptions options, ReplicaBell bell, BridgeIdentity identity, TimeProvider time, ILogger<ReplicaRoll> log)
{
    /// <summary>A row that stands still for so long is that of a bridge which serves no camera any more: its own lease is 3 s at most, and may begin a second after it last counted.</summary>
    public static readonly TimeSpan FencedAfter = TimeSpan.FromSeconds(4);

    /// <summary>A process that hangs this long loses its turns to others.</summary>
    private static readonly TimeSpan HangsAfter = TimeSpan.FromSeconds(10);

    /// <summary>Rows of processes that are long gone are taken out.</summary>
    private static readonly TimeSpan GoneAfter = TimeSpan.FromMinutes(10);

    private readonly Lock _looking = new();
    private ImmutableDictionary<string, Seen> _seen = ImmutableDictionary<string, Seen>.Empty;

    /// <summary>Whether this process's line hears: <c>listening</c> or <c>deaf</c>; null while there is no line.</summary>
    public string? Listening { get; set; }

    public bool IsShared => options.Postgres is not null;

    /// <summary>Bridges that are heard of, with this one.</summary>
    public int Live => 1 + Others.Count(one => one.Silent < FencedAfter);

    /// <summary>As of the last look.</summary>
    public IReadOnlyList<OtherReplica> Others =>
        [.. _seen.Values.Where(one => one.Run != bell.Run).Select(one => new OtherReplica(one.Name, one.Run, time.GetElapsedTime(one.ChangedAt), one.Listening, one.Says))];

    /// <summary>The name under which a process's line stands among the server's connections.</summary>
    public static string LineOf(string run) => "homebridge " + run;

    /// <summary>Counts on, and says what this process has to say.</summary>
    public void Say(string says)
    {
        using var connection = database.Open();
        connection.Execute(
            """
            INSERT INTO replicas (run, name, beat, listening, says) VALUES (@Run, @Name, 1, @Listening, @says)
            ON CONFLICT (run) DO UPDATE SET beat = replicas.beat + 1, listening = excluded.listening, says = excluded.says
            """,
            new { bell.Run, identity.Name, Listening, says });
    }

    /// <summary>Reads what the others say.</summary>
    public void Look()
    {
        lock (_looking)
        {
            using var connection = database.Open();
            var now = time.GetTimestamp();
            var rows = connection.Query<Row>("SELECT run, name, beat, listening, says FROM replicas").AsList();
            _seen = rows.ToImmutableDictionary(
                row => row.Run,
                row => new Seen(
                    row.Name, row.Run, row.Beat, row.Listening, row.Says, _seen.GetValueOrDefault(row.Run) is { } before && before.Beat == row.Beat ? before.ChangedAt : now),
                StringComparer.Ordinal);
            foreach (var silent in _seen.Values.Where(one => one.Run != bell.Run && time.GetElapsedTime(one.ChangedAt) > HangsAfter))
            {
                Clear(connection, silent, time.GetElapsedTime(silent.ChangedAt) > GoneAfter || rows.Exists(row => row.Name == silent.Name && row.Run != silent.Run));
            }
        }
    }

    /// <summary>At a stop that is meant: nobody waits for a process that went.</summary>
    public void Leave()
    {
        using var connection = database.Open();
        connection.Execute("DELETE FROM replicas WHERE run = @Run", new { bell.Run });
    }

    /// <summary>A process that stands still keeps its line, and so its turns: the server ends the line. A row whose process was started anew goes.</summary>
    private void Clear(DbConnection connection, Seen silent, bool isGone)
    {
        if (connection.QueryFirstOrDefault<bool>("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = @line", new { line = LineOf(silent.Run) }))
        {
            log.LogWarning("Replica {Name} has stood still for {Seconds:0} s: its turns are free", silent.Name, time.GetElapsedTime(silent.ChangedAt).TotalSeconds);
        }

        if (isGone)
        {
            connection.Execute("DELETE FROM replicas WHERE run = @Run", new { silent.Run });
        }
    }

    private sealed record Seen(string Name, string Run, long Beat, string? Listening, string Says, long ChangedAt);

    private sealed class Row
    {
        public string Run { get; init; } = "";
        public string Name { get; init; } = "";
        public long Beat { get; init; }
        public string? Listening { get; init; }
        public string Says { get; init; } = "";
    }
}
