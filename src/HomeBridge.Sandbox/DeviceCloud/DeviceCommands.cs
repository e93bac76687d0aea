using System.Collections.Frozen;
using HomeBridge.Sandbox.DeviceCloud.Features;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>
/// What each command of the catalogue does at a device. The only one that is missing is <c>GetCameraStream</c>: streams
/// are opened by <c>openStream</c>.
/// </summary>
internal static class DeviceCommands
{
    private static readonly FrozenDictionary<string, Func<CommandTurn, string?>> Handlers =
        new Dictionary<string, Func<CommandTurn, string?>>(StringComparer.Ordinal)
        {
            ["ActivateScene"] = Scenes.Activate,
            ["ArmDisarm"] = ArmDisarm.Act,
            ["BrightnessAbsolute"] = Brightness.Absolute,
            ["BrightnessRelative"] = Brightness.Relative,
            ["Charge"] = Energy.Charge,
            ["ColorAbsolute"] = ColorSetting.Absolute,
            ["ColorLoop"] = LightEffects.ColorLoop,
            ["Cook"] = Cook.Act,
            ["Dispense"] = Dispense.Act,
            ["Dock"] = Energy.GoHome,
            ["EnableDisableGuestNetwork"] = NetworkControl.Guests,
            ["EnableDisableNetworkProfile"] = NetworkControl.Profile,
            ["Fill"] = Fill.Act,
            ["GetGuestNetworkPassword"] = NetworkControl.Password,
            ["HumidityRelative"] = HumiditySetting.Relative,
            ["Locate"] = Upkeep.Locate,
            ["LockUnlock"] = LockUnlock.Act,
            ["NextInput"] = InputSelector.Next,
            ["OnOff"] = OnOff.Switch,
            ["OpenClose"] = OpenClose.Absolute,
            ["OpenCloseRelative"] = OpenClose.Relative,
            ["PauseUnpause"] = StartStop.Pause,
            ["PreviousInput"] = InputSelector.Previous,
            ["Reboot"] = Upkeep.RebootNow,
            ["Reverse"] = FanSpeed.Reverse,
            ["RotateAbsolute"] = Rotation.Absolute,
            ["SetFanSpeed"] = FanSpeed.Set,
            ["SetFanSpeedRelative"] = FanSpeed.SetRelative,
            ["SetHumidity"] = HumiditySetting.Set,
            ["SetInput"] = InputSelector.Set,
            ["SetModes"] = Modes.Set,
            ["SetTemperature"] = TemperatureControl.Set,
            ["SetToggles"] = Toggles.Set,
            ["Sleep"] = LightEffects.Sleep,
            ["SoftwareUpdate"] = Upkeep.UpdateNow,
            ["StartStop"] = StartStop.Act,
            ["StopEffect"] = LightEffects.Stop,
            ["TemperatureRelative"] = TemperatureSetting.Relative,
            ["TestNetworkSpeed"] = NetworkControl.TestSpeed,
            ["ThermostatSetMode"] = TemperatureSetting.SetMode,
            ["ThermostatTemperatureSetRange"] = TemperatureSetting.SetRange,
            ["ThermostatTemperatureSetpoint"] = TemperatureSetting.Set,
            ["TimerAdjust"] = Timers.Adjust,
            ["TimerCancel"] = Timers.Cancel,
            ["TimerPause"] = Timers.Pause,
            ["TimerResume"] = Timers.Resume,
            ["TimerStart"] = Timers.Start,
            ["Wake"] = LightEffects.Wake,
            ["appInstall"] = AppSelector.Install,
            ["appSearch"] = AppSelector.Search,
            ["appSelect"] = AppSelector.Select,
            ["mediaClosedCaptioningOff"] = Media.CaptionsOff,
            ["mediaClosedCaptioningOn"] = Media.CaptionsOn,
            ["mediaNext"] = Media.NextOne,
            ["mediaPause"] = Media.PauseNow,
            ["mediaPrevious"] = Media.PreviousOne,
            ["mediaRepeatMode"] = Media.RepeatMode,
            ["mediaResume"] = Media.ResumeNow,
            ["mediaSeekRelative"] = Media.SeekBy,
            ["mediaSeekToPosition"] = Media.Seek,
            ["mediaShuffle"] = Media.ShuffleNow,
            ["mediaStop"] = Media.StopNow,
            ["mute"] = Volume.Mute,
            ["relativeChannel"] = Channels.Relative,
            ["returnChannel"] = Channels.Return,
            ["selectChannel"] = Channels.Select,
            ["setVolume"] = Volume.Set,
            ["volumeRelative"] = Volume.Relative,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Null when it is done; otherwise why not, and then nothing has changed.</summary>
    public static CommandOutcomeMessage? Act(
        DeviceBlueprint blueprint, CommandTurn turn, CommandMessage command, LockPin pin)
    {
        if (TraitVocabulary.Instance.Command(command.Command) is not { } words
            || !blueprint.Traits.Contains(words.Trait, StringComparer.Ordinal)
            || blueprint.IsQueryOnly(words.Trait)
            || !Handlers.TryGetValue(command.Command, out var handler))
        {
            return CommandOutcomeMessage.Failed("functionNotSupported");
        }

        if (SchemaCheck.Parameters(command.Params, words.Schema) is { } misfit)
            return CommandOutcomeMessage.Failed(misfit.Error);
        if (Challenges.Ask(words.Trait, turn, command.Challenge, pin) is { } refusal)
            return refusal;
        return handler(turn) is { } error ? CommandOutcomeMessage.Failed(error) : null;
    }
}
