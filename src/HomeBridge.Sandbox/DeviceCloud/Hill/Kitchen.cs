using HomeBridge.Sandbox.DeviceCloud.Features;
using static HomeBridge.Sandbox.DeviceCloud.Hill.HillHome;

namespace HomeBridge.Sandbox.DeviceCloud.Hill;

internal static class Kitchen
{
    private const int AnHour = 3600;
    private const int ADay = 24 * AnHour;
    private static readonly string[] ByWeight = ["GRAMS", "OUNCES"];
    private static readonly string[] ByVolume = ["CUPS", "MILLILITERS"];

    public static IEnumerable<HomePlans> Devices() =>
    [
        Plan("Bar", "Bar blender", new(
            "BLENDER", "Whirl 1", OnOff.With(on: true), Cook.With(["BLEND", "PUREE"], ("smoothie", ByVolume)), StartStop.With(pausable: true), Timers.With(600))),
        Plan("Breakfast room", "Coffee maker", new(
            "COFFEE_MAKER", "Bean 3", OnOff.With(on: true), Cook.With(["BREW"], ("espresso", ["CUPS"]), ("filter_coffee", ByVolume)),
            TemperatureControl.With(80, 98, setpoint: 93, ambient: 88))),
        Plan("Kitchen", "Kitchen cooktop", new("COOKTOP", "Range 2", OnOff.With(on: true), Cook.With(["BOIL", "FRY", "SAUTE", "WARM"]), Timers.With(4 * AnHour))),
        Plan("Pantry", "Pantry dehydrator", new(
            "DEHYDRATOR", "Raisin 1", OnOff.With(), Cook.With(["DEHYDRATE"], ("apple_rings", ByWeight)), StartStop.With(), Timers.With(2 * ADay))),
        Plan("Kitchen", "Kitchen dishwasher", new(
            "DISHWASHER", "Rinse 4", OnOff.With(on: true), StartStop.With(pausable: true), RunCycle.With("wash", "rinse"))),
        Plan("Pantry", "Pantry freezer", new("FREEZER", "Floe 2", TemperatureControl.With(-28, -14, setpoint: -18, ambient: -18.5, step: 1))),
        Plan("Kitchen", "Kitchen fryer", new(
            "FRYER", "Crisp 1", OnOff.With(), Cook.With(["FRY", "ROAST"], ("french_fries", ByWeight)), StartStop.With(pausable: true), Timers.With(AnHour, commandOnly: true))),
        Plan("Terrace", "Terrace grill", new(
            "GRILL", "Char 1", OnOff.With(), Cook.With(["GRILL", "CONVECTION_BAKE"], ("trout", ByWeight)), StartStop.With(), Timers.With(3 * AnHour))),
        Plan("Kitchen", "Kitchen hood", new("HOOD", "Draught 1", OnOff.With(on: true), Brightness.With(55), FanSpeed.With(["low", "medium", "high", "boost"]))),
        Plan("Breakfast room", "Breakfast kettle", new(
            "KETTLE", "Steam 1", OnOff.With(), TemperatureControl.With(40, 100, setpoint: 95, unit: "F", commandOnly: true))),
        Plan("Kitchen", "Kitchen microwave", new(
            "MICROWAVE", "Wave 1", Cook.With(["MICROWAVE", "DEFROST"], ("popcorn", ["NO_UNITS", "GRAMS"])), StartStop.With(pausable: true), Timers.With(2 * AnHour))),
        Plan("Kitchen", "Kitchen multicooker", new(
            "MULTICOOKER", "Cauldron 2", OnOff.With(), Cook.With(["SLOW_COOK", "STEAM", "STEW", "WARM"], ("goulash", ByWeight)), StartStop.With(), Timers.With(ADay))),
        Plan("Kitchen", "Kitchen oven", new(
            "OVEN", "Kiln 3", OnOff.With(on: true), Cook.With(["BAKE", "BROIL", "ROAST", "CONVECTION_BAKE"], ("sourdough", ["NO_UNITS", "GRAMS"])),
            TemperatureControl.With(20, 280, setpoint: 180, ambient: 24, step: 5), Timers.With(12 * AnHour))),
        Plan("Kitchen", "Kitchen pressure cooker", new(
            "PRESSURECOOKER", "Valve 1", OnOff.With(), Cook.With(["PRESSURE_COOK"], ("chickpeas", ["CUPS", "GRAMS"])), Timers.With(2 * AnHour))),
        Plan("Kitchen", "Kitchen refrigerator", new("REFRIGERATOR", "Floe 5", TemperatureControl.With(1, 9, setpoint: 4, ambient: 4.5, step: 0.5))),
        Plan("Kitchen", "Kitchen sous vide", new("SOUSVIDE", "Bain 1", OnOff.With(), Cook.With(["SOUS_VIDE"], ("salmon", ByWeight)), StartStop.With(), Timers.With(3 * ADay))),
        Plan("Bakery", "Bakery mixer", new("STANDMIXER", "Dough 1", OnOff.With(), Cook.With(["KNEAD", "MIX", "WHIP", "BEAT"], ("bread_dough", ByWeight)), StartStop.With(pausable: true))),
        Plan("Pantry", "Pantry yogurt maker", new("YOGURTMAKER", "Culture 1", OnOff.With(), Cook.With(["FERMENT"], ("yogurt", ByVolume)), StartStop.With(), Timers.With(ADay))),
        Plan("Pantry", "Cat feeder", new(
            "PETFEEDER", "Paw 1", OnOff.With(on: true), StartStop.With(),
            Dispense.With([new("cat_food", ["PORTION", "NO_UNITS"], Portion: 1, Left: 12)]))),
    ];
}
