using HomeBridge.Sandbox.DeviceCloud.Features;
using static HomeBridge.Sandbox.DeviceCloud.Hill.HillHome;

namespace HomeBridge.Sandbox.DeviceCloud.Hill;

internal static class Network
{
    public static IEnumerable<HomePlans> Devices() =>
    [
        Plan("Study", "House router", new(
            "ROUTER", "Knot 6", NetworkControl.With("hilltop", ["children", "guests floor"]), Upkeep.Reboot(), Upkeep.SoftwareUpdate())),
        Plan("Study", "House network", new(
            "NETWORK", "Knot Mesh 2", NetworkControl.With("hilltop mesh", [], guests: false, limitMegabytes: 500000), Upkeep.Reboot(), Upkeep.SoftwareUpdate())),
        Plan("Garage", "Car charger", new(
            "CHARGER", "Volt 2", Energy.Chargeable(48, "KILOMETERS", (212, "KILOMETERS"), (36, "KILOWATT_HOURS")))),
    ];
}
