using Dapper;
using HomeBridge.Audit;
using HomeBridge.Hosting;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using HomeBridge.Tests.World;
using Microsoft.Extensions.Logging.Abstractions;

namespace HomeBridge.Tests.Switch;

/// <summary>A bridge that can't read what is suspended, whose database was restored, or that is stopped by a file.</summary>
public sealed class BridgeFreshnessTests : IDisposable
{
    private static readonly SuspensionOrder Leak = new("camera-leak", new SuspensionScope(Trait: "CameraStream"), SuspensionEffects.CutStreams, "wrong pictures", "INC-1");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("homebridge-test-");
    private readonly SetClock _clock = new();

    public void Dispose()
    {
        TestDatabase.LetGo();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void Each_class_goes_on_for_its_own_time_without_the_truth()
    {
        var replica = new Process(this, "bridge");
        Assert.All(Enum.GetValues<LeaseClass>(), one => Assert.True(replica.Board.Holds(one)));

        replica.Database.Write(transaction => transaction.Connection!.Execute("ALTER TABLE suspension_head RENAME TO hidden", transaction: transaction));
        (TimeSpan At, LeaseClass[] Holds)[] expected =
        [
            (TimeSpan.FromSeconds(2.9), [LeaseClass.Cameras, LeaseClass.Security, LeaseClass.Commands]),
            (TimeSpan.FromSeconds(3), [LeaseClass.Security, LeaseClass.Commands]),
            (TimeSpan.FromSeconds(14.9), [LeaseClass.Security, LeaseClass.Commands]),
            (TimeSpan.FromSeconds(15), [LeaseClass.Commands]),
            (TimeSpan.FromSeconds(899), [LeaseClass.Commands]),
            (TimeSpan.FromMinutes(15), []),
        ];
        var at = TimeSpan.Zero;
        foreach (var (until, holds) in expected)
        {
            _clock.Advance(until - at);
            at = until;
            replica.Poll.Look();
            Assert.Equal(holds, Enum.GetValues<LeaseClass>().Where(replica.Board.Holds));
        }

        replica.Database.Write(transaction => transaction.Connection!.Execute("ALTER TABLE hidden RENAME TO suspension_head", transaction: transaction));
        replica.Poll.Look();
        Assert.All(Enum.GetValues<LeaseClass>(), one => Assert.True(replica.Board.Holds(one)));
    }

    [Fact]
    public void A_bridge_that_starts_without_its_database_honours_its_copy_and_opens_no_camera_until_the_first_look()
    {
        var first = new Process(this, "bridge");
        var raised = first.Board.Raise(Leak, "operator")!;
        first.Database.Write(transaction => transaction.Connection!.Execute("ALTER TABLE suspension_head RENAME TO hidden", transaction: transaction));

        var second = new Process(this, "bridge");

        Assert.Equal([raised.Id], second.Board.Current.InForce.Select(entry => entry.Id));
        Assert.All(Enum.GetValues<LeaseClass>(), one => Assert.False(second.Board.Holds(one)));
        second.Database.Write(transaction => transaction.Connection!.Execute("ALTER TABLE hidden RENAME TO suspension_head", transaction: transaction));
        second.Poll.Look();
        Assert.True(second.Board.Holds(LeaseClass.Cameras));
        Assert.Equal([raised.Id], second.Board.Current.InForce.Select(entry => entry.Id));
    }

    [Fact]
    public void A_change_by_another_process_is_seen_by_the_poll()
    {
        var (one, other) = (new Process(this, "one"), new Process(this, "other"));
        var raised = one.Board.Raise(Leak, "operator")!;
        Assert.Empty(other.Board.Current.InForce);

        other.Poll.Look();
        Assert.Equal([raised.Id], other.Board.Current.InForce.Select(entry => entry.Id));
    }

    [Fact]
    public void A_restored_database_lifts_nothing_until_two_people_rebase()
    {
        var before = new Process(this, "bridge");
        var kept = before.Board.Raise(Leak with { Reason = "in the backup" }, "operator")!;
        var backup = Path.Combine(_folder.FullName, "backup.db");
        TestDatabase.Copy(Path.Combine(_folder.FullName, "bridge.db"), backup);

        var lost = before.Board.Raise(Leak with { Reason = "not in the backup" }, "operator")!;
        var after = new Process(this, "bridge", backup);
        Assert.Equal([kept.Id, lost.Id], after.Board.Current.InForce.Select(entry => entry.Id));
        Assert.True(after.Replica.Memory!.WentBack);

        // New ones count, the lost one stays, also when versions have grown past its own, and nothing can be lifted.
        var later = after.Board.Raise(Leak with { Reason = "after the restore" }, "operator")!;
        Assert.Equal(LiftVerdict.NumbersWentBack, after.Board.LiftByForce(later.Id, "over", "approver").Verdict);
        after.Board.Raise(Leak with { Reason = "one more" }, "operator");
        Assert.Contains(lost.Id, after.Board.Current.InForce.Select(entry => entry.Id));
        Assert.Contains(later.Id, after.Board.Current.InForce.Select(entry => entry.Id));
        Assert.Equal([lost.Id], SuspensionNumbering.OnlyRemembered(after.Replica.Memory!).Select(entry => entry.Id));

        var proposal = after.Numbering.Propose("operator", "compared with last night's list");
        Assert.Equal(proposal, after.Numbering.Pending());
        Assert.Equal(RebaseVerdict.SameAuthor, after.Numbering.Confirm(proposal.Id, "operator", after.Replica.Memory));
        Assert.Contains(lost.Id, after.Board.Current.InForce.Select(entry => entry.Id));
        Assert.Equal(RebaseVerdict.Rebased, after.Numbering.Confirm(proposal.Id, "approver", after.Replica.Memory));
        Assert.Equal(RebaseVerdict.NotFound, after.Numbering.Confirm(proposal.Id, "approver", after.Replica.Memory));
        after.Poll.Look();

        Assert.False(after.Replica.Memory!.WentBack);
        Assert.Equal(2, after.Board.Published.Epoch);
        Assert.DoesNotContain(lost.Id, after.Board.Current.InForce.Select(entry => entry.Id));
        Assert.Contains(kept.Id, after.Board.Current.InForce.Select(entry => entry.Id));
        Assert.Equal(LiftVerdict.Lifted, after.Board.LiftByForce(later.Id, "over", "approver").Verdict);
        Assert.DoesNotContain(later.Id, after.Board.Current.InForce.Select(entry => entry.Id));
        Assert.Contains(after.Audit.Read(null, 10), row => row.Action == "suspension.rebased" && row.Actor == "approver" && row.Detail.Contains(lost.Id, StringComparison.Ordinal));
        Assert.Null(after.Audit.Verify().FirstBadRow);
    }

    [Fact]
    public void A_proposal_waits_for_a_quarter_of_an_hour()
    {
        var bridge = new Process(this, "bridge");
        var proposal = bridge.Numbering.Propose("operator", "why");
        _clock.Advance(SuspensionNumbering.ProposalFor + TimeSpan.FromSeconds(1));

        Assert.Null(bridge.Numbering.Pending());
        Assert.Equal(RebaseVerdict.NotFound, bridge.Numbering.Confirm(proposal.Id, "approver", null));
    }

    /// <summary>What of a bridge knows suspensions, with the copy on disk of its name.</summary>
    private sealed class Process
    {
        public Process(BridgeFreshnessTests test, string name, string? database = null)
        {
            Database = new Database(TestDatabase.At(database ?? Path.Combine(test._folder.FullName, "bridge.db")));
            Audit = new AuditTrail(Database, test._clock);
            Numbering = new SuspensionNumbering(Database, Audit, test._clock);
            Replica = new SuspensionReplica(NullLogger<SuspensionReplica>.Instance, new SnapshotFile(Path.Combine(test._folder.FullName, name + ".suspensions")));
            var freshness = new SuspensionFreshness(new SuspensionOptions(), test._clock);
            Board = new SuspensionBoard(new SuspensionStore(Database, Audit, test._clock), new Signal(), Numbering, Replica, freshness, NullLogger<SuspensionBoard>.Instance);
            Poll = new SuspensionPoll(Numbering, Board, Replica, freshness, test._clock, NullLogger<SuspensionPoll>.Instance);
        }

        public Database Database { get; }

        public AuditTrail Audit { get; }

        public SuspensionNumbering Numbering { get; }

        public SuspensionReplica Replica { get; }

        public SuspensionBoard Board { get; }

        public SuspensionPoll Poll { get; }
    }
}
