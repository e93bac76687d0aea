using System.Globalization;
using HomeBridge.Devices;

namespace HomeBridge.Isolation;

/// <summary>
/// The escalation table: counts evidence and proven units, and says what trips. Numbers and times only: it neither
/// suspends nor stores, and asks no clock. One caller at a time.
/// </summary>
internal sealed class EscalationLadder(IsolationOptions options)
{
    /// <summary>Evidence that is held of one maker. It suspends long before there is so much.</summary>
    private const int HeldMax = 5_000;

    private readonly Dictionary<string, Maker> _makers = new(StringComparer.Ordinal);
    private readonly Dictionary<DeviceId, Camera> _cameras = [];
    private DateTimeOffset _sweepAt;

    /// <summary>Takes in a piece of evidence and says what it trips, the widest first.</summary>
    public IReadOnlyList<Trip> Take(IsolationEvidence evidence, DateTimeOffset now)
    {
        Sweep(now);
        var trips = new List<Trip>();
        var maker = MakerOf(evidence.Vendor);
        var camera = CameraOf(evidence.Device, evidence.Vendor);
        if (evidence.UnitRefused)
        {
            Hold(maker.Refused, evidence);
            Hold(camera.Refused, evidence);
        }

        switch (evidence.Class)
        {
            case EvidenceClass.WrongFrame:
                trips.Add(Trip.OfMaker(TripRule.WrongFrame, evidence, $"a canary saw a wrong frame at {evidence.Device}"));
                break;
            case EvidenceClass.Honeytoken:
                trips.Add(Trip.OfMaker(TripRule.Honeytoken, evidence, $"a camera that nobody may see was named at {evidence.Device}"));
                break;
            case EvidenceClass.SmokingGun:
                Hold(maker.Guns, evidence);
                var devices = maker.Guns.Where(gun => IsWithin(gun.At, options.EscalationWindow, now)).Select(gun => gun.Device).Distinct().Count();
                if (devices >= options.EscalationDevices)
                {
                    trips.Add(Trip.OfMaker(
                        TripRule.SmokingGuns, evidence,
                        $"{devices} cameras got another camera's pictures, proven, within {Words(options.EscalationWindow)}"));
                }

                trips.Add(Trip.OfCamera(
                    TripRule.SmokingGun, evidence.Device, evidence, $"its stream got a unit of {evidence.Delivered?.Value ?? "another camera"}, proven"));
                if (evidence.Delivered is { } delivered)
                {
                    trips.Add(Trip.OfCamera(TripRule.SmokingGun, delivered, evidence, $"a unit of it was delivered to the stream of {evidence.Device}, proven"));
                }

                break;
            case EvidenceClass.ResidentReport:
                trips.Add(Trip.OfCamera(TripRule.ResidentReport, evidence.Device, evidence, "its resident says that a view showed another camera"));
                break;
            case EvidenceClass.Anomaly:
                trips.Add(Trip.OfCamera(TripRule.Anomaly, evidence.Device, evidence, $"passive anomaly: {evidence.Verdict}"));
                if (evidence.Delivered is { } answering)
                {
                    trips.Add(Trip.OfCamera(TripRule.Anomaly, answering, evidence, $"it answered in place of {evidence.Device}, by its own word"));
                }

                break;
            default:
                trips.AddRange(OneCamera(camera, evidence, now));
                break;
        }

        if (evidence.UnitRefused)
        {
            trips.AddRange(Share(maker, now));
        }

        return trips;
    }

    /// <summary>Counts proven units of a camera. What was refused before may become a share only now.</summary>
    public IReadOnlyList<Trip> Proven(string vendor, DeviceId device, int units, DateTimeOffset now)
    {
        Sweep(now);
        var maker = MakerOf(vendor);
        var camera = CameraOf(device, vendor);
        maker.Proven.Add(units, now);
        camera.Proven.Add(units, now);
        camera.LastProven = now;
        return maker.Refused.Count == 0 ? [] : [.. Share(maker, now)];
    }

    /// <summary>Forgets evidence that a lift has settled.</summary>
    public void Forget(Predicate<IsolationEvidence> isSettled)
    {
        foreach (var maker in _makers.Values)
        {
            maker.Guns.RemoveAll(isSettled);
            maker.Refused.RemoveAll(isSettled);
        }

        foreach (var camera in _cameras.Values)
        {
            camera.Refused.RemoveAll(isSettled);
        }
    }

    /// <summary>Takes in what was counted before a restart; it tripped then, if it had to.</summary>
    public void Remember(IsolationEvidence evidence)
    {
        var maker = MakerOf(evidence.Vendor);
        if (evidence.Class is EvidenceClass.SmokingGun)
        {
            Hold(maker.Guns, evidence);
        }

        if (evidence.UnitRefused)
        {
            // Not in the maker's share: the units that were proven before the restart are not known any more.
            Hold(CameraOf(evidence.Device, evidence.Vendor).Refused, evidence);
        }
    }

    /// <summary>Refused units of one camera within the last minute: how much of a flood is worth a row.</summary>
    public int LatelyRefused(DeviceId device, DateTimeOffset now) =>
        _cameras.TryGetValue(device, out var camera) ? camera.Refused.Count(one => IsWithin(one.At, TimeSpan.FromMinutes(1), now)) : 0;

