namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>
/// What stands where. Names are unique in a home, not among homes: a name is nobody's proof.
/// </summary>
internal sealed record HomePlans(string Home, string Room, string Name, DeviceBlueprint Blueprint)
{
    /// <summary>38 suites of 5 devices, 6 cameras and 4 more lights: 200.</summary>
    private const int Suites = 38;

    public static IEnumerable<HomePlans> All => [.. Maple(), .. Harbor(), .. Hill()];

    private static IEnumerable<HomePlans> Maple() =>
    [
        new("maple", "Entrance", "Front door camera", DeviceBlueprint.Camera),
        new("maple", "Garden", "Garden camera", DeviceBlueprint.Camera),
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
        new("harbor", "Boathouse", "Boathouse camera", DeviceBlueprint.Camera),
        new("harbor", "Kitchen", "Kitchen light", DeviceBlueprint.Light),
        new("harbor", "Jetty", "Jetty light", DeviceBlueprint.Light),
        new("harbor", "Hall", "Hall light", DeviceBlueprint.Light),
        new("harbor", "Boathouse", "Boathouse lock", DeviceBlueprint.DoorLock),
        new("harbor", "Hall", "Hall thermostat", DeviceBlueprint.Thermostat),
        new("harbor", "Boathouse", "Boathouse temperature sensor", DeviceBlueprint.TemperatureSensor),
    ];

    private static IEnumerable<HomePlans> Hill()
    {
        foreach (var place in new[] { "Lobby", "Drive", "Terrace", "Cellar", "Stairs", "Orchard" })
            yield return new("hill", place, $"{place} camera", DeviceBlueprint.Camera);
        foreach (var place in new[] { "Lobby", "Drive", "Terrace", "Stairs" })
            yield return new("hill", place, $"{place} light", DeviceBlueprint.Light);
        for (var number = 1; number <= Suites; number++)
        {
            var suite = $"Suite {number:00}";
            yield return new("hill", suite, $"{suite} ceiling light", DeviceBlueprint.Light);
            yield return new("hill", suite, $"{suite} bedside light", DeviceBlueprint.Light);
            yield return new("hill", suite, $"{suite} lock", DeviceBlueprint.DoorLock);
            yield return new("hill", suite, $"{suite} thermostat", DeviceBlueprint.Thermostat);
            yield return number % 2 == 0
                ? new("hill", suite, $"{suite} air sensor", DeviceBlueprint.AirSensor)
                : new("hill", suite, $"{suite} temperature sensor", DeviceBlueprint.TemperatureSensor);
        }
    }
}
