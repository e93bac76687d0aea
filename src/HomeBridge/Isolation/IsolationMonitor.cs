using System.Globalization;
using HomeBridge.Audit;
using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Tickets;
using HomeBridge.Suspensions;

namespace HomeBridge.Isolation;

/// <summary>
/// Suspends by itself: hears what gateways and canaries find, judges it, and stops exactly the part that is wrong, one
/// camera or one maker's cameras. It never lifts anything. What was received before a lift that covers it is settled and
/// counts no more.
/// </summary>
internal sealed class IsolationMonitor
{
    /// <summary>Rows of one camera in a minute; the rest of a flood is counted and not kept.</summary>
    private const int RowsPerMinuteMax = 20;

    /// <summary>Findings that are recognised when they are told again.</summary>
    private const int RecognisedMax = 20_000;

    /// <summary>A gateway tries for a minute; older evidence than this is not believed to be so old.</summary>
    private static readonly TimeSpan AgeMax = TimeSpan.FromMinutes(10);

    /// <summary>A gateway that tells of streams that ended long ago does not tell of what it saw.</summary>
    private static readonly TimeSpan ToldWithin = TimeSpan.FromMinutes(2);

    /// <summary>Trips whose confirmation by gateways is waited for.</summary>
    private static readonly TimeSpan ConfirmedWithin = TimeSpan.FromMinutes(1);

    private readonly Judgement _judgement;
    private readonly EscalationLadder _ladder;
    private readonly IsolationOptions _options;
    private readonly IsolationStore _store;
    private readonly IsolationInstruments _instruments;
    private readonly CameraPrints _prints;
    private readonly StreamGrants _grants;
    private readonly DeviceRegister _register;
    private readonly DeviceCloud _deviceCloud;
    private readonly SuspensionBoard _board;
    private readonly AuditTrail _audit;
    private readonly TimeProvider _time;
    private readonly ILogger<IsolationMonitor> _log;

    private readonly Lock _gate = new();
    private readonly Dictionary<SuspensionScope, string> _raised = [];
    private readonly HashSet<string> _recognised = new(StringComparer.Ordinal);
    private readonly Queue<string> _recognisedInOrder = new();
    private readonly List<PendingTrip> _pending = [];
    private IReadOnlyList<SuspensionLift> _lifts = [];
    private long _liftsAtVersion = -1;
    private long _written;

    public IsolationMonitor(
        IsolationOptions options, IsolationStore store, IsolationInstruments instruments, CameraPrints prints, StreamGrants grants, DeviceRegister register,
        DeviceCloud deviceCloud, DeviceCloudOptions maker, SuspensionBoard board, AuditTrail audit, TimeProvider time, ILogger<IsolationMonitor> log)
    {
        (_options, _store, _instruments, _prints) = (options, store, instruments, prints);
        (_grants, _register, _deviceCloud, _board) = (grants, register, deviceCloud, board);
        (_audit, _time, _log) = (audit, time, log);
        _judgement = new Judgement(maker, register, options);
        _ladder = new EscalationLadder(options);
        Rebuild();
    }

