using HomeBridge.Sandbox.DeviceCloud.Features;
using static HomeBridge.Sandbox.DeviceCloud.Hill.HillHome;

namespace HomeBridge.Sandbox.DeviceCloud.Hill;

internal static class Climate
{
    private static readonly string[] Speeds = ["low", "medium", "high"];

    public static IEnumerable<HomePlans> Devices() =>
    [
        Plan("Ballroom", "Ballroom air conditioner", new(
            "AC_UNIT", "Frost 4", OnOff.With(on: true), FanSpeed.With(Speeds),
            TemperatureSetting.With(["off", "cool", "heat", "fan-only", "dry", "auto", "on"], "cool", 22, 24.5, asText: true, range: (16, 30)))),
        Plan("Attic", "Attic air conditioner", new(
            "AC_UNIT", "Frost Radio 1", OnOff.With(commandOnly: true), FanSpeed.With(percent: true, commandOnly: true),
            TemperatureSetting.With(["off", "cool"], "cool", 23, 26, range: (16, 30), commandOnly: true))),
        Plan("Terrace", "Terrace air cooler", new(
            "AIRCOOLER", "Dew 1", OnOff.With(), FanSpeed.With(percent: true), HumiditySetting.With(45, 52),
            TemperatureSetting.With(["off", "cool", "purifier"], "cool", 24, 27))),
        Plan("Hall", "Hall air freshener", new(
            "AIRFRESHENER", "Petal 1", OnOff.With(on: true),
            Modes.With(new Mode("scent", ["scent", "fragrance"], ["lavender", "pine", "citrus"])),
            Toggles.With(("boost", "boost")))),
        Plan("Study", "Study air purifier", new(
            "AIRPURIFIER", "Clear 2", OnOff.With(on: true), FanSpeed.With(Speeds, percent: true),
            SensorState.With(
                Sensor.Both("AirQuality", "AQI", 31, "good", "moderate", "unhealthy", "unknown"),
                Sensor.Both("FilterLifeTime", "PERCENTAGE", 82, "good", "replace soon", "replace now", "unknown"),
                Sensor.Number("PreFilterLifeTime", "PERCENTAGE", 74),
                Sensor.Number("HEPAFilterLifeTime", "PERCENTAGE", 82),
                Sensor.Number("Max2FilterLifeTime", "PERCENTAGE", 66)))),
        Plan("Tower", "Tower blanket", new(
            "BLANKET", "Fleece 1", OnOff.With(), Modes.With(new Mode("warmth", ["warmth", "heat level"], ["gentle", "warm", "hot"], Ordered: true)),
            Toggles.With(("foot_zone", "foot zone")))),
        Plan("Boiler room", "House boiler", new("BOILER", "Ember 5", OnOff.With(on: true), TemperatureControl.With(30, 80, setpoint: 60, ambient: 58))),
        Plan("Cellar", "Cellar dehumidifier", new(
            "DEHUMIDIFIER", "Parch 1", OnOff.With(on: true), FanSpeed.With(Speeds), HumiditySetting.With(50, 61, (35, 70)), StartStop.With())),
        Plan("Ballroom", "Ballroom fan", new("FAN", "Gust 3", OnOff.With(), FanSpeed.With(Speeds, percent: true, reversible: true))),
        Plan("Library", "Library fan", new("FAN", "Gust 1", OnOff.With(), FanSpeed.With(Speeds))),
        Plan("Attic", "Attic fan", new("FAN", "Gust 2", OnOff.With(), FanSpeed.With(percent: true))),
        Plan("Lobby", "Lobby fireplace", new(
            "FIREPLACE", "Hearthside 1", OnOff.With(), Modes.With(new Mode("flame", ["flame", "flames"], ["low", "high"], Ordered: true)),
            Toggles.With(("crackle", "crackle sound")))),
        Plan("Workshop", "Workshop heater", new(
            "HEATER", "Glowbar 1", FanSpeed.With(["slow", "fast"]),
            TemperatureSetting.With(["off", "heat"], "heat", 17, 15.5, range: (5, 28)))),
        Plan("Music room", "Music room humidifier", new(
            "HUMIDIFIER", "Mist 2", OnOff.With(on: true), FanSpeed.With(Speeds), HumiditySetting.With(45, 43, (30, 60)), StartStop.With())),
        Plan("Winter garden", "Winter garden humidifier", new(
            "HUMIDIFIER", "Mist Radio 1", OnOff.With(commandOnly: true), HumiditySetting.With(60, 58, commandOnly: true))),
        Plan("Tower", "Tower radiator", new(
            "RADIATOR", "Rib 1", OnOff.With(on: true), Modes.With(new Mode("output", ["output", "heat output"], ["eco", "comfort", "full"], Ordered: true)),
            Toggles.With(("window_watch", "window watch")))),
        Plan("Lobby", "Lobby thermostat", new(
            "THERMOSTAT", "Hearth 5", TemperatureSetting.With(
                ["off", "heat", "cool", "heatcool", "eco", "on"], "heatcool", 21, 20.5, range: (10, 30), buffer: 1.5, humidity: 44, active: true))),
        Plan("Pool house", "Pool house thermostat", new(
            "THERMOSTAT", "Hearth 4", TemperatureSetting.With(["off", "heat", "eco"], "heat", 19, 18, active: true))),
        Plan("Museum", "Museum thermostat", new(
            "THERMOSTAT", "Hearth Display 1", TemperatureSetting.With(["off", "heat", "cool", "auto"], "auto", 20, 20, unit: "F", queryOnly: true))),
        Plan("Boiler room", "House water heater", new(
            "WATERHEATER", "Ember Tank 2", OnOff.With(on: true), TemperatureControl.With(35, 75, setpoint: 55, ambient: 53, step: 0.5))),
    ];
}
