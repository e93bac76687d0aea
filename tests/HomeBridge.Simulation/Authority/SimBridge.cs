using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using HomeBridge.Simulation.Clock;
using HomeBridge.Simulation.Makers;
using HomeBridge.StreamGateway.Bridge;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.Simulation.Authority;

/// <summary>
/// The bridge's authority over one world: links, bindings, grants, suspensions and the log of what ended, behind a network
/// that loses, delays and swaps answers. It looks as the real one does: before it asks the maker, and after.
/// </summary>
internal sealed class SimBridge(World world) : IBridge
{
    /// <summary>What a gateway waits for an answer.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan TicketLifetime = TimeSpan.FromSeconds(60);

    /// <summary>A gateway that lost the answer may ask again, this soon.</summary>
    private static readonly TimeSpan RedeemAgainWithin = TimeSpan.FromSeconds(20);

    private readonly Dictionary<string, SimGrant> _grants = [];
    private readonly List<SimGrant> _order = [];
    private readonly List<SuspensionInForce> _suspensions = [];
    private int _links;
    private int _raised;
    private int _keys = 1;

    public List<SimLink> Links { get; } = [];

    public List<Revocation> Revocations { get; } = [];

    public List<TicketSigner> Keys { get; } = [.. TicketKeys.First(1)];

    public long Version { get; private set; } = 1;

    public IReadOnlyList<SimGrant> Grants => _order;

    public SuspensionSnapshot Suspensions => new(Version, [.. _suspensions]);

    private Clockwork Clock => world.Clock;

    public SimLink Link(int home, string platform)
    {
        var link = new SimLink(string.Create(CultureInfo.InvariantCulture, $"link-{++_links:00000}"), home, platform);
        foreach (var camera in world.Cameras.Where(camera => camera.Home == home))
        {
            link.Bound.Add(camera.Number);
        }

        Links.Add(link);
        return link;
    }

    /// <summary>A grant and its ticket, if this link may watch this camera now.</summary>
    public (SimGrant Grant, string Ticket)? Grant(SimLink link, SimCamera camera)
    {
        if (!MayWatch(link, camera) || IsSuspended(link, camera))
        {
            return null;
        }

        Span<byte> id = stackalloc byte[16];
        world.Secrets.GetBytes(id);
        var signer = Keys[^1];
        var grant = new SimGrant(_order.Count, new GrantId(new Guid(id)), link, camera, Clock.Elapsed + TicketLifetime, signer.PublicKey.Id);

        // A ticket's times are whole seconds.
        var now = DateTimeOffset.FromUnixTimeSeconds(Clock.UnixMs / 1000);
        _grants.Add(grant.Id.ToString(), grant);
        _order.Add(grant);
        return (grant, signer.Sign(grant.Id, now, TicketLifetime));
    }

    public SimGrant? Find(string id) => _grants.GetValueOrDefault(id);

    public async Task<(GrantVerdict Verdict, RedeemedGrant? Grant)> Redeem(RedeemRequest request, CancellationToken cancel)
    {
        await Clock.Wait(world.Dice.Seconds(0.002, 0.02), cancel);
        var (verdict, grant) = Look(request.Grant, redeeming: true);
        var (opening, back) = (world.Dice.Seconds(0.01, 0.15), world.Dice.Seconds(0.002, 0.03));
        if (world.Rolls(FaultKind.RedeemLate))
        {
            // The maker takes its time, or the way back does.
            opening += world.Dice.Seconds(0.1, 1.2);
            back += world.Dice.Seconds(0.1, 1.2);
        }

        if (verdict is GrantVerdict.Granted)
        {
            await Clock.Wait(opening, cancel);
            (verdict, grant) = Look(request.Grant, redeeming: true);
            if (verdict is GrantVerdict.Granted)
            {
                grant!.RedeemedAt ??= Clock.Elapsed;
                grant.SeenRevocations = Revocations.Count;
            }
        }

        if (world.Rolls(FaultKind.RedeemLost))
        {
            await Clock.Wait(Deadline, cancel);
            return (GrantVerdict.Unavailable, null);
        }

        await Clock.Wait(back, cancel);
        if (verdict is not GrantVerdict.Granted)
        {
            return (verdict, null);
        }

        if (world.Rolls(FaultKind.RedeemSwapped) && world.Dice.Pick(_order) is { } other && other != grant)
        {
            return (GrantVerdict.Granted, Tell(other));
        }

        world.Log.Add(Happening.Redeemed, grant!.Number);
        world.Oracle.Opened(grant);
        return (GrantVerdict.Granted, Tell(grant));
    }