    /// <summary>A gateway refused a unit, or found a stream odd. Whatever that trips is in force when this returns.</summary>
    public async Task Heard(string gateway, EvidenceFinding finding, CancellationToken cancel = default)
    {
        var now = _time.GetUtcNow();
        var at = now - TimeSpan.FromMilliseconds(Math.Clamp(finding.AgeMs, 0, AgeMax.TotalMilliseconds));
        if (!Judgement.IsKnown(finding.Verdict)
            || !GrantId.TryParse(finding.Grant, out var id)
            || _grants.FindRedeemed(gateway, [id], now - ToldWithin) is not [var grant]
            || _register.Find(grant.Device.Value) is not { } device)
        {
            _log.LogWarning("Gateway {Gateway} told a finding ({Verdict}) of a grant that it does not have", gateway, finding.Verdict);
            return;
        }

        if (finding.Verdict is nameof(StreamAnomaly.InitChanged) or nameof(StreamAnomaly.ParameterSetsChanged) && await IsNewDevice(grant, device, cancel))
        {
            lock (_gate)
            {
                // Told again it would be compared with nothing, and explained no more.
                if (!Recognise(finding.Id))
                {
                    return;
                }
            }

            _prints.Forget(device.Id);
            _store.Write(new FindingRow(
                finding.Id, at.ToUnixTimeMilliseconds(), Words.Of(EvidenceClass.Anomaly), finding.Verdict, gateway, device.Ref.Vendor, device.Id.Value,
                null, grant.Platform, grant.Link.Value, $"explained: its model or firmware is another than when its init unit was learned (grant {id})"));
            return;
        }

        if (finding.Verdict is nameof(StreamAnomaly.InitChanged) or nameof(StreamAnomaly.ParameterSetsChanged))
        {
            _prints.Dispute(device.Id);
        }

        var judged = _judgement.Judge(finding, device.Ref, now);
        Take(
            finding.Id, gateway, grant, device, judged, finding.Verdict, at,
            $"{judged.Detail} ({finding.Unit}{(finding.Sequence == 0 ? "" : " " + finding.Sequence.ToString(CultureInfo.InvariantCulture))}, grant {id})");
    }

    /// <summary>A gateway tells how many units it found proven, and what their cameras' init units looked like.</summary>
    public async Task Counted(string gateway, UnitTally tally, CancellationToken cancel = default)
    {
        var told = new Dictionary<GrantId, SessionTally>();
        foreach (var session in tally.Sessions.Take(UnitTally.SessionsMax))
        {
            if (GrantId.TryParse(session.Grant, out var id))
            {
                told[id] = session;
            }
        }

        var grants = _grants.FindRedeemed(gateway, told.Keys, _time.GetUtcNow() - ToldWithin);
        var devices = _register.Find([.. grants.Select(grant => grant.Device.Value).Distinct(StringComparer.Ordinal)])
            .ToDictionary(device => device.Id);
        foreach (var grant in grants)
        {
            if (devices.TryGetValue(grant.Device, out var device))
            {
                await Counted(gateway, grant, device, told[grant.Id], cancel);
            }
        }
    }

    /// <summary>A canary's display showed what it must not: one such frame suspends the maker's cameras at once.</summary>
    /// <param name="vendor">The maker.</param>
    /// <param name="device">The camera that was to be seen, by either of its ids.</param>
    /// <param name="detail">What was seen instead.</param>
    public void WrongFrame(string vendor, string device, string detail)
    {
        ArgumentException.ThrowIfNullOrEmpty(vendor);
        var id = _register.Find(device)?.Id ?? new DeviceId(device);
        var facts = new SuspensionFacts(
            SuspensionFacts.Unknown, vendor, SuspensionFacts.Unknown, SuspensionFacts.Unknown, "CameraStream", SuspensionFacts.Unknown, id.Value);
        Take(
            NewId(), "canary", new IsolationEvidence(_time.GetUtcNow(), EvidenceClass.WrongFrame, nameof(EvidenceClass.WrongFrame), id, facts, null, UnitRefused: false), detail);
    }

