using HomeBridge.Simulation.Clock;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Simulation.Authority;

/// <summary>What residents, makers, operators and machines do in between: the faults that come so many times a minute.</summary>
internal sealed class Troubles(World world)
{
    private static readonly FaultKind[] Kinds = [.. Enum.GetValues<FaultKind>().Where(kind => kind is >= FaultKind.Unlink and <= FaultKind.Outage)];

    private Dice Dice => world.Dice;

    private Clockwork Clock => world.Clock;

    private SimBridge Bridge => world.Bridge;

    public async Task Run(CancellationToken stop)
    {
        var tick = TimeSpan.FromMilliseconds(500);
        while (!stop.IsCancellationRequested)
        {
            await Clock.Wait(tick, stop);
            foreach (var kind in Kinds)
            {
                if (!stop.IsCancellationRequested && Dice.Hit(world.Rate(kind) * tick.TotalMinutes))
                {
                    world.Injected(kind);
                    _ = Happen(kind, stop);
                }
            }
        }
    }

    private async Task Happen(FaultKind kind, CancellationToken stop)
    {
        var camera = Dice.Pick(world.Cameras);
        var links = Bridge.Links.Where(link => link.Active).ToList();
        var link = Dice.Pick(links);
        switch (kind)
        {
            case FaultKind.Unlink:
                Bridge.Unlink(link);
                await Clock.Wait(Dice.Seconds(1, 6), stop);
                Bridge.Link(link.Home, link.Platform);
                world.Log.Add(Happening.Linked, link.Home);
                break;
            case FaultKind.Unbind:
                Bridge.Unbind(link, camera);
                await Clock.Wait(Dice.Seconds(1, 6), stop);
                if (link.Active && camera.Home == link.Home)
                {
                    link.Bound.Add(camera.Number);
                }

                break;
            case FaultKind.ReHome or FaultKind.ReHomeQuietly:
                await ReHome(camera.Number, tells: kind is FaultKind.ReHome, stop);
                break;
            case FaultKind.Suspend:
                var id = Bridge.Raise(Scope(link, camera), SuspensionEffects.All);
                await Clock.Wait(Dice.Seconds(1, 8), stop);
                Bridge.Lift(id);
                break;
            case FaultKind.SuspendOther:
                var other = Bridge.Raise(Scope(link, camera), SuspensionEffects.DenyCommands | SuspensionEffects.FreezeLinking);
                await Clock.Wait(Dice.Seconds(1, 8), stop);
                Bridge.Lift(other);
                break;
            case FaultKind.Restart:
                camera.Restart(back: Dice.Below(2) == 0 ? 14 + Dice.Below(8) : -Dice.Below(3));
                world.Log.Add(Happening.Restarted, camera.Number);
                break;
            case FaultKind.RotateKey:
                Bridge.AddKey();
                world.Feed.Changed();
                await Clock.Wait(Dice.Seconds(2, 10), stop);
                Bridge.RemoveKey();
                world.Feed.Changed();
                world.Log.Add(Happening.KeyRotated);
                break;
            case FaultKind.FeedSilence:
                world.Feed.Silence(Dice.Seconds(0.5, 7));
                break;
            case FaultKind.FeedReset:
                world.Feed.Reset();
                break;
            case FaultKind.Failover:
                world.Feed.Silence(Dice.Seconds(0.3, 2.5));
                Bridge.FailOver();
                break;
            case FaultKind.Outage:
                world.Maker.Outage(camera.Vendor, Dice.Seconds(1, 8));
                break;
            default:
                throw new InvalidOperationException($"{kind} does not happen by itself.");
        }
    }

    /// <summary>
    /// Carried to another home and set up there, with or without a word of the maker's. It takes longer than the 15 s for
    /// which a renewal holds: of a camera that changes hands faster, and silently, the gateway can't know.
    /// </summary>
    private async Task ReHome(int number, bool tells, CancellationToken stop)
    {
        var camera = world.Cameras[number];
        if (!camera.Online)
        {
            return;
        }

        var from = camera.Home;
        camera.Unplug();
        await Clock.Wait(Dice.Seconds(16, 25), stop);
        camera.PlugIn((from + 1 + Dice.Below(world.Schedule.Homes - 1)) % world.Schedule.Homes);
        world.Log.Add(Happening.ReHomed, number, camera.Home);
        foreach (var link in Bridge.Links.Where(link => link.Active).ToList())
        {
            if (link.Home == camera.Home)
            {
                link.Bound.Add(number);
            }
            else if (tells && link.Bound.Contains(number))
            {
                Bridge.Unbind(link, camera);
            }
        }
    }

    private SuspensionScope Scope(SimLink link, Makers.SimCamera camera) => Dice.Below(7) switch
    {
        0 => new SuspensionScope(Platform: link.Platform),
        1 => new SuspensionScope(Vendor: camera.Vendor, Trait: "CameraStream"),
        2 => new SuspensionScope(DeviceModel: camera.Model),
        3 => new SuspensionScope(AccountLink: link.Id),
        4 => new SuspensionScope(Device: camera.DeviceId),
        5 => new SuspensionScope(Platform: link.Platform, Vendor: camera.Vendor, Firmware: "1.0"),
        _ => new SuspensionScope(Vendor: camera.Vendor, Device: camera.DeviceId),
    };
}
