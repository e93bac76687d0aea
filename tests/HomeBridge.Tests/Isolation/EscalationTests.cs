using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using HomeBridge.Audit;
using HomeBridge.CameraStreams;
using HomeBridge.Hosting;
using HomeBridge.Isolation;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Tickets;
using HomeBridge.Suspensions;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Isolation;

/// <summary>The escalation table: what suspends what, and what suspends nothing.</summary>
public sealed class EscalationTests(ITestOutputHelper output) : IAsyncLifetime
{
    private MonitoredBridge _bridge = MonitoredBridge.Start();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _bridge.DisposeAsync();

    [Fact]
    public async Task A_proof_of_another_cameras_unit_suspends_the_two_cameras_and_nothing_else()
    {
        await _bridge.Hear(_bridge.Delivered(_bridge.Watch(1), camera: 2));

        Assert.Equal(["1", "2"], _bridge.InForce);
        var row = _bridge.Of<AuditTrail>().Read(null, 10).First(row => row.Action == "isolation.tripped");
        Assert.Contains("proven", row.Detail, StringComparison.Ordinal);
        Assert.All(_bridge.Of<SuspensionStore>().All(10), one => Assert.Equal((Suspension.System, Suspension.Automatic), (one.Author, one.Origin)));
    }

    /// <summary>The gateway tells again until it is heard, and what could not be suspended was not heard.</summary>
    [Fact]
    public async Task What_could_not_be_suspended_is_suspended_when_it_is_told_again()
    {
        var finding = MonitoredBridge.Finding(_bridge.Watch(1), "PlaylistWentBack");
        Assert.Empty(_bridge.Monitor.Report().Findings);
        using (TestDatabase.Hold(_bridge.Of<Database>().Open()))
        {
            await Assert.ThrowsAsync<AggregateException>(() => _bridge.Hear(finding));
        }

        Assert.Empty(_bridge.InForce);
        await _bridge.Hear(finding);
        Assert.Equal(["1"], _bridge.InForce);
        await _bridge.Hear(finding);
        Assert.Single(_bridge.Monitor.Report().Findings);
    }

    [Fact]
    public async Task A_gateway_tells_nothing_of_streams_that_ended_long_ago_nor_by_signatures_of_long_ago()
    {
        var (ended, running) = (_bridge.Watch(1), _bridge.Watch(3));
        var old = _bridge.Delivered(running, camera: 2);
        Assert.True(GrantId.TryParse(ended, out var id));
        Assert.NotNull(_bridge.Of<StreamGrants>().End(id, MonitoredBridge.Gateway, "Idle", null, 1, 1));
        _bridge.Clock.Advance(TimeSpan.FromMinutes(6));

        await _bridge.Hear(_bridge.Delivered(ended, camera: 2));
        await _bridge.Hear(old);

        Assert.Empty(_bridge.InForce);
        Assert.Equal("invalid_proof", _bridge.Monitor.Report().Findings.Single().Class);
    }

    [Fact]
    public async Task A_lift_from_the_future_settles_nothing()
    {
        await _bridge.Hear(_bridge.Delivered(_bridge.Watch(1), camera: 2));
        _bridge.Clock.Advance(TimeSpan.FromHours(1));
        _bridge.LiftAll();
        _bridge.Clock.Advance(TimeSpan.FromHours(-1));

        await _bridge.Hear(_bridge.Delivered(_bridge.Watch(1), camera: 2));

        Assert.Equal(["1", "2"], _bridge.InForce);
    }

    [Fact]
    public async Task Three_links_of_one_home_are_one_home()
    {
        await _bridge.Prove(_bridge.Watch(9), 197);
        for (var link = 0; link < 3; link++)
        {
            await _bridge.Hear(MonitoredBridge.Finding(_bridge.Watch(link, $"lnk_{link}", "home1"), "Missing"));
        }

        Assert.Empty(_bridge.InForce);
    }

    [Fact]
    public async Task Two_cameras_within_ten_minutes_suspend_the_makers_cameras()
    {
        await _bridge.Hear(_bridge.Delivered(_bridge.Watch(1), camera: 2));
        _bridge.Clock.Advance(TimeSpan.FromMinutes(9));
        await _bridge.Hear(_bridge.Delivered(_bridge.Watch(3), camera: 2));

        Assert.Equal(["1", "2", "3", "acme"], _bridge.InForce);
    }