    /// <summary>
    /// A resident says of a view that it did not show their camera: exactly that camera is quarantined. What was seen before
    /// somebody looked at the camera and lifted is settled. One that is theirs no more is written down and stops nobody.
    /// </summary>
    /// <param name="view">A view of this resident's.</param>
    /// <param name="account">The resident's account at the maker.</param>
    /// <param name="isTheirs">Whether the camera still is.</param>
    public ResidentReport ResidentReported(StreamView view, string account, bool isTheirs)
    {
        var now = _time.GetUtcNow();
        var (id, source) = ($"resident-{view.Id}", $"resident:{view.Vendor}:{account}");
        if (_store.Has(id))
        {
            return ResidentReport.ToldBefore;
        }

        var (ofAccount, ofCamera) = _store.Count(
            Words.Of(EvidenceClass.ResidentReport), source, view.Device.Value, (now - ResidentReportLimits.Within).ToUnixTimeMilliseconds());
        if (ofAccount >= ResidentReportLimits.PerAccountMax || (isTheirs && ofCamera >= ResidentReportLimits.PerCameraMax) || _register.Find(view.Device.Value) is not { } device)
        {
            return ResidentReport.TooMany;
        }

        _audit.Append(account, "view.not_mine", view.Id, $"{view.Platform} {view.Link} {view.Device}");
        var seenAt = view.EndedAt ?? (view.StartedAt + StreamViews.SessionMax);
        var facts = GrantStream.Facts(view.Platform, view.Link, device, "CameraStream");
        var isSettled = seenAt < now && Lifts(seenAt).Any(lift => lift.Settles(seenAt, facts));
        if (!isTheirs || isSettled)
        {
            var why = isTheirs ? "settled by a lift" : "the camera is theirs no more";
            _store.Write(new FindingRow(
                id, now.ToUnixTimeMilliseconds(), Words.Of(EvidenceClass.ResidentReport), isTheirs ? nameof(EvidenceClass.ResidentReport) : IsolationStore.OfFormerOwner, source, view.Vendor, view.Device.Value,
                null, view.Platform, view.Link.Value, $"{why}: a resident says that a view showed another camera (grant {view.Id})"));
            return ResidentReport.Noted;
        }

        Take(
            id, source,
            new IsolationEvidence(now, EvidenceClass.ResidentReport, nameof(EvidenceClass.ResidentReport), device.Id, facts, null, UnitRefused: false) { Home = account },
            $"a resident says that a view showed another camera (grant {view.Id})");
        return _board.Current.Denies(SuspensionEffects.CutStreams, facts, out _) ? ResidentReport.Quarantined : ResidentReport.Noted;
    }

    /// <summary>
    /// Two cameras answered with one fingerprint or user name within a day, each with valid proof perhaps. Which of the two was
    /// shown can't be told, so both are suspended.
    /// </summary>
    public void SharedPeer(string gateway, StreamGrant grant, Device device, DeviceId other)
    {
        const string verdict = nameof(StreamAnomaly.PeerOfAnotherCamera);
        var (now, judged) = (_time.GetUtcNow(), new Judged(EvidenceClass.Anomaly, null, ""));
        Take(NewId(), gateway, grant, device, judged, verdict, now, $"its answer has the fingerprint or ICE user name of {other} (grant {grant.Id})");
        if (_register.Find(other.Value) is { } second)
        {
            var facts = new SuspensionFacts(
                SuspensionFacts.Unknown, second.Ref.Vendor, second.Model ?? SuspensionFacts.Unknown, second.Firmware ?? SuspensionFacts.Unknown,
                "CameraStream", SuspensionFacts.Unknown, other.Value);
            Take(
                NewId(), gateway, new IsolationEvidence(now, EvidenceClass.Anomaly, verdict, other, facts, null, UnitRefused: false),
                $"an answer of {device.Id} has its fingerprint or ICE user name");
        }
    }

    /// <summary>A gateway has applied all suspensions up to this version.</summary>
    public void Applied(string gateway, long version)
    {
        List<PendingTrip> confirmed;
        var now = _time.GetUtcNow();
        lock (_gate)
        {
            _pending.RemoveAll(trip => now - trip.RaisedAt > ConfirmedWithin);
            confirmed = _pending.FindAll(trip => trip.Version <= version && trip.ConfirmedBy.Add(gateway));
            confirmed.ForEach(trip => trip.InForceMs = (now - trip.ReceivedAt).TotalMilliseconds);
        }

        foreach (var trip in confirmed)
        {
            _instruments.InForce(trip.Rule, now - trip.ReceivedAt);
            _store.InForce(trip.Suspension, trip.InForceMs);
        }
    }

