using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.Traits;

/// <summary>
/// What needs judgement and is no data: the catalogue's sentences under "rules". Whoever adds a case here adds its sentence
/// there.
/// </summary>
internal static class TraitRules
{
    private const double BufferRangeCelsiusDefault = 2;

    public static string? Command(TraitCommand command, JsonMap? device, JsonMap parameters) => device is null ? null : command.Name switch
    {
        "Cook" => Unit(device, "foodPresets", "food_preset_name", Text(parameters, "foodPreset"), parameters)
            ? null
            : Violation.NotSupported,
        "Dispense" => Unit(device, "supportedDispenseItems", "item_name", Text(parameters, "item"), parameters)
            ? null
            : "dispenseUnitNotSupported",
        "OpenClose" or "OpenCloseRelative" => IsDiscrete(device) && !IsEnd(parameters) ? "discreteOnlyOpenClose" : null,
        "SetModes" => parameters["updateModeSettings"] is JsonMap settings && ForeignSetting(device, settings) is not null
            ? Violation.NotSupported
            : null,
        "ThermostatTemperatureSetRange" => IsTooClose(device, parameters) ? "rangeTooClose" : null,
        _ => null,
    };

    /// <summary>What the platform takes, but hardly is what the maker meant.</summary>
    public static Violation? Attribute(Trait trait, string name, object? value) => name switch
    {
        "temperatureRange" or "thermostatTemperatureRange" => Inverted(name, value, "minThresholdCelsius", "maxThresholdCelsius"),
        "humiditySetpointRange" => Inverted(name, value, "minPercent", "maxPercent"),
        "colorTemperatureRange" => Inverted(name, value, "temperatureMinK", "temperatureMaxK"),
        "rotationDegreesRange" => Inverted(name, value, "rotationDegreesMin", "rotationDegreesMax"),
        "sensorStatesSupported" => StrangeSensor(trait, value as List<object?> ?? []),
        _ => null,
    };

    public static void States(Trait trait, JsonMap? device, StatesUnderReview review)
    {
        var given = review.Given;
        switch (trait.Name)
        {
            case "LockUnlock" when review.Has("isLocked") && IsTrue(given, "isJammed"):
                review.Drop(trait.Name, "isLocked", "isLocked", Fault.WrongForm);
                break;
            case "StartStop" when IsTrue(given, "isRunning") && IsTrue(given, "isPaused"):
                review.Drop(trait.Name, "isPaused", "isPaused", Fault.WrongForm);
                break;
            case "TemperatureSetting" when review.Has("thermostatTemperatureSetpoint")
                && Text(given, "thermostatMode") == "heatcool"
                && review.Has("thermostatTemperatureSetpointHigh") && review.Has("thermostatTemperatureSetpointLow"):
                review.Drop(trait.Name, "thermostatTemperatureSetpoint", "thermostatTemperatureSetpoint", Fault.WrongForm);
                break;
            case "Modes" when device is not null && given["currentModeSettings"] is JsonMap settings
                && ForeignSetting(device, settings) is { } mode && review.Has("currentModeSettings"):
                review.Drop(trait.Name, "currentModeSettings", $"currentModeSettings.{mode}", Fault.NotOffered);
                break;
            case "SensorState" when review.Has("currentSensorStateData") && given["currentSensorStateData"] is List<object?> sensors
                && WrongSensor(trait, device, sensors) is { } wrong:
                review.Drop(trait.Name, "currentSensorStateData", wrong.Member, wrong.Fault);
                break;
        }
    }

    private static bool IsDiscrete(JsonMap device) => IsTrue(device, "discreteOnlyOpenClose");

    private static bool IsEnd(JsonMap parameters)
    {
        var percent = parameters.GetValueOrDefault("openPercent") ?? parameters.GetValueOrDefault("openRelativePercent");
        return Schema.IsNumber(percent, out var number) && (number is 0 or 100 or -100);
    }

