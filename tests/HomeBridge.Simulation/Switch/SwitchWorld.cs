using System.Globalization;
using System.Security.Cryptography;
using HomeBridge.Simulation.Clock;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.Simulation.Switch;

/// <summary>What became of one world of the switch.</summary>
internal sealed record SwitchResult(string? Violation, int Flips, int Lifts, int Restarts, int FeedLosses, int Others, long Looks, long Served)
{
    public int Actions => Flips + Lifts + Restarts + FeedLosses + Others;
}

/// <summary>
/// A bridge whose database can be restored from a backup, and three gateways made of the deployed parts, on networks that
/// delay and swallow, in processes that are stopped and started again. After each step it is looked at whether any session may
/// get a byte that must not, by rules of its own: what was confirmed, when the bridge was last asked, what is in force.
/// </summary>
internal sealed class SwitchWorld : IDisposable
{
    public const string Schedule = "the switch";

    private const int GatewayCount = 3;

    /// <summary>Written here once more on purpose.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    private readonly SwitchTime _time = new();
    private readonly Dice _dice;
    private readonly SwitchBridge _bridge;
    private readonly SwitchGateway[] _gateways;
    private readonly TicketSigner _tickets;
    private readonly SeededGenerator _random;
    private int _flips;
    private int _lifts;
    private int _restarts;
    private int _feedLosses;
    private int _others;
    private long _looks;
    private long _served;

    private SwitchWorld(ulong seed)
    {
        _dice = Dice.For(seed, 1);
        _random = new SeededGenerator(Dice.For(seed, 2));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _tickets = new TicketSigner(key.ExportECPrivateKeyPem());
        _bridge = new SwitchBridge(_time, _dice, _tickets.PublicKey);
        _gateways = [.. Enumerable.Range(0, GatewayCount).Select(number => new SwitchGateway(number, _time, _dice, _random, _bridge, _tickets))];
    }

    /// <summary>Lives one world of so many actions, with times of quiet in between in which everybody must agree.</summary>
    public static SwitchResult Live(ulong seed, int actions)
    {
        using var world = new SwitchWorld(seed);
        string? violation = null;
        for (var action = 0; action < actions && violation is null; action++)
        {
            world.Act();
            violation = world.Pass(world._dice.Seconds(0.02, 0.5)) ?? (action % 100 == 99 ? world.Quiet() : null);
        }

        violation ??= world.Quiet();
        return new SwitchResult(violation, world._flips, world._lifts, world._restarts, world._feedLosses, world._others, world._looks, world._served);
    }

    public void Dispose()
    {
        foreach (var gateway in _gateways)
        {
            gateway.Dispose();
        }

        _bridge.Dispose();
        _tickets.Dispose();
        _random.Dispose();
    }

    private void Act()
    {
        var gateway = _dice.Pick(_gateways);
        switch (_dice.Below(20))
        {
            case < 6:
                _flips++;
                _bridge.Raise();
                break;
            case < 11:
                _lifts++;
                _bridge.Lift();
                break;
            case 11 or 12:
                _restarts++;
                gateway.Restart();
                break;
            case 13:
                _restarts++;
                _bridge.Restart(_gateways);
                break;
            case 14 or 15:
                _feedLosses++;
                gateway.LoseFeed(_dice.Seconds(0.3, 6));
                break;
            case 16:
                _others++;
                gateway.Stop(_dice.Seconds(0.2, 10));
                break;
            case 17:
                _others++;
                gateway.TurnBreakGlass();
                break;
            case 18:
                _others++;
                gateway.Forge();
                break;
            default:
                _others++;
                if (_dice.Below(3) > 0)
                {
                    _bridge.BackUp();
                }
                else if (_dice.Below(2) == 0)
                {
                    _bridge.Restore(_gateways);
                }
                else
                {
                    _bridge.Rebase();
                }

                break;
        }
    }

    /// <summary>Time passes in steps of 10 ms, and after each everybody is looked at.</summary>
    private string? Pass(TimeSpan time)
    {
        for (var end = _time.Now + time; _time.Now < end;)
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            foreach (var gateway in _gateways)
            {
                gateway.Step();
                if (Look(gateway) is { } violation)
                {
                    return violation;
                }
            }
        }

        return null;
    }

    /// <summary>Nobody may get a byte who must not.</summary>
    private string? Look(SwitchGateway gateway)
    {
        if (gateway.IsStopped)
        {
            return null;
        }

        foreach (var (camera, mayRelease) in gateway.Sessions())
        {
            _looks++;
            if (!mayRelease)
            {
                continue;
            }

            _served++;
            var told = string.Create(CultureInfo.InvariantCulture, $"camera {camera} at gateway {gateway.Number}, {_time.Now.TotalSeconds:0.00} s");
            if (gateway.Confirmed.FirstOrDefault(one => one.Covers(camera)) is { } confirmed)
            {
                return $"served while a suspension is acknowledged: {confirmed.Id}, {told}";
            }

            if (gateway.AskedAt is not { } asked || _time.Now - asked >= Lease)
            {
                return $"served without the bridge: {told}, last asked at {gateway.AskedAt?.TotalSeconds:0.00} s";
            }

            if (_bridge.InForce.FirstOrDefault(one => one.Covers(camera) && _time.Now - one.Since >= Lease) is { } late)
            {
                return $"served though suspended for the time of a lease: {late.Id} since {late.Since.TotalSeconds:0.00} s, {told}";
            }

            if (gateway.BreakGlass)
            {
                return $"served though the glass is broken: {told}";
            }
        }

        return gateway.Escaped > 0 ? $"a session escaped until the sweep: gateway {gateway.Number}" : null;
    }

    /// <summary>All networks are well for a while: everybody has what is in force, and whatever is not suspended is served.</summary>
    private string? Quiet()
    {
        foreach (var gateway in _gateways)
        {
            gateway.Recover();
        }

        if (Pass(TimeSpan.FromSeconds(5)) is { } violation)
        {
            return violation;
        }

        foreach (var gateway in _gateways)
        {
            var known = gateway.InForce.ToHashSet(StringComparer.Ordinal);
            var must = _bridge.InForce.Concat(gateway.Confirmed).Select(one => one.Id).ToHashSet(StringComparer.Ordinal);
            if (must.FirstOrDefault(id => !known.Contains(id)) is { } lost)
            {
                return $"a suspension was lost: {lost} at gateway {gateway.Number}, {_time.Now.TotalSeconds:0.00} s";
            }

            if (!gateway.WentBack && !_bridge.WentBack && known.FirstOrDefault(id => !must.Contains(id)) is { } kept)
            {
                return $"a suspension was kept for ever: {kept} at gateway {gateway.Number}, {_time.Now.TotalSeconds:0.00} s";
            }

            foreach (var camera in Enumerable.Range(0, SwitchCamera.Count).Select(number => new SwitchCamera(number)))
            {
                if (!gateway.Suspensions.InForce.Any(entry => SwitchSuspension.Covers(entry.Scope, camera)) && !gateway.Open(camera))
                {
                    return $"nothing was wrong, but camera {camera} is not served at gateway {gateway.Number}, {_time.Now.TotalSeconds:0.00} s";
                }
            }
        }

        return null;
    }
}

/// <summary>A time that goes on when it is told to.</summary>
internal sealed class SwitchTime : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public TimeSpan Now { get; private set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Now.Ticks;

    public override DateTimeOffset GetUtcNow() => Start + Now;

    public void Advance(TimeSpan by) => Now += by;
}