    public IReadOnlyList<MakerCounts> Makers(DateTimeOffset now) =>
    [
        .. _makers.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair =>
        {
            var refused = Within(pair.Value.Refused, options.ShareWindow, now);
            return new MakerCounts(
                pair.Key,
                pair.Value.Proven.Count(now) + refused.Count,
                refused.Count,
                refused.DistinctBy(one => one.Device).Count(),
                Homes(refused),
                Within(pair.Value.Guns, options.EscalationWindow, now).DistinctBy(one => one.Device).Count());
        }),
    ];

    public IReadOnlyList<CameraCounts> Cameras(DateTimeOffset now) =>
    [
        .. _cameras.Select(pair =>
        {
            var refused = Within(pair.Value.Refused, options.QuarantineWindow, now);
            return new CameraCounts(
                pair.Key, pair.Value.Vendor, pair.Value.Proven.Count(now), refused.Count, InARow(pair.Value, refused), refused.LastOrDefault()?.At);
        })
        .OrderByDescending(one => one.LastRefused).ThenBy(one => one.Device.Value, StringComparer.Ordinal),
    ];

    private IEnumerable<Trip> OneCamera(Camera camera, IsolationEvidence evidence, DateTimeOffset now)
    {
        var refused = Within(camera.Refused, options.QuarantineWindow, now);
        var inARow = InARow(camera, refused);
        if (inARow >= options.QuarantineInARow)
        {
            yield return Trip.OfCamera(
                TripRule.RefusedInARow, evidence.Device, evidence, $"{inARow} units in a row without valid proof, the last one {evidence.Verdict}");
        }
        else if (refused.Count >= options.QuarantineCount)
        {
            yield return Trip.OfCamera(
                TripRule.RefusedCount, evidence.Device, evidence,
                $"{refused.Count} units without valid proof within {Words(options.QuarantineWindow)}, the last one {evidence.Verdict}");
        }
    }

    private IEnumerable<Trip> Share(Maker maker, DateTimeOffset now)
    {
        var refused = Within(maker.Refused, options.ShareWindow, now);
        var units = maker.Proven.Count(now) + refused.Count;
        if (refused.Count > 0
            && units >= options.ShareUnitsMin
            && refused.Count * 1_000_000L > (long)options.RefusedPerMillionMax * units
            && refused.DistinctBy(one => one.Device).Count() >= options.ShareDevicesMin
            && Homes(refused) >= options.ShareLinksMin)
        {
            yield return Trip.OfMaker(
                TripRule.RefusedShare, refused[^1],
                string.Create(CultureInfo.InvariantCulture, $"{refused.Count} of {units} units within {Words(options.ShareWindow)} had no valid proof ({refused.Count * 100.0 / units:0.00} %)"));
        }
    }

    /// <summary>Links of different homes: one home may have many links, and one link is one home.</summary>
    private static int Homes(List<IsolationEvidence> refused) =>
        Math.Min(refused.DistinctBy(one => one.Link).Count(), refused.DistinctBy(one => one.Home ?? one.Link).Count());

    private static int InARow(Camera camera, List<IsolationEvidence> refused) =>
        camera.LastProven is { } proven ? refused.Count(one => one.At > proven) : refused.Count;

    private static List<IsolationEvidence> Within(List<IsolationEvidence> evidence, TimeSpan window, DateTimeOffset now) =>
        evidence.FindAll(one => IsWithin(one.At, window, now));

    private static bool IsWithin(DateTimeOffset at, TimeSpan window, DateTimeOffset now) => at > now - window;

    private static void Hold(List<IsolationEvidence> held, IsolationEvidence evidence)
    {
        if (held.Count >= HeldMax)
        {
            held.RemoveRange(0, HeldMax / 10);
        }

        held.Add(evidence);
    }

    private Maker MakerOf(string vendor) =>
        _makers.TryGetValue(vendor, out var maker) ? maker : _makers[vendor] = new Maker { Proven = new SlidingUnits(options.ShareWindow) };

    private Camera CameraOf(DeviceId device, string vendor) =>
        _cameras.TryGetValue(device, out var camera) ? camera : _cameras[device] = new Camera { Vendor = vendor, Proven = new SlidingUnits(options.ShareWindow) };

    /// <summary>Once in a share's window: what can't matter any more goes.</summary>
    private void Sweep(DateTimeOffset now)
    {
        if (now < _sweepAt)
        {
            return;
        }

        _sweepAt = now + options.ShareWindow;
        foreach (var maker in _makers.Values)
        {
            maker.Guns.RemoveAll(one => !IsWithin(one.At, options.EscalationWindow, now));
            maker.Refused.RemoveAll(one => !IsWithin(one.At, options.ShareWindow, now));
        }

        foreach (var (device, camera) in _cameras)
        {
            camera.Refused.RemoveAll(one => !IsWithin(one.At, options.QuarantineWindow, now));
            if (camera.Refused.Count == 0 && camera.Proven.Count(now) == 0)
            {
                _cameras.Remove(device);
            }
        }
    }

    private static string Words(TimeSpan time) =>
        time.TotalMinutes >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.#} min") : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s");

    private sealed class Maker
    {
        public List<IsolationEvidence> Guns { get; } = [];

        public List<IsolationEvidence> Refused { get; } = [];

        public required SlidingUnits Proven { get; init; }
    }

    private sealed class Camera
    {
        public required string Vendor { get; init; }

        public List<IsolationEvidence> Refused { get; } = [];

        public required SlidingUnits Proven { get; init; }

        public DateTimeOffset? LastProven { get; set; }
    }
}

/// <summary>A maker's counts: units, refused ones and where they were in the share's window, guns in the escalation's.</summary>
internal sealed record MakerCounts(string Vendor, long Units, int Refused, int RefusedDevices, int RefusedLinks, int GunDevices);

/// <summary>A camera's counts: proven units in the share's window, refused ones in the quarantine's.</summary>
internal sealed record CameraCounts(DeviceId Device, string Vendor, long Proven, int Refused, int InARow, DateTimeOffset? LastRefused);
