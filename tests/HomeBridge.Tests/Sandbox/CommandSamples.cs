using System.Text.Json;
using System.Text.Json.Nodes;

namespace HomeBridge.Tests.Sandbox;

/// <summary>Parameters that fit, for every command of the catalogue, with the words that the device itself declares.</summary>
internal static class CommandSamples
{
    public static IEnumerable<JsonNode> For(string command, JsonElement attributes) => command switch
    {
        "appInstall" or "appSearch" or "appSelect" =>
        [
            .. Each(attributes, "availableApplications", app => new { newApplication = Text(app, "key") }),
            .. Each(attributes, "availableApplications", app => new { newApplicationName = Text(app.GetProperty("names")[0].GetProperty("name_synonym")[0]) }),
        ],
        "ArmDisarm" =>
        [
            Node(new { arm = false }),
            .. attributes.GetProperty("availableArmLevels").GetProperty("levels").EnumerateArray().Select(level => Node(new { arm = true, armLevel = Text(level, "level_name") })),
            Node(new { arm = true, cancel = true }),
        ],
        "BrightnessAbsolute" => [Node(new { brightness = 0 }), Node(new { brightness = 63 })],
        "BrightnessRelative" => [Node(new { brightnessRelativePercent = 20 }), Node(new { brightnessRelativeWeight = -3 })],
        "selectChannel" =>
        [
            .. Each(attributes, "availableChannels", channel => new { channelCode = Text(channel, "key") }),
            .. Each(attributes, "availableChannels", channel => new { channelNumber = channel.TryGetProperty("number", out var number) ? Text(number) : "9" }),
        ],
        "relativeChannel" => [Node(new { relativeChannelChange = 1 }), Node(new { relativeChannelChange = -5 })],
        "ColorAbsolute" =>
        [
            Node(new { color = new { temperature = 3100 } }),
            Node(new { color = new { name = "red", spectrumRGB = 0xFF0000 } }),
            Node(new { color = new { spectrumHSV = new { hue = 120.5, saturation = 0.5, value = 1 } } }),
        ],
        "Cook" =>
        [
            .. attributes.GetProperty("supportedCookingModes").EnumerateArray()
                .SelectMany(mode => new[] { Node(new { start = true, cookingMode = Text(mode) }), Node(new { start = false }) }),
            .. Each(attributes, "foodPresets", food => new { start = true, cookingMode = Text(attributes.GetProperty("supportedCookingModes")[0]), foodPreset = Text(food, "food_preset_name"), quantity = 2.5, unit = Text(food.GetProperty("supported_units")[0]) }),
            Node(new { start = false }),
        ],
        "Dispense" =>
        [
            Node(new { }),
            .. Each(attributes, "supportedDispenseItems", item => new { item = Text(item, "item_name"), amount = 2, unit = Text(item.GetProperty("supported_units")[0]) }),
            .. Each(attributes, "supportedDispensePresets", preset => new { presetName = Text(preset, "preset_name") }),
        ],
        "Charge" => [Node(new { charge = true }), Node(new { charge = false })],
        "SetFanSpeed" =>
        [
            Node(new { fanSpeedPercent = 35 }),
            .. attributes.TryGetProperty("availableFanSpeeds", out var speeds)
                ? speeds.GetProperty("speeds").EnumerateArray().Select(speed => Node(new { fanSpeed = Text(speed, "speed_name") }))
                : [],
        ],
        "SetFanSpeedRelative" => [Node(new { fanSpeedRelativeWeight = -1 }), Node(new { fanSpeedRelativePercent = 15 })],
        "Fill" =>
        [
            Node(new { fill = true }), Node(new { fill = false }), Node(new { fill = true, fillPercent = 40 }),
            .. attributes.TryGetProperty("availableFillLevels", out var levels)
                ? levels.GetProperty("levels").EnumerateArray().Select(level => Node(new { fill = true, fillLevel = Text(level, "level_name") }))
                : [],
        ],
        "SetHumidity" => [Node(new { humidity = 48 })],
        "HumidityRelative" => [Node(new { humidityRelativePercent = 10 }), Node(new { humidityRelativeWeight = -5 })],
        "SetInput" => Each(attributes, "availableInputs", input => new { newInput = Text(input, "key") }),
        "ColorLoop" or "Sleep" or "Wake" => [Node(new { }), Node(new { duration = 300 })],
        "Locate" => [Node(new { }), Node(new { silence = true, lang = "en" })],
        "LockUnlock" => [Node(new { @lock = false, followUpToken = "token" }), Node(new { @lock = true }), Node(new { @lock = false })],
        "SetModes" => attributes.GetProperty("availableModes").EnumerateArray().SelectMany(mode => mode.GetProperty("settings").EnumerateArray()
            .Select(setting => Node(new { updateModeSettings = new Dictionary<string, string> { [Text(mode, "name")] = Text(setting, "setting_name") } }))),
        "EnableDisableGuestNetwork" => [Node(new { enable = true }), Node(new { enable = false })],
        "EnableDisableNetworkProfile" => [Node(new { profile = "children", enable = true }), Node(new { profile = "nobody", enable = false })],
        "TestNetworkSpeed" => [Node(new { testDownloadSpeed = true, testUploadSpeed = true, followUpToken = "token" })],
        "OnOff" => [Node(new { on = false }), Node(new { on = true }), Node(new { on = true })],
        "OpenClose" =>
        [
            Node(new { openPercent = 100, followUpToken = "token" }), Node(new { openPercent = 35 }),
            .. Directions(attributes).Select(direction => Node(new { openPercent = 50, openDirection = direction })),
            Node(new { openPercent = 0 }),
        ],
        "OpenCloseRelative" => [Node(new { openRelativePercent = 40 }), Node(new { openRelativePercent = -100 })],
        "RotateAbsolute" => [Node(new { rotationDegrees = 80 }), Node(new { rotationPercent = 66 })],
        "ActivateScene" => [Node(new { deactivate = false }), Node(new { deactivate = true })],
        "StartStop" =>
        [
            Node(new { start = true }), Node(new { start = false }),
            .. attributes.TryGetProperty("availableZones", out var zones)
                ? [Node(new { start = true, zone = Text(zones[0]) }), Node(new { start = true, multipleZones = zones })]
                : Array.Empty<JsonNode>(),
            Node(new { start = true }),
        ],
        "PauseUnpause" => [Node(new { pause = true }), Node(new { pause = false })],
        "SetTemperature" => [Node(new { temperature = Middle(attributes.GetProperty("temperatureRange")) })],
        "ThermostatTemperatureSetpoint" => [Node(new { thermostatTemperatureSetpoint = 21.5 })],
        "ThermostatTemperatureSetRange" => [Node(new { thermostatTemperatureSetpointLow = 18.5, thermostatTemperatureSetpointHigh = 22 })],
        "ThermostatSetMode" => ThermostatModes(attributes).Concat(["heat", "cool"]).Select(mode => Node(new { thermostatMode = mode })),
        "TemperatureRelative" => [Node(new { thermostatTemperatureRelativeDegree = 1.5 }), Node(new { thermostatTemperatureRelativeWeight = -2 })],
        "TimerStart" => [Node(new { timerTimeSec = 120 })],
        "TimerAdjust" => [Node(new { timerTimeSec = 30 }), Node(new { timerTimeSec = -60 })],
        "SetToggles" => Each(attributes, "availableToggles", toggle => new { updateToggleSettings = new Dictionary<string, bool> { [Text(toggle, "name")] = true } }),
        "mediaClosedCaptioningOn" => [Node(new { closedCaptioningLanguage = "en", userQueryLanguage = "en" })],
        "mediaRepeatMode" => [Node(new { isOn = true, isSingle = true })],
        "mediaSeekRelative" => [Node(new { relativePositionMs = -10000 })],
        "mediaSeekToPosition" => [Node(new { absPositionMs = 60000 })],
        "mute" => [Node(new { mute = true })],
        "setVolume" => [Node(new { volumeLevel = 11 })],
        "volumeRelative" => [Node(new { relativeSteps = 3 }), Node(new { relativeSteps = -200 })],
        _ => [Node(new { })],
    };

    private static IEnumerable<JsonNode> Each(JsonElement attributes, string list, Func<JsonElement, object> parameters) =>
        attributes.TryGetProperty(list, out var items) ? items.EnumerateArray().Select(item => Node(parameters(item))) : [];

    private static IEnumerable<string> Directions(JsonElement attributes) =>
        attributes.TryGetProperty("openDirection", out var directions) ? directions.EnumerateArray().Select(Text) : [];

    private static IEnumerable<string> ThermostatModes(JsonElement attributes)
    {
        var modes = attributes.GetProperty("availableThermostatModes");
        return modes.ValueKind is JsonValueKind.Array ? modes.EnumerateArray().Select(Text) : Text(modes).Split(',');
    }

    private static double Middle(JsonElement range) =>
        (range.GetProperty("minThresholdCelsius").GetDouble() + range.GetProperty("maxThresholdCelsius").GetDouble()) / 2;

    private static string Text(JsonElement map, string name) => Text(map.GetProperty(name));

    private static string Text(JsonElement value) => value.GetString()!;

    private static JsonNode Node(object parameters) => JsonSerializer.SerializeToNode(parameters)!;
}
