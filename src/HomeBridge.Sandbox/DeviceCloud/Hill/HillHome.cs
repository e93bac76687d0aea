namespace HomeBridge.Sandbox.DeviceCloud.Hill;

/// <summary>
/// The house on the hill: 200 devices, at least one of every type and every trait of the catalogue, with every attribute
/// that a trait can have.
/// </summary>
internal static class HillHome
{
    private static readonly string[] Suites =
    [
        "Alder", "Ash", "Beech", "Birch", "Cedar", "Chestnut", "Elm", "Fir", "Hazel", "Juniper", "Larch", "Linden", "Oak",
        "Pine", "Rowan", "Spruce", "Willow",
    ];

    public static IEnumerable<HomePlans> Devices() =>
    [
        .. Security.Cameras(),
        .. Lighting.Devices(),
        .. Climate.Devices(),
        .. Kitchen.Devices(),
        .. Media.Devices(),
        .. Security.Devices(),
        .. Cleaning.Devices(),
        .. Network.Devices(),
        .. Covers.Devices(),
        .. Water.Devices(),
        .. Sensors.Devices(),
        .. Suites.SelectMany((suite, index) => SuiteDevices(suite, index)),
    ];

    public static HomePlans Plan(string room, string name, DeviceBlueprint blueprint) => new("hill", room, name, blueprint);

    private static IEnumerable<HomePlans> SuiteDevices(string tree, int index)
    {
        var suite = $"{tree} suite";
        yield return Plan(suite, $"{tree} ceiling light", DeviceBlueprint.Light);
        yield return Plan(suite, $"{tree} bedside light", DeviceBlueprint.Light);
        yield return Plan(suite, $"{tree} lock", DeviceBlueprint.DoorLock);
        yield return Plan(suite, $"{tree} thermostat", DeviceBlueprint.Thermostat);
        yield return index % 2 == 0
            ? Plan(suite, $"{tree} temperature sensor", DeviceBlueprint.TemperatureSensor)
            : Plan(suite, $"{tree} air sensor", DeviceBlueprint.AirSensor);
    }
}
