using System.Text;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Traits;

namespace HomeBridge.Tests.Traits;

/// <summary>What the catalogue can't say by itself, and where two of its words meet.</summary>
public sealed class JudgementTests
{
    private const string Names = """[{"lang":"en","name_synonym":["a"]}]""";

    private static readonly TraitCatalogue Catalogue = TraitCatalogue.Current;

    [Theory]
    [InlineData("""{"openPercent":0}""", null)]
    [InlineData("""{"openPercent":100}""", null)]
    [InlineData("""{"openPercent":50}""", "discreteOnlyOpenClose")]
    [InlineData("""{"openPercent":101}""", "valueOutOfRange")]
    public void A_discrete_door_is_open_or_closed(string parameters, string? code) =>
        Assert.Equal(code, Check("OpenClose", """{"discreteOnlyOpenClose":true}""", parameters));

    [Theory]
    [InlineData("""{"openRelativePercent":-100}""", null)]
    [InlineData("""{"openRelativePercent":10}""", "discreteOnlyOpenClose")]
    public void A_discrete_door_moves_all_the_way(string parameters, string? code) =>
        Assert.Equal(code, Check("OpenCloseRelative", """{"discreteOnlyOpenClose":true}""", parameters));

    [Theory]
    [InlineData("UP", null)]
    [InlineData("LEFT", "notSupported")]
    [InlineData("SIDEWAYS", "notSupported")]
    public void A_blind_opens_in_the_directions_that_it_has(string direction, string? code) =>
        Assert.Equal(code, Check("OpenClose", """{"openDirection":["UP","DOWN"]}""", $$"""{"openPercent":5,"openDirection":"{{direction}}"}"""));

    [Theory]
    [InlineData(20, 22, null)]
    [InlineData(20, 21.5, "rangeTooClose")]
    [InlineData(22, 20, "rangeTooClose")]
    [InlineData(9, 20, "valueOutOfRange")]
    [InlineData(20, 30.5, "valueOutOfRange")]
    public void A_thermostat_keeps_the_ends_of_its_range_apart(double low, double high, string? code) =>
        Assert.Equal(code, Check(
            "ThermostatTemperatureSetRange",
            """{"thermostatTemperatureRange":{"minThresholdCelsius":10,"maxThresholdCelsius":30}}""",
            $$"""{"thermostatTemperatureSetpointLow":{{low}},"thermostatTemperatureSetpointHigh":{{high}}}"""));

    [Fact]
    public void A_thermostat_says_itself_how_far_apart() => Assert.Equal("rangeTooClose", Check(
        "ThermostatTemperatureSetRange", """{"bufferRangeCelsius":4}""", """{"thermostatTemperatureSetpointLow":20,"thermostatTemperatureSetpointHigh":23}"""));

    [Theory]
    [InlineData("""["off","heat"]""", "heat", null)]
    [InlineData("""["off","heat"]""", "cool", "notSupported")]
    [InlineData("\"off,heat, eco\"", "eco", null)]
    [InlineData("\"off,heat\"", "cool", "notSupported")]
    [InlineData("\"off,heat\"", "warm", "notSupported")]
    [InlineData("7", "cool", null)]
    public void A_thermostat_has_the_modes_that_it_declares(string modes, string mode, string? code) =>
        Assert.Equal(code, Check("ThermostatSetMode", $$"""{"availableThermostatModes":{{modes}}}""", $$"""{"thermostatMode":"{{mode}}"}"""));

    [Theory]
    [InlineData("""{"name":"x"}""", "protocolError")]
    [InlineData("""{"spectrumRGB":16711680}""", null)]
    [InlineData("""{"spectrumRGB":16777216}""", "valueOutOfRange")]
    [InlineData("""{"spectrumHSV":{"hue":1,"saturation":1,"value":1}}""", "functionNotSupported")]
    [InlineData("""{"temperature":2000}""", null)]
    [InlineData("""{"temperature":1999}""", "valueOutOfRange")]
    [InlineData("""{"temperature":2000,"spectrumRGB":1}""", "protocolError")]
    public void A_lamp_has_the_colours_that_it_declares(string color, string? code) =>
        Assert.Equal(code, Check("ColorAbsolute", """{"colorModel":"rgb","colorTemperatureRange":{"temperatureMinK":2000,"temperatureMaxK":6500}}""", $$"""{"color":{{color}}}"""));

