using System.Globalization;
using Dapper;
using HomeBridge.Audit;
using HomeBridge.Hosting;
using HomeBridge.Resumption;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using HomeBridge.Tests.HomeGraph;
using HomeBridge.Tests.Isolation;
using HomeBridge.Vitals;

namespace HomeBridge.Tests.Resumption;

/// <summary>The staged resume on the real bridge and its database, at a clock that tests set.</summary>
public sealed class ResumeTests : IAsyncLifetime
{
    private const int Links = 2_000;
    private const string Author = "operator", Approver = "approver";

    private static readonly SuspensionScope Cameras = new(Vendor: "acme", Trait: "CameraStream");

    private MonitoredBridge _bridge = MonitoredBridge.Start();

    private StagedResume Resume => _bridge.Of<StagedResume>();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _bridge.DisposeAsync();

    [Fact]
    public void It_lets_more_and_more_through_until_it_is_lifted_and_each_step_is_a_version_and_a_row()
    {
        var device = _bridge.Camera(1).Value;
        var id = Suspend(Cameras);
        Assert.Equal(0, Spared());
        var before = _bridge.Board.Current.Version;

        Assert.Equal(ResumeVerdict.Done, Start(id, new PlanWish([], [device], null)));
        var (shares, states) = (new List<int>(), new List<string>());
        foreach (var minutes in (int[])[10, 15, 30, 60])
        {
            shares.Add(Spared());
            states.Add(View(id).Stage);
            Assert.False(IsDenied("lnk_none", device));
            Assert.Equal(id, Assert.Single(_bridge.Board.Current.InForce).Id);

            // Not a moment before its time.
            _bridge.Clock.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(1));
            Look();
            Assert.Equal(states[^1], View(id).Stage);
            _bridge.Clock.Advance(TimeSpan.FromSeconds(1));
            Look();
        }

