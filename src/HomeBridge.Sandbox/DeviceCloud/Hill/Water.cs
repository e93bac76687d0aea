using HomeBridge.Sandbox.DeviceCloud.Features;
using static HomeBridge.Sandbox.DeviceCloud.Hill.HillHome;

namespace HomeBridge.Sandbox.DeviceCloud.Hill;

internal static class Water
{
    public static IEnumerable<HomePlans> Devices() =>
    [
        Plan("Bathroom", "Bathroom bathtub", new(
            "BATHTUB", "Basin 3", Fill.With(["quarter", "half", "three quarters", "full"], percent: true), TemperatureControl.With(20, 45, setpoint: 38, ambient: 21), StartStop.With())),
        Plan("Pool house", "Hot tub", new("BATHTUB", "Basin 1", Fill.With(), StartStop.With())),
        Plan("Kitchen", "Kitchen faucet", new(
            "FAUCET", "Spout 2", StartStop.With(), TemperatureControl.With(5, 60, setpoint: 15, ambient: 15),
            Dispense.With([new("water", ["MILLILITERS", "CUPS", "LITERS", "FLUID_OUNCES"], Portion: 250, Left: 100000)], "tea pot", "pasta pot"))),
        Plan("Bathroom", "Bathroom shower", new("SHOWER", "Rainfall 1", StartStop.With(pausable: true), TemperatureControl.With(15, 45, setpoint: 38, ambient: 22))),
        Plan("Orchard", "Orchard sprinkler", new("SPRINKLER", "Sprout 2", StartStop.With(pausable: true, "trees", "herbs"), Timers.With(7200))),
        Plan("Boiler room", "House water valve", new("VALVE", "Stopcock 1", OpenClose.With(open: 100, discrete: true))),
        Plan("Kitchen", "Kitchen water purifier", new(
            "WATERPURIFIER", "Spring 1", OnOff.With(on: true), SensorState.With(Sensor.Word("FilterCleanliness", "clean", "dirty", "needs replacement", "unknown")))),
        Plan("Boiler room", "House water softener", new(
            "WATERSOFTENER", "Soft 1", OnOff.With(on: true), SensorState.With(Sensor.Both("FilterLifeTime", "PERCENTAGE", 58, "good", "new", "replace soon", "replace now", "unknown")))),
    ];
}