    public IsolationReport Report()
    {
        var (trips, findings) = (_store.Trips(IsolationReport.ListedMax), _store.Findings(IsolationReport.ListedMax));
        var now = _time.GetUtcNow();
        lock (_gate)
        {
            ForgetSettled();
            return new IsolationReport(_options, _ladder.Makers(now), _ladder.Cameras(now), trips, findings);
        }
    }

    /// <summary>What was found since then in a scope, newest first.</summary>
    public IReadOnlyList<FindingRow> FoundWithin(SuspensionScope scope, DateTimeOffset since) =>
        [.. _store.Findings(IsolationReport.ListedMax, since.ToUnixTimeMilliseconds()).Where(row => scope.Covers(Facts(row)))];

    private SuspensionFacts Facts(FindingRow row)
    {
        var device = _register.Find(row.Device);
        return new SuspensionFacts(
            Known(row.Platform), row.Vendor, Known(device?.Model), Known(device?.Firmware), "CameraStream", Known(row.Link), row.Device);
    }

    private async Task Counted(string gateway, StreamGrant grant, Device device, SessionTally session, CancellationToken cancel)
    {
        var units = Math.Clamp(session.Units, 0, UnitTally.UnitsMax);
        if (units > 0)
        {
            _instruments.Proven(units);
            IReadOnlyList<Trip> trips;
            lock (_gate)
            {
                ForgetSettled();
                trips = _ladder.Proven(device.Ref.Vendor, device.Id, units, _time.GetUtcNow());
            }

            Raise(trips);
            if (_options.Honeytokens.Contains(device.Ref.VendorDeviceId))
            {
                Take(
                    NewId(), gateway, grant, device, new Judged(EvidenceClass.Honeytoken, null, ""), "Released", _time.GetUtcNow(),
                    $"units of a camera that nobody may see were released (grant {grant.Id})");
            }
        }

        if (session.Init is not { } init || _prints.Compare(device, init, session.ParameterSets) is not { } anomaly)
        {
            return;
        }

        if (IsSettled(device, grant) || await IsNewDevice(grant, device, cancel))
        {
            _prints.Learn(_register.Find(device.Id.Value) ?? device, init, session.ParameterSets);
            return;
        }

        _prints.Dispute(device.Id);
        Take(
            NewId(), gateway, grant, device, new Judged(EvidenceClass.Anomaly, null, ""), anomaly.ToString(), _time.GetUtcNow(),
            $"its init unit is another than in earlier sessions, its model and firmware are the same (grant {grant.Id})");
    }

    /// <summary>Somebody lifted a suspension of this camera after its print was disputed: what it looks like now is right.</summary>
    private bool IsSettled(Device device, StreamGrant grant) =>
        _prints.DisputedAt(device.Id) is { } disputed
        && Lifts(disputed).Any(lift => lift.Settles(disputed, GrantStream.Facts(grant.Platform, grant.Link, device, "CameraStream")));

    /// <summary>One from the future was lifted before the clock was set back. It must not settle what is yet to come.</summary>
    private IReadOnlyList<SuspensionLift> Lifts(DateTimeOffset since) => [.. _board.LiftsSince(since).Where(lift => lift.At <= _time.GetUtcNow())];

    /// <summary>
    /// The maker is asked what it has there now: a camera that got a new firmware tonight was last described before it. A
    /// maker that doesn't answer explains nothing.
    /// </summary>
    private async Task<bool> IsNewDevice(StreamGrant grant, Device device, CancellationToken cancel)
    {
        if (_prints.IsNewDevice(device))
        {
            return true;
        }

        try
        {
            var listed = await _deviceCloud.ListDevices(grant.Account, cancel);
            _register.Identify(device.Ref.Vendor, [.. listed.Devices.Where(one => one.VendorDeviceId == device.Ref.VendorDeviceId)]);
            return _register.Find(device.Id.Value) is { } now && _prints.IsNewDevice(now);
        }
        catch (DeviceCloudUnavailableException)
        {
            return false;
        }
    }

