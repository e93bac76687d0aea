using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using HomeBridge.Simulation.Clock;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Simulation.Makers;

/// <summary>Two seconds of one camera's pictures (or its init unit), with what its maker stored beside them at ingest.</summary>
internal sealed record SimUnit(
    SimCamera Camera, int Home, UnitKind Kind, long Sequence, long CapturedMs, byte[] Body, string Statement, string Digest,
    EvidenceSigner.Signature Ingest)
{
    /// <summary>How wrong the camera's clock was.</summary>
    public long ClockOffMs { get; init; }
}

/// <summary>
/// A camera. The true origin of a unit stands in its body (camera, home, sequence, time), in a box that nobody but the
/// oracle reads.
/// </summary>
internal sealed class SimCamera
{
    public const int UnitMs = 2000;

    /// <summary>Units that the maker still has when they are asked for by number.</summary>
    private const int KeptUnits = 12;

    private const int ClockWrongForMs = 6000;

    private const string KeyId = "sim-1";
    private const int TruthLength = 4 + 4 + 4 + 8 + 8;

    private readonly Schedule _schedule;
    private readonly Clockwork _clock;
    private readonly Dictionary<long, SimUnit> _units = [];
    private readonly List<SimUnit> _earlier = [];
    private long _startedMs;
    private long _clockOffMs;
    private long _clockOffUntilMs;
    private long _first;
    private SimUnit? _init;

    public SimCamera(int number, string vendor, int home, DeviceEvidenceKeys keys, Schedule schedule, Clockwork clock, Dice dice)
    {
        (Number, Vendor, Home, Keys, _schedule, _clock) = (number, vendor, home, keys, schedule, clock);
        VendorDeviceId = NameOf(number);
        DeviceId = string.Create(CultureInfo.InvariantCulture, $"device-{number:00000000}");
        Model = number % 3 == 0 ? "door" : "room";

        // Long on: its first units are already there.
        _startedMs = clock.UnixMs - 60_000 - dice.Below(UnitMs);
        _first = schedule.AlignedSequences ? _startedMs / UnitMs : 1000 + dice.Below(1_000_000);
        if (schedule.AlignedSequences)
        {
            _startedMs = _first * UnitMs;
        }
    }

    public int Number { get; }

    public string Vendor { get; }

    public string VendorDeviceId { get; }

    /// <summary>As platforms see it.</summary>
    public string DeviceId { get; }

    public string Model { get; }

    public DeviceEvidenceKeys Keys { get; }

    /// <summary>Whose it is, at the maker.</summary>
    public int Home { get; private set; }

    public bool Online { get; private set; } = true;

    public DeviceRef Ref => new(Vendor, VendorDeviceId);

    /// <summary>The newest complete unit; below the first there is none.</summary>
    public long Newest => _first + ((_clock.UnixMs - _startedMs) / UnitMs) - 1;

    public long Oldest => Math.Max(_first, Newest - KeptUnits + 1);

