using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.Tests.Ledger;

/// <summary>Who saw what: remembered exactly, once, and so that a change shows.</summary>
public sealed class ReleaseLedgerTests : IDisposable
{
    private const string Camera = "dev_camera";

    private readonly TestLedger _test = new();

    private DateTimeOffset Now => _test.Clock.GetUtcNow();

    public void Dispose() => _test.Dispose();

    [Fact]
    public void Every_unit_is_found_again_as_it_was_told()
    {
        _test.Open(1, Camera);
        _test.Open(2, "dev_other");
        var init = _test.Unit(1, 0, 900);
        var first = _test.Unit(1, 890_000_001);
        _test.Tell("gateway-1", init, first, _test.Unit(2, 890_000_001));
        _test.Clock.Advance(TimeSpan.FromSeconds(2));
        var cut = _test.Unit(1, 890_000_002, 65_536, cut: true);
        _test.Tell("gateway-1", cut);

        var seen = Assert.Single(_test.Ledger.WhoSaw(Camera, Now.AddHours(-1), Now));

        Assert.Equal((TestLedger.Grant(1), "gateway-1", "google", "lnk_maple", "maple"), (seen.Session.Grant, seen.Session.Gateway, seen.Session.Platform, seen.Session.AccountLink, seen.Session.Account));
        Assert.Equal((3, 900 + 100_000 + 65_536), (seen.Units, seen.Bytes));
        Assert.Equal((Now.AddSeconds(-2), Now), (seen.FirstRelease, seen.LastRelease));
        var units = _test.Ledger.Units(seen.Session.Id, Now.AddHours(-1), Now).ToList();
        UnitReleased[] told = [init, first, cut];
        Assert.Equal(
            told.Select(unit => (unit.Kind, unit.Sequence, Convert.ToHexStringLower(unit.Sha256), unit.Bytes, unit.Cut, unit.AtUnixMs)),
            units.Select(unit => (unit.Kind, unit.Sequence, unit.Sha256, unit.Bytes, unit.Cut, unit.At.ToUnixTimeMilliseconds())));
        Assert.True(_test.Ledger.Verify().Intact);
    }

    [Fact]
    public void A_time_range_is_exact_within_a_row()
    {
        _test.Open(1, Camera);
        var start = Now;
        var units = new List<UnitReleased>();
        for (var number = 1; number <= 4; number++)
        {
            units.Add(_test.Unit(1, number));
            _test.Clock.Advance(TimeSpan.FromMilliseconds(200));
        }

        _test.Tell("gateway-1", [.. units]);

        var seen = Assert.Single(_test.Ledger.WhoSaw(Camera, start.AddMilliseconds(200), start.AddMilliseconds(400)));
        Assert.Equal((2, start.AddMilliseconds(200), start.AddMilliseconds(400)), (seen.Units, seen.FirstRelease, seen.LastRelease));
        Assert.Equal([2, 3], _test.Ledger.Units(seen.Session.Id, seen.FirstRelease, seen.LastRelease).Select(unit => unit.Sequence));
        Assert.Empty(_test.Ledger.WhoSaw(Camera, start.AddMilliseconds(601), start.AddHours(1)));
        Assert.Empty(_test.Ledger.WhoSaw(Camera, start.AddHours(-1), start.AddMilliseconds(-1)));
    }

    [Fact]
    public void A_batch_that_comes_twice_is_recorded_once_and_one_that_is_lost_is_noticed()
    {
        _test.Open(1, Camera);
        var batch = new UnitsReleased("run", 1, [_test.Unit(1, 1)]);

        _test.Ledger.Append("gateway-1", batch);
        _test.Ledger.Append("gateway-1", batch);
        Assert.Equal(1, Assert.Single(_test.Ledger.WhoSaw(Camera, Now, Now)).Units);

        // The gateway began anew, and counts anew.
        _test.Ledger.Append("gateway-1", new UnitsReleased("another run", 1, [_test.Unit(1, 2)]));
        Assert.Equal(2, Assert.Single(_test.Ledger.WhoSaw(Camera, Now, Now)).Units);
        Assert.Empty(_test.Audit.Of("ledger.gap"));

        _test.Ledger.Append("gateway-1", new UnitsReleased("run", 4, [_test.Unit(1, 5)]));
        Assert.Equal("batches 2 to 3 of run run never came", Assert.Single(_test.Audit.Of("ledger.gap")).Detail);
    }

