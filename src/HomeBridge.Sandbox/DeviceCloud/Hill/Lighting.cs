using HomeBridge.Sandbox.DeviceCloud.Features;
using static HomeBridge.Sandbox.DeviceCloud.Hill.HillHome;

namespace HomeBridge.Sandbox.DeviceCloud.Hill;

internal static class Lighting
{
    private const int WarmOrange = 0xFF8C2A;

    public static IEnumerable<HomePlans> Devices() =>
    [
        Plan("Lobby", "Lobby light", DeviceBlueprint.Light),
        Plan("Drive", "Drive light", DeviceBlueprint.Light),
        Plan("Terrace", "Terrace light", DeviceBlueprint.Light),
        Plan("Stairs", "Stairs light", DeviceBlueprint.Light),
        Plan("Ballroom", "Ballroom chandelier", new(
            "LIGHT", "Glow Prism 1", OnOff.With(on: true), Brightness.With(60), ColorSetting.Rgb(WarmOrange, (2000, 6500)),
            LightEffects.With(["colorLoop", "sleep", "wake"], loop: 600, sleep: 900, wake: 1200))),
        Plan("Library", "Library lamp", new(
            "LIGHT", "Glow Hue 1", OnOff.With(), Brightness.With(40), ColorSetting.Hsv(30, 0.6, 0.8),
            LightEffects.With("sleep", "wake"))),
        Plan("Study", "Study lamp", new("LIGHT", "Glow White 1", OnOff.With(), Brightness.With(100), ColorSetting.White(3000, 2700, 6500))),
        Plan("Attic", "Attic lamp", new(
            "LIGHT", "Glow 1", OnOff.With(), ColorSetting.Rgb(WarmOrange, (2700, 5000)), ColorSetting.OldSpectrum,
            ColorSetting.OldTemperature)),
        Plan("Pond", "Pond light", new(
            "LIGHT", "Glow Radio 1", OnOff.With(commandOnly: true), Brightness.With(50, commandOnly: true),
            ColorSetting.Rgb(WarmOrange, commandOnly: true))),
        Plan("Hall", "Hall switch", new("SWITCH", "Click 2", OnOff.With(), Brightness.With(70))),
        Plan("Wine cellar", "Wine cellar switch", new("SWITCH", "Click 1", OnOff.With(on: true, queryOnly: true))),
        Plan("Workshop", "Workbench outlet", new("OUTLET", "Plug 1", OnOff.With())),
        Plan("Lobby", "Good night", new("SCENE", "Scene", Scenes.With())),
        Plan("Ballroom", "Dinner party", new("SCENE", "Scene", Scenes.With(reversible: true))),
    ];
}
