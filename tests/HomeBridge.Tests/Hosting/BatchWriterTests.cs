using Dapper;
using HomeBridge.Hosting;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Hosting;

/// <summary>Writes that share a commit.</summary>
public sealed class BatchWriterTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("homebridge-batch-");
    private readonly Database _database;
    private readonly BatchWriter _writer;

    public BatchWriterTests()
    {
        _database = new Database(TestDatabase.At(Path.Combine(_folder.FullName, "batch.db")));
        _writer = new BatchWriter(_database, TimeProvider.System);
        using var connection = _database.Open();
        connection.Execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY)");
    }

    public void Dispose()
    {
        _database.Dispose();
        TestDatabase.LetGo();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task What_is_told_is_written_and_many_share_a_commit()
    {
        var commits = new HashSet<System.Data.Common.DbTransaction>();
        using var held = Hold();
        var writes = Enumerable.Range(0, 600).Select(number => _writer.Write(transaction =>
        {
            commits.Add(transaction);
            return transaction.Connection!.Execute("INSERT INTO numbers (number) VALUES (@number)", new { number }, transaction);
        })).ToArray();
        held.Dispose();

        Assert.All(await Task.WhenAll(writes), written => Assert.Equal(1, written));
        Assert.Equal(600, Count());
        Assert.InRange(commits.Count, 1, 20);
    }

    [Fact]
    public async Task One_that_can_not_be_written_fails_alone()
    {
        using var held = Hold();
        var writes = Enumerable.Range(0, 20).Select(number => Insert(number == 13 ? 12 : number)).ToArray();
        held.Dispose();

        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => writes[13]);
        Assert.All(await Task.WhenAll(writes.Where((_, number) => number != 13)), written => Assert.Equal(1, written));
        Assert.Equal(19, Count());
    }

    [Fact]
    public async Task Who_was_told_no_was_not_written()
    {
        var held = Hold();
        var write = Insert(1);

        await Assert.ThrowsAsync<OverloadException>(() => write);
        held.Dispose();
        Assert.Equal(1, await Insert(2));

        Assert.Equal(1, Count());
    }

    [Fact]
    public async Task Beyond_the_queue_s_length_the_answer_is_no_at_once()
    {
        using var held = Hold();
        var first = Insert(-1);
        var waiting = Enumerable.Range(0, 2 * BatchWriter.WaitingMax).Select(Insert).ToArray();

        var refused = waiting.Count(write => write.Exception?.InnerException is OverloadException);
        held.Dispose();
        foreach (var write in waiting.Append(first))
        {
            await Task.WhenAny(write);
        }

        Assert.InRange(refused, BatchWriter.WaitingMax - 1000, BatchWriter.WaitingMax);
        Assert.Equal(waiting.Append(first).Count(write => write.IsCompletedSuccessfully), Count());
    }

    private Task<int> Insert(int number) => _writer.Write(transaction =>
        transaction.Connection!.Execute("INSERT INTO numbers (number) VALUES (@number)", new { number }, transaction));

    private int Count()
    {
        using var connection = _database.Open();
        return connection.QuerySingle<int>("SELECT COUNT(*) FROM numbers");
    }

    /// <summary>Somebody else has the database.</summary>
    private IDisposable Hold() => TestDatabase.Hold(_database.Open());
}
