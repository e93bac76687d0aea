using Dapper;
using HomeBridge.Hosting;
using HomeBridge.Tests.World;
using Npgsql;

namespace HomeBridge.Tests.Hosting;

/// <summary>Writers of one process on PostgreSQL: what waits together is written together, and each hears of his own.</summary>
public sealed class WriteQueueTests : IDisposable
{
    private const int Writers = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _connectionString;
    private readonly Database _database;

    public WriteQueueTests()
    {
        var name = "writes" + Guid.NewGuid().ToString("N");
        PostgresServer.OfTheRun.Create(name);
        _connectionString = PostgresServer.OfTheRun.To(name);
        _database = new Database(new DatabaseOptions("", _connectionString));
        Do("CREATE TABLE written (number BIGINT PRIMARY KEY, at BIGINT NOT NULL)");
    }

    public void Dispose() => _database.Dispose();

    [Fact]
    public async Task What_waits_together_is_one_transaction_and_what_fails_is_taken_back_alone()
    {
        var writes = await Together(number => transaction =>
        {
            var at = Add(transaction, number);
            return number % 3 == 0 ? throw new InvalidOperationException($"{number} is not wanted") : at;
        });

        for (var number = 0; number < Writers; number++)
        {
            Assert.Equal(number % 3 == 0 ? $"{number} is not wanted" : null, writes[number].Failure?.Message);
        }

        var rows = Rows();
        Assert.Equal(Enumerable.Range(0, Writers).Where(number => number % 3 != 0).Select(number => (long)number), rows.Select(row => row.Number));
        Assert.True(rows.Select(row => row.At).Distinct().Count() <= 2 + (Writers / WriteQueue.GroupMax), "Those who waited share transactions.");
    }

    [Fact]
    public async Task What_the_database_refuses_fails_alone_too()
    {
        Do("INSERT INTO written VALUES (7, 0)");
        var writes = await Together(number => transaction => Add(transaction, number));

        Assert.Equal([7], Enumerable.Range(0, Writers).Where(number => writes[number].Failure is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation }));
        Assert.Equal(Writers, Rows().Count);
    }

    [Fact]
    public async Task Who_looks_beside_his_transaction_sees_all_that_was_written_before()
    {
        // Each reads on another connection how many there are, and writes that down: no two may read the same.
        var writes = await Together(number => transaction =>
        {
            using var beside = _database.Open();
            var count = beside.QuerySingle<long>("SELECT COUNT(*) FROM written");
            transaction.Connection!.Execute("INSERT INTO written VALUES (@number, @count)", new { number = (long)number, count }, transaction);
            return count;
        });

        Assert.All(writes, one => Assert.Null(one.Failure));
        Assert.Equal(Enumerable.Range(0, Writers).Select(number => (long)number), Rows().Select(row => row.At).Order());
    }

    [Fact]
    public async Task A_connection_that_ends_in_a_transaction_fails_all_of_it_and_the_next_goes_on()
    {
        var writes = await Together(number => transaction =>
        {
            var at = Add(transaction, number);
            if (number == 20)
            {
                transaction.Connection!.Execute("SELECT pg_terminate_backend(pg_backend_pid())", transaction: transaction);
            }

            return at;
        });

        var written = Rows().Select(row => row.Number).ToHashSet();
        Assert.DoesNotContain(20, written);
        Assert.All(Enumerable.Range(0, Writers), number => Assert.Equal(writes[number].Failure is null, written.Contains(number)));
        _database.Write(transaction => Add(transaction, 20));
        Assert.Contains(20, Rows().Select(row => row.Number));

        // Between two: nobody notices.
        Do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        _database.Write(transaction => Add(transaction, 1000));
    }

    [Fact]
    public async Task Who_writes_without_a_pause_is_not_before_who_waits()
    {
        using var go = new SemaphoreSlim(0);
        var order = new List<long>();
        var queue = new WriteQueue(group =>
        {
            go.Wait(Patience);
            foreach (var piece in group)
            {
                piece.Run(null!);
            }
        });
        long Note(long number)
        {
            order.Add(number);
            return number;
        }

        var busy = Task.Factory.StartNew(
            () => Enumerable.Range(0, 5).Select(round => queue.Write(_ => Note(1000 + round))).ToList(),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Until(() => go.CurrentCount == 0 && queue.Waiting == 0 && busy.Status == TaskStatus.Running);
        var others = Enumerable.Range(0, Writers).Select(number => Task.Factory.StartNew(
            () => queue.Write(_ => Note(number)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToList();
        await Until(() => queue.Waiting >= Writers);
        go.Release(100);

        Assert.Equal([1000, 1001, 1002, 1003, 1004], (await busy.WaitAsync(Patience)).Order());
        Assert.Equal(Enumerable.Range(0, Writers).Select(number => (long)number), (await Task.WhenAll(others).WaitAsync(Patience)).Order());

        // Two of the busy one's at most: the one that was being written when they came, and one that shares their last group.
        Assert.True(order.FindLastIndex(number => number < 1000) <= Writers + 1, string.Join(' ', order));
    }

    private static long Add(System.Data.Common.DbTransaction transaction, long number) => transaction.Connection!.QuerySingle<long>(
        "INSERT INTO written VALUES (@number, pg_current_xact_id()::text::bigint) RETURNING at", new { number }, transaction);

    /// <summary>While somebody else writes, all come and wait; then they are let go.</summary>
    private async Task<IReadOnlyList<(long Result, Exception? Failure)>> Together(Func<int, Func<System.Data.Common.DbTransaction, long>> work)
    {
        var other = new NpgsqlConnection(_connectionString + ";Pooling=false");
        await other.OpenAsync();
        var held = TestDatabase.Hold(other);
        var waiting = 0;
        var writes = Enumerable.Range(0, Writers).Select(number => Task.Factory.StartNew(
            () =>
            {
                Interlocked.Increment(ref waiting);
                try
                {
                    return (_database.Write(work(number)), (Exception?)null);
                }
                catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException)
                {
                    return (0L, failure);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToList();
        while (Volatile.Read(ref waiting) < Writers)
        {
            await Task.Delay(5);
        }

        await Task.Delay(100);
        held.Dispose();
        return await Task.WhenAll(writes).WaitAsync(Patience);
    }

    private static async Task Until(Func<bool> isSo)
    {
        while (!isSo())
        {
            await Task.Delay(5);
        }
    }

    private void Do(string sql)
    {
        using var connection = new NpgsqlConnection(_connectionString + ";Pooling=false");
        connection.Open();
        connection.Execute(sql);
    }

    private List<(long Number, long At)> Rows()
    {
        using var connection = _database.Open();
        return connection.Query<(long Number, long At)>("SELECT number, at FROM written ORDER BY number").AsList();
    }
}
