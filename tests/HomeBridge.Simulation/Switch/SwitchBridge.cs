using HomeBridge.Simulation.Authority;
using HomeBridge.Simulation.Clock;
using HomeBridge.StreamGateway.Bridge;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.Simulation.Switch;

/// <summary>One of a few cameras of two makers in a few homes.</summary>
internal readonly record struct SwitchCamera(int Number)
{
    public const int Count = 8;

    public string Device => $"dev_{Number}";

    public string Link => $"lnk_{Number / 2}";

    public string Vendor => Number % 2 == 0 ? "acme" : "borealis";

    public override string ToString() => Device;
}

/// <summary>A suspension as the bridge's database has it.</summary>
internal sealed record SwitchSuspension(string Id, SuspensionScope Scope, TimeSpan Since)
{
    public bool Covers(SwitchCamera camera) => Covers(Scope, camera);

    /// <summary>By rules of its own.</summary>
    public static bool Covers(SuspensionScope scope, SwitchCamera camera) =>
        (scope.Device ?? camera.Device) == camera.Device && (scope.AccountLink ?? camera.Link) == camera.Link && (scope.Vendor ?? camera.Vendor) == camera.Vendor;
}

/// <summary>A line of the feed with what the world knows about it.</summary>
internal sealed record SwitchLine(FeedMessage Message, TimeSpan Due, TimeSpan? AskedAt, long Epoch, IReadOnlyList<SwitchSuspension>? InForce, IReadOnlySet<string> Lifted, bool IsForged = false);

/// <summary>
/// The bridge's database and its backups. What an operator lifted is lifted; what only a restore forgot is not.
/// </summary>
internal sealed class SwitchBridge(SwitchTime time, Dice dice, TicketPublicKey ticketKey) : IBridge, IDisposable
{
    private readonly List<(long Epoch, long Version, List<SwitchSuspension> InForce)> _backups = [];
    private readonly SnapshotSigner _stranger = SnapshotSigner.New();
    private List<SwitchSuspension> _inForce = [];
    private SnapshotMemory? _memory;
    private long _version = 1;
    private int _raised;

    public long Epoch { get; private set; } = 1;

    public IReadOnlyList<SwitchSuspension> InForce => _inForce;

    /// <summary>Whether it keeps what its database has forgotten.</summary>
    public bool WentBack => _memory?.WentBack == true;

    /// <summary>What somebody lifted since it was raised; a restore brings some of it back.</summary>
    public HashSet<string> Lifted { get; } = [];

    /// <summary>Grows with each change, so that feeds see that there is one.</summary>
    public long Changes { get; private set; }

    public void Raise()
    {
        if (_inForce.Count >= 6)
        {
            return;
        }

        var camera = new SwitchCamera(dice.Below(SwitchCamera.Count));
        var scope = dice.Below(8) switch
        {
            0 => new SuspensionScope(Vendor: camera.Vendor, Trait: "CameraStream"),
            1 => new SuspensionScope(Trait: "CameraStream"),
            2 or 3 => new SuspensionScope(AccountLink: camera.Link),
            _ => new SuspensionScope(Device: camera.Device),
        };
        _inForce = [.. _inForce, new SwitchSuspension($"sus_{++_raised}", scope, time.Now)];
        Change();
    }

    public void Lift()
    {
        if (_inForce.Count > 0)
        {
            var lifted = dice.Pick(_inForce);
            Lifted.Add(lifted.Id);
            _inForce = [.. _inForce.Where(one => one != lifted)];
            Change();
        }
    }

    public void BackUp() => _backups.Add((Epoch, _version, _inForce));

    /// <summary>The database goes back; the bridge starts anew with it.</summary>
    public void Restore(IEnumerable<SwitchGateway> gateways)
    {
        if (_backups.Count > 0)
        {
            // An epoch that two people took is not taken back here: the bridge's own copy knows it.
            var backup = dice.Pick(_backups);
            if (backup.Epoch == Epoch)
            {
                (_version, _inForce) = (backup.Version, [.. backup.InForce.Select(one => one with { Since = time.Now })]);
                Lifted.ExceptWith(_inForce.Select(one => one.Id));
                Changes++;
                Remember();
            }
        }

        Restart(gateways);
    }

    /// <summary>Two people take the numbers that there are: who hears of the new epoch forgets what only the old ones had.</summary>
    public void Rebase()
    {
        Epoch++;
        Change();
    }

    public void Restart(IEnumerable<SwitchGateway> gateways)
    {
        foreach (var gateway in gateways)
        {
            gateway.LoseFeed(dice.Seconds(0.2, 2));
        }
    }

    public SwitchLine Line(bool whole, long echo, TimeSpan? askedAt, TimeSpan due, bool forged = false)
    {
        var snapshot = new SuspensionSnapshot(
            forged ? _version + 100 : _version, forged ? [] : Remember().InForce.InForce);
        return new SwitchLine(
            new FeedMessage
            {
                Version = snapshot.Version,
                Cursor = 0,
                Suspensions = whole ? (forged ? _stranger : SimFeed.Signer).Sign(new NumberedSnapshot(forged ? Epoch + 1 : Epoch, snapshot)) : null,
                TicketKeys = whole ? [new TicketKeyMessage(Convert.ToBase64String(ticketKey.SubjectPublicKeyInfo))] : null,
                Echo = echo,
            },
            due, askedAt, Epoch, whole ? _inForce : null, new HashSet<string>(Lifted), forged);
    }

    public Task<(GrantVerdict Verdict, RedeemedGrant? Grant)> Redeem(RedeemRequest request, CancellationToken cancel)
    {
        var camera = new SwitchCamera(Asked);
        var key = Convert.ToBase64String(new byte[DeviceEvidenceKeys.KeyLength]);
        return Task.FromResult<(GrantVerdict, RedeemedGrant?)>((GrantVerdict.Granted, new RedeemedGrant
        {
            Grant = request.Grant,
            AccountLink = camera.Link,
            Platform = "google",
            Device = camera.Device,
            Vendor = camera.Vendor,
            VendorDeviceId = $"camera-{camera.Number}",
            MediaUrl = "http://maker/",
            MediaToken = "token",
            Grade = EvidenceGrade.G2,
            IngestKey = key,
            FreshKey = key,
        }));
    }

    /// <summary>The camera that the ticket being redeemed is for.</summary>
    public int Asked { get; set; }

    public Task<GrantVerdict> Renew(RenewRequest request, CancellationToken cancel) => Task.FromResult(GrantVerdict.Granted);

    public Task<bool> Ended(SessionEnded ended, CancellationToken cancel) => Task.FromResult(true);

    public Task<bool> Found(EvidenceFinding finding, CancellationToken cancel) => Task.FromResult(true);

    public Task<bool> Counted(UnitTally tally, CancellationToken cancel) => Task.FromResult(true);

    public Task<bool> Released(UnitsReleased released, CancellationToken cancel) => Task.FromResult(true);

    public void Dispose() => _stranger.Dispose();

    private void Change()
    {
        _version++;
        Changes++;
        Remember();
    }

    /// <summary>As the bridge does: its own copy on disk outlives its database.</summary>
    private SnapshotMemory Remember() => _memory = SnapshotMemory.Take(
        _memory, new NumberedSnapshot(Epoch, new SuspensionSnapshot(_version, [.. _inForce.Select(one => new SuspensionInForce(one.Id, one.Scope, SuspensionEffects.CutStreams))])));
}
