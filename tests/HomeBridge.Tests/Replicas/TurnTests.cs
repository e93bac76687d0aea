using Dapper;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Replicas;
using HomeBridge.Tests.World;
using Npgsql;

namespace HomeBridge.Tests.Replicas;

/// <summary>Work of which one replica is the only one to do it.</summary>
public sealed class TurnTests : IDisposable
{
    private readonly SetClock _clock = new();
    private readonly DatabaseOptions _options;
    private readonly List<NpgsqlConnection> _lines = [];

    public TurnTests()
    {
        var database = "turns" + Guid.NewGuid().ToString("N");
        PostgresServer.OfTheRun.Create(database);
        _options = new DatabaseOptions("", PostgresServer.OfTheRun.To(database) + ";Pooling=false");
    }

    public void Dispose() => _lines.ForEach(line => line.Dispose());

    [Fact]
    public void A_line_never_waits_for_ever_though_a_part_of_a_millisecond_is_left()
    {
        Assert.Equal(1, ReplicaLine.WholeMilliseconds(TimeSpan.FromTicks(1)));
        Assert.Equal(1000, ReplicaLine.WholeMilliseconds(TimeSpan.FromMilliseconds(999.4)));
        Assert.Equal(0, ReplicaLine.WholeMilliseconds(TimeSpan.Zero));
    }

    [Fact]
    public void Alone_a_replica_does_everything_and_with_sqlite_without_asking()
    {
        var (turns, line) = Replica();
        turns.Look(line, replicas: 1);

        Assert.Equal(Turn.HomeShares, turns.Homes.Length);
        Assert.True(turns.Holds(Turn.Watch));
        var embedded = new ReplicaTurns(new DatabaseOptions("homebridge.db"), _clock);
        Assert.True(embedded.Holds(Turn.Watch));
        Assert.Equal(Turn.HomeShares, embedded.Homes.Length);
    }

    [Fact]
    public void Each_home_is_in_one_replicas_share_and_three_replicas_share_evenly()
    {
        var replicas = Enumerable.Range(0, 3).Select(_ => Replica()).ToList();
        foreach (var (turns, line) in replicas)
        {
            turns.Look(line, replicas: 3);
        }

        Assert.Equal(Turn.HomeShares, replicas.SelectMany(one => one.Turns.Homes).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(Turn.HomeShares, replicas.Sum(one => one.Turns.Homes.Length));
        Assert.All(replicas, one => Assert.InRange(one.Turns.Homes.Length, 4, 6));
        Assert.Single(replicas, one => one.Turns.Holds(Turn.Watch));
    }

    [Fact]
    public void Who_comes_later_gets_a_share_but_not_before_calls_that_are_under_way_are_over()
    {
        var (first, firstLine) = Replica();
        var (second, secondLine) = Replica();
        first.Look(firstLine, replicas: 1);
        second.Look(secondLine, replicas: 2);
        first.Look(firstLine, replicas: 2);
        second.Look(secondLine, replicas: 2);

        Assert.Equal((8, 0), (first.Homes.Length, second.Homes.Length));
        _clock.Advance(ReplicaTurns.HandedOverAfter + TimeSpan.FromSeconds(1));
        first.Look(firstLine, replicas: 2);
        second.Look(secondLine, replicas: 2);
        Assert.Equal((8, 8), (first.Homes.Length, second.Homes.Length));
        Assert.Empty(first.Homes.Intersect(second.Homes, StringComparer.Ordinal));
    }

    [Fact]
    public void A_dead_replicas_turns_are_free_at_once_and_one_that_hears_nothing_stops_by_itself()
    {
        var (first, firstLine) = Replica();
        var (second, secondLine) = Replica();
        first.Look(firstLine, replicas: 1);
        second.Look(secondLine, replicas: 1);
        Assert.Empty(second.Homes);

        _clock.Advance(ReplicaTurns.HeldFor + TimeSpan.FromMilliseconds(1));
        Assert.Empty(first.Homes);
        Assert.False(first.Holds(Turn.Watch));

        firstLine.Close();
        for (var tries = 0; tries < 100 && second.Homes.Length < Turn.HomeShares; tries++)
        {
            second.Look(secondLine, replicas: 1);
        }

        Assert.Equal(Turn.HomeShares, second.Homes.Length);
        Assert.ThrowsAny<Exception>(() => first.Look(firstLine, replicas: 1));
        first.Lost();
        Assert.Empty(first.Homes);
    }

    [Fact]
    public void Replicas_that_start_at_once_migrate_once()
    {
        var started = Enumerable.Range(0, 6).AsParallel().WithDegreeOfParallelism(6).Select(_ => new Database(_options)).ToList();

        using (var connection = started[0].Open())
        {
            var numbers = connection.Query<int>("SELECT number FROM schema_migrations").AsList();
            Assert.Equal(Migrations.Postgres.Select(file => file.Number).Order(), numbers.Order());
        }

        started.ForEach(database => database.Dispose());
    }

    [Fact]
    public void Writers_of_two_replicas_wait_for_each_other()
    {
        using var one = new Database(_options);
        using var other = new Database(_options);
        using (var connection = one.Open())
        {
            connection.Execute("CREATE TABLE counts (only_row INT PRIMARY KEY, count INT NOT NULL); INSERT INTO counts VALUES (1, 0)");
        }

        // Read, then written: whoever read before the other's commit would lose one.
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, number => (number % 2 == 0 ? one : other).Write(transaction =>
        {
            var count = transaction.Connection!.QuerySingle<int>("SELECT count FROM counts", transaction: transaction);
            return transaction.Connection!.Execute("UPDATE counts SET count = @next", new { next = count + 1 }, transaction);
        }));

        using var read = one.Open();
        Assert.Equal(200, read.QuerySingle<int>("SELECT count FROM counts"));
    }

    [Fact]
    public void A_database_that_was_restarted_is_read_and_written_on_with_the_first_try()
    {
        using var database = new Database(_options with { Postgres = _options.Postgres!.Replace(";Pooling=false", "", StringComparison.Ordinal) });
        var statement = new ReadStatement("SELECT name FROM data_protection_keys WHERE name = ?1");
        bool Read() => database.Read("none", (reads, name) =>
        {
            using var rows = reads.Open(statement).Bind(1, name);
            return rows.Next();
        });
        Assert.False(Read());
        Assert.True(database.Write(_ => true));
        using (var connection = new NpgsqlConnection(PostgresServer.OfTheRun.To("postgres") + ";Pooling=false"))
        {
            connection.Open();
            connection.Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = @name", new { name = new NpgsqlConnectionStringBuilder(_options.Postgres).Database });
        }

        Assert.False(Read());
        Assert.True(database.Write(_ => true));
    }

    private (ReplicaTurns Turns, NpgsqlConnection Line) Replica()
    {
        var line = new NpgsqlConnection(_options.Postgres);
        line.Open();
        _lines.Add(line);
        return (new ReplicaTurns(_options, _clock), line);
    }
}