    [Theory]
    [InlineData("""{"updateModeSettings":{"load":"large"}}""", null)]
    [InlineData("""{"updateModeSettings":{"load":"huge"}}""", "notSupported")]
    [InlineData("""{"updateModeSettings":{"size":"large"}}""", "notSupported")]
    [InlineData("""{"updateModeSettings":{}}""", "protocolError")]
    [InlineData("""{}""", "protocolError")]
    public void A_mode_has_the_settings_that_it_declares(string parameters, string? code) => Assert.Equal(code, Check(
        "SetModes", """{"availableModes":[{"name":"load","settings":[{"setting_name":"small"},{"setting_name":"large"}]},{"name":"heat","settings":[{"setting_name":"huge"}]}]}""", parameters));

    [Fact]
    public void A_mode_is_never_shown_in_a_setting_that_it_does_not_have()
    {
        var review = States("Modes", """{"availableModes":[{"name":"load","settings":[{"setting_name":"small"}]}]}""", """{"currentModeSettings":{"load":"huge"}}""");

        Assert.Empty(review.States);
        Assert.Contains(new StateProblem("Modes", "currentModeSettings.load", Fault.NotOffered, Dropped: true), review.Problems);
    }

    [Theory]
    [InlineData("""{"start":true,"foodPreset":"rice","unit":"CUPS","quantity":2}""", null)]
    [InlineData("""{"start":true,"foodPreset":"rice","unit":"POUNDS","quantity":2}""", "notSupported")]
    [InlineData("""{"start":true,"foodPreset":"stones"}""", "unknownFoodPreset")]
    [InlineData("""{"start":true,"cookingMode":"FRY"}""", "notSupported")]
    [InlineData("""{"start":false}""", null)]
    public void A_cooker_cooks_what_it_knows(string parameters, string? code) => Assert.Equal(code, Check(
        "Cook", """{"supportedCookingModes":["COOK"],"foodPresets":[{"food_preset_name":"rice","supported_units":["CUPS"]}]}""", parameters));

    [Theory]
    [InlineData("""{}""", null)]
    [InlineData("""{"item":"water"}""", null)]
    [InlineData("""{"item":"water","amount":2,"unit":"CUPS"}""", null)]
    [InlineData("""{"item":"water","amount":2,"unit":"POUNDS"}""", "dispenseUnitNotSupported")]
    [InlineData("""{"item":"wine","amount":2,"unit":"CUPS"}""", "notSupported")]
    [InlineData("""{"amount":2}""", "protocolError")]
    [InlineData("""{"presetName":"bowl"}""", "functionNotSupported")]
    public void A_dispenser_dispenses_what_it_has(string parameters, string? code) => Assert.Equal(code, Check(
        "Dispense", """{"supportedDispenseItems":[{"item_name":"water","supported_units":["CUPS"]}]}""", parameters));

    [Theory]
    [InlineData("TimerStart", """{"timerTimeSec":0}""", "belowMinimumTimerDuration")]
    [InlineData("TimerStart", """{"timerTimeSec":61}""", "aboveMaximumTimerDuration")]
    [InlineData("TimerAdjust", """{"timerTimeSec":-5}""", null)]
    [InlineData("TimerStart", """{"timerTimeSec":60}""", null)]
    public void A_timer_knows_its_longest_time(string command, string parameters, string? code) =>
        Assert.Equal(code, Check(command, """{"maxTimerLimitSec":60}""", parameters));

    [Theory]
    [InlineData(299, "belowMinimumLightEffectsDuration")]
    [InlineData(3601, "aboveMaximumLightEffectsDuration")]
    [InlineData(3600, null)]
    public void An_effect_has_its_own_codes(int seconds, string? code) =>
        Assert.Equal(code, Check("Sleep", """{"supportedEffects":["sleep"]}""", $$"""{"duration":{{seconds}}}"""));

