using HomeBridge.Sandbox.DeviceCloud.Features;
using static HomeBridge.Sandbox.DeviceCloud.Hill.HillHome;

namespace HomeBridge.Sandbox.DeviceCloud.Hill;

internal static class Covers
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);

    public static IEnumerable<HomePlans> Devices() =>
    [
        Plan("Terrace", "Terrace awning", new("AWNING", "Shade 3", OpenClose.With(directions: ["OUT"]))),
        Plan("Library", "Library blinds", new("BLINDS", "Slat 2", OpenClose.With(open: 40, directions: ["DOWN"]), Rotation.ByPercent(20))),
        Plan("Study", "Study blinds", new(
            "BLINDS", "Slat Radio 1", OpenClose.With(commandOnly: true), Rotation.ByPercent(50, commandOnly: true))),
        Plan("Dressing room", "Dressing room closet", new("CLOSET", "Glide 1", OpenClose.With(discrete: true))),
        Plan("Ballroom", "Ballroom curtain", new("CURTAIN", "Drape 2", OpenClose.With(open: 25, directions: ["LEFT", "RIGHT"]))),
        Plan("Study", "Study drawer", new("DRAWER", "Glide 2", OpenClose.With())),
        Plan("Garden", "Garden pergola", new("PERGOLA", "Louver 1", OpenClose.With(), Rotation.ByDegrees(45, 180, percentToo: true))),
        Plan("Garden", "Garden turntable", new("PERGOLA", "Louver Turn 1", OpenClose.With(), Rotation.ByDegrees(90, 360, continuous: true))),
        Plan("Winter garden", "Winter garden shutter", new("SHUTTER", "Louver 3", OpenClose.With(), Rotation.ByPercent(0, travel: Slow))),
    ];
}
