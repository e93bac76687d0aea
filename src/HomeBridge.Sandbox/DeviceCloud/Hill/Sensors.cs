using HomeBridge.Sandbox.DeviceCloud.Features;
using static HomeBridge.Sandbox.DeviceCloud.Hill.HillHome;

namespace HomeBridge.Sandbox.DeviceCloud.Hill;

internal static class Sensors
{
    public static IEnumerable<HomePlans> Devices() =>
    [
        Plan("Hall", "Hall motion sensor", new("SENSOR", "Presence 1", Watching.Occupancy("PIR", seconds: 60, events: 2), Energy.Battery(22))),
        Plan("Library", "Library presence sensor", new("SENSOR", "Presence 3", Watching.Occupancy("ULTRASONIC"))),
        Plan("Music room", "Piano bench sensor", new("SENSOR", "Presence 2", Watching.Occupancy("PHYSICAL_CONTACT"))),
        Plan("Laundry", "Laundry leak sensor", new("SENSOR", "Drop 1", SensorState.With(Sensor.Word("WaterLeak", "no leak", "leak", "unknown")), Energy.Battery(8))),
        Plan("Orchard", "Orchard rain sensor", new("SENSOR", "Drop 2", SensorState.With(Sensor.Word("RainDetection", "no rain detected", "rain detected", "unknown")))),
        Plan("Library", "Library climate sensor", new("SENSOR", "Mercury 2", HumiditySetting.Sensor(41), TemperatureControl.Sensor(-20, 60, 20.5))),
        Plan("Ballroom", "Ballroom air sensor", new(
            "SENSOR", "Breeze 3", SensorState.With(
                Sensor.Number("CarbonDioxideLevel", "PARTS_PER_MILLION", 640),
                Sensor.Number("PM2.5", "MICROGRAMS_PER_CUBIC_METER", 7.5),
                Sensor.Number("PM10", "MICROGRAMS_PER_CUBIC_METER", 12),
                Sensor.Number("VolatileOrganicCompounds", "PARTS_PER_MILLION", 0.3)))),
    ];
}
