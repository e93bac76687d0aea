using HomeBridge.Sandbox.DeviceCloud.Hill;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>
/// What stands where. Names are unique in a home, not among homes: a name is nobody's proof.
/// </summary>
internal sealed record HomePlans(string Home, string Room, string Name, DeviceBlueprint Blueprint)
{
    public static IEnumerable<HomePlans> All => [.. Maple(), .. Harbor(), .. HillHome.Devices(), .. Canaries()];

    /// <summary>Synthetic homes, one camera each: the bridge's canaries live here, and nobody else.</summary>
    private static IEnumerable<HomePlans> Canaries() => SandboxHomes.CanaryAccounts.Select(
        account => new HomePlans(account, "Aviary", $"Camera of {account}", DeviceBlueprint.Camera));

    private static IEnumerable<HomePlans> Maple() =>
    [
        new("maple", "Entrance", "Front door camera", DeviceBlueprint.Camera),
        new("maple", "Garden", "Garden camera", DeviceBlueprint.PeerCamera),
        new("maple", "Kitchen", "Kitchen light", DeviceBlueprint.Light),
        new("maple", "Living room", "Living room light", DeviceBlueprint.Light),
        new("maple", "Entrance", "Porch light", DeviceBlueprint.Light),
        new("maple", "Entrance", "Front door lock", DeviceBlueprint.DoorLock),
        new("maple", "Living room", "Living room thermostat", DeviceBlueprint.Thermostat),
        new("maple", "Bedroom", "Bedroom temperature sensor", DeviceBlueprint.TemperatureSensor),
    ];

    private static IEnumerable<HomePlans> Harbor() =>
    [
        new("harbor", "Jetty", "Jetty camera", DeviceBlueprint.Camera),
        new("harbor", "Boathouse", "Boathouse camera", DeviceBlueprint.PeerCamera),
        new("harbor", "Kitchen", "Kitchen light", DeviceBlueprint.Light),
        new("harbor", "Jetty", "Jetty light", DeviceBlueprint.Light),
        new("harbor", "Hall", "Hall light", DeviceBlueprint.Light),
        new("harbor", "Boathouse", "Boathouse lock", DeviceBlueprint.DoorLock),
        new("harbor", "Hall", "Hall thermostat", DeviceBlueprint.Thermostat),
        new("harbor", "Boathouse", "Boathouse temperature sensor", DeviceBlueprint.TemperatureSensor),
    ];
}
