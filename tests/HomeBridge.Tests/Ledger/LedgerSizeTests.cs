using System.Diagnostics;
using System.Security.Cryptography;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Ledger;

/// <summary>
/// A month of releases, told as gateways tell them. 500,000 in every run, 10 million with <c>tests/run.sh --long</c>; the
/// figures are printed.
/// </summary>
public sealed class LedgerSizeTests(ITestOutputHelper output) : IDisposable
{
    private const int Devices = 1000;

    /// <summary>An init unit and the two segments that start a player come in one batch, then a segment in each second batch or so.</summary>
    private const int FirstUnits = 3;
    private const int UnitsPerSession = 100;

    private readonly TestLedger _test = new();

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("HOMEBRIDGE_TESTS_LONG") == "true";

    private static int Releases => IsLong ? 10_000_000 : 500_000;

    private static int Days => IsLong ? 30 : 4;

    public void Dispose() => _test.Dispose();

    [Fact]
    public void Who_saw_what_is_answered_from_a_full_ledger()
    {
        var start = _test.Clock.GetUtcNow();
        var sessionsPerDay = (Releases / Days / UnitsPerSession) + 1;
        var watch = Stopwatch.StartNew();
        var told = 0L;
        for (var day = 0; day < Days; day++)
        {
            told += Fill(day, sessionsPerDay);
            _test.Clock.Advance(start.AddDays(day + 1) - _test.Clock.GetUtcNow());
        }

        var size = Size();
        output.WriteLine($"{told:#,0} releases of {Devices:#,0} devices in {Days} days, recorded in {watch.Elapsed.TotalSeconds:0.0} s ({told / watch.Elapsed.TotalSeconds:#,0} a second)");
        output.WriteLine($"database {size / 1048576.0:0} MiB, {(double)size / told:0.0} bytes a release; by the ledger's own count {_test.Ledger.Days(Days + 1).Sum(one => one.StoredBytes) / 1048576.0:0} MiB");

        // Each device in turn, some more often than others.
        watch.Restart();
        var all = _test.Ledger.WhoSaw("dev_7", start, start.AddDays(Days));
        output.WriteLine($"who saw one device in {Days} days: {all.Count} sessions, {all.Sum(seen => seen.Units):#,0} units in {watch.Elapsed.TotalMilliseconds:0.0} ms");
        Assert.Equal((long)all.Count * UnitsPerSession, all.Sum(seen => seen.Units));
        Assert.NotEmpty(all);

        watch.Restart();
        var hour = _test.Ledger.WhoSaw("dev_8", start.AddDays(Days / 2), start.AddDays(Days / 2).AddHours(12));
        output.WriteLine($"who saw one device in half a day: {hour.Count} sessions in {watch.Elapsed.TotalMilliseconds:0.0} ms");

        watch.Restart();
        var hashes = all.Sum(seen => _test.Ledger.Units(seen.Session.Id, start, start.AddDays(Days)).Count());
        output.WriteLine($"with their unit hashes: {hashes:#,0} in {watch.Elapsed.TotalMilliseconds:0.0} ms");
        Assert.Equal(all.Sum(seen => seen.Units), hashes);

        watch.Restart();
        var everyone = Enumerable.Range(0, 100).Sum(number => _test.Ledger.WhoSaw($"dev_{number}", start, start.AddDays(Days)).Count);
        output.WriteLine($"a hundred devices, one after the other: {everyone} sessions in {watch.Elapsed.TotalSeconds:0.00} s");

        watch.Restart();
        var check = _test.Ledger.Verify();
        output.WriteLine($"the whole chain, {check.Rows:#,0} rows, verified in {watch.Elapsed.TotalSeconds:0.0} s");
        Assert.True(check.Intact, check.Problem);
        Assert.Equal(told, check.Units);

        watch.Restart();
        Assert.Equal(Days / 2, _test.Ledger.Prune(DateOnly.FromDateTime(start.UtcDateTime).AddDays(Days / 2)));
        output.WriteLine($"{Days / 2} days pruned in {watch.Elapsed.TotalSeconds:0.0} s");
        check = _test.Ledger.Verify();
        Assert.True(check.Intact, check.Problem);
    }

    /// <summary>One day: sessions follow each other, many at once; each batch has what was released within a second.</summary>
    private long Fill(int day, int sessions)
    {
        const int atOnce = 1900;
        var told = 0L;
        for (var first = 0; first < sessions; first += atOnce)
        {
            var running = Enumerable.Range(first, Math.Min(atOnce, sessions - first)).Select(number => (day * sessions) + number).ToList();
            foreach (var session in running)
            {
                _test.Open(session, $"dev_{session * 7919 % Devices}", $"home-{session % 500}");
            }

            var left = running.ToDictionary(session => session, _ => UnitsPerSession);
            for (var second = 0; left.Count > 0; second++)
            {
                var units = new List<UnitReleased>();
                foreach (var session in running.Where(left.ContainsKey))
                {
                    var count = second == 0 ? FirstUnits : (second + session) % 2;
                    for (var number = 0; number < count && left[session] > 0; number++)
                    {
                        units.Add(Unit(session, UnitsPerSession - left[session]));
                        left[session]--;
                    }

                    if (left[session] == 0)
                    {
                        left.Remove(session);
                    }
                }

                _test.Clock.Advance(TimeSpan.FromSeconds(1));
                if (units.Count > 0)
                {
                    foreach (var batch in units.Chunk(UnitsReleased.UnitsMax))
                    {
                        _test.Tell("gateway-1", batch);
                    }

                    told += units.Count;
                }
            }
        }

        return told;
    }

    private UnitReleased Unit(int session, long number)
    {
        var now = _test.Clock.GetUtcNow().ToUnixTimeMilliseconds() + (session % 1000);
        var hash = new byte[SHA256.HashSizeInBytes];
        SHA256.HashData([.. BitConverter.GetBytes(session), .. BitConverter.GetBytes(number)], hash);
        return new UnitReleased(
            TestLedger.Grant(session), number == 0 ? UnitKind.Init : UnitKind.Segment, number == 0 ? 0 : now / 2000, hash, 80_000 + (session * 31 % 60_000), false, now);
    }

    private long Size()
    {
        using var connection = _test.Database.Open();
        using var command = connection.CreateCommand();
        if (TestDatabase.IsPostgres)
        {
            command.CommandText = "SELECT pg_database_size(current_database())";
            return (long)command.ExecuteScalar()!;
        }

        command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
        command.ExecuteNonQuery();
        return new FileInfo(_test.Path).Length;
    }
}