    public async Task<GrantVerdict> Renew(RenewRequest request, CancellationToken cancel)
    {
        if (world.Rolls(FaultKind.RenewLost))
        {
            await Clock.Wait(Deadline, cancel);
            return GrantVerdict.Unavailable;
        }

        await Clock.Wait(world.Dice.Seconds(0.005, 0.08), cancel);
        var (verdict, grant) = Look(request.Grant, redeeming: false);
        await Clock.Wait(world.Dice.Seconds(0.002, 0.02), cancel);
        if (cancel.IsCancellationRequested)
        {
            return GrantVerdict.Unavailable;
        }

        if (verdict is GrantVerdict.Granted)
        {
            world.Oracle.Renewed(grant!);
        }

        world.Log.Add(Happening.Renewed, grant?.Number ?? -1, (int)verdict);
        return verdict;
    }

    public async Task<bool> Ended(SessionEnded ended, CancellationToken cancel)
    {
        await Clock.Wait(world.Dice.Seconds(0.002, 0.03), cancel);
        if (world.Rolls(FaultKind.EndedLost))
        {
            return false;
        }

        if (Find(ended.Grant) is { Ended: false } grant)
        {
            grant.Ended = true;
            world.Log.Add(Happening.SessionEnded, grant.Number, ended.UnitsReleased);
            world.Counts.End(ended.Detail is null ? ended.Why : $"{ended.Why}: {ended.Detail}");
        }

        return true;
    }

    public async Task<bool> Found(EvidenceFinding finding, CancellationToken cancel)
    {
        await Clock.Wait(world.Dice.Seconds(0.002, 0.03), cancel);
        if (world.Rolls(FaultKind.EndedLost))
        {
            return false;
        }

        world.Counts.Found(finding.Verdict);
        return true;
    }

    /// <summary>What was proven is of no interest here: the oracle has seen it.</summary>
    public Task<bool> Counted(UnitTally tally, CancellationToken cancel) => Task.FromResult(true);

    public Task<bool> Released(UnitsReleased released, CancellationToken cancel) => Task.FromResult(true);

    public void Unlink(SimLink link)
    {
        link.Active = false;
        Revocations.Add(new Revocation(link.Id, null));
        world.Log.Add(Happening.Unlinked, Links.IndexOf(link));
        world.Feed.Changed();
    }

    public void Unbind(SimLink link, SimCamera camera)
    {
        if (link.Bound.Remove(camera.Number) && link.Active)
        {
            Revocations.Add(new Revocation(link.Id, camera.DeviceId));
            world.Log.Add(Happening.Unbound, Links.IndexOf(link), camera.Number);
            world.Feed.Changed();
        }
    }

    /// <summary>Raises one and answers how to lift it.</summary>
    public string Raise(SuspensionScope scope, SuspensionEffects effects)
    {
        var suspension = new SuspensionInForce(string.Create(CultureInfo.InvariantCulture, $"s{++_raised}"), scope, effects);
        _suspensions.Add(suspension);
        Version++;
        world.Log.Add(Happening.SuspensionRaised, _raised, Version);
        world.Feed.Changed();
        return suspension.Id;
    }

    public void Lift(string id)
    {
        if (_suspensions.RemoveAll(suspension => suspension.Id == id) > 0)
        {
            Version++;
            world.Log.Add(Happening.SuspensionLifted, Version);
            world.Feed.Changed();
        }
    }