    [Theory]
    [InlineData("Wake", """{"supportedEffects":["sleep"]}""", "{}")]
    [InlineData("mediaNext", """{"transportControlSupportedCommands":["PAUSE"]}""", "{}")]
    [InlineData("PauseUnpause", """{"pausable":false}""", """{"pause":true}""")]
    [InlineData("PauseUnpause", """{"availableZones":["attic"]}""", """{"pause":true}""")]
    [InlineData("Reverse", """{"supportsFanSpeedPercent":true}""", "{}")]
    [InlineData("SetFanSpeed", """{"supportsFanSpeedPercent":true}""", """{"fanSpeed":"high"}""")]
    [InlineData("mute", """{"volumeMaxLevel":10,"volumeCanMuteAndUnmute":false}""", """{"mute":true}""")]
    [InlineData("NextInput", """{"orderedInputs":false}""", "{}")]
    [InlineData("ActivateScene", """{"sceneReversible":false}""", """{"deactivate":true}""")]
    [InlineData("OnOff", """{"queryOnlyOnOff":true}""", """{"on":true}""")]
    [InlineData("Charge", """{"queryOnlyEnergyStorage":true}""", """{"charge":true}""")]
    [InlineData("EnableDisableGuestNetwork", """{"supportsEnablingGuestNetwork":true}""", """{"enable":false}""")]
    [InlineData("TestNetworkSpeed", """{"supportsNetworkUploadSpeedTest":true}""", """{"testDownloadSpeed":true,"testUploadSpeed":true,"followUpToken":"t"}""")]
    [InlineData("ArmDisarm", """{"other":1}""", """{"arm":true,"armLevel":"L1"}""")]
    public void What_is_not_declared_is_not_supported(string command, string device, string parameters) =>
        Assert.Equal("functionNotSupported", Check(command, device, parameters));

    [Theory]
    [InlineData("SetInput", """{"availableInputs":[{"key":"hdmi_1","names":NAMES}]}""", """{"newInput":"hdmi_2"}""", "notSupported")]
    [InlineData("appSelect", """{"availableApplications":[{"key":"tube","names":NAMES}]}""", """{"newApplication":"cube"}""", "noAvailableApp")]
    [InlineData("selectChannel", """{"availableChannels":[]}""", """{"channelCode":"5"}""", "noAvailableChannel")]
    [InlineData("StartStop", """{"availableZones":["attic"]}""", """{"start":true,"multipleZones":["attic","roof"]}""", "notSupported")]
    [InlineData("EnableDisableNetworkProfile", """{"networkProfiles":["kids"],"supportsEnablingNetworkProfile":true}""", """{"profile":"cats","enable":true}""", "networkProfileNotRecognized")]
    [InlineData("SetToggles", """{"availableToggles":[{"name":"quiet"}]}""", """{"updateToggleSettings":{"loud":true}}""", "notSupported")]
    [InlineData("ArmDisarm", """{"availableArmLevels":{"levels":[{"level_name":"L1"}]}}""", """{"arm":true,"armLevel":"L2"}""", "notSupported")]
    [InlineData("setVolume", """{"volumeMaxLevel":10}""", """{"volumeLevel":11}""", "valueOutOfRange")]
    [InlineData("SetHumidity", """{"humiditySetpointRange":{"minPercent":30}}""", """{"humidity":29}""", "valueOutOfRange")]
    [InlineData("SetTemperature", """{"temperatureRange":{"minThresholdCelsius":2,"maxThresholdCelsius":8}}""", """{"temperature":9}""", "valueOutOfRange")]
    [InlineData("RotateAbsolute", """{"supportsDegrees":true,"rotationDegreesRange":{"rotationDegreesMin":0,"rotationDegreesMax":90}}""", """{"rotationDegrees":91}""", "valueOutOfRange")]
    public void What_is_not_offered_has_its_code(string command, string device, string parameters, string code) =>
        Assert.Equal(code, Check(command, device.Replace("NAMES", Names, StringComparison.Ordinal), parameters));

    [Fact]
    public void A_display_may_name_protocols_that_nobody_here_knows() => Assert.Null(
        Check("GetCameraStream", """{"cameraStreamSupportedProtocols":["hls"]}""", """{"SupportedStreamProtocols":["hls","holograms"]}"""));

    [Fact]
    public void A_whole_number_may_be_written_with_a_point()
    {
        Assert.Null(Check("BrightnessAbsolute", "{}", """{"brightness":50.0}"""));
        Assert.Equal("protocolError", Check("BrightnessAbsolute", "{}", """{"brightness":50.5}"""));
        Assert.Equal("valueOutOfRange", Check("BrightnessAbsolute", "{}", """{"brightness":123456789012345678901234567890}"""));
    }