    [Fact]
    public async Task Two_cameras_eleven_minutes_apart_or_one_camera_twice_suspend_no_maker()
    {
        await _bridge.Hear(_bridge.Delivered(_bridge.Watch(1), camera: 2));
        await _bridge.Hear(_bridge.Delivered(_bridge.Watch(1), camera: 4));
        _bridge.Clock.Advance(TimeSpan.FromMinutes(11));
        await _bridge.Hear(_bridge.Delivered(_bridge.Watch(3), camera: 2));

        Assert.Equal(["1", "2", "3", "4"], _bridge.InForce);
    }

    [Fact]
    public async Task A_claim_without_its_signatures_accuses_nobody()
    {
        var grant = _bridge.Watch(1);
        await _bridge.Hear(_bridge.Delivered(grant, camera: 2, nonce: "somebody-elses-nonce"));
        await _bridge.Hear(_bridge.Delivered(grant, camera: 2, makerKey: new byte[32]));

        Assert.Empty(_bridge.InForce);
        Assert.All(_bridge.Monitor.Report().Findings, finding => Assert.Equal("invalid_proof", finding.Class));

        // Three of them in a row quarantine the camera that could not prove itself, not the one that was named.
        await _bridge.Hear(_bridge.Delivered(grant, camera: 2, makerKey: new byte[32]));
        Assert.Equal(["1"], _bridge.InForce);
    }

    [Fact]
    public async Task A_claim_with_swapped_headers_is_no_proof()
    {
        var (one, other) = (_bridge.Delivered(_bridge.Watch(1), camera: 2), _bridge.Delivered(_bridge.Watch(1), camera: 3));
        await _bridge.Hear(one with { Headers = one.Headers! with { MediaUnit = other.Headers!.MediaUnit } });
        await _bridge.Hear(one with { Id = Guid.NewGuid().ToString("N"), Headers = one.Headers! with { Signature = other.Headers!.Signature } });

        Assert.Empty(_bridge.InForce);
    }

    /// <summary>What doesn't fit where signatures are checked is heard all the same: a maker can't hide behind it.</summary>
    [Fact]
    public async Task Headers_of_any_length_are_judged()
    {
        var grant = _bridge.Watch(1);
        for (var time = 0; time < 3; time++)
        {
            var finding = _bridge.Delivered(grant, camera: 2);
            await _bridge.Hear(finding with { Headers = finding.Headers! with { ContentDigest = new string('x', 10_000) } });
        }

        Assert.Equal(["1"], _bridge.InForce);
    }

    [Fact]
    public async Task A_camera_that_signs_by_itself_is_proven_by_its_own_key_and_by_no_other()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var stolen = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var grant = _bridge.Watch(1);
        _bridge.Maker.Keys[2] = key;
        _bridge.Camera(2);
        await _bridge.Hear(_bridge.Delivered(grant, camera: 2, deviceKey: stolen));
        Assert.Empty(_bridge.InForce);