    /// <summary>Another bridge takes over from a backup that lacks the last suspension.</summary>
    public void FailOver()
    {
        if (_suspensions.Count > 0 && Version > 1)
        {
            _suspensions.RemoveAt(_suspensions.Count - 1);
            Version--;
        }
    }

    public void AddKey()
    {
        if (_keys < TicketKeys.Count)
        {
            Keys.Add(TicketKeys.First(++_keys)[^1]);
        }
    }

    /// <summary>The oldest key leaves the ring.</summary>
    public void RemoveKey()
    {
        if (Keys.Count > 1)
        {
            Keys.RemoveAt(0);
        }
    }

    private (GrantVerdict Verdict, SimGrant? Grant) Look(string id, bool redeeming)
    {
        if (Find(id) is not { Ended: false } grant
            || (redeeming ? grant.RedeemedAt is { } at && Clock.Elapsed - at > RedeemAgainWithin : grant.RedeemedAt is null)
            || !MayWatch(grant.Link, grant.Camera))
        {
            return (GrantVerdict.NotHonoured, Find(id));
        }

        return (IsSuspended(grant.Link, grant.Camera) ? GrantVerdict.Suspended : GrantVerdict.Granted, grant);
    }

    private static bool MayWatch(SimLink link, SimCamera camera) =>
        link.Active && link.Bound.Contains(camera.Number) && camera.Home == link.Home && camera.Online;

    private bool IsSuspended(SimLink link, SimCamera camera) => _suspensions.Exists(entry =>
        entry.Effects.HasFlag(SuspensionEffects.CutStreams) && Covering.Covers(entry.Scope, link, camera));

    private static RedeemedGrant Tell(SimGrant grant) => new()
    {
        Grant = grant.Id.ToString(),
        AccountLink = grant.Link.Id,
        Platform = grant.Link.Platform,
        Device = grant.Camera.DeviceId,
        Vendor = grant.Camera.Vendor,
        VendorDeviceId = grant.Camera.VendorDeviceId,
        DeviceModel = grant.Camera.Model,
        Firmware = "1.0",
        MediaUrl = "https://media.invalid/",
        MediaToken = "token",
        Grade = EvidenceGrade.G2,
        IngestKey = Convert.ToBase64String(grant.Camera.Keys.Ingest),
        FreshKey = Convert.ToBase64String(grant.Camera.Keys.Fresh),
    };
}

/// <summary>Whether a scope covers a stream: the simulation's own reading, beside the real one.</summary>
internal static class Covering
{
    public static bool Covers(SuspensionScope scope, SimLink link, SimCamera camera) =>
        (scope.Platform ?? link.Platform) == link.Platform
        && (scope.Vendor ?? camera.Vendor) == camera.Vendor
        && (scope.DeviceModel ?? camera.Model) == camera.Model
        && (scope.Firmware ?? "1.0") == "1.0"
        && (scope.Trait ?? "CameraStream") == "CameraStream"
        && (scope.AccountLink ?? link.Id) == link.Id
        && (scope.Device ?? camera.DeviceId) == camera.DeviceId;
}

/// <summary>
/// The bridge's ticket keys, the same in every run. ES256 signs with chance of its own, so a ticket's text differs from run
/// to run; nothing that happens depends on it, and no log has it.
/// </summary>
internal static class TicketKeys
{
    public const int Count = 8;

    private static readonly TicketSigner[] Signers = [.. Enumerable.Range(0, Count + 1).Select(Make)];

    public static TicketSigner[] First(int count) => Signers[..Math.Min(count, Count)];

    /// <summary>Nobody's: for forgeries.</summary>
    public static TicketSigner Stranger => Signers[Count];

    private static TicketSigner Make(int number)
    {
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = SHA256.HashData([(byte)number, 1, 2, 3]) });
        return new TicketSigner(key.ExportECPrivateKeyPem());
    }
}
