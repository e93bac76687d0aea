using System.Security.Cryptography;
using Dapper;
using HomeBridge.Audit;
using HomeBridge.Hosting;
using HomeBridge.Tests.World;
using Microsoft.Extensions.Logging.Abstractions;

namespace HomeBridge.Tests.AuditTrails;

/// <summary>A chain in one database can be rebuilt by whoever owns it; signed heads kept elsewhere say so.</summary>
public sealed class AuditHeadsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("homebridge-audit-");
    private readonly SetClock _clock = new();
    private readonly string _key = NewKey();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Heads_are_signed_one_after_the_other_and_agree_with_the_trail()
    {
        using var database = NewDatabase("one.db");
        var audit = new AuditTrail(database, _clock);
        using var heads = NewHeads(audit);

        heads.Sign();
        Fill(audit, 5);
        var second = heads.Sign()!;
        _clock.Advance(TimeSpan.FromHours(1));
        var third = heads.Sign()!;

        Assert.Equal((5, second.Signature), (third.Seq, third.Previous));
        var check = AuditVerification.Of(audit, heads);
        Assert.True(check is { Intact: true, Rows: 5, SignedHeads: 3, SignedUpTo: 5, Problem: null }, check.ToString());
        Assert.Equal("2026-11-22T13:00:00.000Z", check.SignedAt);
        Assert.Equal(3, File.ReadAllLines(HeadsFile).Length);
        Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(HeadsFile) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite));
    }

    [Fact]
    public void A_restart_goes_on_where_the_file_ends()
    {
        using var database = NewDatabase("one.db");
        var audit = new AuditTrail(database, _clock);
        Fill(audit, 2);
        using (var before = NewHeads(audit))
        {
            before.Sign();
        }

        Fill(audit, 2);
        using var after = NewHeads(audit);
        after.Sign();

        Assert.True(AuditVerification.Of(audit, after) is { Intact: true, SignedHeads: 2, SignedUpTo: 4 });
    }

    /// <summary>The same rows but one, with every hash right: nothing inside the database could tell.</summary>
    [Theory]
    [InlineData(2, 4)]
    [InlineData(7, 8)]
    public void A_database_that_was_rebuilt_whole_is_found_at_the_first_signed_row_behind_the_change(int changed, long named)
    {
        using var database = NewDatabase("true.db");
        var audit = new AuditTrail(database, _clock);
        using var heads = NewHeads(audit);
        Fill(audit, 4);
        heads.Sign();
        Fill(audit, 4, from: 4);
        heads.Sign();
        using var other = NewDatabase("rebuilt.db");
        var rebuilt = new AuditTrail(other, _clock);
        for (var number = 1; number <= 8; number++)
        {
            rebuilt.Append("anna", "tested", $"{number}", number == changed ? "never happened" : "as it was");
        }

        Assert.Null(rebuilt.Verify().FirstBadRow);
        using var same = NewHeads(rebuilt);
        var check = AuditVerification.Of(rebuilt, same);

        Assert.False(check.Intact);
        Assert.Equal(named, check.FirstBadRow);
        Assert.Contains("written anew", check.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_were_signed_and_cut_off_are_missed()
    {
        using var database = NewDatabase("one.db");
        var audit = new AuditTrail(database, _clock);
        using var heads = NewHeads(audit);
        Fill(audit, 6);
        heads.Sign();
        Tamper(database, "DELETE FROM audit WHERE seq > 4");

        var check = AuditVerification.Of(audit, heads);

        Assert.Equal((false, 5L), (check.Intact, check.FirstBadRow));
        Assert.Contains("ends at row 4", check.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UPDATE audit SET detail = 'x' WHERE seq = 3", 3, "not what was recorded")]
    [InlineData("DELETE FROM audit WHERE seq = 3", 3, "missing")]
    [InlineData("UPDATE audit SET at = at + 1 WHERE seq = 1", 1, "not what was recorded")]
    public void The_first_bad_row_is_named(string sql, long row, string says)
    {
        using var database = NewDatabase("one.db");
        var audit = new AuditTrail(database, _clock);
        Fill(audit, 6);
        Tamper(database, sql);

        var check = audit.Verify();

        Assert.Equal((row - 1, row), (check.Rows, check.FirstBadRow));
        Assert.Contains(says, check.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_was_changed_taken_out_or_signed_by_another_key_is_found()
    {
        using var database = NewDatabase("one.db");
        var audit = new AuditTrail(database, _clock);
        using var heads = NewHeads(audit);
        for (var number = 0; number < 3; number++)
        {
            Fill(audit, 1, from: number);
            heads.Sign();
        }

        var lines = File.ReadAllLines(HeadsFile);
        void Found(string says, params string[] written)
        {
            File.WriteAllLines(HeadsFile, written);
            var check = AuditVerification.Of(audit, heads);
            Assert.False(check.Intact);
            Assert.Null(check.FirstBadRow);
            Assert.Contains(says, check.Problem, StringComparison.Ordinal);
        }

        Found("line 2 of the signed heads does not follow", lines[0], lines[2]);
        Found("line 1 of the signed heads does not follow", lines[1], lines[2]);
        Found("signature of line 2", lines[0], lines[1].Replace("\"seq\":2", "\"seq\":1", StringComparison.Ordinal), lines[2]);
        Found("line 3 of the signed heads can't be read", lines[0], lines[1], lines[2][..40]);
        using var stranger = new AuditHeads(new AuditHeadsOptions(HeadsFile, NewKey()), audit, _clock);
        File.WriteAllLines(HeadsFile, lines);
        stranger.Sign();
        Found("signature of line 4", File.ReadAllLines(HeadsFile));

        File.Delete(HeadsFile);
        Assert.Contains("can't be read", AuditVerification.Of(audit, heads).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_worker_signs_at_the_start_and_at_the_end()
    {
        using var database = NewDatabase("one.db");
        var audit = new AuditTrail(database, TimeProvider.System);
        using var heads = NewHeads(audit);
        using var worker = new AuditHeadSigner(heads, TimeProvider.System, NullLogger<AuditHeadSigner>.Instance);
        await worker.StartAsync(CancellationToken.None);
        while (!File.Exists(HeadsFile) || heads.Read()!.Lines == 0)
        {
            await Task.Delay(10);
        }

        Fill(audit, 3);
        await worker.StopAsync(CancellationToken.None);

        Assert.True(AuditVerification.Of(audit, heads) is { Intact: true, SignedHeads: 2, SignedUpTo: 3 });
    }

    [Fact]
    public void Without_a_file_nothing_is_signed_and_the_answer_says_so()
    {
        using var database = NewDatabase("one.db");
        var audit = new AuditTrail(database, _clock);
        using var heads = new AuditHeads(new AuditHeadsOptions(null, ""), audit, _clock);
        Fill(audit, 1);

        Assert.Null(heads.Sign());
        Assert.True(AuditVerification.Of(audit, heads) is { Intact: true, Rows: 1, SignedHeads: null });
    }

    private string HeadsFile => Path.Combine(_folder.FullName, "heads.jsonl");

    private static string NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportECPrivateKeyPem();
    }

    private AuditHeads NewHeads(AuditTrail audit) => new(new AuditHeadsOptions(HeadsFile, _key), audit, _clock);

    private Database NewDatabase(string name) => new(TestDatabase.At(Path.Combine(_folder.FullName, name)));

    private static void Fill(AuditTrail audit, int rows, int from = 0)
    {
        for (var number = from + 1; number <= from + rows; number++)
        {
            audit.Append("anna", "tested", $"{number}", "as it was");
        }
    }

    /// <summary>As the owner of the file can: triggers are his, too.</summary>
    private static void Tamper(Database database, string sql)
    {
        using var connection = database.Open();
        TestDatabase.DropTriggers(connection, "audit");
        connection.Execute(sql);
    }
}