        await _bridge.Hear(_bridge.Delivered(grant, camera: 2, deviceKey: key));
        Assert.Equal(["1", "2"], _bridge.InForce);
    }

    [Fact]
    public async Task A_camera_of_a_home_that_never_linked_is_suspended_before_it_does()
    {
        await _bridge.Hear(_bridge.Delivered(_bridge.Watch(1), camera: 99));

        var scopes = _bridge.Board.Current.InForce.Select(entry => entry.Scope.Device).ToList();
        Assert.Contains(_bridge.Camera(99).Value, scopes);
    }

    [Fact]
    public async Task One_or_two_units_without_proof_are_no_reason_and_three_in_a_row_are()
    {
        var grant = _bridge.Watch(1);
        for (var time = 0; time < 2; time++)
        {
            await _bridge.Hear(MonitoredBridge.Finding(grant, nameof(EvidenceVerdict.OtherBytes)));
            await _bridge.Hear(MonitoredBridge.Finding(grant, nameof(EvidenceVerdict.NotFresh)));
            Assert.Empty(_bridge.InForce);
            _bridge.Clock.Advance(TimeSpan.FromSeconds(1));
            await _bridge.Prove(grant, 5);
            _bridge.Clock.Advance(TimeSpan.FromMinutes(11));
        }

        for (var time = 0; time < 3; time++)
        {
            Assert.Empty(_bridge.InForce);
            await _bridge.Hear(MonitoredBridge.Finding(grant, nameof(EvidenceVerdict.Missing)));
        }

        Assert.Equal(["1"], _bridge.InForce);
    }

    [Fact]
    public async Task Five_units_without_proof_within_ten_minutes_quarantine_though_others_are_proven()
    {
        var grant = _bridge.Watch(1);
        for (var time = 0; time < 5; time++)
        {
            Assert.Empty(_bridge.InForce);
            await _bridge.Hear(MonitoredBridge.Finding(grant, nameof(EvidenceVerdict.Missing)));
            _bridge.Clock.Advance(TimeSpan.FromSeconds(1));
            await _bridge.Prove(grant, 3);
            _bridge.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(["1"], _bridge.InForce);
    }

    [Theory]
    [InlineData(2997, 3, 3, false)]
    [InlineData(2996, 3, 3, true)]
    [InlineData(196, 3, 3, false)]
    [InlineData(197, 3, 3, true)]
    [InlineData(1000, 2, 3, false)]
    [InlineData(1000, 3, 2, false)]
    public async Task A_share_of_refused_units_suspends_the_maker_from_200_units_3_cameras_and_3_links_on(int proven, int cameras, int links, bool trips)
    {
        await _bridge.Prove(_bridge.Watch(50), proven);
        for (var unit = 0; unit < 3; unit++)
        {
            Assert.DoesNotContain("acme", _bridge.InForce);
            var grant = _bridge.Watch(1 + Math.Min(unit, cameras - 1), $"lnk_{Math.Min(unit, links - 1)}");
            await _bridge.Hear(MonitoredBridge.Finding(grant, nameof(EvidenceVerdict.Missing)));
        }

        Assert.Equal(trips, _bridge.InForce.Contains("acme"));
    }

    [Fact]
    public async Task A_share_counts_one_minute_and_may_become_one_when_more_units_are_told()
    {
        await _bridge.Hear(MonitoredBridge.Finding(_bridge.Watch(1), nameof(EvidenceVerdict.Missing)));
        _bridge.Clock.Advance(TimeSpan.FromMinutes(2));
        await _bridge.Hear(MonitoredBridge.Finding(_bridge.Watch(2), nameof(EvidenceVerdict.Missing)));
        await _bridge.Hear(MonitoredBridge.Finding(_bridge.Watch(3), nameof(EvidenceVerdict.Missing)));
        await _bridge.Prove(_bridge.Watch(50), 500);
        Assert.Empty(_bridge.InForce);

        _bridge.Clock.Advance(TimeSpan.FromMinutes(2));
        for (var camera = 4; camera < 7; camera++)
        {
            await _bridge.Hear(MonitoredBridge.Finding(_bridge.Watch(camera), nameof(EvidenceVerdict.Missing)));
        }

        Assert.Empty(_bridge.InForce);
        await _bridge.Prove(_bridge.Watch(50), 500);
        Assert.Equal(["acme"], _bridge.InForce);
    }

    [Theory]
    [InlineData(nameof(EvidenceVerdict.FromCache))]
    [InlineData(nameof(StreamAnomaly.PlaylistWentBack))]
    [InlineData(nameof(StreamAnomaly.CaptureWentBack))]
    [InlineData(nameof(StreamAnomaly.InitChanged))]
    [InlineData(nameof(StreamAnomaly.ParameterSetsChanged))]
    public async Task A_passive_anomaly_quarantines_the_camera(string anomaly)
    {
        await _bridge.Hear(MonitoredBridge.Finding(_bridge.Watch(1), anomaly));

        Assert.Equal(["1"], _bridge.InForce);
    }

    [Fact]
    public async Task Bytes_that_name_another_camera_under_valid_headers_accuse_the_granted_camera_only()
    {
        var grant = _bridge.Watch(1);
        await _bridge.Hear(_bridge.Delivered(grant, camera: 1) with { NamedInBytes = MonitoredBridge.MakersId(2) });

        Assert.Equal(["1"], _bridge.InForce);
        Assert.Contains(MonitoredBridge.MakersId(2), _bridge.Monitor.Report().Findings.Single().Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void One_wrong_frame_at_a_canary_suspends_the_makers_cameras()
    {
        _bridge.Monitor.WrongFrame("acme", MonitoredBridge.MakersId(1), "block code 9 instead of 1");

        Assert.Equal(["acme"], _bridge.InForce);
    }

    [Fact]
    public async Task Whatever_names_a_honeytoken_suspends_the_makers_cameras()
    {
        foreach (var tell in (Func<MonitoredBridge, Task>[])
        [
            bridge => bridge.Hear(bridge.Delivered(bridge.Watch(1), camera: 13)),
            bridge => bridge.Hear(bridge.Delivered(bridge.Watch(1), camera: 13, makerKey: new byte[32])),
            bridge => bridge.Hear(MonitoredBridge.Finding(bridge.Watch(1), nameof(EvidenceVerdict.OtherBytes)) with { NamedInBytes = MonitoredBridge.MakersId(13) }),
            bridge => bridge.Prove(bridge.Watch(13), 1),
        ])
        {
            await using var bridge = MonitoredBridge.Start(("Isolation:Honeytokens:0", MonitoredBridge.MakersId(13)));
            await tell(bridge);
            Assert.Equal(["acme"], bridge.InForce);
        }
    }

    [Fact]
    public async Task What_was_received_before_a_lift_never_trips_again_and_what_comes_after_does()
    {
        var grant = _bridge.Watch(1);
        var (first, late) = (_bridge.Delivered(grant, camera: 2), _bridge.Delivered(grant, camera: 2));
        await _bridge.Hear(first);
        _bridge.Clock.Advance(TimeSpan.FromSeconds(30));
        _bridge.LiftAll();

        await _bridge.Hear(first);
        _bridge.Clock.Advance(TimeSpan.FromSeconds(5));
        await _bridge.Hear(late with { AgeMs = 6_000 });
        Assert.Empty(_bridge.InForce);

        // Nor does it count towards the maker: this is the first camera again.
        await _bridge.Hear(_bridge.Delivered(_bridge.Watch(3), camera: 4));
        Assert.Equal(["3", "4"], _bridge.InForce);
        await _bridge.Hear(_bridge.Delivered(grant, camera: 2));
        Assert.Equal(["1", "2", "3", "4", "acme"], _bridge.InForce);
    }

    [Fact]
    public async Task A_lift_settles_what_its_scope_covers_and_no_more()
    {
        await _bridge.Hear(_bridge.Delivered(_bridge.Watch(1), camera: 2));
        _bridge.Clock.Advance(TimeSpan.FromSeconds(1));
        var second = _bridge.Board.Current.InForce.Single(entry => entry.Scope.Device == _bridge.Camera(2).Value);
        _bridge.Board.LiftByForce(second.Id, "looked at", "approver");

        // The evidence is of camera 1: it still counts.
        await _bridge.Hear(_bridge.Delivered(_bridge.Watch(3), camera: 4));

        Assert.Contains("acme", _bridge.InForce);
    }

    [Fact]
    public async Task Refused_units_from_before_a_lift_are_not_counted_on()
    {
        var grant = _bridge.Watch(1);
        for (var time = 0; time < 3; time++)
        {
            await _bridge.Hear(MonitoredBridge.Finding(grant, nameof(EvidenceVerdict.Missing)));
        }

        _bridge.Clock.Advance(TimeSpan.FromSeconds(1));
        _bridge.LiftAll();
        _bridge.Clock.Advance(TimeSpan.FromSeconds(1));
        await _bridge.Hear(MonitoredBridge.Finding(grant, nameof(EvidenceVerdict.Missing)));
        await _bridge.Hear(MonitoredBridge.Finding(grant, nameof(EvidenceVerdict.Missing)));

        Assert.Empty(_bridge.InForce);
    }

    [Fact]
    public async Task A_finding_that_is_told_twice_counts_once()
    {
        var finding = MonitoredBridge.Finding(_bridge.Watch(1), nameof(EvidenceVerdict.Missing));
        for (var time = 0; time < 10; time++)
        {
            await _bridge.Hear(finding);
        }

        Assert.Empty(_bridge.InForce);
        Assert.Single(_bridge.Monitor.Report().Findings);
    }

    [Fact]
    public async Task A_gateway_is_heard_about_grants_that_it_redeemed_only()
    {
        var grant = _bridge.Watch(1);
        await _bridge.Monitor.Heard("gateway-2", _bridge.Delivered(grant, camera: 2));
        await _bridge.Hear(_bridge.Delivered(Guid.NewGuid().ToString("N"), camera: 2));
        await _bridge.Hear(MonitoredBridge.Finding(grant, "Proven"));
        await _bridge.Hear(MonitoredBridge.Finding(grant, "4"));

        Assert.Empty(_bridge.InForce);
        Assert.Empty(_bridge.Monitor.Report().Findings);
    }

    [Fact]
    public async Task Counts_survive_a_restart()
    {
        var (grant, finding) = (_bridge.Watch(5), MonitoredBridge.Finding(_bridge.Watch(6), nameof(EvidenceVerdict.Missing)));
        await _bridge.Hear(_bridge.Delivered(_bridge.Watch(1), camera: 2));
        await _bridge.Hear(MonitoredBridge.Finding(grant, nameof(EvidenceVerdict.Missing)));
        await _bridge.Hear(MonitoredBridge.Finding(grant, nameof(EvidenceVerdict.Missing)));
        await _bridge.Hear(finding);
        _bridge = await _bridge.Restart();

        Assert.Equal(["1", "2"], _bridge.InForce);
        await _bridge.Hear(finding);
        await _bridge.Hear(MonitoredBridge.Finding(grant, nameof(EvidenceVerdict.Missing)));
        Assert.Equal(["1", "2", "5"], _bridge.InForce);
        await _bridge.Hear(_bridge.Delivered(_bridge.Watch(3), camera: 4));
        Assert.Equal(["1", "2", "3", "4", "5", "acme"], _bridge.InForce);
    }

    [Fact]
    public async Task A_flood_of_findings_is_counted_and_not_all_kept()
    {
        var grant = _bridge.Watch(1);
        for (var time = 0; time < 200; time++)
        {
            await _bridge.Hear(MonitoredBridge.Finding(grant, nameof(EvidenceVerdict.Missing)));
        }

        Assert.InRange(_bridge.Monitor.Report().Findings.Count, 3, 20);
        Assert.Equal(200, _bridge.Monitor.Report().Cameras.Single().Refused);
        Assert.Single(_bridge.InForce);
    }

    /// <summary>Whatever comes in, in whatever order: a camera, or one maker's cameras.</summary>
    [Fact]
    public void No_evidence_trips_more_than_one_makers_cameras()
    {
        var random = 12345u;
        int Next(int below)
        {
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            return (int)(random % (uint)below);
        }

        var ladder = new EscalationLadder(_bridge.Of<IsolationOptions>());
        var now = _bridge.Clock.GetUtcNow();
        var trips = 0;
        for (var step = 0; step < 50_000; step++)
        {
            now += TimeSpan.FromMilliseconds(Next(2_000));
            var (vendor, device) = ($"maker{Next(3)}", new HomeBridge.Devices.DeviceId($"dev_{Next(20)}"));
            var taken = Next(3) == 0
                ? ladder.Proven(vendor, device, Next(50), now)
                : ladder.Take(
                    new IsolationEvidence(
                        now - TimeSpan.FromSeconds(Next(20)), (EvidenceClass)Next(5), "x", device,
                        new("google", vendor, "m", "f", "CameraStream", $"lnk_{Next(10)}", device.Value), Next(2) == 0 ? new($"dev_{Next(20)}") : null, Next(2) == 0),
                    now);
            foreach (var trip in taken)
            {
                trips++;
                Assert.Equal("CameraStream", trip.Scope.Trait);
                Assert.True(trip.Scope.Device is { Length: > 0 } ^ trip.Scope.Vendor == vendor);
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{trips} trips of 50,000 steps"));
    }

    /// <summary>A million units of an honest maker, in the tallies of two hundred sessions on a hundred cameras.</summary>
    [Fact]
    public async Task A_million_clean_units_trip_nothing()
    {
        var grants = Enumerable.Range(0, 200).Select(number => _bridge.Watch(1 + (number / 2), $"lnk_{number}")).ToArray();
        var started = Stopwatch.GetTimestamp();
        for (var round = 0; round < 200; round++)
        {
            _bridge.Clock.Advance(TimeSpan.FromSeconds(1));
            await _bridge.Monitor.Counted(MonitoredBridge.Gateway, new UnitTally(
                [.. grants.Select((grant, number) => new SessionTally(grant, 25, round % 50 == 0 ? $"init{number / 2}" : null, "sets"))]));
        }

        Assert.Empty(_bridge.InForce);
        var report = _bridge.Monitor.Report();
        Assert.Empty(report.Findings);
        Assert.Equal(200 * 25 * 60, report.Makers.Single().Units);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"1,000,000 units in 200 tallies took {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s"));
    }
}
