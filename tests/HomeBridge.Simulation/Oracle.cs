using System.Collections.Immutable;
using System.Globalization;
using HomeBridge.Simulation.Authority;
using HomeBridge.Simulation.Makers;
using HomeBridge.Simulation.Viewers;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.Simulation;

/// <summary>
/// Stands outside the gateway, knows who may see what and when, and looks at every byte that a viewer gets. Its limits are
/// written here once more on purpose: it believes nothing of what it watches.
/// </summary>
internal sealed class Oracle(World world)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RenewalMax = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan CaptureAgeMax = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan CaptureAheadMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan EntriesWithin = TimeSpan.FromSeconds(20);
    private const int EntriesMax = 4;
    private const int DeliveriesMax = 4;
    private const int InitDeliveriesMax = 16;
    private const long InitKey = -1;

    private readonly Dictionary<string, SimGrant> _sessions = [];
    private ImmutableArray<SuspensionInForce> _inForce = [];
    private SuspensionSnapshot? _composed;
    private HashSet<uint> _ring = [];
    private long _version;
    private int _heardRevocations;
    private TimeSpan? _heardAt;

    /// <summary>What was wrong, by rule. Our gateway is stopped at the first; the naive one goes on.</summary>
    public SortedDictionary<string, int> Violations { get; } = new(StringComparer.Ordinal);

    public string? First { get; private set; }

    public long ForeignBytes { get; private set; }

    private TimeSpan Now => world.Clock.Elapsed;

    /// <summary>The bridge's answer to a redemption is on its way to the gateway.</summary>
    public void Opened(SimGrant grant)
    {
        grant.Seen.Opened = true;
        grant.Seen.RenewedAt = Now;
        for (var index = grant.SeenRevocations; index < _heardRevocations; index++)
        {
            CutIfCovered(grant, index);
        }

        CutIfSuspended(grant);
        CutIfUnsigned(grant);
    }

    public void Renewed(SimGrant grant) => grant.Seen.RenewedAt = Now;

    /// <summary>The bridge wrote a line with these suspensions: what it signs, the oracle knows without reading it.</summary>
    public void Composed(SuspensionSnapshot? suspensions) => _composed = suspensions ?? _composed;

    /// <summary>The gateway has taken in a line of the feed: what it says holds from here on.</summary>
    public void Heard(FeedMessage message)
    {
        _heardAt = Now;
        if (message.Reset)
        {
            foreach (var grant in world.Bridge.Grants.Where(grant => grant.Seen.Opened))
            {
                grant.Seen.Cut ??= "a reset of the feed";
            }
        }

        for (; _heardRevocations < message.Cursor; _heardRevocations++)
        {
            foreach (var grant in world.Bridge.Grants.Where(grant => grant.Seen.Opened && grant.SeenRevocations <= _heardRevocations))
            {
                CutIfCovered(grant, _heardRevocations);
            }
        }

        if (message.TicketKeys is { } keys)
        {
            _ring = [.. keys.Select(key => TicketPublicKey.From(Convert.FromBase64String(key.SubjectPublicKeyInfo)).Id)];
            foreach (var grant in world.Bridge.Grants.Where(grant => grant.Seen.Opened))
            {
                CutIfUnsigned(grant);
            }
        }

        if (message.Suspensions is not null && _composed is { } told)
        {
            // A version that goes back lifts nothing.
            _inForce = told.Version >= _version ? told.InForce : [.. _inForce.Union(told.InForce)];
            _version = Math.Max(_version, told.Version);
            foreach (var grant in world.Bridge.Grants.Where(grant => grant.Seen.Opened))
            {
                CutIfSuspended(grant);
            }
        }
    }

    /// <summary>A whole answer without pictures.</summary>
    public void Answered(SimRequest request)
    {
        if (request.Status != 200)
        {
            return;
        }

        var grant = request.Grant;
        if (request.MustBeRefused is { } why)
        {
            Violated($"opened: {why}", $"grant {grant.Number}");
        }

        if (grant.Seen.Cut is { } cut)
        {
            Violated("playlist after the cut", $"grant {grant.Number} was cut by {cut}");
        }

        if (!world.IsNaive && !InContact)
        {
            Violated("playlist without contact", $"last heard of the bridge at {_heardAt}");
        }

        if (request.What is Asking.Entry)
        {
            Entered(request, grant);
        }
    }

    /// <summary>A piece of a unit leaves for a viewer, at this instant.</summary>
    public void Released(SimRequest request, ReadOnlySpan<byte> piece, long offset)
    {
        var grant = request.Grant;
        world.Counts.BytesReleased += piece.Length;
        if (request.MustBeRefused is { } why)
        {
            Violated($"opened: {why}", $"grant {grant.Number}");
        }

        if (grant.Seen.Cut is { } cut)
        {
            Violated("bytes after the cut", $"grant {grant.Number} was cut by {cut}");
        }

        if (!world.IsNaive)
        {
            if (!InContact)
            {
                Violated("bytes without contact", $"last heard of the bridge at {_heardAt}");
            }

            if (Now - grant.Seen.RenewedAt > RenewalMax)
            {
                Violated("bytes without renewal", $"grant {grant.Number} was renewed at {grant.Seen.RenewedAt}");
            }
        }

        Look(request, grant, piece, offset);
        if (offset + piece.Length == request.Length)
        {
            var key = request.What is Asking.Init ? InitKey : request.Sequence;
            var deliveries = grant.Seen.Deliveries.GetValueOrDefault(key) + 1;
            grant.Seen.Deliveries[key] = deliveries;
            if (!world.IsNaive && deliveries > (request.What is Asking.Init ? InitDeliveriesMax : DeliveriesMax))
            {
                Violated("unit delivered too often", $"unit {key} of grant {grant.Number}, {deliveries} times");
            }
        }
    }

    private bool InContact => _heardAt is { } at && Now - at < Lease;

    private void Look(SimRequest request, SimGrant grant, ReadOnlySpan<byte> piece, long offset)
    {
        // Whose pictures these are stands at the end of each unit.
        if (offset + piece.Length == request.Length && SimCamera.TruthOf(piece) is { } truth)
        {
            if (truth.Camera != grant.Camera.Number)
            {
                ForeignBytes += request.Length;
                Violated("foreign bytes", $"camera {truth.Camera} to a viewer of camera {grant.Camera.Number}");
            }
            else if (truth.Home != grant.Link.Home)
            {
                ForeignBytes += request.Length;
                Violated("foreign bytes", $"home {truth.Home} to a viewer of home {grant.Link.Home}, camera {truth.Camera}");
            }
            else if (truth.Sequence != request.Sequence)
            {
                Violated("another unit than was asked for", $"{truth.Sequence} instead of {request.Sequence}");
            }
            else if (request.What is Asking.Segment && offset == 0)
            {
                var age = TimeSpan.FromMilliseconds(world.Clock.UnixMs - truth.CapturedMs);
                if (age > CaptureAgeMax || age < -CaptureAheadMax)
                {
                    Violated("pictures that are not live", string.Create(CultureInfo.InvariantCulture, $"{age.TotalSeconds:0.0} s old"));
                }
            }
        }

        var unit = request.What is Asking.Init ? grant.Camera.Init : grant.Camera.Unit(request.Sequence);
        if (unit is not null && unit.Kind == (request.What is Asking.Init ? UnitKind.Init : UnitKind.Segment)
            && (offset + piece.Length > unit.Body.Length || !piece.SequenceEqual(unit.Body.AsSpan((int)offset, piece.Length)))
            && grant.Camera.Home == grant.Link.Home)
        {
            ForeignBytes += piece.Length;
            Violated("bytes that are not the unit's", $"unit {request.Sequence} of camera {grant.Camera.Number}");
        }

        if (!world.IsNaive && (request.Exchange is not { Answer: { Tampered: false } answer } || answer.For != request.Exchange))
        {
            Violated("an unproven unit", $"unit {request.Sequence} of camera {grant.Camera.Number}");
        }
    }

    private void Entered(SimRequest request, SimGrant grant)
    {
        var seen = grant.Seen;
        var session = request.Body!.Split("/s/")[^1].Split('/')[0];
        if (seen.Session is null)
        {
            seen.Session = session;
            seen.FirstEntry = Now;
            world.Counts.Sessions++;
            if (!world.IsNaive && !_sessions.TryAdd(session, grant))
            {
                Violated("one session for two tickets", $"grants {_sessions[session].Number} and {grant.Number}");
            }

            if (Now >= grant.ExpiresAt)
            {
                Violated("an expired ticket opened", $"grant {grant.Number}");
            }
        }

        if (seen.Session != session)
        {
            Violated("two sessions for one ticket", $"grant {grant.Number}");
        }

        if (!world.IsNaive && (++seen.Entries > EntriesMax || Now - seen.FirstEntry > EntriesWithin))
        {
            Violated("a ticket replayed", $"grant {grant.Number}, fetch {seen.Entries}");
        }
    }

    private void CutIfCovered(SimGrant grant, int index)
    {
        var revocation = world.Bridge.Revocations[index];
        if (revocation.AccountLink == grant.Link.Id && (revocation.Device ?? grant.Camera.DeviceId) == grant.Camera.DeviceId)
        {
            grant.Seen.Cut ??= "a revocation";
        }
    }

    private void CutIfUnsigned(SimGrant grant)
    {
        if (!_ring.Contains(grant.Key))
        {
            grant.Seen.Cut ??= "the removal of its ticket's key";
        }
    }

    private void CutIfSuspended(SimGrant grant)
    {
        if (_inForce.Any(entry => entry.Effects.HasFlag(SuspensionEffects.CutStreams) && Covering.Covers(entry.Scope, grant.Link, grant.Camera)))
        {
            grant.Seen.Cut ??= "a suspension";
        }
    }

    private void Violated(string rule, string detail)
    {
        Violations[rule] = Violations.GetValueOrDefault(rule) + 1;
        First ??= $"{rule}: {detail}";
        if (!world.IsNaive)
        {
            world.Clock.Stop();
        }
    }
}
