using HomeBridge.Sandbox.DeviceCloud.Features;
using static HomeBridge.Sandbox.DeviceCloud.Hill.HillHome;

namespace HomeBridge.Sandbox.DeviceCloud.Hill;

internal static class Security
{
    private static readonly TimeSpan SlowBolt = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SlowDoor = TimeSpan.FromSeconds(3);

    /// <summary>Two of them have a switch.</summary>
    public static IEnumerable<HomePlans> Cameras()
    {
        var switched = new DeviceBlueprint("CAMERA", "Iris 5", CameraStream.With("hls", "progressive_mp4"), OnOff.With(on: true));
        foreach (var place in new[] { "Lobby", "Drive", "Terrace", "Cellar", "Stairs", "Orchard" })
            yield return Plan(place, $"{place} camera", place is "Cellar" or "Orchard" ? switched : DeviceBlueprint.Camera);
    }

    public static IEnumerable<HomePlans> Devices() =>
    [
        Plan("Drive", "Drive doorbell", new("DOORBELL", "Chime 2", Watching.Objects(), Energy.Battery(76, rechargeable: true))),
        Plan("Lobby", "House alarm", new(
            "SECURITYSYSTEM", "Guard 3", ArmDisarm.With("home", "night", "away"),
            Watching.Status(("lowBattery", 1, false), ("deviceOpen", 2, false)))),
        Plan("Wine cellar", "Wine cellar lock", new("LOCK", "Latch 4", LockUnlock.With(travel: SlowBolt), Energy.Battery(64))),
        Plan("Boiler room", "Boiler room carbon monoxide detector", new(
            "CARBON_MONOXIDE_DETECTOR", "Canary 1", SensorState.With(
                Sensor.Both("CarbonMonoxideLevel", "PARTS_PER_MILLION", 2, "no carbon monoxide detected", "carbon monoxide detected", "high", "unknown")))),
        Plan("Kitchen", "Kitchen smoke detector", new(
            "SMOKE_DETECTOR", "Canary 2", SensorState.With(Sensor.Both("SmokeLevel", "PARTS_PER_MILLION", 0, "no smoke detected", "smoke detected", "high", "unknown")))),
        Plan("Stairs", "Stairs smoke detector", new(
            "SMOKE_DETECTOR", "Canary 2", SensorState.With(Sensor.Word("SmokeLevel", "no smoke detected", "smoke detected", "high", "unknown")), Energy.Battery(91))),
        Plan("Lobby", "Front door", new("DOOR", "Portal 2", OpenClose.With(directions: ["IN"]), LockUnlock.With(isLocked: false))),
        Plan("Garage", "Garage door", new("GARAGE", "Lift 3", OpenClose.With(directions: ["UP"], travel: SlowDoor), LockUnlock.With(isLocked: false))),
        Plan("Drive", "Drive gate", new("GATE", "Portal 5", OpenClose.With(discrete: true), LockUnlock.With(isLocked: false))),
        Plan("Attic", "Attic window", new("WINDOW", "Pane 2", OpenClose.With(open: 10), LockUnlock.With(isLocked: false))),
        Plan("Cellar", "Cellar window", new("WINDOW", "Pane Sensor 1", OpenClose.With(queryOnly: true))),
    ];
}
