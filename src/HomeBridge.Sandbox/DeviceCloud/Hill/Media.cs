using HomeBridge.Sandbox.DeviceCloud.Features;
using static HomeBridge.Sandbox.DeviceCloud.Hill.HillHome;
using Playing = HomeBridge.Sandbox.DeviceCloud.Features.Media;

namespace HomeBridge.Sandbox.DeviceCloud.Hill;

internal static class Media
{
    private static readonly (string, string)[] Inputs = [("hdmi_one", "HDMI one"), ("hdmi_two", "HDMI two"), ("optical", "optical")];
    private static readonly (string, string)[] Apps = [("cinema", "Cinema"), ("radio", "Radio"), ("museum", "Museum tours")];

    public static IEnumerable<HomePlans> Devices() =>
    [
        Plan("Ballroom", "Ballroom receiver", new(
            "AUDIO_VIDEO_RECEIVER", "Deck 7", OnOff.With(on: true), AppSelector.With(Apps), InputSelector.With(Inputs, ordered: true),
            Playing.StateOf(), Playing.WholeTransport(), Volume.With(max: 60, usual: 30, step: 2))),
        Plan("Games room", "Games room console", new(
            "GAME_CONSOLE", "Joy 2", OnOff.With(on: true), AppSelector.With(("chess", "Chess"), ("racing", "Racing"), ("garden", "Garden puzzle")),
            InputSelector.With(Inputs), Playing.StateOf(playback: false), Playing.Transport(Playing.Pause, Playing.Resume, Playing.Stop))),
        Plan("Cinema", "Cinema remote", new(
            "REMOTECONTROL", "Baton 1", OnOff.With(commandOnly: true), AppSelector.With(Apps), Station(commandOnly: true),
            InputSelector.With(Inputs, ordered: true, commandOnly: true), Playing.StateOf(activity: false, playback: false),
            Playing.WholeTransport(), Volume.With(commandOnly: true))),
        Plan("Lobby", "Lobby set top box", new(
            "SETTOP", "Aerial 2", OnOff.With(on: true), AppSelector.With(Apps), Station(), Playing.StateOf(), Playing.WholeTransport(), Volume.With())),
        Plan("Cinema", "Cinema soundbar", new(
            "SOUNDBAR", "Beam 3", OnOff.With(on: true), AppSelector.With(Apps), InputSelector.With(Inputs), Playing.StateOf(),
            Playing.Transport(Playing.Next, Playing.Pause, Playing.Previous, Playing.Resume, Playing.Stop), Volume.With(max: 40))),
        Plan("Terrace", "Terrace speaker", new(
            "SPEAKER", "Echoing 1", OnOff.With(on: true), Playing.StateOf(activity: false), Playing.Transport(Playing.Next, Playing.Pause, Playing.Resume, Playing.Shuffle),
            Volume.With(max: 20, canMute: false))),
        Plan("Music room", "Music room speaker", new(
            "SPEAKER", "Choir 2", OnOff.With(on: true), AppSelector.With(Apps), InputSelector.With(Inputs, ordered: true), Playing.StateOf(),
            Playing.WholeTransport(), Volume.With())),
        Plan("Games room", "Games room streaming box", new(
            "STREAMING_BOX", "Brook 2", OnOff.With(on: true), AppSelector.With(Apps), Station(), InputSelector.With(Inputs), Playing.StateOf(),
            Playing.WholeTransport(), Volume.With())),
        Plan("Library", "Library streaming soundbar", new(
            "STREAMING_SOUNDBAR", "Brook Beam 1", OnOff.With(on: true), AppSelector.With(Apps), InputSelector.With(Inputs), Playing.StateOf(),
            Playing.WholeTransport(), Volume.With())),
        Plan("Tower", "Tower streaming stick", new(
            "STREAMING_STICK", "Brook Twig 1", OnOff.With(on: true), AppSelector.With(Apps), Playing.StateOf(), Playing.WholeTransport(), Volume.With())),
        Plan("Cinema", "Cinema television", new(
            "TV", "Canvas 8", OnOff.With(on: true), AppSelector.With(Apps), Station(), InputSelector.With(Inputs, ordered: true), Playing.StateOf(),
            Playing.WholeTransport(), Volume.With())),
        Plan("Bar", "Bar television", new(
            "TV", "Canvas 5", OnOff.With(on: true), AppSelector.With(Apps), InputSelector.With(Inputs), Playing.StateOf(), Playing.WholeTransport(), Volume.With())),
    ];

    private static Feature Station(bool commandOnly = false) => Channels.With(
        commandOnly, ("hill_news", "Hill News", "1"), ("mountain_weather", "Mountain Weather", "2"),
        ("slow_trains", "Slow Trains", "7"), ("film_club", "Film Club", null));
}