    [Theory]
    [InlineData("LockUnlock", "LOCK", """{"lock":false}""", "pinNeeded")]
    [InlineData("LockUnlock", "LOCK", """{"lock":true}""", null)]
    [InlineData("LockUnlock", "SWITCH", """{"lock":false}""", "pinNeeded")]
    [InlineData("ArmDisarm", "SECURITYSYSTEM", """{"arm":false}""", "pinNeeded")]
    [InlineData("ArmDisarm", "SECURITYSYSTEM", """{"arm":true}""", null)]
    [InlineData("ArmDisarm", "SECURITYSYSTEM", """{"arm":true,"cancel":true}""", "pinNeeded")]
    [InlineData("OpenClose", "GARAGE", """{"openPercent":1}""", "pinNeeded")]
    [InlineData("OpenClose", "DOOR", """{"openPercent":0}""", null)]
    [InlineData("OpenClose", "GATE", """{"openPercent":0.5}""", "pinNeeded")]
    [InlineData("OpenClose", "WINDOW", """{"openPercent":100}""", "pinNeeded")]
    [InlineData("OpenClose", "BLINDS", """{"openPercent":100}""", null)]
    [InlineData("OpenCloseRelative", "GARAGE", """{"openRelativePercent":5}""", "pinNeeded")]
    [InlineData("OpenCloseRelative", "GARAGE", """{"openRelativePercent":-5}""", null)]
    [InlineData("OnOff", "CAMERA", """{"on":false}""", "pinNeeded")]
    [InlineData("OnOff", "CAMERA", """{"on":true}""", null)]
    [InlineData("OnOff", "LIGHT", """{"on":false}""", null)]
    [InlineData("Reboot", "ROUTER", "{}", "pinNeeded")]
    [InlineData("SoftwareUpdate", "NETWORK", "{}", "pinNeeded")]
    [InlineData("GetGuestNetworkPassword", "ROUTER", "{}", "pinNeeded")]
    [InlineData("Reboot", "SPEAKER", "{}", null)]
    [InlineData("ThermostatSetMode", "AC_UNIT", """{"thermostatMode":"heat"}""", null)]
    public void What_opens_the_house_asks_for_the_pin(string command, string type, string parameters, string? challenge) =>
        Assert.Equal(challenge, Catalogue.Command(command)!.ChallengeFor(type, Map(parameters)));

    [Fact]
    public void In_japan_an_air_conditioner_asks() =>
        Assert.Equal("ackNeeded", Catalogue.Command("ThermostatSetMode")!.ChallengeFor("AC_UNIT", Map("""{"thermostatMode":"heat"}"""), "JP"));

    [Fact]
    public void A_jammed_lock_is_neither_locked_nor_unlocked()
    {
        var jammed = States("LockUnlock", "{}", """{"isLocked":false,"isJammed":true}""");
        var locked = States("LockUnlock", "{}", """{"isLocked":true,"isJammed":false}""");
        var silent = States("LockUnlock", "{}", "{}");

        Assert.Equal(["isJammed"], jammed.States.Keys);
        Assert.Equal(new StateProblem("LockUnlock", "isLocked", Fault.WrongForm, Dropped: true), Assert.Single(jammed.Problems));
        Assert.Empty(locked.Problems);
        Assert.Equal(new StateProblem("LockUnlock", "LockUnlock", Fault.Missing, Dropped: false), Assert.Single(silent.Problems));
    }

    [Fact]
    public void What_is_paused_does_not_run()
    {
        Assert.Equal(["isRunning"], States("StartStop", "{}", """{"isRunning":true,"isPaused":true}""").States.Keys);
        Assert.Empty(States("StartStop", "{}", """{"isRunning":false,"isPaused":true}""").Problems);
    }

    [Theory]
    [InlineData("heat", new[] { "thermostatTemperatureSetpoint" })]
    [InlineData("heatcool", new[] { "thermostatTemperatureSetpointHigh", "thermostatTemperatureSetpointLow" })]
    public void A_thermostat_shows_one_setpoint_or_two(string mode, string[] kept)
    {
        var review = States("TemperatureSetting", "{}", $$"""
            {"thermostatMode":"{{mode}}","thermostatTemperatureAmbient":20,"thermostatTemperatureSetpoint":21,
             "thermostatTemperatureSetpointHigh":24,"thermostatTemperatureSetpointLow":18}
            """);

        Assert.Equal(kept, review.States.Keys.Where(name => name.Contains("Setpoint", StringComparison.Ordinal)));
        Assert.All(review.Problems, problem => Assert.Equal(Fault.WrongForm, problem.Fault));
    }

