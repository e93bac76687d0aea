using System.Security.Cryptography;
using Dapper;
using HomeBridge.Audit;
using HomeBridge.Hosting;
using HomeBridge.Ledger;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Tests.World;
using Microsoft.Extensions.Logging.Abstractions;

namespace HomeBridge.Tests.Ledger;

/// <summary>A ledger on a database of its own, with a clock that can be set.</summary>
internal sealed class TestLedger : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("homebridge-ledger-");
    private readonly Dictionary<string, long> _batches = new(StringComparer.Ordinal);

    public TestLedger()
    {
        Database = new Database(TestDatabase.At(Path));
        Audit = new AuditTrail(Database, Clock);
        Ledger = new ReleaseLedger(Database, Audit, Clock, NullLogger<ReleaseLedger>.Instance);
    }

    public string Path => System.IO.Path.Combine(_folder.FullName, "ledger.db");

    public SetClock Clock { get; } = new();

    public Database Database { get; }

    public AuditTrail Audit { get; }

    public ReleaseLedger Ledger { get; }

    /// <summary>A grant as text, told apart by its number.</summary>
    public static string Grant(int number) => new Guid(number, 0, 0, new byte[8]).ToString("N");

    public void Open(int number, string device, string account = "maple", string gateway = "gateway-1") => Database.Write(transaction =>
    {
        ReleaseLedger.Opened(transaction, new LedgerSession(
            0, Grant(number), gateway, "google", "lnk_" + account, account, device, "acme", "acme-" + device, Clock.GetUtcNow().ToUnixTimeMilliseconds()));
        return true;
    });

    /// <summary>A unit that is released now.</summary>
    public UnitReleased Unit(int grant, long sequence, int bytes = 100_000, bool cut = false) => new(
        Grant(grant), sequence == 0 ? UnitKind.Init : UnitKind.Segment, sequence, SHA256.HashData(BitConverter.GetBytes(sequence)), bytes, cut,
        Clock.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>The next batch of a gateway's only run.</summary>
    public void Tell(string gateway, params UnitReleased[] units)
    {
        _batches[gateway] = _batches.GetValueOrDefault(gateway) + 1;
        Ledger.Append(gateway, new UnitsReleased("run", _batches[gateway], units));
    }

    /// <summary>What somebody with the database file could do: the rules within it are taken out first.</summary>
    public void Tamper(string sql)
    {
        using var connection = Database.Open();
        TestDatabase.DropTriggers(connection, "ledger");
        if (TestDatabase.IsPostgres)
        {
            sql = sql.Replace("zeroblob(length(packed))", "decode(repeat('00', length(packed)), 'hex')", StringComparison.Ordinal)
                .Replace("zeroblob(32)", "decode(repeat('00', 32), 'hex')", StringComparison.Ordinal);
        }

        Assert.True(connection.Execute(sql) > 0, sql);
    }

    public void Dispose()
    {
        Database.Dispose();
        TestDatabase.LetGo();
        _folder.Delete(recursive: true);
    }
}