    private void Take(string id, string source, StreamGrant grant, Device device, Judged judged, string verdict, DateTimeOffset at, string detail)
    {
        // The delivered camera may be of a home that never linked: it gets its id now, so that it stays suspended when it does.
        var delivered = judged.Delivered is { } other ? _register.Reserve(other) : (DeviceId?)null;
        Take(
            id, source,
            new IsolationEvidence(
                at, judged.Class, verdict, device.Id, GrantStream.Facts(grant.Platform, grant.Link, device, "CameraStream"), delivered, Judgement.IsUnitRefused(verdict))
            {
                Home = grant.Account,
            },
            detail);
    }

    /// <summary>Suspends first and writes down afterwards: what is found must not wait for its record.</summary>
    private void Take(string id, string source, IsolationEvidence evidence, string detail)
    {
        IReadOnlyList<Trip> trips;
        bool isSettled, isKept;
        lock (_gate)
        {
            if (!Recognise(id))
            {
                return;
            }

            ForgetSettled();
            isSettled = _lifts.Any(lift => lift.Settles(evidence.At, evidence.Facts));
            trips = isSettled ? [] : _ladder.Take(evidence, _time.GetUtcNow());
            isKept = _ladder.LatelyRefused(evidence.Device, _time.GetUtcNow()) <= RowsPerMinuteMax;
        }

        _instruments.Found(evidence.Class, evidence.Verdict);
        try
        {
            Raise(trips);
        }
        catch
        {
            // What could not be raised is told again: the gateway tries until it is heard.
            lock (_gate)
            {
                _recognised.Remove(id);
            }

            throw;
        }

        if (isKept)
        {
            _store.Write(new FindingRow(
                id, evidence.At.ToUnixTimeMilliseconds(), Words.Of(evidence.Class), evidence.Verdict, source, evidence.Vendor, evidence.Device.Value,
                evidence.Delivered?.Value, evidence.Facts.Platform!, evidence.Link, isSettled ? $"settled by a lift: {detail}" : detail));
            PruneNowAndThen();
        }

        // Whose camera it was by the maker's ids is for GET /ops/v1/isolation: a log is read by more people.
        _log.LogError("Isolation: {Class} ({Verdict}) at {Device}", evidence.Class, evidence.Verdict, evidence.Device);
    }

    /// <summary>Each for itself: one that can't be raised takes no other with it.</summary>
    private void Raise(IReadOnlyList<Trip> trips)
    {
        List<Exception> failures = [];
        foreach (var trip in trips)
        {
            try
            {
                Raise(trip);
            }
            catch (Exception failed)
            {
                _log.LogCritical(failed, "Isolation: {Scope} could not be suspended: {Rule}", trip.Scope.Device ?? $"every camera of {trip.Evidence.Vendor}", trip.Rule);
                failures.Add(failed);
            }
        }

        if (failures.Count > 0)
        {
            throw new AggregateException("Not all that tripped could be suspended.", failures);
        }
    }