    [Fact]
    public void A_thermostat_that_only_measures_has_no_setpoint()
    {
        const string Measured = """{"thermostatMode":"heat","thermostatTemperatureAmbient":20}""";

        Assert.Empty(States("TemperatureSetting", """{"queryOnlyTemperatureSetting":true}""", Measured).Problems);
        Assert.Single(States("TemperatureSetting", """{"queryOnlyTemperatureSetting":false}""", Measured).Problems);
        Assert.Empty(States("TemperatureControl", """{"queryOnlyTemperatureControl":true}""", """{"temperatureAmbientCelsius":5}""").Problems);
        Assert.Single(States("TemperatureControl", """{"queryOnlyTemperatureControl":false}""", """{"temperatureAmbientCelsius":5}""").Problems);
    }

    [Theory]
    [InlineData("""[{"name":"AirQuality","currentSensorState":"healthy","rawValue":20}]""", null)]
    [InlineData("""[{"name":"AirQuality","currentSensorState":"poor"}]""", Fault.NotOffered)]
    [InlineData("""[{"name":"AirQuality","rawValue":501}]""", Fault.OutOfRange)]
    [InlineData("""[{"name":"WaterLeak","currentSensorState":"leak"}]""", Fault.NotOffered)]
    [InlineData("""[{"name":"AirQuality"}]""", Fault.WrongForm)]
    internal void A_sensor_says_what_it_declares(string data, Fault? fault)
    {
        var review = States(
            "SensorState", """{"sensorStatesSupported":[{"name":"AirQuality","descriptiveCapabilities":{"availableStates":["healthy"]},"numericCapabilities":{"rawValueUnit":"AQI"}}]}""",
            $$"""{"currentSensorStateData":{{data}}}""");

        Assert.Equal(fault, review.Problems.Count == 0 ? null : Assert.Single(review.Problems).Fault);
        Assert.Equal(fault is null, review.States.ContainsKey("currentSensorStateData"));
    }

    [Fact]
    public void A_sensor_that_the_platform_has_no_words_for_is_worth_a_note()
    {
        var strange = Catalogue.Review("SENSOR", ["SensorState"], Map("""{"sensorStatesSupported":[{"name":"Ghosts","numericCapabilities":{"rawValueUnit":"EACH"}}]}"""));
        var words = Catalogue.Review("SENSOR", ["SensorState"], Map("""{"sensorStatesSupported":[{"name":"WaterLeak","descriptiveCapabilities":{"availableStates":["damp"]}}]}"""));

        Assert.Equal((Fault.UnknownValue, false), (strange[0].Fault, strange[0].Fatal));
        Assert.Equal((Fault.UnknownValue, false), (words[0].Fault, words[0].Fatal));
    }

    [Theory]
    [InlineData("""{"volumeMaxLevel":10,"volumeCanMuteAndUnmute":true}""", """{"currentVolume":5}""", Fault.Missing)]
    [InlineData("""{"volumeMaxLevel":10,"volumeCanMuteAndUnmute":false}""", """{"currentVolume":5}""", null)]
    [InlineData("""{"volumeMaxLevel":10,"volumeCanMuteAndUnmute":true,"commandOnlyVolume":true}""", "{}", null)]
    [InlineData("""{"volumeMaxLevel":10,"volumeCanMuteAndUnmute":false}""", """{"currentVolume":11}""", Fault.OutOfRange)]
    internal void A_speaker_says_what_it_declares(string device, string states, Fault? fault)
    {
        var problems = States("Volume", device, states).Problems;

        Assert.Equal(fault, problems.Count == 0 ? null : problems[0].Fault);
    }

    [Fact]
    public void An_effect_ends_only_when_there_is_one() =>
        Assert.Empty(States("LightEffects", """{"supportedEffects":["wake"]}""", """{"lightEffectEndUnixTimestampSec":5}""").States);