    public static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"acme-camera-{number:00000000}");

    /// <summary>Nothing of it for a while, then pictures again, with numbers that go on or back.</summary>
    public void Restart(long back)
    {
        _earlier.AddRange(_units.Values.OrderBy(unit => unit.Sequence));
        var newest = Newest;
        _units.Clear();
        _init = null;
        _first = Math.Max(1, newest + 1 - back);
        _startedMs = _clock.UnixMs;
    }

    /// <summary>Its clock is wrong by this much, until it asks a time server again.</summary>
    public void StepClock(long offMs) => (_clockOffMs, _clockOffUntilMs) = (offMs, _clock.UnixMs + ClockWrongForMs);

    /// <summary>It is taken off, carried to another home and set up there.</summary>
    public void Unplug() => Online = false;

    public void PlugIn(int home)
    {
        Home = home;
        Online = true;
        Restart(back: -5);
    }

    public SimUnit Init => _init ??= Make(UnitKind.Init, 0, _startedMs);

    /// <summary>Null when it has no such unit, not yet or not any more.</summary>
    public SimUnit? Unit(long sequence)
    {
        if (!Online || sequence < Oldest || sequence > Newest)
        {
            return null;
        }

        if (!_units.TryGetValue(sequence, out var unit))
        {
            unit = Make(UnitKind.Segment, sequence, _startedMs + ((sequence - _first) * UnitMs));
            _units.Add(sequence, unit);
        }

        return unit;
    }

    /// <summary>An old unit of that number, or the oldest that there is: what a cache may still have.</summary>
    public SimUnit? Stale(long sequence, TimeSpan age)
    {
        var before = _clock.UnixMs - (long)age.TotalMilliseconds;
        return _earlier.Find(unit => unit.Sequence == sequence && unit.CapturedMs < before)
            ?? _units.Values.Where(unit => unit.CapturedMs < before).MinBy(unit => unit.Sequence);
    }

    /// <summary>The same, as another unit that this camera signed: for pictures that reached the wrong camera's ingest.</summary>
    public SimUnit SignForeign(SimUnit foreign) => Sign(foreign with { Camera = this }, foreign.Body);

    /// <summary>Who made these bytes, if anybody: the oracle's eye.</summary>
    public static (int Camera, int Home, long Sequence, long CapturedMs)? TruthOf(ReadOnlySpan<byte> body)
    {
        if (body.Length < TruthLength || !body[^TruthLength..].StartsWith("TRUE"u8))
        {
            return null;
        }

        var truth = body[^TruthLength..];
        return (BinaryPrimitives.ReadInt32BigEndian(truth[4..]), BinaryPrimitives.ReadInt32BigEndian(truth[8..]),
            BinaryPrimitives.ReadInt64BigEndian(truth[12..]), BinaryPrimitives.ReadInt64BigEndian(truth[20..]));
    }

    private SimUnit Make(UnitKind kind, long sequence, long capturedMs)
    {
        var identity = _schedule.IdentityBox ? Encoding.ASCII.GetBytes(VendorDeviceId) : [];
        var identityLength = identity.Length == 0 ? 0 : 8 + CameraIdentityBox.UserType.Length + identity.Length;
        var length = kind is UnitKind.Init ? Math.Min(_schedule.UnitBytes, 320) : _schedule.UnitBytes;
        var body = new byte[length];
        if (identityLength > 0)
        {
            BinaryPrimitives.WriteInt32BigEndian(body, identityLength);
            "uuid"u8.CopyTo(body.AsSpan(4));
            CameraIdentityBox.UserType.CopyTo(body.AsSpan(8));
            identity.CopyTo(body, 8 + CameraIdentityBox.UserType.Length);
        }

        var media = body.AsSpan(identityLength);
        BinaryPrimitives.WriteInt32BigEndian(media, media.Length);
        "mdat"u8.CopyTo(media[4..]);
        new SeededGenerator(new Dice((ulong)((Number * 1_000_003L) + sequence))).GetBytes(media[8..^TruthLength]);
        var truth = media[^TruthLength..];
        "TRUE"u8.CopyTo(truth);
        BinaryPrimitives.WriteInt32BigEndian(truth[4..], Number);
        BinaryPrimitives.WriteInt32BigEndian(truth[8..], Home);
        BinaryPrimitives.WriteInt64BigEndian(truth[12..], sequence);
        BinaryPrimitives.WriteInt64BigEndian(truth[20..], capturedMs);
        return Sign(new SimUnit(this, Home, kind, sequence, capturedMs, body, "", "", new EvidenceSigner.Signature("", "")), body);
    }

    private SimUnit Sign(SimUnit unit, byte[] body)
    {
        var off = _clock.UnixMs < _clockOffUntilMs && unit.Kind is UnitKind.Segment ? _clockOffMs : 0;
        var statement = new MediaUnit(VendorDeviceId, unit.Kind, unit.Sequence, unit.CapturedMs + off, body.Length).ToHeader();
        var digest = EvidenceSigner.ContentDigest(body);
        var ingest = EvidenceSigner.SignIngest(Keys.Ingest, KeyId, statement, digest, (unit.CapturedMs + off) / 1000);
        return unit with { Body = body, Statement = statement, Digest = digest, Ingest = ingest, ClockOffMs = off };
    }
}