    [Fact]
    public void What_a_gateway_never_opened_is_recorded_as_nobodys_and_not_as_another_gateways()
    {
        _test.Open(1, Camera);

        _test.Tell("gateway-2", _test.Unit(1, 1));

        Assert.Empty(_test.Ledger.WhoSaw(Camera, Now, Now));
        var seen = Assert.Single(_test.Ledger.OfGrant(TestLedger.Grant(1), Now, Now));
        Assert.Equal(("gateway-2", ""), (seen.Session.Gateway, seen.Session.Device));
        Assert.Equal(TestLedger.Grant(1), Assert.Single(_test.Audit.Of("ledger.unknown_grant")).Subject);
    }

    [Fact]
    public void Rows_are_neither_changed_nor_taken_out_before_their_day_is_pruned()
    {
        _test.Open(1, Camera);
        _test.Tell("gateway-1", _test.Unit(1, 1));
        using var connection = _test.Database.Open();

        foreach (var sql in (string[])["UPDATE ledger_rows SET bytes = 0", "DELETE FROM ledger_rows", "UPDATE ledger_sessions SET account = 'harbor'"])
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            Assert.ThrowsAny<System.Data.Common.DbException>(() => command.ExecuteNonQuery());
        }
    }

    [Theory]
    [InlineData("UPDATE ledger_rows SET bytes = bytes + 1 WHERE seq = 5", 5)]
    [InlineData("UPDATE ledger_rows SET session = 2 WHERE seq = 7 AND session = 1", 7)]
    [InlineData("UPDATE ledger_rows SET packed = zeroblob(length(packed)) WHERE seq = 1", 1)]
    [InlineData("DELETE FROM ledger_rows WHERE seq = 6", 6)]
    [InlineData("DELETE FROM ledger_rows WHERE seq = 1", 1)]
    [InlineData("DELETE FROM ledger_rows WHERE seq = 20", 20)]
    [InlineData("DELETE FROM ledger_rows", 1)]
    [InlineData("UPDATE ledger_rows SET packed = (SELECT packed FROM ledger_rows WHERE seq = 9), hash = (SELECT hash FROM ledger_rows WHERE seq = 9) WHERE seq = 3", 3)]
    [InlineData("UPDATE ledger_rows SET seq = 24 - seq WHERE seq BETWEEN 11 AND 13 AND seq <> 12", 11)]
    [InlineData("UPDATE ledger_sessions SET account = 'harbor' WHERE id = 1", 1)]
    [InlineData("UPDATE ledger_sessions SET device = 'dev_x' WHERE id = 2", 2)]
    [InlineData("DELETE FROM ledger_sessions WHERE id = 2", 2)]
    [InlineData("UPDATE ledger_days SET pruned_at = 1 WHERE day = (SELECT MIN(day) FROM ledger_days)", 10)]
    [InlineData("UPDATE ledger_days SET head = zeroblob(32) WHERE day = (SELECT MIN(day) FROM ledger_days)", 10)]
    public void A_changed_removed_or_moved_row_is_found(string sql, long row)
    {
        _test.Open(1, Camera);
        _test.Open(2, Camera, "harbor");
        for (var number = 0; number < 20; number++)
        {
            if (number == 10)
            {
                _test.Clock.Advance(TimeSpan.FromDays(1));
            }

            _test.Tell("gateway-1", _test.Unit(1 + (number % 2), number));
        }

        Assert.True(_test.Ledger.Verify() is { Intact: true, Rows: 20, Units: 20 });

        if (sql.Contains("24 - seq", StringComparison.Ordinal))
        {
            // Two rows change places; a number can't be given twice, not even in between.
            _test.Tamper("UPDATE ledger_rows SET seq = -seq WHERE seq IN (11, 13)");
            _test.Tamper("UPDATE ledger_rows SET seq = 24 + seq WHERE seq < 0");
        }
        else
        {
            _test.Tamper(sql);
        }

        var check = _test.Ledger.Verify();
        Assert.True(check.FirstBadRow == row, $"{check.FirstBadRow}: {check.Problem}");
    }

    /// <summary>Whoever can write the file can compute hashes, too: the seal of each day stands in the audit trail.</summary>
    [Fact]
    public void A_chain_that_was_written_anew_does_not_fit_its_seal()
    {
        _test.Open(1, Camera);
        _test.Tell("gateway-1", _test.Unit(1, 1));
        _test.Clock.Advance(TimeSpan.FromDays(1));
        _test.Tell("gateway-1", _test.Unit(1, 2));

        _test.Tamper("UPDATE ledger_days SET units = 0 WHERE sealed_at IS NOT NULL");

        Assert.Contains("sealed", _test.Ledger.Verify().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Days_go_whole_the_oldest_first_and_what_stays_can_still_be_verified()
    {
        for (var day = 1; day <= 5; day++)
        {
            _test.Open(day, Camera);
            _test.Tell("gateway-1", _test.Unit(day, 1), _test.Unit(day, 2));
            _test.Clock.Advance(TimeSpan.FromDays(1));
        }

        var kept = DateOnly.FromDateTime(Now.UtcDateTime);
        Assert.Equal(2, _test.Ledger.Prune(kept.AddDays(-3)));

        Assert.Equal(3, _test.Ledger.WhoSaw(Camera, Now.AddDays(-10), Now).Count);
        Assert.Empty(_test.Ledger.OfGrant(TestLedger.Grant(2), Now.AddDays(-10), Now));
        Assert.True(_test.Ledger.Verify() is { Intact: true, Rows: 3 }, _test.Ledger.Verify().Problem);
        Assert.Equal(["2026-11-22", "2026-11-23"], _test.Audit.Of("ledger.pruned").Select(row => row.Subject));

        // And by size: today stays, whatever it takes.
        Assert.Equal(3, _test.Ledger.Prune(DateOnly.MinValue, storedBytesMax: 0));
        Assert.Empty(_test.Ledger.WhoSaw(Camera, Now.AddDays(-10), Now));
        _test.Open(6, Camera);
        _test.Tell("gateway-1", _test.Unit(6, 1));
        Assert.Equal(0, _test.Ledger.Prune(DateOnly.MinValue, storedBytesMax: 0));
        Assert.Single(_test.Ledger.WhoSaw(Camera, Now.AddDays(-10), Now));
        Assert.True(_test.Ledger.Verify() is { Intact: true, Rows: 1 }, _test.Ledger.Verify().Problem);
        Assert.Null(_test.Audit.Verify().FirstBadRow);

        _test.Tamper("UPDATE ledger_rows SET bytes = 1");
        Assert.Equal(6, _test.Ledger.Verify().FirstBadRow);
    }

    [Fact]
    public void Sessions_come_in_pages()
    {
        for (var number = 1; number <= 7; number++)
        {
            _test.Open(number, Camera);
            _test.Tell("gateway-1", _test.Unit(number, 0), _test.Unit(number, 1));
        }

        var first = _test.Ledger.WhoSaw(Camera, Now, Now, limit: 3);
        var second = _test.Ledger.WhoSaw(Camera, Now, Now, after: first[^1].Session.Id, limit: 3);
        var last = _test.Ledger.WhoSaw(Camera, Now, Now, after: second[^1].Session.Id, limit: 3);

        Assert.Equal(Enumerable.Range(1, 7).Select(TestLedger.Grant), first.Concat(second).Concat(last).Select(seen => seen.Session.Grant));
        Assert.All(first, seen => Assert.Equal([UnitKind.Init, UnitKind.Segment], _test.Ledger.Units(seen.Session.Id, Now, Now).Select(unit => unit.Kind)));
    }
}