    private static bool IsTooClose(JsonMap device, JsonMap parameters)
    {
        var buffer = device.TryGetValue("bufferRangeCelsius", out var said) && Schema.IsNumber(said, out var celsius) ? celsius : BufferRangeCelsiusDefault;
        return Schema.IsNumber(parameters["thermostatTemperatureSetpointHigh"], out var high)
            && Schema.IsNumber(parameters["thermostatTemperatureSetpointLow"], out var low)
            && high - low < buffer;
    }

    /// <summary>The unit that is asked for is one of those of the item that is asked for, as far as both are known.</summary>
    private static bool Unit(JsonMap device, string list, string nameMember, string? name, JsonMap parameters) =>
        name is null || Text(parameters, "unit") is not { } unit || Entry(device.GetValueOrDefault(list), nameMember, name) is not { } entry
        || entry.GetValueOrDefault("supported_units") is not List<object?> units || AttributePath.Contains(units, unit);

    /// <summary>The first mode whose setting the device doesn't offer.</summary>
    private static string? ForeignSetting(JsonMap device, JsonMap settings)
    {
        foreach (var (mode, setting) in settings)
        {
            if (setting is string wanted
                && Entry(device.GetValueOrDefault("availableModes"), "name", mode)?.GetValueOrDefault("settings") is List<object?> offered
                && Entry(offered, "setting_name", wanted) is null)
            {
                return mode;
            }
        }

        return null;
    }

    private static Violation? WrongSensor(Trait trait, JsonMap? device, List<object?> sensors)
    {
        foreach (var item in sensors)
        {
            if (item is not JsonMap sensor || Text(sensor, "name") is not { } name)
            {
                continue;
            }

            if (Text(sensor, "currentSensorState") is { } state
                && Entry(device?.GetValueOrDefault("sensorStatesSupported"), "name", name)?.GetValueOrDefault("descriptiveCapabilities") is JsonMap capabilities
                && capabilities.GetValueOrDefault("availableStates") is List<object?> states
                && !AttributePath.Contains(states, state))
            {
                return new Violation("currentSensorStateData[].currentSensorState", Fault.NotOffered, Violation.NotSupported);
            }

            if (Schema.IsNumber(sensor.GetValueOrDefault("rawValue"), out var raw)
                && Array.Find(trait.Sensors, kind => kind.Name == name) is { } known
                && (raw < known.RawMin || raw > known.RawMax))
            {
                return new Violation("currentSensorStateData[].rawValue", Fault.OutOfRange, Violation.ValueOutOfRange);
            }
        }

        return null;
    }

    /// <summary>A sensor that the platform has no words for, or words that it doesn't have for this one.</summary>
    private static Violation? StrangeSensor(Trait trait, List<object?> sensors)
    {
        foreach (var item in sensors)
        {
            if (item is not JsonMap sensor || Array.Find(trait.Sensors, kind => kind.Name == Text(sensor, "name")) is not { } known)
            {
                return new Violation("sensorStatesSupported[].name", Fault.UnknownValue, Violation.NotSupported);
            }

            if (sensor.GetValueOrDefault("descriptiveCapabilities") is JsonMap capabilities
                && capabilities.GetValueOrDefault("availableStates") is List<object?> states
                && !states.TrueForAll(state => known.DescriptiveStates.Contains(state as string, StringComparer.Ordinal)))
            {
                return new Violation("sensorStatesSupported[].descriptiveCapabilities.availableStates", Fault.UnknownValue, Violation.NotSupported);
            }
        }

        return null;
    }

    private static Violation? Inverted(string name, object? value, string least, string most) =>
        value is JsonMap map && Schema.IsNumber(map.GetValueOrDefault(least), out var min) && Schema.IsNumber(map.GetValueOrDefault(most), out var max) && min > max
            ? new Violation(name, Fault.OutOfRange, Violation.ValueOutOfRange)
            : null;

    private static JsonMap? Entry(object? list, string nameMember, string name)
    {
        if (list is List<object?> entries)
        {
            foreach (var item in entries)
            {
                if (item is JsonMap entry && Text(entry, nameMember) == name)
                {
                    return entry;
                }
            }
        }

        return null;
    }

    private static string? Text(JsonMap map, string name) => map.GetValueOrDefault(name) as string;

    private static bool IsTrue(JsonMap map, string name) => map.GetValueOrDefault(name) is true;
}
