using HomeBridge.Devices;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Isolation;

/// <summary>What a finding amounts to, the gravest first.</summary>
internal enum EvidenceClass
{
    /// <summary>A canary's display showed what it must not.</summary>
    WrongFrame,

    /// <summary>Something names a camera that nobody may ever see.</summary>
    Honeytoken,

    /// <summary>Signatures prove that another camera's unit was delivered.</summary>
    SmokingGun,

    /// <summary>A resident says that a view showed another camera than theirs.</summary>
    ResidentReport,

    /// <summary>Every proof held, and yet something is odd.</summary>
    Anomaly,

    /// <summary>Proof was missing or wrong.</summary>
    InvalidProof,
}

/// <summary>One judged finding.</summary>
/// <param name="At">When the unit was received.</param>
/// <param name="Class">What it amounts to.</param>
/// <param name="Verdict">The gateway's word for it.</param>
/// <param name="Device">The granted camera.</param>
/// <param name="Facts">What suspensions are asked about the session.</param>
/// <param name="Delivered">The camera whose unit came instead, if that is proven.</param>
/// <param name="UnitRefused">It is one unit that was not released, and counts in the share.</param>
internal sealed record IsolationEvidence(
    DateTimeOffset At, EvidenceClass Class, string Verdict, DeviceId Device, SuspensionFacts Facts, DeviceId? Delivered, bool UnitRefused)
{
    public string Vendor => Facts.Vendor!;

    public string Link => Facts.AccountLink!;

    /// <summary>The account at the maker, which may have many links: how many homes are hit is counted by it.</summary>
    public string? Home { get; init; }
}

/// <summary>Which rule of the escalation table tripped.</summary>
internal enum TripRule
{
    /// <summary>One wrong frame at a canary: the maker's cameras.</summary>
    WrongFrame,

    /// <summary>A honeytoken was named: the maker's cameras.</summary>
    Honeytoken,

    /// <summary>Smoking guns at several cameras: the maker's cameras.</summary>
    SmokingGuns,

    /// <summary>One smoking gun: the two cameras.</summary>
    SmokingGun,

    /// <summary>Too large a share of units without valid proof: the maker's cameras.</summary>
    RefusedShare,

    /// <summary>One camera's units without valid proof in a row: that camera.</summary>
    RefusedInARow,

    /// <summary>Too many of one camera's: that camera.</summary>
    RefusedCount,

    /// <summary>A resident said that it is not their camera: that camera.</summary>
    ResidentReport,

    /// <summary>A passive anomaly: that camera.</summary>
    Anomaly,
}

/// <summary>What is to be suspended, why, and by which evidence. Its scope is one camera or one maker's cameras; there is no third.</summary>
internal sealed record Trip
{
    private Trip(TripRule rule, SuspensionScope scope, IsolationEvidence evidence, string because) =>
        (Rule, Scope, Evidence, Because) = (rule, scope, evidence, because);

    public TripRule Rule { get; }

    public SuspensionScope Scope { get; }

    public IsolationEvidence Evidence { get; }

    public string Because { get; }

    public static Trip OfCamera(TripRule rule, DeviceId device, IsolationEvidence evidence, string because) =>
        device.Value is { Length: > 0 }
            ? new(rule, new SuspensionScope(Device: device.Value, Trait: "CameraStream"), evidence, because)
            : throw new ArgumentException("Without a camera it would be every camera.", nameof(device));

    public static Trip OfMaker(TripRule rule, IsolationEvidence evidence, string because) =>
        evidence.Vendor is { Length: > 0 }
            ? new(rule, new SuspensionScope(Vendor: evidence.Vendor, Trait: "CameraStream"), evidence, because)
            : throw new ArgumentException("Without a maker it would be every maker's cameras.", nameof(evidence));
}