    [Fact]
    public void The_envelope_is_no_state()
    {
        var review = States("OnOff", "{}", """{"online":true,"status":"SUCCESS","exceptionCode":"lowBattery","errorCode":"x","on":true}""");

        Assert.Equal(["on"], review.States.Keys);
        Assert.Empty(review.Problems);
    }

    [Fact]
    public void A_state_of_a_trait_that_is_not_declared_names_its_trait()
    {
        var review = States("OnOff", "{}", """{"on":true,"brightness":5,"mood":"good"}""");

        Assert.Equal(["on"], review.States.Keys);
        Assert.Equal(["Brightness", null], review.Problems.Select(problem => problem.Trait));
    }

    [Fact]
    public void The_answer_to_a_command_holds_its_results()
    {
        var command = Catalogue.Command("Locate")!;

        Assert.Empty(Catalogue.CheckStates(["Locator"], [], Map("""{"generatedAlert":true}"""), command).Problems);
        Assert.Single(Catalogue.CheckStates(["Locator"], [], [], command).Problems);
        Assert.Single(Catalogue.CheckStates(["Locator"], [], Map("""{"generatedAlert":true}""")).Problems);
        Assert.Single(Catalogue.CheckStates(["CameraStream"], [], Map("""{"cameraStreamProtocol":"hls"}"""), Catalogue.Command("GetCameraStream")).Problems);
    }

    [Theory]
    [InlineData("TOASTER", new[] { "OnOff" }, "{}", Fault.UnknownType, true)]
    [InlineData("LIGHT", new string[0], "{}", Fault.NoTraits, true)]
    [InlineData("LIGHT", new[] { "ColorSpectrum" }, "{}", Fault.NoTraits, true)]
    [InlineData("LIGHT", new[] { "OnOff", "ColorSpectrum" }, "{}", Fault.DeprecatedTrait, false)]
    [InlineData("LIGHT", new[] { "OnOff", "Glitter" }, "{}", Fault.UnknownTrait, false)]
    [InlineData("LIGHT", new[] { "OnOff", "OnOff" }, "{}", Fault.WrongForm, false)]
    [InlineData("LIGHT", new[] { "Brightness" }, "{}", Fault.TypeNeedsTrait, false)]
    [InlineData("LIGHT", new[] { "OnOff" }, """{"glitter":5}""", Fault.NotDeclared, false)]
    [InlineData("LIGHT", new[] { "OnOff" }, """{"commandOnlyOnOff":true,"queryOnlyOnOff":true}""", Fault.WrongForm, true)]
    [InlineData("LIGHT", new[] { "OnOff", "ColorSetting" }, "{}", Fault.WrongForm, true)]
    [InlineData("BLINDS", new[] { "OpenClose", "Rotation" }, """{"supportsDegrees":true,"supportsPercent":true}""", Fault.Missing, true)]
    [InlineData("BLINDS", new[] { "OpenClose", "Rotation" }, """{"supportsDegrees":false,"supportsPercent":false}""", Fault.WrongForm, true)]
    [InlineData("SENSOR", new[] { "OccupancySensing" }, """{"occupancySensorConfiguration":[{"occupancySensorType":"PIR","occupiedToUnoccupiedDelaySec":5}]}""", Fault.WrongForm, true)]
    [InlineData("FREEZER", new[] { "TemperatureControl" }, """{"temperatureRange":{"minThresholdCelsius":5,"maxThresholdCelsius":-20},"temperatureUnitForUX":"C"}""", Fault.OutOfRange, false)]
    internal void A_device_is_reviewed(string type, string[] traits, string attributes, Fault fault, bool fatal)
    {
        var problems = Catalogue.Review(type, traits, Map(attributes));

        Assert.Contains(problems, problem => problem.Fault == fault && problem.Fatal == fatal && problem.ToString().Length > 5);
        Assert.Equal(fatal, problems.Any(problem => problem.Fatal));
    }

    private static string? Check(string command, string device, string parameters)
    {
        var found = Catalogue.Command(command)!;
        return found.Check([found.Trait.Name], Map(device), Map(parameters));
    }

    private static StateReview States(string trait, string device, string states) => Catalogue.CheckStates([trait], Map(device), Map(states));

    private static JsonMap Map(string json)
    {
        var utf8 = Encoding.UTF8.GetBytes(json);
        var input = JsonInput.Open(utf8, utf8.Length);
        return input.Map();
    }
}
