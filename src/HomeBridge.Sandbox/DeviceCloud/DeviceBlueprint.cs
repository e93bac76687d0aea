using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>
/// What all devices of one model have in common, in the platform's vocabulary without its prefixes.
/// Attributes and first states are made anew each time: a JSON node has one parent.
/// </summary>
internal sealed record DeviceBlueprint(
    string Type, string Model, string[] Traits, Func<JsonObject> Attributes, Func<JsonObject> States)
{
    public static DeviceBlueprint Light { get; } = new(
        "LIGHT", "Glow 2", ["OnOff", "Brightness"],
        static () => [],
        static () => new() { ["on"] = false, ["brightness"] = 80 });

    public static DeviceBlueprint DoorLock { get; } = new(
        "LOCK", "Latch 1", ["LockUnlock"],
        static () => [],
        static () => new() { ["isLocked"] = true, ["isJammed"] = false });

    public static DeviceBlueprint Thermostat { get; } = new(
        "THERMOSTAT", "Hearth 3", ["TemperatureSetting"],
        static () => new()
        {
            ["availableThermostatModes"] = new JsonArray("off", "heat", "cool"),
            ["thermostatTemperatureUnit"] = "C",
            ["thermostatTemperatureRange"] =
                Range(DeviceCommands.ColdestSetpoint, DeviceCommands.WarmestSetpoint),
        },
        static () => new()
        {
            ["thermostatMode"] = "heat",
            ["thermostatTemperatureSetpoint"] = 21.0,
            ["thermostatTemperatureAmbient"] = 19.5,
        });

    public static DeviceBlueprint TemperatureSensor { get; } = new(
        "SENSOR", "Mercury 1", ["TemperatureControl"],
        static () => new()
        {
            ["temperatureRange"] = Range(-40, 80),
            ["temperatureUnitForUX"] = "C",
            ["queryOnlyTemperatureControl"] = true,
        },
        static () => new() { ["temperatureAmbientCelsius"] = 18.5 });

    public static DeviceBlueprint AirSensor { get; } = new(
        "SENSOR", "Breeze 1", ["SensorState"],
        static () => new()
        {
            ["sensorStatesSupported"] = new JsonArray(new JsonObject
            {
                ["name"] = "AirQuality",
                ["numericCapabilities"] = new JsonObject { ["rawValueUnit"] = "AQI" },
            }),
        },
        static () => new()
        {
            ["currentSensorStateData"] = new JsonArray(
                new JsonObject { ["name"] = "AirQuality", ["rawValue"] = 42 }),
        });

    public static DeviceBlueprint Camera { get; } = new(
        "CAMERA", "Iris 4", ["CameraStream"],
        static () => new()
        {
            ["cameraStreamSupportedProtocols"] = new JsonArray("hls"),
            ["cameraStreamNeedAuthToken"] = false,
        },
        static () => []);

    private static JsonObject Range(double min, double max) =>
        new() { ["minThresholdCelsius"] = min, ["maxThresholdCelsius"] = max };
}