        Assert.Equal(["allow-list", "1 %", "10 %", "50 %"], states);
        Assert.Equal(0, shares[0]);
        Assert.InRange(shares[1], 5, 40);
        Assert.InRange(shares[2], 150, 250);
        Assert.InRange(shares[3], 900, 1100);
        Assert.Empty(_bridge.Board.Current.InForce);
        Assert.Equal(before + 5, _bridge.Board.Current.Version);
        var lifted = _bridge.Of<SuspensionStore>().Find(id)!;
        Assert.Equal((Suspension.Lifted, Approver), (lifted.State, lifted.LiftedBy));
        var view = View(id);
        Assert.Equal(("completed", "100 %"), (view.State, view.Stage));
        Assert.Equal(["started", "advanced", "advanced", "advanced", "completed"], view.History.Select(step => step.Event));
        Assert.Equal([Approver, "system", "system", "system", "system"], view.History.Select(step => step.Actor));
        var trail = _bridge.Of<AuditTrail>();
        Assert.Equal(3, trail.Of("suspension.resume_advanced").Count);
        Assert.Single(trail.Of("suspension.resume_completed"));
        Assert.Null(trail.Verify().FirstBadRow);
    }

    [Fact]
    public async Task A_restart_in_the_middle_goes_on_where_it_was()
    {
        var id = Suspend(Cameras);
        Start(id);
        _bridge.Clock.Advance(TimeSpan.FromMinutes(15));
        Look();
        var (stage, share) = (View(id).Stage, Spared());

        _bridge = await _bridge.Restart();

        Assert.Equal(("10 %", stage), (stage, View(id).Stage));
        Assert.Equal(share, Spared());
        _bridge.Clock.Advance(TimeSpan.FromMinutes(30));
        Look();
        Assert.Equal("50 %", View(id).Stage);
        _bridge.Clock.Advance(TimeSpan.FromMinutes(60));
        Look();
        Assert.Empty(_bridge.Board.Current.InForce);
    }

    [Fact]
    public async Task A_finding_in_the_scope_suspends_all_again_and_one_outside_does_not()
    {
        var (mine, other) = (_bridge.Watch(1), _bridge.Watch(2));
        var id = Suspend(new SuspensionScope(Device: _bridge.Camera(1).Value));
        Start(id);
        _bridge.Clock.Advance(TimeSpan.FromMinutes(15));
        Look();
        await _bridge.Hear(MonitoredBridge.Finding(other, "Missing"));
        _bridge.Clock.Advance(TimeSpan.FromMinutes(1));
        Look();
        Assert.Equal("10 %", View(id).Stage);

        await _bridge.Hear(MonitoredBridge.Finding(mine, "Missing"));
        Look();

        var standing = Assert.Single(_bridge.Board.Current.InForce);
        Assert.Equal((id, null), (standing.Id, standing.Spared));
        var view = View(id);
        Assert.Equal(("failed", "10 %", Suspension.Active), (view.State, view.Stage, _bridge.Of<SuspensionStore>().Find(id)!.State));
        Assert.Equal("failed", view.History[^1].Event);
        Assert.StartsWith("isolation: 1 findings", view.History[^1].Says, StringComparison.Ordinal);
        Assert.Single(_bridge.Of<AuditTrail>().Of("suspension.resume_failed"));

        // What was found before counts no more for the next attempt, and the story stays.
        _bridge.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ResumeVerdict.Done, Start(id));
        Look();
        Assert.Equal("running", View(id).State);
        Assert.Equal(["started", "advanced", "failed", "started"], View(id).History.Select(step => step.Event));
    }

    /// <summary>A trip while a suspension of the same scope is being resumed must not be swallowed by it.</summary>
    [Fact]
    public void What_trips_during_a_resume_is_suspended_anew()
    {
        var (first, _) = _bridge.Board.RaiseAutomatic(Cameras, SuspensionEffects.CutStreams, "r", "new");
        Assert.False(_bridge.Board.RaiseAutomatic(Cameras, SuspensionEffects.CutStreams, "r", "new").IsNew);
        Start(first.Id);

        Assert.True(_bridge.Board.RaiseAutomatic(Cameras, SuspensionEffects.CutStreams, "r", "new").IsNew);
        Assert.Equal(0, Spared());
    }

    [Fact]
    public void More_errors_than_before_suspend_all_again_and_refusals_are_no_errors()
    {
        var figures = _bridge.Of<QualityFigures>();
        Answer(good: 95, failed: 5);
        var id = Suspend(Cameras);
        Start(id);

        // Suspended devices were refused a thousand times: that is what was ordered.
        Answer(good: 100, failed: 1000);
        figures.Denied("EXECUTE", "google", 1000);
        Look();
        Assert.Equal("running", View(id).State);
        Assert.True(Gate(id, "errors").Ok);

        Answer(good: 0, failed: 20);
        Look();
        Assert.Equal("failed", View(id).State);
        Assert.StartsWith("errors: ", View(id).History[^1].Says, StringComparison.Ordinal);

        void Answer(int good, int failed)
        {
            figures.Answered(QualityFigures.Query, "LIGHT", success: true, TimeSpan.Zero, good);
            figures.Answered(QualityFigures.Query, "LIGHT", success: false, TimeSpan.Zero, failed);
        }
    }

    [Fact]
    public void Forward_takes_a_second_person_and_gates_or_force_and_back_takes_neither()
    {
        var id = Suspend(Cameras);
        Assert.Equal(ResumeVerdict.SameAuthor, Resume.Start(id, PlanWish.Default, "r", Author).Verdict);
        Assert.Equal(ResumeVerdict.NotFound, Resume.Start("sus_none", PlanWish.Default, "r", Approver).Verdict);
        Assert.Equal(ResumeVerdict.NotResuming, Resume.Back(id, "r", Author, all: false));
        Assert.Equal(ResumeVerdict.Done, Start(id));
        Assert.Equal(ResumeVerdict.AlreadyResuming, Start(id));
        Assert.Equal(ResumeVerdict.SameAuthor, Resume.Advance(id, "r", Author, force: true).Verdict);

        var (verdict, open) = Resume.Advance(id, "r", Approver, force: false);
        Assert.Equal((ResumeVerdict.NotYet, "time"), (verdict, Assert.Single(open).Name));
        Assert.Equal(ResumeVerdict.Done, Resume.Advance(id, "looked at by hand", Approver, force: true).Verdict);
        Assert.Equal(("10 %", "forced"), (View(id).Stage, View(id).History[^1].Event));

        Assert.Equal(ResumeVerdict.Done, Resume.Back(id, "a call", Author, all: false));
        Assert.Equal("1 %", View(id).Stage);
        Assert.Equal(ResumeVerdict.Done, Resume.Back(id, "another call", Author, all: false));
        Assert.Equal(("stopped", Suspension.Active), (View(id).State, _bridge.Of<SuspensionStore>().Find(id)!.State));
        Assert.Equal(0, Spared());

        Start(id);
        Resume.Advance(id, "r", Approver, force: true);
        Resume.Advance(id, "r", Approver, force: true);
        Assert.Equal("50 %", View(id).Stage);
        Assert.Equal(ResumeVerdict.Done, Resume.Back(id, "all of it", Author, all: true));
        Assert.Equal(0, Spared());
    }

    [Fact]
    public void Lifting_by_force_ends_a_plan_in_any_stage()
    {
        var id = Suspend(Cameras);
        Start(id);
        Assert.Equal(LiftVerdict.Lifted, _bridge.Board.LiftByForce(id, "now", Approver).Verdict);
        Assert.Equal("ended", View(id).State);
        _bridge.Clock.Advance(TimeSpan.FromHours(3));
        Look();

        Assert.Empty(_bridge.Board.Current.InForce);
        Assert.Equal(("ended", "now"), (View(id).State, _bridge.Of<SuspensionStore>().Find(id)!.LiftReason));
        Assert.Equal(ResumeVerdict.AlreadyLifted, Start(id));
    }

    [Theory]
    [InlineData("", "A plan has")]
    [InlineData("10:60,5:60", "lets more through")]
    [InlineData("10:60,10:60", "lets more through")]
    [InlineData("101:60", "percent")]
    [InlineData("-1:60", "percent")]
    [InlineData("10:0", "lasts from")]
    [InlineData("10:6000000", "lasts from")]
    [InlineData("0:60", "lets something through")]
    public void A_plan_that_is_none_is_refused_in_a_sentence(string stages, string says)
    {
        var id = Suspend(Cameras);
        var wish = new PlanWish([], [], [.. stages.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(stage => stage.Split(':')).Select(parts =>
            new ResumeStage(int.Parse(parts[0], CultureInfo.InvariantCulture), TimeSpan.FromSeconds(int.Parse(parts[1], CultureInfo.InvariantCulture))))]);

        var (verdict, wrong) = Resume.Start(id, wish, "r", Approver);

        Assert.Equal(ResumeVerdict.WrongPlan, verdict);
        Assert.Contains(says, wrong, StringComparison.Ordinal);
        Assert.Equal(ResumeVerdict.WrongPlan, Resume.Start(id, new PlanWish(["lnk_none"], [], null), "r", Approver).Verdict);
        Assert.Equal(ResumeVerdict.WrongPlan, Resume.Start(id, new PlanWish([], ["dev_none"], null), "r", Approver).Verdict);
        Assert.Equal(0, Spared());
    }

    [Fact]
    public async Task After_commands_or_states_came_back_homes_are_asked_to_sync_each_at_its_moment()
    {
        await using var bridge = await ReportingBridge.Start(("Resumption:RequestSyncWindow", "01:00:00"));
        var homes = new List<ReportingHome>();
        foreach (var account in (string[])["maple", "harbor", "hill", "oak", "elm", "ash"])
        {
            homes.Add(await bridge.Home(account, "desk"));
        }

        var board = bridge.Get<SuspensionBoard>();
        var (resume, plans) = (bridge.Get<StagedResume>(), bridge.Get<ResumeStore>());
        foreach (var (effects, asked) in ((SuspensionEffects, int)[])[(SuspensionEffects.CutStreams, 0), (SuspensionEffects.DenyState, homes.Count)])
        {
            var id = board.Raise(new SuspensionOrder(null, new SuspensionScope(Vendor: "acme"), effects, "r", "new"), Author)!.Id;
            Assert.Equal(ResumeVerdict.Done, resume.Start(id, new PlanWish([], [], [new ResumeStage(50, TimeSpan.FromMinutes(1))]), "r", Approver).Verdict);
            Assert.Equal(ResumeVerdict.Done, resume.Advance(id, "r", Approver, force: true).Verdict);
            await ReportingBridge.Until(() => plans.Resyncs().Count == 0, "all homes were asked for");

            using var connection = bridge.Get<Database>().Open();
            var due = connection.Query<long>("SELECT due_at FROM home_graph_work WHERE kind = 'sync'").ToList();
            Assert.Equal(asked, due.Count);
            if (asked > 0)
            {
                var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
                Assert.All(due, at => Assert.InRange(at, now - 60_000, now + 3_700_000));
                Assert.True(due.Max() - due.Min() > 60_000, "Six homes fell into one minute of an hour.");
            }
        }
    }

    private string Suspend(SuspensionScope scope) =>
        _bridge.Board.Raise(new SuspensionOrder(null, scope, SuspensionEffects.CutStreams, "r", "new"), Author)!.Id;

    private ResumeVerdict Start(string id, PlanWish? wish = null) => Resume.Start(id, wish ?? PlanWish.Default, "mended", Approver).Verdict;

    /// <summary>One round of the worker, which does not run here.</summary>
    private void Look()
    {
        foreach (var plan in _bridge.Of<ResumeStore>().Running())
        {
            Resume.Step(plan);
        }
    }

    private ResumeView View(string id) => _bridge.Of<ResumeViews>().Of(_bridge.Of<SuspensionStore>().Find(id)!)!;

    private GateView Gate(string id, string name) => View(id).Gates.Single(gate => gate.Name == name);

    private int Spared() => Enumerable.Range(0, Links).Count(number => !IsDenied(string.Create(CultureInfo.InvariantCulture, $"lnk_{number:x32}"), "dev_other"));

    private bool IsDenied(string link, string device) => _bridge.Board.Current.Denies(
        SuspensionEffects.CutStreams, new SuspensionFacts("google", "acme", "C1", "1.0", "CameraStream", link, device), out _);
}
