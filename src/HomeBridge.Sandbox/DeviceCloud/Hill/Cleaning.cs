using HomeBridge.Sandbox.DeviceCloud.Features;
using static HomeBridge.Sandbox.DeviceCloud.Hill.HillHome;

namespace HomeBridge.Sandbox.DeviceCloud.Hill;

internal static class Cleaning
{
    public static IEnumerable<HomePlans> Devices() =>
    [
        Plan("Lobby", "Lobby vacuum", new(
            "VACUUM", "Rover 4", OnOff.With(on: true), StartStop.With(pausable: true, "lobby", "hall", "ballroom", "ballroom stage"),
            Energy.Dock(), Energy.Chargeable(85, null, (2700, "SECONDS")), Upkeep.Locator(), RunCycle.With("vacuum", "return"))),
        Plan("Kitchen", "Kitchen mop", new(
            "MOP", "Rover Wet 1", OnOff.With(on: true), StartStop.With(pausable: true, "kitchen", "pantry"), Energy.Dock(),
            Energy.Chargeable(55), Upkeep.Locator(), RunCycle.With("mop", "dry"))),
        Plan("Orchard", "Orchard mower", new(
            "MOWER", "Rover Grass 2", OnOff.With(on: true), StartStop.With(pausable: true, "upper meadow", "lower meadow"), Energy.Dock(),
            Energy.Chargeable(100, "MILES", (3, "MILES"), (5, "KILOMETERS")), Upkeep.Locator(), RunCycle.With("mow", "return"))),
        Plan("Laundry", "Laundry washer", new(
            "WASHER", "Tumble 5", OnOff.With(on: true), StartStop.With(pausable: true), RunCycle.With("wash", "spin"),
            Modes.With(
                new Mode("load", ["load", "load size"], ["small", "medium", "large"], Ordered: true),
                new Mode("temperature", ["temperature", "water temperature"], ["cold", "warm", "hot"], Ordered: true)),
            Toggles.With(("extra_rinse", "extra rinse"), ("quiet", "quiet mode")))),
        Plan("Laundry", "Laundry dryer", new(
            "DRYER", "Tumble Air 3", OnOff.With(on: true), StartStop.With(pausable: true), RunCycle.With("dry", "cool down"),
            Modes.With([new Mode("dryness", ["dryness"], ["damp", "cupboard", "iron"])], queryOnly: true),
            Toggles.With([("anti_crease", "anti crease")], queryOnly: true))),
        Plan("Tower", "Tower bed", new(
            "BED", "Cloud 2", Modes.With([new Mode("head", ["head", "head rest"], ["flat", "raised"]), new Mode("firmness", ["firmness"], ["soft", "firm"], Ordered: true)], commandOnly: true),
            Toggles.With([("massage", "massage")], commandOnly: true), Scenes.With(reversible: true))),
    ];
}