    private void Raise(Trip trip)
    {
        lock (_gate)
        {
            if (_raised.TryGetValue(trip.Scope, out var standing) && _board.Current.InForce.Any(entry => entry.Id == standing && entry.Spared is null))
            {
                return;
            }
        }

        PendingTrip pending;
        var (suspension, isNew) = _board.RaiseAutomatic(trip.Scope, SuspensionEffects.CutStreams, $"{Words.Of(trip.Rule)}: {trip.Because}", "new");
        lock (_gate)
        {
            _raised[trip.Scope] = suspension.Id;
            if (!isNew)
            {
                return;
            }

            pending = new PendingTrip(suspension.Id, suspension.Version, Words.Of(trip.Rule), trip.Evidence.At, suspension.RaisedAt);
            _pending.Add(pending);
        }

        var took = _time.GetUtcNow() - trip.Evidence.At;
        _instruments.Tripped(trip.Rule, took);
        _store.Write(new TripRow(
            suspension.Id, suspension.Version, suspension.RaisedAt.ToUnixTimeMilliseconds(), Words.Of(trip.Rule), trip.Evidence.Vendor, trip.Scope.Device, trip.Because,
            took.TotalMilliseconds, null));
        if (pending.InForceMs is { } inForce)
        {
            // Confirmed before there was a row to write it into.
            _store.InForce(suspension.Id, inForce);
        }

        _audit.Append(
            Suspension.System, "isolation.tripped", suspension.Id,
            string.Create(CultureInfo.InvariantCulture, $"{Words.Of(trip.Rule)} {trip.Scope.Device ?? $"every camera of {trip.Evidence.Vendor}"}: {trip.Because}; {took.TotalMilliseconds:0} ms after the unit was received"));
        _log.LogCritical("Isolation: suspended {Scope} by itself: {Rule}", trip.Scope.Device ?? $"every camera of {trip.Evidence.Vendor}", trip.Rule);
    }

    /// <summary>Call within the gate. Lifts are read anew when the board's version says that there may be some.</summary>
    private void ForgetSettled()
    {
        if (_board.Current.Version is var version && version != _liftsAtVersion)
        {
            _lifts = Lifts(_time.GetUtcNow() - _options.Memory - AgeMax);
            _liftsAtVersion = version;
            _ladder.Forget(evidence => _lifts.Any(lift => lift.Settles(evidence.At, evidence.Facts)));
        }
    }

    /// <summary>Call within the gate. False when it was told before.</summary>
    private bool Recognise(string id)
    {
        if (!_recognised.Add(id))
        {
            return false;
        }

        _recognisedInOrder.Enqueue(id);
        if (_recognisedInOrder.Count > RecognisedMax)
        {
            _recognised.Remove(_recognisedInOrder.Dequeue());
        }

        return true;
    }

    /// <summary>After a restart the counts are made anew from the kept findings; what they tripped stands on the board.</summary>
    private void Rebuild()
    {
        var since = _time.GetUtcNow() - _options.Memory;
        foreach (var row in _store.Findings(IsolationStore.FindingsMax, since.ToUnixTimeMilliseconds()).Reverse())
        {
            Recognise(row.Id);
            if (Words.Class(row.Class) is { } found)
            {
                _ladder.Remember(new IsolationEvidence(
                    DateTimeOffset.FromUnixTimeMilliseconds(row.At), found, row.Verdict, new DeviceId(row.Device), Facts(row),
                    row.Delivered is { } delivered ? new DeviceId(delivered) : null,
                    Judgement.IsUnitRefused(row.Verdict)));
            }
        }

        _store.Prune((_time.GetUtcNow() - IsolationStore.Retention).ToUnixTimeMilliseconds());
    }

    private void PruneNowAndThen()
    {
        if (Interlocked.Increment(ref _written) % 500 == 0)
        {
            _store.Prune((_time.GetUtcNow() - IsolationStore.Retention).ToUnixTimeMilliseconds());
        }
    }

    /// <summary>What is not known is told apart by reference.</summary>
    private static string Known(string? fact) => fact is null or SuspensionFacts.Unknown ? SuspensionFacts.Unknown : fact;

    private static string NewId() => Guid.NewGuid().ToString("N");

    private sealed record PendingTrip(string Suspension, long Version, string Rule, DateTimeOffset ReceivedAt, DateTimeOffset RaisedAt)
    {
        public HashSet<string> ConfirmedBy { get; } = new(StringComparer.Ordinal);

        /// <summary>Until the slowest gateway that confirmed so far.</summary>
        public double? InForceMs { get; set; }
    }
}
